"""What people ask for in their chats, and whether they have heard of it: one `Wish` for each message that asks."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.town import EDIT, GENERATE
from tests.counterparts.telegram import Chat, Message, Telegram
from tests.waiting import wait_until

_PROGRESS = "Cancel"
"""The button that a message has for as long as its job goes on."""

_ENDED = "Retry"


@dataclass(eq=False)
class Wish:
    """`words` are no other wish's. `cost`: credits of darkroom's for doing it once."""

    chat: Chat
    message: Message
    words: str
    cost: int

    @property
    def answers(self) -> list[Message]:
        """What answers it in the chat now."""
        return [message for message in self.chat.from_bot if message.reply is self.message]

    @property
    def posted(self) -> list[Message]:
        """The videos that were ever posted for it."""
        sent = (change.message for change in self.chat.changes("sent"))
        return [message for message in sent if message.kind == "video" and message.reply is self.message]

    @property
    def sentences(self) -> list[Message]:
        """What says that there is no video."""
        return [each for each in self.answers if _ENDED in each.buttons or each.text.startswith("Cancelled")]

    @property
    def was_given_up(self) -> bool:
        """Whether the person was ever told that there would be no video."""
        changes = (change for change in self.chat.history if change.by_bot and change.message.reply is self.message)
        return any(_ENDED in _labels(change.wire) for change in changes)

    @property
    def unfinished(self) -> list[Message]:
        """Progress messages that still stand."""
        return [message for message in self.answers if _PROGRESS in message.buttons]

    @property
    def has_ended(self) -> bool:
        return bool(self.posted or self.sentences)

    @property
    def was_heard(self) -> bool:
        """Whether anything ever answered it."""
        return any(change.message.reply is self.message for change in self.chat.changes("sent"))

    def __repr__(self) -> str:
        return f"<{self.words!r}: {self.answers}>"


def _labels(wire: Mapping[str, Any]) -> list[str]:
    rows = (wire.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]


@dataclass(eq=False)
class Load:
    """Everything that was asked for in one run."""

    telegram: Telegram
    photo: bytes
    seconds: int = 1
    """Of film in each video. One is rendered at once; a death in the midst of a render needs more."""
    wishes: list[Wish] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def chat(self) -> Chat:
        """A new private chat, with a person who has never written to the bot."""
        return self.telegram.private(self.telegram.person(f"Person {next(self._numbers)}"))

    async def chats(self, count: int) -> list[Chat]:
        """So many new private chats, each with an account at the backend."""
        found = [self.chat() for _ in range(count)]
        for chat in found:
            await chat.sends(chat.members[0], "/credits")
        await wait_until(lambda: all(chat.from_bot for chat in found), 60, what="each has an account")
        return found

    async def clip(self, chat: Chat) -> Wish:
        """A photo with words for a video that takes as long to render as `seconds` of film do."""
        words = f"{self.seconds} second, square, hold still, number {next(self._numbers)}"
        message = await chat.sends(chat.members[0], photo=self.photo, caption=words)
        return self._noted(Wish(chat, message, words, GENERATE))

    async def change(self, chat: Chat) -> Wish:
        """Words about the clip that is there, or in the making."""
        words = f'title "K{next(self._numbers)}"'
        message = await chat.sends(chat.members[0], words)
        return self._noted(Wish(chat, message, words, EDIT))

    async def cancel(self, wish: Wish) -> None:
        """Press Cancel where there is such a button."""
        for message in wish.unfinished[:1]:
            await wish.chat.presses(wish.chat.members[0], message, _PROGRESS)

    def of(self, chat: Chat) -> list[Wish]:
        return [wish for wish in self.wishes if wish.chat is chat]

    def _noted(self, wish: Wish) -> Wish:
        self.wishes.append(wish)
        return wish
