"""What a chat needs of the server it is at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.files import Files
from tests.counterparts.telegram.people import Person
from tests.counterparts.telegram.presses import Press
from tests.counterparts.telegram.updates import Update

if TYPE_CHECKING:
    from tests.counterparts.telegram.chats import Chat

T = TypeVar("T")


class World(Protocol):
    bot: Person
    privacy: bool
    files: Files

    def now(self) -> float: ...

    def number(self) -> int:
        """A new id that nothing else has."""

    def emit(self, kind: str, content: Json) -> Update | None:
        """A new update for the bot; None where it did not ask for such."""

    def open_press(self, press: Press) -> None: ...

    def register(self, chat: Chat) -> None: ...

    async def inside(self, act: Callable[[], T]) -> T:
        """`act` in the server's own loop."""
