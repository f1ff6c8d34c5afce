"""Texts within the lengths that chat platforms let through. Pure.

Counted are UTF-16 code units: no platform counts more of them, and Telegram counts and places by them.
"""

from __future__ import annotations


def cut(text: str, most: int) -> str:
    """The text in at most so many units."""
    if units(text) <= most:
        return text
    kept = text.encode("utf-16-le")[: 2 * (most - 1)].decode("utf-16-le", "ignore")
    return kept.rstrip() + "…"


def units(text: str) -> int:
    """UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
