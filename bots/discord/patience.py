"""Calling until Discord answers, for as long as the call may be made once more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from math import inf
from typing import TypeVar

import structlog

from bots.discord.faults import NotNow, Unanswered

log = structlog.get_logger(__name__)

T = TypeVar("T")

PATIENCE = 900.0
"""Seconds for which a message waits for a network that is away."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class Unseen(Exception):
    """Whether it was done cannot be found out by looking."""


async def patiently(
    call: Callable[[], Awaitable[T]],
    *,
    harmless: float = inf,
    look: Callable[[], Awaitable[T | None]] | None = None,
    first_pause: float = _FIRST_PAUSE,
) -> T:
    """What `call` returns, at last. discord.py itself waits for floods, five times a call; here the waiting goes on.

    `harmless`: seconds from the first try without an answer for which another one does no harm. `look`: asked before
    another try whether an earlier one did it after all (None is a sure no), and may raise `Unseen`.

    Raises `Unsent`; of its kinds `Unanswered` where an answer was lost and nothing can tell what became of it.
    """
    clock = asyncio.get_running_loop().time
    end, pause = clock() + PATIENCE, first_pause
    lost: float | None = None
    while True:
        began = clock()
        try:
            return await call()
        except NotNow as error:
            wait, told = max(pause, error.seconds), str(error)
            given_up: NotNow | Unanswered = error
        except Unanswered as error:
            wait, told = pause, str(error)
            given_up = error
            lost = began if lost is None else lost
        last = end if lost is None or look is not None else min(end, lost + harmless)
        if clock() + wait <= last:
            log.warning("discord_away", reason=told)
            await asyncio.sleep(wait)
            pause = min(_LONGEST_PAUSE, pause * 2)
            if lost is None or look is None:
                continue
            try:
                done = await look()
            except Unseen:
                if clock() <= lost + harmless:
                    continue
            else:
                if done is None:
                    continue
                return done
        raise given_up if lost is None else Unanswered(told)
