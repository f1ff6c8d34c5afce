"""Quick edits: what can be asked next with one press. A name in the button, words to the backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.actions import Action, Verb
from core.chat import Button
from core.texts import Speaker, speaker

TITLE = "title"
"""The quick edit that asks for words first."""

_SHAPES = ("9x16", "1x1", "16x9")


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
        QuickEdit("redo", say("Redo"), say("Try it another way")),
        QuickEdit("undo", say("Undo"), say("Undo")),
        QuickEdit("music", say("Add music"), say("Add background music that fits")),
        QuickEdit("9x16", "9:16", say("Make it vertical, 9:16")),
        QuickEdit("1x1", "1:1", say("Make it square, 1:1")),
        QuickEdit("16x9", "16:9", say("Make it widescreen, 16:9")),
    )


def prompt_of(name: str, language: str) -> str | None:
    """The words of a quick edit, None for a name that is not one."""
    return next((edit.prompt for edit in _edits(speaker(language)) if edit.name == name), None)


def first_choices(clip: str, language: str, cost: float = 0) -> tuple[Button, ...]:
    """For photos that came without words. `cost`: credits that a press costs, told where there are any."""
    return _buttons(("animate", "zoom-in", "zoom-out", "pan"), clip, language, cost)


def next_choices(
    clip: str, language: str, size: tuple[int, int] | None, cost: float = 0, *, music: bool = False
) -> tuple[Button, ...]:
    """The next steps: pace, another go, the way back, other shapes than `size` (pixels, where it is known), a title, a
    new clip; `music` where the backend has some.
    """
    say = speaker(language)
    others = tuple(name for name in _SHAPES if name != _shape_of(size))
    title = Button(say("Add title"), Action(Verb.EDIT, clip, TITLE).encode())
    new = Button(say("New clip"), Action(Verb.COMMAND, clip, "new").encode())
    edits = ("slower", "redo", "undo", *others, *(("music",) if music else ()))
    return (*_buttons(edits, clip, language, cost), title, new)


def _shape_of(size: tuple[int, int] | None) -> str | None:
    if size is None:
        return None
    width, height = size
    return "9x16" if height > width else "16x9" if width > height else "1x1"


def _buttons(names: tuple[str, ...], clip: str, language: str, cost: float) -> tuple[Button, ...]:
    say = speaker(language)
    by_name: Mapping[str, QuickEdit] = {edit.name: edit for edit in _edits(say)}

    def label(text: str) -> str:
        return say("{what} ({n} credits)", what=text, n=f"{cost:g}") if cost else text

    return tuple(Button(label(by_name[name].label), Action(Verb.EDIT, clip, name).encode()) for name in names)
