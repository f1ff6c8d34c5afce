"""Two workers on one Redis against one, with a backend that takes its time and is not the bottleneck.

Each worker does `AT_ONCE` jobs side by side; the service works `SECONDS` on each and takes any number at once.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from tests.bench.yard import Yard, patient, yard

JOBS = 32
AT_ONCE = 4
SECONDS = 1.5
ROUNDS = 3


async def run(folder: Path) -> str:
    times: dict[int, list[float]] = {1: [], 2: []}
    async with yard(folder, patient(SECONDS, 0.5)) as here:
        for _ in range(ROUNDS):
            for count, found in times.items():
                found.append(await _round(here, count))
    ratio = statistics.median(one / two for one, two in zip(times[1], times[2], strict=True))
    hourly = {count: 3600 * JOBS / statistics.median(found) for count, found in times.items()}
    return (
        f"workers: two do {ratio:.2f} times the jobs of one ({hourly[2]:.0f} and {hourly[1]:.0f} an hour with "
        f"{AT_ONCE} at once each; median of {ROUNDS} interleaved rounds of {JOBS} jobs)"
    )


async def _round(here: Yard, count: int) -> float:
    async with here.workers(count, AT_ONCE):
        began = time.monotonic()
        asked = [await here.say("turn it into a clip") for _ in range(JOBS)]
        await here.settled(300)
        took = time.monotonic() - began
    for each in asked:
        assert any(entry.video for entry in await here.answers(each)), "a job without a video"
    return took
