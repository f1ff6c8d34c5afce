"""The Telegram counterpart and a bot that talks to it, for the tests of this folder."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from telegram import Bot

from tests.counterparts.hearing import bot_at
from tests.counterparts.telegram import Telegram


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram() as served:
        yield served


@pytest.fixture
async def bot(telegram: Telegram) -> AsyncIterator[Bot]:
    async with bot_at(telegram) as talking:
        yield talking
