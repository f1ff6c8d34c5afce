"""Quick edits: what can be asked next with one press. A name in the button, words to the backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.actions import Action, Verb
from core.chat import Button
from core.texts import Speaker, speaker


@dataclass(frozen=True, slots=True)
class QuickEdit:
    name: str
    label: str
    prompt: str


def _edits(say: Speaker) -> tuple[QuickEdit, ...]:
    return (
        QuickEdit("animate", say("Animate it"), say("Turn this into a 5-second video clip with smooth motion")),
        QuickEdit("zoom-in", say("Zoom in"), say("Zoom in slowly")),
        QuickEdit("zoom-out", say("Zoom out"), say("Zoom out slowly")),
        QuickEdit("pan", say("Pan"), say("Pan to the right")),
        QuickEdit("slower", say("Slower"), say("Make it slower")),
        QuickEdit("undo", say("Undo"), say("Undo")),
        QuickEdit("9x16", "9:16", say("Make it vertical, 9:16")),
        QuickEdit("1x1", "1:1", say("Make it square, 1:1")),
        QuickEdit("16x9", "16:9", say("Make it widescreen, 16:9")),
    )


def prompt_of(name: str, language: str) -> str | None:
    """The words of a quick edit, None for a name that is not one."""
    return next((edit.prompt for edit in _edits(speaker(language)) if edit.name == name), None)


def first_choices(clip: str, language: str) -> tuple[Button, ...]:
    """For photos that came without words."""
    return _buttons(("animate", "zoom-in", "zoom-out", "pan"), clip, language)


def next_choices(clip: str, language: str, size: tuple[int, int]) -> tuple[Button, ...]:
    """For a finished video of this size in pixels: the other shapes, slower, and the way back."""
    width, height = size
    current = "9x16" if height > width else "16x9" if width > height else "1x1"
    shapes = tuple(name for name in ("9x16", "1x1", "16x9") if name != current)
    return _buttons(("slower", *shapes, "undo"), clip, language)


def _buttons(names: tuple[str, ...], clip: str, language: str) -> tuple[Button, ...]:
    by_name: Mapping[str, QuickEdit] = {edit.name: edit for edit in _edits(speaker(language))}
    return tuple(Button(by_name[name].label, Action(Verb.EDIT, clip, name).encode()) for name in names)
