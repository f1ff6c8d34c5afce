"""Two renderers on one queue against one, each a process of its own that has one core to itself, its children included.

The clips wait in darkroom, each in a session of its own, so that nothing but the renderers bounds how many are drawn
at once. The server, which draws nothing, shares the cores with them.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx

from darkroom.server import serving
from darkroom.settings import load
from tests.darkroom.far import renderer_process
from tests.darkroom.visitor import Visitor
from tests.valkey import valkey

RENDERS = 16
SECONDS = 8
CANVAS = {"width": 640, "height": 640}
ROUNDS = 3
LEASE = 15.0
_LOOK = 0.2
_PATIENCE = 300.0


async def run(folder: Path) -> str:
    cores = sorted(os.sched_getaffinity(0))[:2]
    if len(cores) < 2:
        return "renderers: not measured, for want of a second core"
    times: dict[int, list[float]] = {1: [], 2: []}
    with valkey() as (redis_url, _):
        settings = load(data_dir=folder / "data", redis_url=redis_url, renderers=0)
        shared = {"REDIS_URL": redis_url, "FILES_URL": ""}
        async with (
            serving(settings, host="127.0.0.1", port=0) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as http,
        ):
            visitors = [await Visitor(http).enter("bench")]
            visitors += [await _beside(visitors[0]) for _ in range(RENDERS - 1)]
            drafts = [await _draft(each, folder) for each in visitors]
            for number in range(ROUNDS):
                for count, found in times.items():
                    # One renderer alone has each of the cores in turn.
                    used = cores if count == 2 else [cores[number % 2]]
                    async with AsyncExitStack() as stack:
                        for core in used:
                            far = renderer_process(settings.data_dir, shared, lease=LEASE, core=core)
                            await stack.enter_async_context(far)
                        await _drawn(visitors[: len(used)], drafts, f"warm-{number}-{count}")
                        found.append(await _drawn(visitors, drafts, f"round-{number}-{count}"))
    ratio = statistics.median(one / two for one, two in zip(times[1], times[2], strict=True))
    minutely = {count: 60 * RENDERS / statistics.median(found) for count, found in times.items()}
    return (
        f"renderers: two on a core each finish a queue {ratio:.2f} times as fast as one on a core "
        f"({minutely[2]:.0f} and {minutely[1]:.0f} clips of {SECONDS} s a minute; "
        f"median of {ROUNDS} interleaved rounds of {RENDERS} renders)"
    )


async def _beside(first: Visitor) -> Visitor:
    """Another session of the same account."""
    visitor = Visitor(first.http, dict(first.headers))
    await visitor.open()
    return visitor


async def _draft(visitor: Visitor, folder: Path) -> Mapping[str, Any]:
    return {**await visitor.clip(folder, f"{SECONDS} seconds, zoom in, square"), "canvas": CANVAS}


async def _drawn(visitors: Sequence[Visitor], drafts: Sequence[Mapping[str, Any]], name: str) -> float:
    """Have a clip of each drawn. → the seconds until the last was there."""
    began = time.monotonic()
    for number, (visitor, draft) in enumerate(zip(visitors, drafts, strict=False)):
        assert (await visitor.export(f"{name}-{number}", draft)).status_code == 200
    async with asyncio.timeout(_PATIENCE):
        for number, visitor in enumerate(visitors):
            while (status := (await visitor.status(f"{name}-{number}")).json()["status"]) != "completed":
                assert status != "failed", "a clip could not be drawn"
                await asyncio.sleep(_LOOK)
    return time.monotonic() - began
