"""Connections to Redis on which a cancellation is never lost.

redis-py sends through `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that comes when the bytes
are just out: the task would go on, and whoever waits for its end would wait for good.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection


def make_cancellable(pool: ConnectionPool) -> None:
    """Connections that the pool makes from now on are such ones."""
    pool.connection_class = type("Cancellable", (_Cancellable, pool.connection_class), {})


class _Cancellable(AbstractConnection):
    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        await super().send_packed_command(command, check_health)
        if task and task.cancelling() > before:
            await self.disconnect(nowait=True)
            raise asyncio.CancelledError
