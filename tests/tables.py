"""`python -m tests.tables` prints how the labelled tables come out: intents, and the backend's GUI phrases."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from tests.core.intents import table

_PHRASES = Path(__file__).parent / "core" / "phrases.tsv"


def main() -> None:
    print(table.report(table.outcomes()))
    if _PHRASES.exists() and find_spec("core.phrases"):
        print()
        print(import_module("tests.core.phrases_table").report())


if __name__ == "__main__":
    main()
