"""Tells waiting coroutines that something they follow has changed, all of them over one connection to Redis.

In come names published on one channel; out goes an event set for each waiter of that name. A ring says only "look
again": it may come without a change, and whoever hears it reads the truth from the keys.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

_LOOK_AGAIN = 10.0
"""Seconds after which everybody is rung anyway: a connection can die without anyone being told."""

_RETRY = 0.5


class Bell:
    """One subscription for as long as anybody waits, and none while nobody does."""

    def __init__(self, redis: Redis, channel: str) -> None:
        self._redis = redis
        self._channel = channel
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listening: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def heard(self, name: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set whenever `name` is published; the waiter clears it before it looks."""
        event = asyncio.Event()
        self._waiting[name].add(event)
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen(), name=f"bell {self._channel}")
        try:
            yield event
        finally:
            self._waiting[name].discard(event)
            if not self._waiting[name]:
                del self._waiting[name]
            if not self._waiting and self._listening is not None:
                listening, self._listening = self._listening, None
                listening.cancel()
                await asyncio.wait([listening])

    async def _listen(self) -> None:
        while True:
            with suppress(RedisError, OSError):
                async with self._redis.pubsub() as subscription:
                    await subscription.subscribe(self._channel)
                    while True:
                        told = await subscription.get_message(timeout=_LOOK_AGAIN)
                        # A confirmed subscription may follow a break in which rings were lost.
                        if told is None or told["type"] != "message":
                            self._ring_all()
                        else:
                            for event in self._waiting.get(str(told["data"]), ()):
                                event.set()
            self._ring_all()
            await asyncio.sleep(_RETRY)

    def _ring_all(self) -> None:
        for events in self._waiting.values():
            for event in events:
                event.set()
