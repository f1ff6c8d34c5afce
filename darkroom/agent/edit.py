"""What the agent's parts hand to each other: the situation before a prompt, an edit, and what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, Protocol

from darkroom.agent.prompt import Prompt
from darkroom.timeline import Timeline


class Said(NamedTuple):
    """Words for a person, in the two languages that the agent speaks."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture that was uploaded: its id in the session, its name, its size in pixels as seen."""

    file: str
    name: str
    width: int
    height: int


def _nothing(text: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the agent knows when a prompt comes in."""

    timeline: Timeline | None = None
    past: tuple[Timeline, ...] = ()
    """Earlier timelines, the newest last: what undo goes back to."""
    waiting: tuple[Photo, ...] = ()
    """Photos that are not yet on the timeline, in the order they came."""
    unusable: tuple[str, ...] = ()
    """Names of videos and sounds that came since the last prompt."""
    language: str = ""
    """BCP 47 tag of the session, for a prompt without words of its own."""
    shapes: Mapping[str, float] = field(default_factory=dict)
    """Width over height of pictures on the timeline, by `Shot.file`; one that is missing is held to be like the canvas."""
    undrawable: Callable[[str], str] = _nothing
    """The characters of a text that no title can show, in its order."""


class Stage(IntEnum):
    """The order in which edits of one prompt are applied, whatever order they were said in."""

    HISTORY = 0
    PHOTOS = 1
    LENGTH = 2
    TEMPO = 3
    FRAME = 4
    MOTION = 5
    TEXT = 6


@dataclass(frozen=True, slots=True)
class Applied:
    """A timeline after an edit, with what was done ("made it 5 seconds long") and what a person should know of it."""

    timeline: Timeline
    said: Said
    note: Said | None = None


class Edit(Protocol):
    """One change that was asked for. `tool` and `args` are its form in the event stream."""

    @property
    def tool(self) -> str: ...

    @property
    def args(self) -> Mapping[str, object]: ...

    @property
    def stage(self) -> Stage: ...

    def apply(self, timeline: Timeline) -> Applied: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What one reader took from the prompt: its edits, what it has to say, and the prompt without its words."""

    prompt: Prompt
    edits: tuple[Edit, ...] = ()
    notes: tuple[Said, ...] = ()
