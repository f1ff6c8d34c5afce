"""What the listener leaves in the inbox: a text for each thing that happened, read again by whoever deals with it.

The interaction's token is among it: it is good for 15 minutes, and the inbox is emptied as soon as it is dealt with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from bots.discord.asked import Asked
from core.chat import ChatRef, Incoming, Press


@dataclass(frozen=True, slots=True)
class Said:
    """A message that addresses the bot. Ids in it are Discord's own."""

    incoming: Incoming
    is_placed: bool = True
    """False where it is not known whether the channel is a thread, and of which channel."""
    quoted: int | None = None
    """A message that this one answers and that did not come with it."""
    limit: int | None = None
    """The server's upload limit in bytes, where it raises the usual one."""

    @property
    def chat(self) -> ChatRef:
        return self.incoming.chat


@dataclass(frozen=True, slots=True)
class Used:
    """A command. `asked.answers` is not known before it is acknowledged."""

    incoming: Incoming
    asked: Asked
    limit: int
    """The upload limit that came with it, in bytes."""

    @property
    def chat(self) -> ChatRef:
        return self.incoming.chat


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button. The message's id in `press` is Discord's own; `asked` is what the press itself was."""

    press: Press
    asked: Asked

    @property
    def chat(self) -> ChatRef:
        return self.press.chat


@dataclass(frozen=True, slots=True)
class Lacking:
    """A message that addresses the bot where it may not do what is needed: `names`, as the library has them."""

    incoming: Incoming
    names: tuple[str, ...]

    @property
    def chat(self) -> ChatRef:
        return self.incoming.chat


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that addresses the bot and that Discord does not show it, or (`picture`) not what it answers."""

    chat: ChatRef
    message: str
    picture: bool = False


@dataclass(frozen=True, slots=True)
class Alone:
    """What all see of a command (`message`) whose process ended between its acknowledgement and the inbox. `language`:
    the server's.
    """

    chat: ChatRef
    message: str
    language: str


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot came to a server whose channel for the system's messages is this. `language`: the server's."""

    chat: ChatRef
    language: str


@dataclass(frozen=True, slots=True)
class Left:
    """These places are no longer the bot's: it was removed from the server, or they were."""

    places: tuple[ChatRef, ...]

    @property
    def chat(self) -> ChatRef:
        return self.places[0]


Record = Said | Used | Pressed | Lacking | Unread | Alone | Joined | Left
_FORMS: dict[str, TypeAdapter[Any]] = {
    kind.__name__: TypeAdapter(kind) for kind in (Said, Used, Pressed, Lacking, Unread, Alone, Joined, Left)
}


def written(record: Record) -> str:
    """The record's kind, and its fields as JSON."""
    kind = type(record).__name__
    return f"{kind} {_FORMS[kind].dump_json(record).decode()}"


def read(text: str) -> Record:
    """What `written` wrote."""
    kind, _, fields = text.partition(" ")
    record: Record = _FORMS[kind].validate_json(fields)
    return record
