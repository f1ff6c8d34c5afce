"""What a chat is told, once for each time that the store is away: its message is kept, and is dealt with by itself.

Telegram keeps it: an update that could not be written down is not acknowledged, and comes again.
"""

from __future__ import annotations

import asyncio

import structlog
from telegram.error import TelegramError

from bots.telegram import faults
from bots.telegram.bot import TelegramBot
from bots.telegram.words import on_store_away
from core.chat import ChatRef, Incoming, Press

log = structlog.get_logger(__name__)


class Excuses:
    """It speaks through the bot alone: what it has told is remembered here, not in the store that is away."""

    def __init__(self, bot: TelegramBot) -> None:
        self._bot = bot
        self._told: set[str] = set()
        self._telling: set[asyncio.Task[None]] = set()

    def make(self, asked: Incoming | Press) -> None:
        """Tell whoever asked for something. Never waits."""
        if asked.chat.key in self._told or (isinstance(asked, Incoming) and not asked.addressed):
            return
        self._told.add(asked.chat.key)
        task = asyncio.create_task(self._tell(asked.chat, asked.person.language), name="excuse")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def over(self) -> None:
        """The store is back."""
        self._told.clear()

    async def close(self) -> None:
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def _tell(self, chat: ChatRef, language: str) -> None:
        thread = None if chat.thread is None else int(chat.thread)
        try:
            await self._bot.send_message(int(chat.chat), on_store_away(language), message_thread_id=thread)
        except TelegramError as error:
            log.info("not_excused", chat=chat.key, reason=faults.told(error))
