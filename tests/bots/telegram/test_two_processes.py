"""Two processes that listen by webhook over one Redis, while each update reaches both of them: it counts once."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from pathlib import Path

import httpx
from redis.asyncio import Redis

from bots.telegram.webhook import HEADER
from core.chat import ChatRef
from core.jobs.mailbox import Mailbox
from tests.bots.telegram.running import TOKEN, said
from tests.counterparts.telegram import Telegram, Update
from tests.parts import part
from tests.waiting import wait_until

SECRET = "a-secret_of-the-operator"
PUBLIC = "https://bot.example"


def free_ports(count: int) -> list[int]:
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    try:
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


async def test_item_1_an_update_that_reaches_two_processes_counts_once(
    redis: Redis, redis_url: str, tmp_path: Path, photo: bytes
) -> None:
    ports = free_ports(2)
    shared = {
        "REDIS_URL": redis_url,
        "DARKROOM_URL": "http://127.0.0.1:9",
        "TELEGRAM_TOKEN": TOKEN,
        "TELEGRAM_WEBHOOK_URL": f"{PUBLIC}/telegram",
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
    }

    async def reach_both(updates: Sequence[Update | None]) -> None:
        """Each in an order of its own."""
        async with httpx.AsyncClient(headers={HEADER: SECRET}) as http:

            async def post(port: int, order: Sequence[Update | None]) -> None:
                for update in order:
                    assert update is not None
                    answer = await http.post(f"http://127.0.0.1:{port}/telegram", json=update.json)
                    assert answer.status_code == 200

            await asyncio.gather(*(post(port, updates[:: 1 - 2 * n]) for n, port in enumerate(ports)))

    async with Telegram(TOKEN, privacy=False) as telegram:
        telegram.route(PUBLIC, f"http://127.0.0.1:{ports[0]}")
        shared["TELEGRAM_API_URL"] = telegram.url
        one, two = [{**shared, "TELEGRAM_WEBHOOK_PORT": str(port)} for port in ports]
        async with part(tmp_path / "one", "telegram", one), part(tmp_path / "two", "telegram", two):
            ann = telegram.person("Ann")
            chat = telegram.private(ann)
            asked = [await chat.sends(ann, words) for words in ("/help", "/status", "/new")]
            await reach_both([message.update for message in asked])
            await wait_until(lambda: len(chat.from_bot) >= 3)
            album = [
                await chat.sends(ann, photo=photo, media_group="9", caption="zoom in" if number == 3 else None)
                for number in range(4)
            ]
            await reach_both([message.update for message in album])
            kept = await said(chat, "Your request is kept.")
            mailbox = Mailbox(redis)
            jobs = await mailbox.unfinished(ChatRef("telegram", str(chat.id)))
            assert [(len(job.uploads), job.prompt) for job in jobs] == [(4, "zoom in")]
            press = await chat.presses(ann, kept, "Cancel")
            await reach_both([press.update])
            await said(chat, "Cancelled.")
            last = await chat.sends(ann, "/help")
            await wait_until(lambda: any(message.reply is last for message in chat.from_bot))
        answered = [message.reply.id for message in chat.from_bot if message.reply is not None]
        assert sorted(answered) == [message.id for message in (*asked, album[3], last)]
        assert [change.words for change in chat.changes("edited")] == ["Cancelled."]
