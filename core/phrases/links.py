"""Addresses in a text, and which of them are pages of the vendor's GUI."""

from __future__ import annotations

import re

from core.phrases.said import GuiAction

ADDRESS = re.compile(
    r"(?:https?://|(?<![\w.@/-])(?=(?:[\w-]{1,60}\.){0,4}nemovideo\.(?:com|ai)\b))[^\s()（）<>\[\]\"'，。；、！？“”]{1,500}",
    re.IGNORECASE | re.ASCII,
)
_VENDOR = re.compile(r"(?:https?://)?(?:[\w-]{1,60}\.){0,4}nemovideo\.(?:com|ai)(?=[/?#:.,;!]|$)", re.IGNORECASE)
_FILE = re.compile(r"\.(?:mp4|mov|webm|mkv|avi|m4a|mp3|wav|aac|png|jpe?g|gif|webp)(?:[?#]|$)", re.IGNORECASE)
_EXPORT = re.compile(r"export|download|render", re.IGNORECASE)
_CREDITS = re.compile(
    r"account|billing|pric|plan|credit|subscri|register|top-?up|recharge|login|sign|claim", re.IGNORECASE
)


def is_gui_page(address: str) -> bool:
    """Whether people would have to operate a page of the vendor's there. A finished file is none."""
    return _VENDOR.match(address) is not None and _FILE.search(address) is None


def page_action(address: str) -> GuiAction:
    if _EXPORT.search(address):
        return GuiAction.EXPORT
    return GuiAction.CREDITS if _CREDITS.search(address) else GuiAction.STATE
