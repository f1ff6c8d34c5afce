"""The table of what the backend's agent says (phrases.tsv) against `core.phrases`: the rows, and a report for people.

In: phrases.tsv beside this file, tab-separated: language, sentence, expected text, expected actions; a line feed in a
text is written as \\n. Out: rows, and how many of them come out as expected.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.phrases import GuiAction, Said, translate

TABLE = Path(__file__).with_name("phrases.tsv")


@dataclass(frozen=True, slots=True)
class Row:
    line: int
    language: str
    sentence: str
    text: str
    actions: tuple[GuiAction, ...]

    @property
    def is_trap(self) -> bool:
        """It sounds like a GUI and must stay as it is."""
        return self.text == self.sentence

    @property
    def is_mixed(self) -> bool:
        return bool(self.text) and bool(self.actions)

    def agrees(self, said: Said) -> bool:
        return said.text == self.text and said.actions == self.actions


def rows() -> Iterator[Row]:
    """The table's rows. Raises `ValueError` for one that is not written as the header says."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        table = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE, strict=True)
        header = next(table)
        if header != ["language", "sentence", "expected text", "expected actions"]:
            raise ValueError(f"{TABLE.name}: unknown header {header}")
        for number, cells in enumerate(table, 2):
            if len(cells) != len(header):
                raise ValueError(f"{TABLE.name}:{number}: {len(cells)} cells instead of {len(header)}")
            language, sentence, text, actions = cells
            yield Row(
                number,
                language,
                sentence.replace("\\n", "\n"),
                text.replace("\\n", "\n"),
                tuple(map(GuiAction, actions.split(","))) if actions else (),
            )


def report() -> str:
    """How many rows of each language come out as expected, and each that does not."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    wrong: list[str] = []
    for row in rows():
        said = translate(row.sentence)
        total[row.language] += 1
        right[row.language] += row.agrees(said)
        if not row.agrees(said):
            wrong.append(
                f"  {TABLE.name}:{row.line}: {row.sentence!r}\n"
                f"    expected {row.text!r} [{','.join(row.actions)}]\n"
                f"    came out {said.text!r} [{','.join(said.actions)}]"
            )
    counts = ", ".join(f"{language} {right[language]}/{total[language]}" for language in sorted(total))
    return "\n".join([f"GUI phrases: {right.total()}/{total.total()} as expected ({counts})", *wrong])
