"""Where a text's lines end: a text, a width and a measure come in, lines go out.

Words part at spaces; Chinese and Japanese part between any two characters, except where a mark would be left alone at a
line's begin or end.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable
from typing import Final

Measure = Callable[[str], float]

NOT_FIRST: Final = frozenset(
    "，。、；：？！）》」』】〉〕”’…—～·,.;:?!)]}»％%ーぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ々"
)
"""Characters that no line begins with."""
NOT_LAST: Final = frozenset("（《「『【〈〔“‘([{«")
"""Characters that no line ends with."""

PARTED: Final = 0.06
"""What parting between two letters costs beside parting at a mark: as much as a line that is a quarter empty."""


def fits(text: str, width: float, lines: int, measure: Measure) -> bool:
    """Whether the text fits into so many lines of that width with every word whole."""
    row = _Row(_pieces(text), measure)
    return row.widest <= width and len(row.filled(width)) - 1 <= lines


def wrap(text: str, width: float, measure: Measure) -> tuple[str, ...]:
    """As few lines as `width` allows, about equally long, parted at marks and spaces where there is a choice.

    A word wider than `width` is parted between its letters.
    """
    row = _Row(_pieces(text), measure)
    if row.widest > width:
        row = _Row(tuple(text), measure)
    filled = row.filled(width)
    return tuple(
        row.line(start, end) for start, end in itertools.pairwise(_evened(row, width, len(filled) - 1) or filled)
    )


def _evened(row: _Row, width: float, lines: int) -> tuple[int, ...] | None:
    """Where the finest setting in exactly so many lines parts; None where there is none."""
    count = len(row.pieces)
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, (0,))}
    for _ in range(lines):
        longer: dict[int, tuple[float, tuple[int, ...]]] = {}
        for start, (cost, cuts) in best.items():
            for end in range(start + 1, count + 1):
                if (taken := row.width(start, end)) > width:
                    break
                total = cost + _cost(row.pieces[end - 1], end == count, taken / width)
                if end not in longer or total < longer[end][0]:
                    longer[end] = (total, (*cuts, end))
        best = longer
    return best[count][1] if count in best else None


def _cost(piece: str, last: bool, share: float) -> float:
    """How ugly a line is that ends with a piece and takes a `share` of the width."""
    parted = not last and _stands_alone(piece[-1]) and piece[-1] not in NOT_FIRST
    return (1 - share) ** 2 + (PARTED if parted else 0)


class _Row:
    """Pieces of a text side by side, each measured once."""

    def __init__(self, pieces: tuple[str, ...], measure: Measure) -> None:
        self.pieces = pieces
        self._ends = [measure(piece.rstrip()) for piece in pieces]
        self._starts = list(itertools.accumulate((measure(piece) for piece in pieces), initial=0.0))

    @property
    def widest(self) -> float:
        return max(self._ends)

    def line(self, start: int, end: int) -> str:
        return "".join(self.pieces[start:end]).strip()

    def width(self, start: int, end: int) -> float:
        """The width of a line of the pieces from `start` to before `end`, without the space at its end."""
        return self._starts[end - 1] - self._starts[start] + self._ends[end - 1]

    def filled(self, width: float) -> tuple[int, ...]:
        """Where the lines part when each takes as many pieces as fit; 0 and the number of pieces included."""
        cuts = [0]
        for end in range(1, len(self.pieces) + 1):
            if end - cuts[-1] > 1 and self.width(cuts[-1], end) > width:
                cuts.append(end - 1)
        return (*cuts, len(self.pieces))


def _pieces(text: str) -> tuple[str, ...]:
    """The text in pieces that stay whole; a space goes with the piece before it."""
    pieces = [text[:1]]
    for before, after in itertools.pairwise(text):
        if _may_part(before, after):
            pieces.append(after)
        else:
            pieces[-1] += after
    return tuple(pieces)


def _may_part(before: str, after: str) -> bool:
    if before == " ":
        return True
    if after == " " or after in NOT_FIRST or before in NOT_LAST or unicodedata.combining(after):
        return False
    return _stands_alone(before) or _stands_alone(after)


def _stands_alone(letter: str) -> bool:
    """Whether a letter is a word's worth by itself: Chinese and Japanese ones, not Korean, which has spaces."""
    return unicodedata.east_asian_width(letter) in "WF" and not unicodedata.name(letter, "").startswith("HANGUL")
