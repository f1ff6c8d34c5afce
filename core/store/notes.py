"""What an adapter must remember beyond its own life: short texts by name, each for a time."""

from __future__ import annotations

from redis.asyncio import Redis

from core.store.connection import key


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
