"""Many chats at once while Telegram answers a third of what the bot sends with a flood."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.bots.telegram import running
from tests.bots.telegram.running import TOKEN, video
from tests.counterparts.telegram import Telegram


async def flooded(telegram: Telegram, photo: bytes, count: int) -> None:
    """So many chats, each of which asks for a video: each gets one, and no edit becomes a message."""
    rule = telegram.flood("*", 1, times=None, every=3)
    try:
        chats = [telegram.private(telegram.person(f"Person {number}")) for number in range(count)]
        for chat in chats:
            await chat.sends(chat.members[0], photo=photo, caption="1 second, square")
        await asyncio.gather(*(video(chat, seconds=120) for chat in chats))
    finally:
        rule.end()
    assert rule.struck >= count
    for chat in chats:
        assert len(chat.videos) == 1
        sent = [change for change in chat.changes("sent") if "%" in change.words]
        assert len(sent) == 1, f"edits never become messages: {chat.history}"
        assert len(chat.from_bot) == 2, "the welcome and the video are left"
    assert telegram.impatient == []
    print(f"{count} chats: {count} videos, {rule.struck} floods, {rule.seen} requests")


@pytest.mark.asyncio(loop_scope="package")
async def test_6_chats_with_floods_on_a_third_of_the_answers(telegram: Telegram, photo: bytes) -> None:
    await flooded(telegram, photo, 6)


@pytest.mark.long
async def test_20_chats_with_floods_on_a_third_of_the_answers(photo: bytes, tmp_path: Path) -> None:
    async with Telegram(TOKEN, privacy=False) as telegram, running.bot(telegram, tmp_path / "data"):
        await flooded(telegram, photo, 20)
