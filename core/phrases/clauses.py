"""A sentence → its clauses, as places in it.

In: a sentence as `core.phrases.masks` leaves it, with what stands in parentheses blanked by spaces. A clause ends at a
comma, a semicolon, a colon or a dash, before "and" where an instruction may follow it, and before 请点击 in a run-on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

_ENGLISH_VERB = (
    r"(?:(?:right-|double-|left-)?click|tap|press|hit|select|choose|open|go|navigate|head|switch|visit|drag|drop|use|preview|"
    r"play|export|download|check|view|review|save|find|scrub|adjust|edit|tweak|trim|move|see|watch|upgrade|top|look|share|resize)\b"
)
_HARD = r"\s*(?:[;；]|—+|–(?=\s)|(?<=\s)-+(?=\s)|👉|:(?=\s|$)|：)\s*"
_SOFT = r"\s*(?:,(?!\d)|，|→|➡️?)\s*"
_JOINED = (
    r"(?<!\bdrag)\s+(?=(?:and|or|but|then|so|where|plus|which)\s+(?:then\s+|that\s+|now\s+|also\s+|please\s+|just\s+|simply\s+|finally\s+){0,3}"
    rf"(?:you\b|please\b|feel\s+free\b|{_ENGLISH_VERB}|I['’\s]))"
)
_RUN_ON = (
    r"(?<=[\u3400-\u9fff了。])\s?(?=(?:然后|接着|随后|再|并|或者?)(?:您|你|请|可以?|在|点击|单击|双击|打开|选择|拖|导出|下载|预览|查看|按))"
    r"|(?<=[了好成])\s?(?=(?:请|您可以?|你可以?|现在您?可以|可以?)(?:直接|随时|在|先)?\S{0,12}?(?:点击|单击|打开|拖|导出|下载|预览|查看))"
)
_SEPARATOR = re.compile(
    f"(?P<hard>{_HARD})|(?P<soft>{_SOFT})|(?P<joined>{_JOINED})|(?P<run_on>{_RUN_ON})", re.IGNORECASE
)


_LISTED_PANELS = re.compile(
    r"\b\w{2,20}(?:,\s(?!(?:and|or)\b)\w{2,20}){0,5},?\s(?:and|or|&)\s\w{2,20}\s(?:panel|tab|menu|button|slider|setting|option)s?\b",
    re.IGNORECASE,
)


class Break(IntEnum):
    """What stands before a clause."""

    START = 0
    JOINED = 1
    SOFT = 2
    HARD = 3


@dataclass(frozen=True, slots=True)
class Clause:
    start: int
    end: int
    after: Break


def with_lists_closed(mask: str) -> str:
    """The commas of "the Text, Audio, and Effects panels" end no clause."""
    return _LISTED_PANELS.sub(lambda found: found[0].replace(",", " "), mask)


def clauses_of(mask: str) -> list[Clause]:
    """The clauses in their order; what lies between two of them separates them."""
    clauses: list[Clause] = []
    start, kind = 0, Break.START
    for separator in _SEPARATOR.finditer(mask):
        if separator.start() > start or separator.start() > 0:
            clauses.append(Clause(start, separator.start(), kind))
        start = separator.end()
        match separator.lastgroup:
            case "hard":
                kind = Break.HARD
            case "soft":
                kind = Break.SOFT
            case _:
                kind = Break.JOINED
    clauses.append(Clause(start, len(mask), kind))
    return [clause for clause in clauses if mask[clause.start : clause.end].strip()]
