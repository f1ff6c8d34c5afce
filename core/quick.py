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


def first_choices(clip: str, language: str, cost: float = 0) -> tuple[Button, ...]:
    """For photos that came without words. `cost`: credits that a press costs, told where there are any."""
    return _buttons(("animate", "zoom-in", "zoom-out", "pan"), clip, language, cost)


def next_choices(clip: str, language: str, size: tuple[int, int] | None, cost: float = 0) -> tuple[Button, ...]:
    """Three next steps: slower, another shape than `size` (pixels, where it is known), and the way back."""
    width, height = size or (0, 1)
    shape = "16x9" if height > width else "9x16" if width > height else "16x9"
    return _buttons(("slower", shape, "undo"), clip, language, cost)


def _buttons(names: tuple[str, ...], clip: str, language: str, cost: float) -> tuple[Button, ...]:
    say = speaker(language)
    by_name: Mapping[str, QuickEdit] = {edit.name: edit for edit in _edits(say)}

    def label(text: str) -> str:
        return say("{what} ({n} credits)", what=text, n=f"{cost:g}") if cost else text

    return tuple(Button(label(by_name[name].label), Action(Verb.EDIT, clip, name).encode()) for name in names)
