"""Turns over all processes: one at a time, or one in so many seconds."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from redis.asyncio import Redis

from core.store.connection import STORE_AWAY, key

LEASE_SECONDS = 15.0
"""For which a turn that is held outlives its holder."""

_LOOK_AGAIN = 0.1

_END_IN = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('pexpire', KEYS[1], ARGV[2]) end return 0"
"""With 0 ms the key is gone at once (Redis, PEXPIRE)."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that is had, and by whom."""

    name: str
    holder: str


def turn_key(name: str) -> str:
    return key("turn", name)


class Turns:
    """Names are shared by whoever is to wait for each other."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._end_in = redis.register_script(_END_IN)

    async def take(self, name: str, seconds: float) -> Turn:
        """Wait until nobody has this turn; then it is had for `seconds`. Raises what the store raises."""
        turn = Turn(name, uuid.uuid4().hex)
        place = turn_key(name)
        while True:
            taken = await self._redis.set(place, turn.holder, nx=True, px=round(seconds * 1000))
            # A call that was repeated after a broken connection may have taken it the first time.
            if taken or await self._redis.get(place) == turn.holder:
                return turn
            await asyncio.sleep(_LOOK_AGAIN)

    async def end_in(self, turn: Turn, seconds: float) -> None:
        """That turn, if it is still had, is had for `seconds` from now. Raises what the store raises."""
        await self._end_in(keys=[turn_key(turn.name)], args=[turn.holder, round(seconds * 1000)])

    @asynccontextmanager
    async def held(self, name: str) -> AsyncIterator[None]:
        """Held by one caller at a time; the others wait. After a kill of its holder it ends within `LEASE_SECONDS`.

        Raises what the store raises.
        """
        turn = await self.take(name, LEASE_SECONDS)
        renewing = asyncio.create_task(self._renew(turn), name="renewing a turn")
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            with suppress(*STORE_AWAY):  # then it ends by itself
                await self.end_in(turn, 0)

    async def _renew(self, turn: Turn) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 5)
            with suppress(*STORE_AWAY):  # nobody else can take it either
                await self.end_in(turn, LEASE_SECONDS)
