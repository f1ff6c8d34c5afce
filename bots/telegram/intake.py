"""An update from Telegram into the inbox, before Telegram is told that it arrived. A button is answered at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog
from telegram import Update
from telegram.error import TelegramError

from bots.telegram import faults
from bots.telegram.addressing import Me
from bots.telegram.bot import TelegramBot
from bots.telegram.updates import Joined, album_of, chat_of, meaning
from core.store.inbox import Inbox

log = structlog.get_logger(__name__)

ALBUM_SECONDS = 0.7
"""After the last item of an album until it counts as whole: Telegram sends the items one right after the other."""

JOINED_SECONDS = 1.0
"""Until a group is welcomed: where it is an old one that became a supergroup, Telegram says so right afterwards."""


class Intake:
    """`arrived` is called after something new is in the inbox."""

    def __init__(self, bot: TelegramBot, me: Me, inbox: Inbox, arrived: Callable[[], None]) -> None:
        self._bot = bot
        self._me = me
        self._inbox = inbox
        self._arrived = arrived
        self._answering: set[asyncio.Task[None]] = set()

    async def take_in(self, update: Update) -> None:
        """Keep the update where it means something. Raises what the store raises: the update must come again then.

        An item of an album is kept whatever it says: which of them addresses the bot shows when all are there.
        """
        chat = chat_of(update)
        album = album_of(update)
        found = None if album is not None else meaning((update,), self._me)
        if chat is None or (album is None and found is None):
            return
        if update.callback_query is not None:
            self._answer(update.callback_query.id)
        parcel = f"update-{update.update_id}" if album is None else f"album-{album}"
        wait = ALBUM_SECONDS if album is not None else JOINED_SECONDS if isinstance(found, Joined) else 0.0
        if await self._inbox.put(str(update.update_id), chat, parcel, update.to_json(), wait):
            self._arrived()

    async def close(self) -> None:
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)

    def _answer(self, query: str) -> None:
        """Let the button's clock go, whatever becomes of the press."""

        async def answer() -> None:
            try:
                await self._bot.answer_callback_query(query)
            except TelegramError as error:
                log.info("button_not_answered", reason=faults.told(error))

        task = asyncio.create_task(answer(), name="answer to a button")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)
