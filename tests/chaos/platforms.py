"""What a run asks of a platform, whichever it is: people who ask there, and what became of each thing they asked for.

A further platform is one class like `on_telegram.OnTelegram` and `on_discord.OnDiscord`, and its `Calls` for `points`.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.chaos.gates import Exchange


@dataclass(eq=False, frozen=True, slots=True)
class Place:
    """Where one person talks with the bot. `key`: of the chat in the core. `chat` is the platform's own."""

    platform: Platform
    key: str
    chat: Any


@dataclass(frozen=True, slots=True)
class Answer:
    """A message of the bot's that answers somebody, as it stands now. `message` is the platform's own."""

    message: Any
    text: str
    buttons: Sequence[str]
    had: Sequence[str]
    """Every button that it ever had."""
    is_video: bool
    is_gone: bool

    def __repr__(self) -> str:
        return f"<{'video ' if self.is_video else ''}{'gone ' if self.is_gone else ''}{self.text!r} {self.buttons}>"


class Platform(ABC):
    """The counterpart of one platform, as a run sees it. What people ask for is `Any`: the platform's own."""

    name: str
    """Of the program's part that listens there, and of its chats."""
    url: str
    """Of the server that gates stand before."""
    secret: str
    """What no log may hold."""
    has_files_apart: bool = False
    """Whether files have addresses of their own, which lead to one gate for all processes."""

    @abstractmethod
    def settings(self, url: str) -> Mapping[str, str]:
        """What a process needs to reach it through the gate at `url`."""

    def lead_files_to(self, url: str) -> None:
        """Where `has_files_apart`: the addresses of files begin with this."""
        raise NotImplementedError

    @abstractmethod
    async def is_heard(self) -> None:
        """Wait until the bot hears what is said from now on."""

    @abstractmethod
    async def breaks(self, rng: random.Random) -> None:
        """Break what the platform itself holds open to the bot, if it does."""

    @abstractmethod
    def place(self, name: str) -> Place:
        """A new place, with a person of this name who has never written to the bot."""

    @abstractmethod
    async def says(self, place: Place, words: str) -> None:
        """Words that ask for no video."""

    @abstractmethod
    def said(self, place: Place) -> int:
        """How many messages of the bot's stand there."""

    @abstractmethod
    def is_greeted(self, place: Place) -> bool: ...

    @abstractmethod
    async def asks(self, place: Place, words: str, photo: bytes | None) -> Any:
        """A video of the photo, or a change to the one that is there."""

    @abstractmethod
    def answers(self, place: Place, asked: Any) -> list[Answer]:
        """All that the bot ever said to it, in order."""

    @abstractmethod
    async def presses(self, place: Place, answer: Answer, button: str) -> None:
        pass

    def did_not_respond(self, asked: Any) -> bool:
        """Whether the platform itself has told the person that the bot does not respond."""
        return False

    def may_repeat(self, exchange: Exchange, place: Place, asked: Any) -> bool:
        """Whether the exchange posts a video for it, and nothing keeps a repetition of that away."""
        return False
