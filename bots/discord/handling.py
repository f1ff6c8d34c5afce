"""A parcel out of the inbox: what it holds, to the conversation or to what is kept about its chat."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeVar

import aiohttp
import discord
import structlog

from bots.discord import asked as answers
from bots.discord import parcels, replying
from bots.discord.account import Me
from bots.discord.asked import Asked
from bots.discord.asking import note
from bots.discord.faults import Refused, Unsent, own
from bots.discord.parcels import Alone, Joined, Lacking, Left, Pressed, Record, Said, Unread, Used
from bots.discord.patience import patiently
from bots.discord.places import channel_of, chat_of, message_id
from bots.discord.reading import with_answered
from bots.discord.tolerance import parent_of
from bots.discord.words import missing, say
from bots.reach import Reach, end_jobs_in, language_for
from core.chat import ChatGone, Incoming, Message
from core.intents import language_of
from core.store.connection import STORE_AWAY
from core.store.inbox import Parcel
from core.texts import closest

log = structlog.get_logger(__name__)

T = TypeVar("T")

ACK_SECONDS = 3.5
"""Until an acknowledgement has come through or never will: Discord takes none after three seconds."""

_LOOK_AGAIN = 0.02

_CANNOT_SPEAK = frozenset({"view_channel", "send_messages", "send_messages_in_threads"})


class Handling:
    """`client`: REST alone. `clock`: seconds since the epoch."""

    def __init__(self, client: discord.Client, me: Me, reach: Reach, clock: Callable[[], float]) -> None:
        self._client = client
        self._me = me
        self._reach = reach
        self._clock = clock

    async def handle(self, parcel: Parcel) -> None:
        """Do what the parcel asks for. Raises what the store raises: the parcel must come again then.

        A fault of ours is told to whoever asked, and raised for the log.
        """
        try:
            for item in parcel.items:
                await self._act(parcels.read(item))
        except ChatGone as gone:
            log.info("chat_gone", chat=parcel.chat.key, reason=str(gone))
        except Unsent as error:
            log.warning("not_answered", chat=parcel.chat.key, reason=str(error))

    async def _act(self, record: Record) -> None:
        match record:
            case Said():
                await self._said(record)
            case Used():
                await self._used(record)
            case Pressed():
                await self._pressed(record)
            case Lacking():
                await self._lacking(record)
            case Unread():
                language = await self._reach.people.language(record.chat) or "en"
                text = say(language, "unread picture" if record.picture else "unread")
                await self._reach.outbox.send(record.chat, Message(text), reply_to=record.message)
            case Alone():
                language = await self._reach.people.language(record.chat) or record.language
                text = say(language, "left alone")
                await self._reach.outbox.send(record.chat, Message(text), reply_to=record.message)
            case Joined():
                await self._reach.outbox.send(record.chat, Message(say(record.language, "hello")))
            case Left():
                await end_jobs_in(self._reach, record.places)

    async def _said(self, said: Said) -> None:
        try:
            await self._hear(said)
        except (ChatGone, Unsent, *STORE_AWAY):
            raise
        except Exception:
            incoming = said.incoming
            text = say(await self._language_of(incoming), "failed")
            try:
                await self._reach.outbox.send(incoming.chat, Message(text), reply_to=incoming.message)
            except (ChatGone, Unsent) as error:
                log.warning("fault_not_told", chat=incoming.chat.key, reason=str(error))
            raise

    async def _hear(self, said: Said) -> None:
        reach, incoming = self._reach, said.incoming
        channel = channel_of(incoming.chat)
        if not said.is_placed:
            parent = await _patiently(lambda: parent_of(self._client, channel))
            incoming = replace(incoming, chat=chat_of(channel, parent))
        if said.quoted is not None:
            joined = await self._with_quoted(incoming, channel, said.quoted)
            if isinstance(joined, Unread):
                await self._act(joined)
                return
            incoming = joined
        if incoming.reply_to is not None:
            incoming = replace(incoming, reply_to=await answers.core_id(reach.notes, int(incoming.reply_to)))
        if said.limit is not None:
            await answers.keep_limit(reach.notes, channel, said.limit)
        await reach.talk.receive(incoming)

    async def _with_quoted(self, incoming: Incoming, channel: int, quoted: int) -> Incoming | Unread:
        try:
            place = self._client.get_partial_messageable(channel)
            answered = await _patiently(lambda: place.fetch_message(quoted))
        except Refused:
            return incoming
        return with_answered(incoming, answered, self._me)

    async def _used(self, used: Used) -> None:
        reach = self._reach
        asked = await self._acknowledged(used)
        if asked is None:
            log.info("interaction_not_acknowledged", chat=used.chat.key)
            return
        await answers.keep_limit(reach.notes, channel_of(used.chat), used.limit)
        if not asked.is_member and not asked.private:
            await answers.keep_way(reach.notes, channel_of(used.chat), asked.interaction)
        try:
            await reach.talk.receive(used.incoming)
        except (ChatGone, *STORE_AWAY):
            raise
        except Exception:
            text = say(await language_for(reach, used.chat, used.incoming.person), "failed")
            await self._through(asked, text, replying.tell)
            raise
        if asked.private:
            what = "cancelled" if used.incoming.command == "cancel" else "done"
            await self._through(asked, say(used.incoming.person.language, what), replying.conclude)

    async def _acknowledged(self, used: Used) -> Asked | None:
        """What the interaction was, once its acknowledgement has come through. None: it never did, and the person saw
        Discord say so.
        """
        notes = self._reach.notes
        while True:
            known = await answers.recall(notes, used.asked.interaction)
            if known is not None:
                return known
            if self._clock() > used.asked.created + ACK_SECONDS:
                break
            await asyncio.sleep(_LOOK_AGAIN)
        # Whoever acknowledged it ended before it could say so.
        try:
            acknowledgement = await replying.acknowledgement(self._client, used.asked)
        except Refused:
            # The token has ended, 15 minutes later: it may have been acknowledged.
            return await note(notes, used, None)
        return None if acknowledgement is None else await note(notes, used, acknowledgement)

    async def _pressed(self, pressed: Pressed) -> None:
        press = pressed.press
        try:
            core_id = await answers.core_id(self._reach.notes, int(press.message))
            await self._renew(core_id, pressed.asked)
            refused = await self._reach.talk.press(replace(press, message=core_id))
        except (ChatGone, *STORE_AWAY):
            raise
        except Exception:
            text = say(await language_for(self._reach, press.chat, press.person), "failed")
            await self._through(pressed.asked, text, replying.tell)
            raise
        if refused is not None:
            await self._through(pressed.asked, refused, replying.tell)

    async def _renew(self, core_id: str, press: Asked) -> None:
        """What was posted through an interaction's token that ends after 15 minutes: the press brings a new one."""
        earlier = message_id(core_id).interaction
        before = None if earlier is None else await answers.recall(self._reach.notes, earlier)
        if before is not None and not before.is_member:
            renewed = replace(before, token=press.token, created=press.created)
            await answers.keep(self._reach.notes, renewed)

    async def _lacking(self, lacking: Lacking) -> None:
        """What the bot may not do is named before any work: there, or where it cannot speak there, to the person."""
        incoming = lacking.incoming
        text = missing(await self._language_of(incoming), f"<#{channel_of(incoming.chat)}>", lacking.names)
        if not _CANNOT_SPEAK.intersection(lacking.names):
            await self._reach.outbox.send(incoming.chat, Message(text), reply_to=incoming.message)
            return
        person = discord.Object(int(incoming.person.id))
        direct = await _patiently(lambda: self._client.create_dm(person))
        await self._reach.outbox.send(chat_of(direct.id), Message(text))

    async def _language_of(self, incoming: Incoming) -> str:
        spoken = language_of(incoming.text, closest(incoming.person.language))
        return await language_for(self._reach, incoming.chat, replace(incoming.person, language=spoken))

    async def _through(
        self, asked: Asked, text: str, way: Callable[[discord.Client, Asked, str], Awaitable[None]]
    ) -> None:
        """Something more through the interaction's token; where that has ended, it is left."""
        try:
            await way(self._client, asked, text)
        except Unsent as error:
            log.warning("interaction_not_answered", reason=str(error))


async def _patiently(call: Callable[[], Awaitable[T]]) -> T:
    """What the library's call gives; Discord away is waited for. Raises `Unsent`."""

    async def once() -> T:
        try:
            return await call()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise own(error) from None

    return await patiently(once)
