"""Waiting for a condition, never for luck. Used by every test that looks at something another task or process does."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, overload

T = TypeVar("T")


@overload
async def wait_until(
    condition: Callable[[], Coroutine[Any, Any, T]], timeout: float = 10.0, *, what: str = "", every: float = 0.01
) -> T: ...


@overload
async def wait_until(
    condition: Callable[[], T], timeout: float = 10.0, *, what: str = "", every: float = 0.01
) -> T: ...


async def wait_until(
    condition: Callable[[], object], timeout: float = 10.0, *, what: str = "", every: float = 0.01
) -> object:
    """Ask `condition` (plain or a coroutine function) until its answer is truthy, and return that answer.

    Raises AssertionError after `timeout` seconds, naming what was awaited (`what`, or the condition's source) and the
    last answer.
    """
    end = time.monotonic() + timeout
    while True:
        answer = condition()
        result = await answer if inspect.isawaitable(answer) else answer
        if result:
            return result
        if time.monotonic() >= end:
            raise AssertionError(f"not within {timeout:g} s: {what or _source(condition)}; last answer: {result!r}")
        await asyncio.sleep(every)


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return getattr(condition, "__name__", repr(condition))
