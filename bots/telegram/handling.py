"""Out of the inbox: each parcel of updates to the conversation, the parcels of a chat in order, chats side by side."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol
from weakref import WeakValueDictionary

import structlog
from telegram import Update

from bots.telegram.addressing import Me
from bots.telegram.admins import Admins, matters
from bots.telegram.bot import TelegramBot
from bots.telegram.faults import Unsent
from bots.telegram.outbox import channel_note
from bots.telegram.updates import Joined, Left, Meaning, Moved, meaning
from bots.telegram.words import on_joining
from core.chat import ChatGone, ChatKind, ChatRef, Incoming, Message, Outbox, Press
from core.jobs.job import Stage
from core.jobs.mailbox import Mailbox
from core.store.connection import STORE_AWAY
from core.store.inbox import LEASE_SECONDS, Inbox, Parcel
from core.store.notes import Notes
from core.store.people import People

log = structlog.get_logger(__name__)

_MOST = 100
_LOOK_SECONDS = 2.0
"""Between two looks into the inbox when nothing is known to be due: another process may have left something."""

_AWAY_SECONDS = 0.5

_MOVED_SECONDS = 3600
"""For which it is remembered that a group is new in its id alone: nobody is welcomed there."""

_CHANNEL_SECONDS = 30 * 24 * 3600


class Talk(Protocol):
    """What is said to: the core's conversation. Both answer at once; a repeated event is handled once."""

    async def receive(self, incoming: Incoming) -> None: ...

    async def press(self, press: Press) -> None: ...


@dataclass(frozen=True, slots=True)
class Reach:
    """What a meaning is acted on with."""

    talk: Talk
    outbox: Outbox
    mailbox: Mailbox
    people: People
    notes: Notes


class Handling:
    """`clock`: seconds since the epoch, as the inbox counts them."""

    def __init__(
        self,
        bot: TelegramBot,
        me: Me,
        inbox: Inbox,
        reach: Reach,
        admins: Admins,
        clock: Callable[[], float],
        *,
        sees_all: bool,
    ) -> None:
        self._bot = bot
        self._me = me
        self._inbox = inbox
        self._reach = reach
        self._admins = admins
        self._clock = clock
        self._sees_all = sees_all
        self._news = asyncio.Event()
        self._held: dict[str, Parcel] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something new is in the inbox."""
        self._news.set()

    async def run(self) -> None:
        """Handle what comes until cancelled; what is unfinished then stays in the inbox."""
        renewing = asyncio.create_task(self._renew(), name="inbox leases")
        try:
            while True:
                self._news.clear()
                try:
                    parcels = await self._inbox.take(_MOST)
                    due = None if parcels else await self._inbox.next_due()
                except STORE_AWAY as error:
                    log.warning("store_away", reason=type(error).__name__)
                    await asyncio.sleep(_AWAY_SECONDS)
                    continue
                for parcel in parcels:
                    self._begin(parcel)
                if not parcels:
                    wait = _LOOK_SECONDS if due is None else min(_LOOK_SECONDS, max(0.01, due - self._clock()))
                    await self._wait_for_news(wait)
        finally:
            for task in (renewing, *self._running):
                task.cancel()
            await asyncio.gather(renewing, *self._running, return_exceptions=True)

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    def _begin(self, parcel: Parcel) -> None:
        # Locks let in whoever came first: the parcels of a chat keep their order.
        turn = self._turns.setdefault(parcel.chat.key, asyncio.Lock())
        self._held[parcel.name] = parcel
        task = asyncio.create_task(self._handle(parcel, turn), name="update")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _handle(self, parcel: Parcel, turn: asyncio.Lock) -> None:
        try:
            async with turn:
                await self._act_safely(parcel)
            await self._inbox.done(parcel)
        except STORE_AWAY as error:
            # It is due again when its lease ends.
            log.warning("update_left", chat=parcel.chat.key, reason=type(error).__name__)
        finally:
            self._held.pop(parcel.name, None)

    async def _act_safely(self, parcel: Parcel) -> None:
        try:
            updates = [Update.de_json(json.loads(item), self._bot) for item in parcel.items]
            found = meaning(updates, self._me)
            if found is not None:
                await self._act(found)
        except STORE_AWAY:
            raise
        except ChatGone as gone:
            log.info("chat_gone", chat=parcel.chat.key, reason=str(gone))
        except Unsent as error:
            log.warning("not_answered", chat=parcel.chat.key, reason=str(error))
        except Exception:
            log.exception("update_failed", chat=parcel.chat.key)

    async def _act(self, found: Meaning) -> None:
        reach = self._reach
        match found:
            case Incoming():
                if found.chat_kind is ChatKind.CHANNEL:
                    await reach.notes.write(channel_note(found.chat), "1", _CHANNEL_SECONDS)
                if matters(found) and await self._admins.manages(found.chat, found.person):
                    found = replace(found, person=replace(found.person, is_admin=True))
                await reach.talk.receive(found)
            case Press():
                if found.chat_kind is not ChatKind.PRIVATE and await self._admins.manages(found.chat, found.person):
                    found = replace(found, person=replace(found.person, is_admin=True))
                await reach.talk.press(found)
            case Moved():
                await reach.notes.write(_moved_here(found.new), found.old.key, _MOVED_SECONDS)
                await reach.people.migrate(found.old, found.new)
            case Left():
                await _end_jobs(reach, found.chat)
            case Joined() if await reach.notes.read(_moved_here(found.chat)) is None:
                text = on_joining(found.language, self._me.username, sees_all=self._sees_all or found.is_admin)
                await reach.outbox.send(found.chat, Message(text))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await self._inbox.renew(list(self._held.values()))
            except STORE_AWAY as error:
                log.warning("leases_not_renewed", reason=type(error).__name__)


async def _end_jobs(reach: Reach, chat: ChatRef) -> None:
    """The jobs of a chat that threw the bot out, and of its topics: nobody would see what they make."""
    for place in await reach.people.places(chat):
        for job in reversed(await reach.mailbox.unfinished(place)):
            await reach.mailbox.cancel(job, replace(job, stage=Stage.CANCELLED))


def _moved_here(chat: ChatRef) -> str:
    return f"moved:{chat.chat}"
