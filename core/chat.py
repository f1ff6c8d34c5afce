"""The words an adapter and the core both speak.

An adapter turns a platform's update into an `Incoming` or a `Press` and hands it to the conversation; the core
answers through the adapter's `Outbox`. Nothing here knows a platform, Redis or the backend.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

_ELSEWHERE = "#"


class ChatKind(StrEnum):
    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class ChatRef:
    """A place where people talk: `platform:chat[:thread]`; a topic or thread has a session of its own.

    No part may contain a colon or a bar: keys are made of them.
    """

    platform: str
    chat: str
    thread: str | None = None

    @property
    def key(self) -> str:
        return ":".join(part for part in (self.platform, self.chat, self.thread) if part is not None)

    @classmethod
    def parse(cls, key: str) -> ChatRef:
        platform, chat, *thread = key.split(":")
        return cls(platform, chat, thread[0] if thread else None)


def elsewhere(chat: ChatRef, message: str) -> str:
    """The id of a message that was meant for another chat and stands in this one: a group that has moved."""
    return f"{chat.key}{_ELSEWHERE}{message}"


def place_of(chat: ChatRef, message: str) -> tuple[ChatRef, str]:
    """Where a message that an `Outbox` posted to `chat` stands, and its id there.

    Only for ids that came from an outbox: in one that came from a person, another's chat may be named.
    """
    where, mark, number = message.rpartition(_ELSEWHERE)
    return (ChatRef.parse(where), number) if mark else (chat, message)


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str = ""
    language: str = ""
    """BCP 47 tag as the platform reports it, empty when it does not."""
    is_admin: bool = False
    """May manage this chat (group administrator, or the only person in a private chat)."""


class MediaKind(StrEnum):
    PHOTO = "photo"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    STICKER = "sticker"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Media:
    """A reference to a file that a person sent. The bytes stay at the platform until a worker opens them."""

    ref: str
    """What the adapter's `Outbox.open` needs to fetch it: a file id, a key, a URL."""
    kind: MediaKind = MediaKind.FILE
    name: str = ""
    """As the sender named it: shown to people, never used as a path."""
    mime: str = ""
    size: int | None = None
    """Bytes, where the platform says."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message from a person (an album is one message with several media)."""

    event: str
    """The platform's id of the update, unique within the platform: handled once."""
    chat: ChatRef
    person: Person
    message: str
    chat_kind: ChatKind = ChatKind.PRIVATE
    text: str = ""
    command: str | None = None
    """`export` for `/export` or `/export@ThisBot`; `text` then holds the arguments."""
    media: tuple[Media, ...] = ()
    addressed: bool = True
    """False where the bot only overheard it (a group message that does not mention it)."""
    reply_to: str | None = None
    """Id of the message that this one replies to."""


@dataclass(frozen=True, slots=True)
class Press:
    """A button pressed. `action` is what the button carried (see `core.actions`)."""

    event: str
    chat: ChatRef
    person: Person
    message: str
    action: str
    chat_kind: ChatKind = ChatKind.PRIVATE


ACTION_BYTES = 64
"""The most an action may be long in UTF-8: Telegram's limit for `callback_data`, the narrowest there is."""


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    action: str

    def __post_init__(self) -> None:
        if not 0 < len(self.action.encode()) <= ACTION_BYTES:
            raise ValueError(f"an action takes 1 to {ACTION_BYTES} bytes: {self.action!r}")


@dataclass(frozen=True, slots=True)
class Message:
    """What the bot says: plain text, with buttons; `fraction` (0 to 1) where it is the progress message."""

    text: str
    buttons: tuple[Button, ...] = ()
    fraction: float | None = None


@dataclass(frozen=True, slots=True)
class Video:
    """A finished MP4 on this machine's disk, open to be read more than once until the call returns."""

    path: Path
    name: str
    size: int
    """Bytes."""
    width: int
    height: int
    duration: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform lets through. Sizes in bytes, lengths in UTF-16 code units (`core.texts.lengths`)."""

    fetch: int
    """The largest file that can be fetched from it."""
    video: int
    """The largest video that can be posted where nothing else is known (`Outbox.video_limit`)."""
    text: int
    caption: int
    edit_interval: float
    """Seconds between two edits of one message."""


class MediaTooLarge(Exception):
    """The platform will not hand the file over: it is larger than `limit` bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than {limit} bytes")
        self.limit = limit


class MediaGone(Exception):
    """The platform no longer has the file, or cannot hand it over."""


class ChatGone(Exception):
    """The chat cannot be reached any more (blocked, removed, deleted): its jobs end quietly."""


class VideoTooLarge(Exception):
    """The platform refused a video for its size, whatever its published limit says.

    `limit`: bytes that it lets through, where it says so.
    """

    def __init__(self, limit: int | None = None) -> None:
        super().__init__("the platform refused the video for its size")
        self.limit = limit


class VideosForbidden(Exception):
    """The bot may write in this chat and may post no videos there: whoever manages the chat can allow it."""


class NotDone(OSError):
    """The platform did not take what was to be posted or changed, or could not be reached; the text says which."""


class OutcomeUnknown(OSError):
    """What was to be posted went out and no answer came: only a person can see whether it is there."""


class Talk(Protocol):
    """What an adapter speaks to: the core's conversation. Both answer at once; a repeated event is handled once."""

    async def receive(self, incoming: Incoming) -> None: ...

    async def press(self, press: Press) -> str | None:
        """→ one sentence for the person alone, where they may not press this button."""
        ...


class Outbox(Protocol):
    """How the core speaks to one platform. Stateless: any worker process may post to any chat with it.

    Every call may raise `ChatGone`; a call that fails in transit raises `OSError` or the adapter's own error and may
    or may not have had its effect. What is posted to a chat that has moved gets an id of `elsewhere`.
    """

    @property
    def limits(self) -> Limits: ...

    async def video_limit(self, chat: ChatRef) -> int:
        """The largest video that can be posted in this chat now, in bytes."""
        ...

    def open(self, media: Media) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The file's bytes in chunks, never whole in memory. Raises `MediaTooLarge`, `MediaGone`."""
        ...

    async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
        """Post a message and return its id."""
        ...

    async def edit(self, chat: ChatRef, message_id: str, message: Message) -> bool:
        """Replace a message's text and buttons.

        → False where it is gone, or stayed behind in a chat that has moved: nobody reads there what was to be said.
        """
        ...

    async def remove(self, chat: ChatRef, message_id: str) -> None:
        """Remove a message of the bot's. One that is gone is no error."""
        ...

    async def post_video(
        self, chat: ChatRef, video: Video, caption: Message, *, job: str, reply_to: str | None = None
    ) -> str:
        """Post the video with its caption and buttons and return the message's id.

        `job` identifies the delivery: an adapter that can tell that this job's video is already there returns that
        message's id and posts nothing. Raises `VideoTooLarge`, `VideosForbidden`, `OutcomeUnknown`.
        """
        ...

    async def forget(self, chat: ChatRef) -> None:
        """Remove what this adapter keeps about the chat, where it keeps anything."""
        ...
