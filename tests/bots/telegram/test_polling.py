"""Fetching updates: one that cannot be understood does not come again for good, and holds up none after it."""

from __future__ import annotations

import asyncio

from telegram import Update

from bots.telegram.bot import telegram_bot
from bots.telegram.polling import MOST_TRIES, poll
from core.settings import TelegramSettings
from tests.bots.telegram.running import TOKEN
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until


async def test_an_update_that_breaks_is_passed_over() -> None:
    seen: list[str] = []

    async def take_in(update: Update) -> None:
        assert update.message is not None
        assert update.message.text is not None
        seen.append(update.message.text)
        if update.message.text == "broken":
            raise ValueError(update.message.text)

    async with Telegram(TOKEN) as world, telegram_bot(TelegramSettings(token=TOKEN, api_url=world.url)) as bot:
        ann = world.person("Ann")
        chat = world.private(ann)
        await chat.sends(ann, "broken")
        await chat.sends(ann, "whole")
        polling = asyncio.create_task(poll(bot, take_in, lambda update: None, first_pause=0.001))
        try:
            await wait_until(lambda: "whole" in seen, 5)
            await world.taken()
            assert seen == ["broken"] * MOST_TRIES + ["whole"]
        finally:
            polling.cancel()
            await asyncio.wait({polling})
