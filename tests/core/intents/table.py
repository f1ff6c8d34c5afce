"""The table of what people type (utterances.tsv) against `core.intents`: the rows, and their confusion for people.

In: utterances.tsv beside this file, tab-separated: kind, language, other reading where it is ambiguous (`-` for mere
courtesy), text. Out: rows, and how many of each kind were taken for which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from core.intents import Intent, IntentKind, intent, small_talk

TABLE = Path(__file__).with_name("utterances.tsv")


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    kind: IntentKind
    language: str
    other: IntentKind | None
    """The other reading of an ambiguous text."""
    courtesy: bool
    text: str

    def agrees(self, found: Intent) -> bool:
        if found.kind is not self.kind or small_talk(self.text) is not self.courtesy:
            return False
        return self.other is None or self.other in found.alternatives


def rows() -> Iterator[Row]:
    """The table's rows. Raises `ValueError` for one that is not written as the header says."""
    for number, line in enumerate(TABLE.read_text("utf-8").split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 4:
            raise ValueError(f"{TABLE.name}:{number}: {len(cells)} cells instead of 4")
        kind, language, other, text = cells
        reading = IntentKind(other) if other not in ("", "-") else None
        yield Row(number, IntentKind(kind), language, reading, other == "-", text)


@dataclass(frozen=True, slots=True)
class Outcome:
    row: Row
    found: Intent

    @property
    def right(self) -> bool:
        return self.row.agrees(self.found)

    @property
    def swallowed(self) -> bool:
        """An edit taken for a command: nobody would do it."""
        return self.row.kind is IntentKind.MESSAGE and self.found.kind is not IntentKind.MESSAGE


def outcomes() -> tuple[Outcome, ...]:
    return tuple(Outcome(row, intent(row.text)) for row in rows())


def report(found: Iterable[Outcome]) -> str:
    """How many rows of each kind (down) were taken for which (across), and each row that was not as labelled."""
    found = tuple(found)
    counts = Counter((outcome.row.kind, outcome.found.kind) for outcome in found)
    right = sum(outcome.right for outcome in found)
    kinds = tuple(IntentKind)
    lines = [
        f"Intents: {right}/{len(found)} as labelled",
        " " * 10 + "".join(f"{kind.value:>9}" for kind in kinds),
        *(f"{kind.value:<10}" + "".join(f"{counts[kind, other] or '.':>9}" for other in kinds) for kind in kinds),
    ]
    for outcome in found:
        if not outcome.right:
            row, got = outcome.row, outcome.found
            readings = "/".join(each.value for each in (got.kind, *got.alternatives))
            wanted = "/".join(each.value for each in (row.kind, row.other) if each is not None)
            lines.append(f"  {TABLE.name}:{row.line}: {row.text!r}: {wanted} labelled, {readings} found")
    return "\n".join(lines)
