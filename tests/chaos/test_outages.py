"""Redis away for a while, and workers that are asked to end in the middle of each stage."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from tests.chaos import points
from tests.chaos.load import Load
from tests.chaos.town import APART, GRACE, LEASE, town
from tests.chaos.watch import reached, settled, without_redis

_TO_END = 6.0
"""Seconds beyond the grace that a process may take to end on a busy machine."""

_VIDEOS = 8


@pytest.mark.long
@pytest.mark.parametrize("seconds", [3, 30])
async def test_redis_away_and_the_work_goes_on(seconds: int, load: Load, tmp_path: Path) -> None:
    async with town(tmp_path, load.platforms, APART) as place:
        counted = await without_redis(place, load, seconds, points.AROUND_REDIS)
    print(counted.table(f"Redis away for {seconds} s"))
    assert counted.is_clean, (counted, load.wishes)
    assert counted.share == 1, load.wishes
    assert not any(wish.was_given_up for wish in load.wishes), "nobody was told of it as a failure"


@pytest.mark.long
async def test_redis_away_when_videos_were_just_posted(load: Load, tmp_path: Path) -> None:
    """The leases lapse meanwhile: whoever posted the videos writes that down before the chats are taken anew."""
    async with town(tmp_path, load.platforms, APART) as place:
        counted = await without_redis(place, load, LEASE + 5, [points.VIDEO_POSTED] * _VIDEOS)
    print(counted.table(f"Redis away for {LEASE + 5:g} s when {_VIDEOS} videos were just posted"))
    assert counted.is_clean, (counted, load.wishes)
    assert counted.posted_twice_in_flight == 0
    assert counted.share == 1, load.wishes


@pytest.mark.long
async def test_sigterm_in_the_middle_of_each_stage(load: Load, tmp_path: Path) -> None:
    async with town(tmp_path, load.platforms, APART, asleep=["worker-2"]) as place:
        asking = await load.places(len(points.STAGES))
        place.traps.set(tuple(points.STAGES.values()))
        for each in asking:
            await load.clip(each)
        await reached(place)
        began = time.monotonic()
        assert await place.kill("worker", signal.SIGTERM) == 0
        assert time.monotonic() - began < GRACE + _TO_END
        place.traps.open_all()
        await place.start("worker-2")
        counted = await settled(place, load)
    print(counted.table("SIGTERM in the middle of each stage"))
    assert counted.is_clean, (counted, load.wishes)
    assert (counted.videos, counted.posted_twice_in_flight) == (len(points.STAGES), 0)
