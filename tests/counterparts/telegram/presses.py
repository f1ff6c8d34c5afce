"""A button that a person pressed, and what the bot answered to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.people import Person
from tests.counterparts.telegram.updates import Update

if TYPE_CHECKING:
    from tests.counterparts.telegram.messages import Message

ANSWERABLE_SECONDS = 15.0
"""How long Telegram takes an answer for: longer ones are "too old". Not published; seen between 10 and 60 s."""


@dataclass(eq=False, slots=True)
class Press:
    """`answer`: the parameters of answerCallbackQuery; None: the person still sees the button working."""

    id: str
    by: Person
    message: Message
    data: str
    at: float
    answer: Json | None = None
    update: Update | None = None

    @property
    def words(self) -> str:
        """What the person read, empty where they read nothing."""
        return str((self.answer or {}).get("text", ""))
