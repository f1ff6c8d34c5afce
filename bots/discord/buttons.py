"""Buttons under a message. The core's buttons come in, Discord's components go out; and back from a press.

A button's whole state is its `custom_id`, `stillreel:<job or ->:<action>`, so that it works after a restart. The job is
the one whose video the message is, by which a repeated post is known.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Self

import discord
from discord.ui import Button as PressedButton
from discord.ui import DynamicItem, Item

from bots.discord.limits import BUTTONS_IN_A_ROW, CUSTOM_ID, LABEL, ROWS
from core.actions import Verb, decode
from core.chat import Button
from core.texts.lengths import cut

Json = dict[str, Any]

_NO_JOB = "-"
_TEMPLATE = re.compile(r"stillreel:(?P<job>[^:]+):(?P<action>.+)")

_STYLES = {
    Verb.CANCEL: discord.ButtonStyle.danger,
    Verb.RETRY: discord.ButtonStyle.primary,
    Verb.EXPORT: discord.ButtonStyle.primary,
}


def custom_id(job: str | None, action: str) -> str:
    """Without the job where both do not fit."""
    whole = f"stillreel:{job or _NO_JOB}:{action}"
    return whole if len(whole) <= CUSTOM_ID else f"stillreel:{_NO_JOB}:{action}"


def read_custom_id(text: str) -> tuple[str | None, str] | None:
    """Job and action; None for what is no button of ours."""
    found = _TEMPLATE.fullmatch(text)
    return None if found is None else (None if found["job"] == _NO_JOB else found["job"], found["action"])


def components(buttons: Sequence[Button], job: str | None = None) -> list[Json]:
    """Full rows, in which no button stands alone. Of two buttons that do the same, which Discord refuses, the first one
    stays.
    """
    parts: dict[str, Json] = {}
    for button in buttons:
        named = custom_id(job, button.action)
        parts.setdefault(named, _part(button, named))
    return [
        {"type": discord.ComponentType.action_row.value, "components": row}
        for row in _rows(list(parts.values())[: ROWS * BUTTONS_IN_A_ROW])
    ]


def jobs_of(parts: Sequence[Json]) -> set[str]:
    """The jobs that a message's components name."""
    found: set[str] = set()
    for part in parts:
        found |= jobs_of(part.get("components") or [])
        read = read_custom_id(part.get("custom_id") or "")
        if read is not None and read[0] is not None:
            found.add(read[0])
    return found


OnPress = Callable[[discord.Interaction[Any], str], Awaitable[None]]
"""Gets the press and the button's action."""


def dynamic_item(on_press: OnPress) -> type[DynamicItem[PressedButton[Any]]]:
    """The class to give to a client's `add_dynamic_items`: every button of ours, whoever posted it and when."""

    class ActionButton(DynamicItem[PressedButton[Any]], template=_TEMPLATE):
        def __init__(self, item: PressedButton[Any], action: str) -> None:
            super().__init__(item)
            self._action = action

        @classmethod
        async def from_custom_id(
            cls, _interaction: discord.Interaction[Any], item: Item[Any], match: re.Match[str], /
        ) -> Self:
            assert isinstance(item, PressedButton)
            return cls(item, match["action"])

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await on_press(interaction, self._action)

    return ActionButton


def _part(button: Button, named: str) -> Json:
    action = decode(button.action)
    style = discord.ButtonStyle.secondary if action is None else _STYLES.get(action.verb, discord.ButtonStyle.secondary)
    return {
        "type": discord.ComponentType.button.value,
        "style": style.value,
        "label": cut(button.label.strip(), LABEL) or "…",
        "custom_id": named,
    }


def _rows(parts: list[Json]) -> list[list[Json]]:
    if not parts:
        return []
    width = BUTTONS_IN_A_ROW
    if len(parts) % width == 1:
        width = -(-len(parts) // -(-len(parts) // width))
    return [parts[start : start + width] for start in range(0, len(parts), width)]
