"""Where things are on Discord: the core's chats and message ids, and Discord's channels and snowflakes.

A thread's chat has its parent channel as `chat`. A message's id in the core says how it is reached again:

    "1234"          an ordinary message of the chat's channel
    "i55"           what an interaction asked, where no message of it is in the channel
    "w55.1234"      an answer through the webhook of interaction 55
    "d77.1234"      an answer in the direct messages with channel id 77
"""

from __future__ import annotations

from dataclasses import dataclass

from core.chat import ChatRef

PLATFORM = "discord"


def chat_of(channel: int, parent: int | None = None) -> ChatRef:
    """The chat of a channel, or of a thread under `parent`."""
    if parent is None:
        return ChatRef(PLATFORM, str(channel))
    return ChatRef(PLATFORM, str(parent), str(channel))


def channel_of(chat: ChatRef) -> int:
    """The channel or thread in which the chat's messages stand."""
    return int(chat.thread or chat.chat)


@dataclass(frozen=True, slots=True)
class MessageId:
    """A message's id in the core, taken apart. `message` is None for what an interaction asked."""

    message: int | None
    interaction: int | None = None
    direct: int | None = None
    """The channel of direct messages that it stands in."""

    def __str__(self) -> str:
        if self.interaction is not None:
            return f"i{self.interaction}" if self.message is None else f"w{self.interaction}.{self.message}"
        return str(self.message) if self.direct is None else f"d{self.direct}.{self.message}"


def message_id(text: str) -> MessageId:
    """Raises `ValueError` for what is no id of ours."""
    kind, _, rest = text.partition(".")
    match kind[:1]:
        case "i":
            return MessageId(None, interaction=int(kind[1:]))
        case "w":
            return MessageId(int(rest), interaction=int(kind[1:]))
        case "d":
            return MessageId(int(rest), direct=int(kind[1:]))
        case _:
            return MessageId(int(text))
