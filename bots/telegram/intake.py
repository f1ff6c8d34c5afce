"""An update from Telegram into the inbox, before Telegram is told that it arrived."""

from __future__ import annotations

from collections.abc import Callable

from telegram import Update

from bots.excuses import Excuses
from bots.telegram.addressing import Me
from bots.telegram.presses import PressAnswers
from bots.telegram.updates import Joined, album_of, chat_of, meaning
from core.chat import Incoming, Press
from core.store.connection import STORE_AWAY
from core.store.inbox import Inbox

ALBUM_SECONDS = 0.8
"""After the last item of an album until it counts as whole: Telegram sends the items one right after the other, and
where it is busy up to half a second apart.
"""

JOINED_SECONDS = 1.0
"""Until a group is welcomed: where it is an old one that became a supergroup, Telegram says so right afterwards."""


class Intake:
    """`arrived` is called after something new is in the inbox."""

    def __init__(
        self, me: Me, inbox: Inbox, presses: PressAnswers, excuses: Excuses, arrived: Callable[[], None]
    ) -> None:
        self._me = me
        self._inbox = inbox
        self._presses = presses
        self._excuses = excuses
        self._arrived = arrived

    async def take_in(self, update: Update) -> None:
        """Keep the update where it means something. Raises what the store raises: the update must come again then.

        An item of an album is kept whatever it says: which of them addresses the bot shows when all are there.
        """
        if update.callback_query is not None:
            self._presses.expect(update.callback_query.id)
        chat = chat_of(update)
        album = album_of(update)
        found = None if album is not None else meaning((update,), self._me)
        if chat is None or (album is None and found is None):
            return
        parcel = f"update-{update.update_id}" if album is None else f"album-{album}"
        wait = ALBUM_SECONDS if album is not None else JOINED_SECONDS if isinstance(found, Joined) else 0.0
        try:
            is_new = await self._inbox.put(str(update.update_id), chat, parcel, update.to_json(), wait)
        except STORE_AWAY:
            self.excuse(update)
            raise
        self._excuses.over()
        if is_new:
            self._arrived()

    def excuse(self, update: Update) -> None:
        """The store is away: whoever sent this is told that it is not lost."""
        found = meaning((update,), self._me)
        if isinstance(found, Incoming | Press):
            self._excuses.make(found)
