"""Discord's own time and the ids that are made of it: a clock that a test moves, and snowflakes.

A snowflake is milliseconds since 2015 and 22 lower bits (https://discord.com/developers/docs/reference#snowflakes).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

EPOCH_MS = 1_420_070_400_000
SHARD_BITS = 22


class Clock:
    """Unix seconds: the machine's time and as much as `forward` moved it."""

    def __init__(self) -> None:
        self.moved = 0.0

    def __call__(self) -> float:
        return time.time() + self.moved

    def forward(self, seconds: float) -> None:
        self.moved += seconds


class Snowflakes:
    """Each id is of a millisecond of its own, so that they sort by their making and guilds spread over the shards."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 0

    def next(self) -> int:
        self._last = max(int(self._now() * 1000) - EPOCH_MS, self._last + 1)
        return self._last << SHARD_BITS

    def on_shard(self, index: int, count: int) -> int:
        """An id of a guild that this shard serves."""
        while True:
            made = self.next()
            if shard_of(made, count) == index:
                return made


def shard_of(guild_id: int | None, count: int) -> int:
    """https://discord.com/developers/docs/events/gateway#sharding; without a guild, in direct messages, it is 0."""
    return 0 if guild_id is None else (guild_id >> SHARD_BITS) % count


def written(unix: float) -> str:
    """ISO 8601, as in the API's timestamps."""
    return datetime.fromtimestamp(unix, UTC).isoformat()


def made_at(snowflake: int) -> float:
    """Unix seconds."""
    return ((snowflake >> SHARD_BITS) + EPOCH_MS) / 1000
