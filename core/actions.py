"""What a button carries: a verb, what it is about, and one word more, in at most 64 bytes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verb(StrEnum):
    CANCEL = "x"
    """target: a job"""
    RETRY = "r"
    """target: a job that failed"""
    EDIT = "e"
    """target: a clip, word: a quick edit's name"""
    EXPORT = "v"
    """target: a clip"""
    AUTO_EXPORT = "a"
    """target: "chat", word: on | off"""
    COMMAND = "c"
    """target: a clip, or "chat" where none is meant; word: a command as it would be typed"""
    LANGUAGE = "l"
    """target: "chat", word: a language"""
    SUGGESTION = "s"
    """target: a job, word: the place of its suggestion, from 0"""


@dataclass(frozen=True, slots=True)
class Action:
    verb: Verb
    target: str
    word: str = ""

    def encode(self) -> str:
        return f"{self.verb}.{self.target}.{self.word}"


def decode(text: str) -> Action | None:
    """The action of a button, None where the text is no action of ours."""
    parts = text.split(".")
    if len(parts) != 3 or not parts[1] or parts[0] not in tuple(Verb):
        return None
    return Action(Verb(parts[0]), parts[1], parts[2])
