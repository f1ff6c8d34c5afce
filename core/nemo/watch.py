"""Waiting for a stream with limits: items in, the same items out, with a tick now and then, and an end in any case."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TypeVar

from core.nemo.errors import StreamSilent, StreamTimeout
from core.nemo.turn import StillWorking

Item = TypeVar("Item")


async def watch(
    items: AsyncGenerator[Item, None],
    *,
    patience: Callable[[Item], float | None],
    silence: float,
    limit: float,
    tick: float,
) -> AsyncGenerator[Item | StillWorking, None]:
    """The items, and `StillWorking` every `tick` seconds. `items` is closed in the end.

    `patience` says of an item how long the next sign of life may take from now on; None: it is no sign of life.
    Before the first item `silence` seconds are allowed. Raises `StreamSilent`; `StreamTimeout` after `limit` seconds;
    whatever `items` raises. Ticks go on while items flow, so that they mean time, not quiet.
    """
    clock = asyncio.get_running_loop().time
    start = clock()
    quiet_until = start + silence
    end = start + limit
    next_tick = start + tick
    pending = asyncio.ensure_future(anext(items))
    try:
        while True:
            if clock() >= end:
                raise StreamTimeout("prompt", accepted=None)
            if clock() >= quiet_until and not pending.done():
                raise StreamSilent("prompt", accepted=None)
            if clock() >= next_tick:
                next_tick = clock() + tick
                yield StillWorking(clock() - start)
            await asyncio.wait({pending}, timeout=max(0.0, min(quiet_until, end, next_tick) - clock()))
            if not pending.done():
                continue
            try:
                item = pending.result()
            except StopAsyncIteration:
                return
            allowed = patience(item)
            if allowed is not None:
                quiet_until = clock() + allowed
            pending = asyncio.ensure_future(anext(items))
            yield item
    finally:
        pending.cancel()
        await asyncio.gather(pending, return_exceptions=True)
        await items.aclose()
