"""What comes out of a translation. Data, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class GuiAction(StrEnum):
    """What an instruction stands for."""

    EXPORT = "export"
    CREDITS = "credits"
    STATE = "state"
    EDIT = "edit"


@dataclass(frozen=True, slots=True)
class Said:
    """`text`: what the person reads, without GUI instructions and without markup; "" where nothing else was said.

    `actions`: what the removed instructions stood for, in their order, each once. `edits`: instructions to edit as
    words that can be sent as a message, where they tell enough ("drag the title to the top" → "move the title to the
    top").
    """

    text: str
    actions: tuple[GuiAction, ...] = ()
    edits: tuple[str, ...] = ()
