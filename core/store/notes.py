"""What an adapter must remember beyond its own life: short texts by name, each for a time."""

from __future__ import annotations

import asyncio

from redis.asyncio import Redis

from core.store.connection import STORE_AWAY, key

_PAUSE = 0.5
_LAST_SECONDS = 5.0
"""For which whoever is cancelled still waits."""


class Notes:
    def __init__(self, redis: Redis, platform: str) -> None:
        self._redis = redis
        self._platform = platform

    async def read(self, name: str) -> str | None:
        value = await self._redis.get(key("note", self._platform, name))
        return None if value is None else str(value)

    async def write(self, name: str, text: str, seconds: int) -> None:
        await self._redis.set(key("note", self._platform, name), text, ex=seconds)

    async def claim(self, name: str, text: str, seconds: int) -> bool:
        """Write it where nothing is written. → whether it was this call that did, of all processes."""
        return bool(await self._redis.set(key("note", self._platform, name), text, nx=True, ex=seconds))

    async def remove(self, name: str) -> None:
        await self._redis.delete(key("note", self._platform, name))

    async def keep(self, name: str, text: str, seconds: int) -> None:
        """Write what must not be lost, however long the store is away.

        Whoever is cancelled meanwhile still waits for it a little: a worker that lost its lease in an outage is told so
        by the very answer with which the store comes back.
        """
        writing = asyncio.create_task(self._persistently(name, text, seconds))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait({writing}, timeout=_LAST_SECONDS)
            raise
        finally:
            writing.cancel()

    async def _persistently(self, name: str, text: str, seconds: int) -> None:
        while True:
            try:
                await self.write(name, text, seconds)
            except STORE_AWAY:
                await asyncio.sleep(_PAUSE)
            else:
                return
