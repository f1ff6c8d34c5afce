"""A thousand jobs in flight in one worker process, against a backend that takes minutes: its memory, and how soon a new
message is answered meanwhile.

A new message is a photo with words in a chat of its own; its answer is the progress message that the worker posts.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from pathlib import Path

from tests.bench.yard import Asked, Yard, patient, yard
from tests.waiting import wait_until

JOBS = 1000
PROBES = 200
SECONDS = 240.0
"""That the service works on each job."""

BEAT = 10.0
PACE = 0.1
"""Seconds between two new messages."""


async def run(folder: Path) -> str:
    async with (
        yard(folder, patient(SECONDS, BEAT), NEMO_SILENCE_TIMEOUT="60") as here,
        here.workers(1, JOBS + PROBES + 100) as (worker,),
    ):
        before = worker.memory
        for _ in range(JOBS):
            await here.say("turn it into a clip")
        await wait_until(lambda: here.nemo.count("prompt") >= JOBS, 300, what="every job at the backend", every=0.2)
        full = worker.memory
        began = worker.seconds, time.monotonic()
        waits = await _probed(here)
        load = (worker.seconds - began[0]) / (time.monotonic() - began[1])
    waits.sort()
    at_99 = waits[int(len(waits) * 0.99) - 1]
    median = statistics.median(waits)
    return (
        f"flight: {JOBS} jobs at the backend at once in one worker of {full / 2**20:.0f} MB "
        f"({before / 2**20:.0f} MB idle, {(full - before) / JOBS / 1024:.0f} kB a job); a new message is answered "
        f"within {median * 1000:.0f} ms (median) and {at_99 * 1000:.0f} ms (99th percentile of {PROBES}); "
        f"the worker used {load:.0%} of a core meanwhile"
    )


async def _probed(here: Yard) -> list[float]:
    asked: list[Asked] = []
    for _ in range(PROBES):
        asked.append(await here.say("turn it into a clip"))
        await asyncio.sleep(PACE)
    waits = []
    for each in asked:
        first = await wait_until(lambda each=each: _first_answer(here, each), 60)  # type: ignore[misc]
        assert first is not None
        waits.append(first - each.at)
    return waits


async def _first_answer(here: Yard, asked: Asked) -> float | None:
    answers = await here.answers(asked)
    return min((entry.at for entry in answers), default=None)
