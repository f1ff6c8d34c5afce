"""The proof in a few seconds: a worker dies in each stage, and then Redis is away."""

from __future__ import annotations

import time
from pathlib import Path

from tests.chaos import points
from tests.chaos.load import Load
from tests.chaos.town import APART, town
from tests.chaos.watch import struck, without_redis

AWAY = 2.0
"""Seconds."""


async def test_item_6_a_worker_dies_in_each_stage_and_redis_goes_away(load: Load, tmp_path: Path) -> None:
    began = time.monotonic()
    async with town(tmp_path, load.platforms, APART) as place:
        counted = await struck(place, load, "worker", points.ONE_A_STAGE)
        print(counted.table(f"SIGKILL of the worker in each stage, {time.monotonic() - began:.1f} s"))
        assert counted.is_clean, (counted, load.wishes)
        # The prompt that was recorded and never sent is the person's to send again.
        assert (counted.videos, counted.retries) == (len(points.ONE_A_STAGE) - 1, 1)
        assert counted.posted_twice_in_flight <= 1
        counted = await without_redis(place, load, AWAY, points.AROUND_REDIS[1:2])
    print(counted.table(f"and Redis away for {AWAY:g} s, {time.monotonic() - began:.1f} s"))
    assert counted.is_clean, (counted, load.wishes)
    assert counted.retries == 1
