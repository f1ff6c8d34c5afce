"""`python -m tests.bench [NAME…]`: run the benchmarks (all of them where none is named) and print one line each."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from core import log
from core.settings import LogSettings
from tests.bench import cost, flight, renderers, workers

BENCHMARKS = {"workers": workers.run, "flight": flight.run, "cost": cost.run, "renderers": renderers.run}


def main(names: list[str]) -> int:
    log.configure(LogSettings(level="error"))
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}.")
        return 2
    for name in names or BENCHMARKS:
        with tempfile.TemporaryDirectory(prefix="stillreel-bench-") as folder:
            print(asyncio.run(BENCHMARKS[name](Path(folder))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
