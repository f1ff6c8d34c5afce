"""Buttons under a message, two or three a row. The core's buttons come in, Telegram's keyboard goes out."""

from __future__ import annotations

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from core.chat import Button

_SHORT = 12
"""Characters of a label of which three stand side by side on a phone."""


def keyboard(buttons: Sequence[Button]) -> InlineKeyboardMarkup | None:
    """None where there are no buttons."""
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.action) for button in row] for row in rows(buttons)]
    )


def rows(buttons: Sequence[Button]) -> list[list[Button]]:
    """Rows of three where all labels are short and no button would stand alone, else of two."""
    short = all(len(button.label) <= _SHORT for button in buttons)
    width = 3 if short and len(buttons) % 3 != 1 else 2
    return [list(buttons[start : start + width]) for start in range(0, len(buttons), width)]
