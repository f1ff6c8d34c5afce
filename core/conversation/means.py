"""What the conversation works with, and a message with what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from core.chat import Button, ChatRef, Incoming, Message, Outbox, OutcomeUnknown
from core.jobs.mailbox import Mailbox
from core.nemo.client import NemoClient
from core.store.clips import Clips
from core.store.lists import Lists
from core.store.people import People
from core.texts import Speaker


@dataclass(frozen=True, slots=True)
class Means:
    nemo: NemoClient
    mailbox: Mailbox
    clips: Clips
    people: People
    outboxes: Mapping[str, Outbox]
    """By platform."""
    identity: Callable[[str], str]
    """Chat key → the account that works for it."""
    leaves_for_cloud: bool
    clock: Callable[[], float]
    """Seconds since the epoch."""
    join_seconds: int
    """For how long photos without words wait for more from the same person."""
    lists: Lists
    """Who is let in, and who operates this bot."""
    lists_spare: Collection[str]
    """Platforms that are open to whoever reaches them: the machine's own shell."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message, the language it is answered in, and the way to its chat."""

    incoming: Incoming
    language: str
    say: Speaker
    outbox: Outbox

    @property
    def chat(self) -> ChatRef:
        return self.incoming.chat

    @property
    def person(self) -> str:
        return self.incoming.person.id

    async def reply(self, text: str, buttons: tuple[Button, ...] = ()) -> str:
        """Answer the message, rather twice than not at all. → the answer's id."""
        answer, asked = Message(text, buttons), self.incoming.message
        try:
            return await self.outbox.send(self.chat, answer, reply_to=asked)
        except OutcomeUnknown:
            return await self.outbox.send(self.chat, answer, reply_to=asked)
