"""What a clause is, as the rules of a language judge it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from core.phrases.said import GuiAction


class Kind(Enum):
    CONTENT = auto()
    INSTRUCTION = auto()
    BEFORE = auto()
    """Belongs to what comes after it: "if you want to keep it", "next", 满意的话."""
    AFTER = auto()
    """An instruction or its outcome where it follows one: "choose MP4", "the download will start", 即可下载."""
    FRAGMENT = auto()
    """No clause of its own; goes with the instruction that it follows after a comma: "audio and effects"."""


@dataclass(frozen=True, slots=True)
class Verdict:
    kind: Kind
    action: GuiAction | None = None
    agent_goes_on: bool = False
    """The agent announces its own doing, and bare verbs that follow are its own: "I'll trim the clip and export it"."""


CONTENT = Verdict(Kind.CONTENT)
