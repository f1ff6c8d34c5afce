"""What the program keeps through floods, kills and lost answers, and how it takes updates by a webhook."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import program
from tests.bots.telegram import running
from tests.bots.telegram.running import TOKEN, video
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until

SECRET = "a-secret_of-the-operator"


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram(TOKEN, privacy=False) as telegram:
        yield telegram


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    return running.photo(tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def webhook(port: int) -> dict[str, str]:
    return {
        "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
        "TELEGRAM_WEBHOOK_PORT": str(port),
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
    }


async def test_by_webhook_a_photo_comes_back_as_an_mp4(telegram: Telegram, photo: bytes, tmp_path: Path) -> None:
    async with running.bot(telegram, tmp_path / "data", webhook(free_port())):
        await wait_until(lambda: telegram.count("setWebhook"))
        ann = telegram.person("Ann")
        chat = telegram.private(ann)
        asked = await chat.sends(ann, photo=photo, caption="1 second, square")
        film = await video(chat)
        assert film.reply is asked
        assert asked.update is not None
        await telegram.redeliver(asked.update)
        await telegram.taken()
        later = await chat.sends(ann, "/help")
        await wait_until(lambda: any(message.reply is later for message in chat.from_bot))
        assert len(chat.videos) == 1
        assert telegram.count("getUpdates") == 0
        assert {posted.status for posted in telegram.updates.posted} == {200}


@pytest.mark.long
async def test_20_chats_with_floods_on_a_third_of_the_answers(telegram: Telegram, photo: bytes, tmp_path: Path) -> None:
    async with running.bot(telegram, tmp_path / "data"):
        rule = telegram.flood("*", 1, times=None, every=3)
        chats = [telegram.private(telegram.person(f"Person {number}")) for number in range(20)]
        for chat in chats:
            await chat.sends(chat.members[0], photo=photo, caption="1 second, square")
        await asyncio.gather(*(video(chat, seconds=120) for chat in chats))
        assert rule.struck >= 20
    for chat in chats:
        assert len(chat.videos) == 1
        sent = [change for change in chat.changes("sent") if "%" in change.words]
        assert len(sent) == 1, f"edits never become messages: {chat.history}"
        assert len(chat.from_bot) == 2, "the welcome and the video are left"
    assert telegram.impatient == []


async def test_restart_between_photo_and_video_and_a_button_pressed_after_it(
    telegram: Telegram, photo: bytes, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    ann = telegram.person("Ann")
    chat, late = telegram.private(ann), telegram.private(telegram.person("Ben"))
    telegram.fail("getMe", 502, "Bad Gateway", times=2)
    async with program.up(data, running.settings(telegram)) as up:
        await wait_until(lambda: sum(call.is_ok for call in telegram.of("setMyCommands")) == 6)
        await late.sends(late.members[0], "/credits")
        await wait_until(lambda: late.from_bot, 20, what="the account at the backend is made")
        asked = await chat.sends(ann, photo=photo, caption="2 seconds, square")
        await wait_until(lambda: chat.changes("edited"), 20, what="the progress is recorded and moves")
        await up.end(signal.SIGKILL)
    await late.sends(late.members[0], photo=photo, caption="1 second, square")
    async with running.bot(telegram, data):
        film = await video(chat)
        assert film.reply is asked
        await video(late)
        assert asked.update is not None
        await telegram.redeliver(asked.update)
        press = await chat.presses(ann, film, "16:9")
        wide = await video(chat, 2)
        assert (wide["video"]["width"], wide["video"]["height"]) == (1920, 1080)
        assert press.answer is not None
        assert len(chat.videos) == 2
        assert telegram.count("setMyCommands") == 6, "the menus have not changed"


def test_a_token_that_telegram_does_not_know_stops_the_start(tmp_path: Path) -> None:
    async def start() -> None:
        async with Telegram(TOKEN) as telegram:
            wrong = {**running.settings(telegram), "TELEGRAM_TOKEN": "123456:another-token-than-the-one"}
            ended = await asyncio.to_thread(program.run, tmp_path / "data", "up", settings=wrong)
            assert ended.returncode == 2
            assert ended.stderr.strip().endswith("does not know it. Copy it from @BotFather again.")
            assert "another-token" not in ended.stderr

    asyncio.run(start())
