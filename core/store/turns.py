"""Turns over all processes: one at a time, or one in so many seconds."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from core.store.connection import STORE_AWAY, key

_LOOK_AGAIN = 0.1

_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Turns:
    """Names are shared by whoever is to wait for each other."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._unlock = redis.register_script(_UNLOCK)

    async def take(self, name: str, seconds: float) -> None:
        """Wait until nobody had this turn within `seconds`; then it is had. Raises what the store raises."""
        await self._take(name, uuid.uuid4().hex, seconds)

    @asynccontextmanager
    async def held(self, name: str, seconds: float) -> AsyncIterator[None]:
        """Held by one caller at a time, for `seconds` at most; the others wait. Raises what the store raises."""
        mine = uuid.uuid4().hex
        await self._take(name, mine, seconds)
        try:
            yield
        finally:
            with suppress(*STORE_AWAY):  # then it ends by itself
                await self._unlock(keys=[key("turn", name)], args=[mine])

    async def _take(self, name: str, mine: str, seconds: float) -> None:
        place = key("turn", name)
        while True:
            taken = await self._redis.set(place, mine, nx=True, px=round(seconds * 1000))
            # A call that was repeated after a broken connection may have taken it the first time.
            if taken or await self._redis.get(place) == mine:
                return
            await asyncio.sleep(_LOOK_AGAIN)
