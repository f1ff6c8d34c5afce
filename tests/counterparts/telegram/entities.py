"""Which words of a text Telegram marks by itself: commands, mentions, links, hashtags, with offsets in UTF-16 units.

The rules are those of Telegram's clients (https://core.telegram.org/api/entities), as far as a bot meets them.
"""

from __future__ import annotations

import re

from tests.counterparts.telegram.bodies import Json

_KINDS = (
    ("url", re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)),
    (
        "url",
        re.compile(r"(?<![\w@.-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|example)(?:/[^\s<>\"]*)?(?![\w-])", re.IGNORECASE),
    ),
    ("bot_command", re.compile(r"(?<![\w/@<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w@/])")),
    ("mention", re.compile(r"(?<![\w@])@[A-Za-z0-9_]{2,32}(?!\w)")),
    ("hashtag", re.compile(r"(?<!\w)#\w*[^\W\d]\w*")),
)
_NOT_AT_THE_END = ".,:;!?)'\""


def units(text: str) -> int:
    """Length in UTF-16 code units, which Telegram counts offsets and limits in."""
    return len(text.encode("utf-16-le")) // 2


def cut(text: str, entity: Json) -> str:
    """The words that an entity covers."""
    whole = text.encode("utf-16-le")
    start = entity["offset"] * 2
    return whole[start : start + entity["length"] * 2].decode("utf-16-le")


def detected(text: str) -> list[Json]:
    """The entities that Telegram finds by itself, in order; none overlap."""
    taken: list[tuple[int, int, str]] = []
    for kind, pattern in _KINDS:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "url":
                end = start + len(match[0].rstrip(_NOT_AT_THE_END))
            if all(end <= begun or ended <= start for begun, ended, _ in taken):
                taken.append((start, end, kind))
    return [
        {"type": kind, "offset": units(text[:start]), "length": units(text[start:end])}
        for start, end, kind in sorted(taken)
    ]
