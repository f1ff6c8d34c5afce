"""What a person put into quotation marks. A prompt's text comes in, the quotes go out, left to right.

Knows '…' "…" “…” ‘…’ „…“ «…» 「…」 『…』 《…》 (`read` has made ‘ and ’ into '). An apostrophe is no mark: "don't", "the
dogs' toys".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTED = re.compile(
    r"""["“”„]([^"“”„\n]+)["“”]|[«]([^«»\n]+)[»]|「([^「」\n]+)」|『([^『』\n]+)』|《([^《》\n]+)》"""
    r"""|(?<![a-z0-9])'(?=[^\s'])([^\n]*?[^\s'])'(?![a-z0-9])"""
)


@dataclass(frozen=True, slots=True)
class Quote:
    """`start` and `end` hold the marks, `text` does not."""

    start: int
    end: int
    text: str


def quotes(raw: str, text: str) -> tuple[Quote, ...]:
    """The quotes of a prompt, found in `text` and worded as in `raw`. Blank ones are none."""
    found = []
    for match in _QUOTED.finditer(text):
        start, end = match.span(match.lastindex or 0)
        if words := plain(raw[start:end]):
            found.append(Quote(match.start(), match.end(), words))
    return tuple(found)


def plain(text: str) -> str:
    """On one line, printable, without blanks around it."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
