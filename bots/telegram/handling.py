"""A parcel of updates out of the inbox: what it means, to the conversation or to what is kept about its chat."""

from __future__ import annotations

import json
from dataclasses import replace

import structlog
from telegram import Update

from bots.reach import Reach, end_jobs, language_for
from bots.telegram.addressing import Me
from bots.telegram.admins import Admins, matters
from bots.telegram.bot import TelegramBot
from bots.telegram.faults import Unsent
from bots.telegram.outbox import channel_note
from bots.telegram.presses import PressAnswers
from bots.telegram.updates import Joined, Left, Meaning, Moved, meaning
from bots.telegram.words import failed, on_joining
from core.chat import ChatGone, ChatKind, ChatRef, Incoming, Message, Press
from core.store.connection import STORE_AWAY
from core.store.inbox import Parcel

log = structlog.get_logger(__name__)

_MOVED_SECONDS = 3600
"""For which it is remembered that a group is new in its id alone: nobody is welcomed there."""

_CHANNEL_SECONDS = 30 * 24 * 3600


class Handling:
    """`sees_all`: the bot gets every message of its groups."""

    def __init__(
        self, bot: TelegramBot, me: Me, reach: Reach, admins: Admins, presses: PressAnswers, *, sees_all: bool
    ) -> None:
        self._bot = bot
        self._me = me
        self._reach = reach
        self._admins = admins
        self._presses = presses
        self._sees_all = sees_all

    async def handle(self, parcel: Parcel) -> None:
        """Do what the parcel's updates ask for. Raises what the store raises: the parcel must come again then.

        A fault of ours is told to whoever asked, and raised for the log.
        """
        try:
            updates = [Update.de_json(json.loads(item), self._bot) for item in parcel.items]
            found, query = meaning(updates, self._me), updates[0].callback_query
            if isinstance(found, Press) and query is not None:
                await self._press(found, query.id)
            elif found is not None:
                await self._act(found)
        except ChatGone as gone:
            log.info("chat_gone", chat=parcel.chat.key, reason=str(gone))
        except Unsent as error:
            log.warning("not_answered", chat=parcel.chat.key, reason=str(error))

    async def _press(self, press: Press, query: str) -> None:
        try:
            refusal = await self._pressed(press)
        except (ChatGone, Unsent, *STORE_AWAY):
            raise
        except Exception:
            text = failed(await language_for(self._reach, press.chat, press.person))
            if not await self._presses.give(query, text):
                await self._say_so(press.chat, text, press.message)
            raise
        await self._presses.give(query, refusal)

    async def _pressed(self, press: Press) -> str | None:
        """→ what tells whoever may not press this button."""
        if press.chat_kind is not ChatKind.PRIVATE and await self._admins.manages(press.chat, press.person):
            press = replace(press, person=replace(press.person, is_admin=True))
        return await self._reach.talk.press(press)

    async def _act(self, found: Meaning) -> None:
        reach = self._reach
        match found:
            case Incoming():
                await self._said(found)
            case Moved():
                await reach.notes.write(_moved_here(found.new), found.old.key, _MOVED_SECONDS)
                await reach.people.migrate(found.old, found.new)
            case Left():
                await end_jobs(reach, found.chat)
            case Joined() if await reach.notes.read(_moved_here(found.chat)) is None:
                text = on_joining(found.language, self._me.username, sees_all=self._sees_all or found.is_admin)
                await reach.outbox.send(found.chat, Message(text))

    async def _said(self, incoming: Incoming) -> None:
        reach = self._reach
        try:
            if incoming.chat_kind is ChatKind.CHANNEL:
                await reach.notes.write(channel_note(incoming.chat), "1", _CHANNEL_SECONDS)
            if matters(incoming) and await self._admins.manages(incoming.chat, incoming.person):
                incoming = replace(incoming, person=replace(incoming.person, is_admin=True))
            await reach.talk.receive(incoming)
        except (ChatGone, Unsent, *STORE_AWAY):
            raise
        except Exception:
            text = failed(await language_for(reach, incoming.chat, incoming.person))
            await self._say_so(incoming.chat, text, incoming.message)
            raise

    async def _say_so(self, chat: ChatRef, text: str, answered: str) -> None:
        """A fault of ours, as an answer. Where this cannot be said either, the fault itself still reaches the log."""
        try:
            await self._reach.outbox.send(chat, Message(text), reply_to=answered)
        except (ChatGone, Unsent) as error:
            log.warning("fault_not_told", chat=chat.key, reason=str(error))


def _moved_here(chat: ChatRef) -> str:
    return f"moved:{chat.chat}"
