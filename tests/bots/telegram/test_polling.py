"""Fetching updates: one that cannot be understood does not come again for good, and holds up none after it; and servers
that do not all behave as Telegram does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

from telegram import Update

from bots.telegram.bot import telegram_bot
from bots.telegram.polling import MOST_TRIES, poll
from core.settings import TelegramSettings
from tests.bots.telegram.running import TOKEN
from tests.counterparts.sockets import Altered, Answer, Reply, reply_json
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until


@asynccontextmanager
async def polled(
    world: Telegram, seeing: Callable[[str], None] = lambda text: None, pause: float = 0.001
) -> AsyncIterator[list[str]]:
    """The texts that come while the block runs, as often as they come."""
    seen: list[str] = []

    async def take_in(update: Update) -> None:
        assert update.message is not None
        assert update.message.text is not None
        seen.append(update.message.text)
        seeing(update.message.text)

    async with telegram_bot(TelegramSettings(token=TOKEN, api_url=world.url)) as bot:
        polling = asyncio.create_task(poll(bot, take_in, lambda update: None, first_pause=pause))
        try:
            yield seen
        finally:
            polling.cancel()
            await asyncio.wait({polling})


async def say(world: Telegram, *texts: str) -> None:
    ann = world.person("Ann")
    chat = world.private(ann)
    for text in texts:
        await chat.sends(ann, text)


async def test_an_update_that_breaks_is_passed_over() -> None:
    def breaking(text: str) -> None:
        if text == "broken":
            raise ValueError(text)

    async with Telegram(TOKEN) as world:
        await say(world, "broken", "whole")
        async with polled(world, breaking) as seen:
            await wait_until(lambda: "whole" in seen, 5)
            await world.taken()
            assert seen == ["broken"] * MOST_TRIES + ["whole"]


async def test_a_server_that_knows_no_webhooks_is_asked_all_the_same() -> None:
    async with Telegram(TOKEN) as world:
        world.fail("deleteWebhook", 404, "Not Found", times=None)
        await say(world, "hello")
        async with polled(world) as seen:
            await wait_until(lambda: seen == ["hello"], 5)
        assert world.count("deleteWebhook") == 1


async def test_a_webhook_that_could_not_be_removed_at_first() -> None:
    async with Telegram(TOKEN) as world:
        async with telegram_bot(TelegramSettings(token=TOKEN, api_url=world.url)) as bot:
            await bot.set_webhook("https://bot.example/telegram")
        world.fail("deleteWebhook", 500, "Internal Server Error")
        async with polled(world) as seen:
            await wait_until(lambda: world.updates.webhook is None, 5)
            await say(world, "hello")
            await wait_until(lambda: seen == ["hello"], 5)


async def test_a_flood_is_waited_out() -> None:
    async with Telegram(TOKEN) as world:
        world.flood("getUpdates", 1)
        await say(world, "hello")
        async with polled(world) as seen:
            await wait_until(lambda: seen == ["hello"], 10)
        assert world.impatient == []


async def test_a_server_that_does_not_wait_is_not_asked_without_end() -> None:
    async with Telegram(TOKEN) as world:
        world.spoil("getUpdates", Answer(reply_json({"ok": True, "result": []})), times=20)
        await say(world, "hello")
        async with polled(world, pause=0.02) as seen:
            await wait_until(lambda: seen == ["hello"], 10)
        asked = [call.at for call in world.of("getUpdates")][:20]
        assert min(later - earlier for earlier, later in pairwise(asked)) > 0.01


async def test_answers_that_nobody_can_read(capfd: Any) -> None:
    async with Telegram(TOKEN) as world:
        for body in (b"<html></html>", b'{"ok":true,"result":[{"upd', b"[]", b'{"ok":true,"result":true}'):
            world.spoil("getUpdates", Answer(Reply(200, body)))
        world.spoil("getUpdates", Answer(reply_json({"ok": True, "result": [{"message": {}}, 5]})))
        await say(world, "hello")
        async with polled(world) as seen:
            await wait_until(lambda: seen == ["hello"], 5)
    assert "Traceback" not in "".join(capfd.readouterr())


async def test_numbers_that_begin_anew() -> None:
    """After a week without updates Telegram's numbers go on anywhere, also below the last."""

    def lower(answer: Any) -> Any:
        for update in answer["result"]:
            if update["message"]["text"] == "after":
                update["update_id"] -= 600_000_000
        return answer

    async with Telegram(TOKEN) as world:
        world.spoil("getUpdates", Altered(lower), times=None)
        await say(world, "before")
        async with polled(world) as seen:
            await wait_until(lambda: seen == ["before"], 5)
            await say(world, "after")

            def asked_for_low() -> bool:
                offsets = [call.parameters.get("offset", 0) for call in world.of("getUpdates")]
                return any(0 < offset < 200_000_000 for offset in offsets)

            await wait_until(asked_for_low, 5)
