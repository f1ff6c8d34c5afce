"""How a shared render waits and is taken: taskiq's broker over a Redis stream, made fit for renders.

The library's own broker takes a task up again after a fixed time, whether its worker lives or not, and looks for such
tasks only after a new one has come (taskiq-redis 1.2.4). A render may last for minutes, and must be taken up soon after
its renderer was killed, on a quiet day too. So here each renderer renews its hold on what it renders while it lives
(XCLAIM, which sets the entry's idle time back), and whoever is free looks first for what nobody has renewed for the
time of a lease. A render may be done twice; both give the same file.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from taskiq import AckableMessage
from taskiq.exceptions import SendTaskError
from taskiq.kicker import AsyncKicker
from taskiq_redis import RedisStreamBroker

from darkroom.clips import Order
from darkroom.queue.board import AWAY, pause
from darkroom.queue.cancelling import make_cancellable

TASK: Final = "darkroom.render"
GROUP: Final = "renderers"

_BLOCK = 1.0
"""Seconds for which a free renderer waits for a new render, before it looks again for one that was left."""
_TIMEOUT = 10.0
_HAND_OVER = 1.0
_RENEWALS = 3
"""In the time of a lease."""
_GONE = 24 * 3600.0
"""Seconds: a renderer that has asked for nothing for so long does not come back under its name."""
_ACK_TRIES = 5

log = structlog.get_logger(__name__)
logging.getLogger("taskiq").setLevel(logging.WARNING)


class RenderBroker(RedisStreamBroker):
    """`renderer` is a name that no other process has; `lease` is in seconds."""

    def __init__(self, url: str, place: str, *, renderer: str, lease: float) -> None:
        super().__init__(
            url,
            queue_name=f"darkroom:{place}:renders",
            consumer_group_name=GROUP,
            consumer_name=renderer,
            consumer_id="0",
            socket_timeout=_TIMEOUT,
            socket_connect_timeout=_TIMEOUT / 2,
        )
        make_cancellable(self.connection_pool)
        self._lease = lease
        self._held: dict[str, str] = {}
        """Entries of the stream, with the key of their export."""
        self._cursor = "0-0"

    async def send(self, order: Order) -> None:
        """Put a render in the queue. Raises one of `AWAY`."""
        kicker: AsyncKicker[..., None] = AsyncKicker(TASK, self, {})
        try:
            await kicker.with_task_id(order.key).kiq(key=order.key, draft=json.dumps(order.draft))
        except SendTaskError as error:
            raise RedisError(str(error.__cause__ or error)) from error

    async def listen(self) -> AsyncGenerator[AckableMessage, None]:
        """Renders one by one, those first that somebody has left.

        Redis may be away meanwhile, be emptied, or take no writes: a failover, a full memory.
        """
        is_away = is_missing = False
        while True:
            try:
                if is_missing:
                    await self._declare_consumer_group()
                taken = await self._left() or await self._new()
            except AWAY as error:
                was_missing, is_missing = is_missing, str(error).startswith("NOGROUP")
                if is_missing and not was_missing:
                    continue
                if not is_away:
                    log.warning("Redis is away; no render can be taken", error=str(error))
                is_away = True
                await pause()
            else:
                is_away = is_missing = False
                if taken is not None:
                    yield self._taken(*taken)

    async def renew(self) -> None:
        """Renew the hold on what is being rendered, until cancelled."""
        while True:
            await asyncio.sleep(self._lease / _RENEWALS)
            try:
                await self._claim(idle=0)
            except AWAY as error:
                log.warning("Redis is away; the hold on renders is not renewed", error=str(error))

    async def hand_over(self) -> None:
        """What was taken and is not done is left to the others at once; a Redis that hangs holds nobody up."""
        try:
            async with asyncio.timeout(_HAND_OVER):
                await self._claim(idle=round(self._lease * 1000) + 1)
        except AWAY as error:
            log.warning("Redis is away; others take up the renders when the lease has ended", error=str(error))

    def drop(self, key: str) -> None:
        """Renew an export's entry no longer: it is taken up again, by anybody, when the lease has ended."""
        self._held = {entry: held for entry, held in self._held.items() if held != key}

    async def forget_the_gone(self) -> None:
        """Remove the names of renderers that ended long ago. Raises one of `AWAY`."""
        async with self._redis() as redis:
            for consumer in await redis.xinfo_consumers(self.queue_name, GROUP):
                if consumer["pending"] == 0 and consumer["idle"] > _GONE * 1000:
                    await redis.xgroup_delconsumer(self.queue_name, GROUP, consumer["name"])

    def _redis(self) -> Redis:
        return Redis(connection_pool=self.connection_pool)

    async def _left(self) -> tuple[str, bytes] | None:
        async with self._redis() as redis:
            answer = await redis.xautoclaim(
                self.queue_name, GROUP, self.consumer_name, round(self._lease * 1000), self._cursor, count=1
            )
        self._cursor = _text(answer[0])
        taken = _first(answer[1])
        # After an absence of Redis it may be one that this very process is rendering.
        return None if taken is None or taken[0] in self._held else taken

    async def _new(self) -> tuple[str, bytes] | None:
        async with self._redis() as redis:
            answer: Any = await redis.xreadgroup(
                GROUP, self.consumer_name, {self.queue_name: ">"}, count=1, block=round(_BLOCK * 1000)
            )
        return _first(answer[0][1]) if answer else None

    async def _claim(self, *, idle: int) -> None:
        if self._held:
            async with self._redis() as redis:
                await redis.xclaim(
                    self.queue_name, GROUP, self.consumer_name, 0, list(self._held), idle=idle, justid=True
                )

    def _taken(self, entry: str, data: bytes) -> AckableMessage:
        self._held[entry] = self._key_of(data)
        return AckableMessage(data=data, ack=self._ack_generator(entry, self.queue_name))

    def _key_of(self, data: bytes) -> str:
        try:
            return self.formatter.loads(data).task_id
        except ValueError:  # the receiver passes over what is no message
            return ""

    def _ack_generator(self, id: str, queue_name: str) -> Callable[[], Awaitable[None]]:  # noqa: A002  the library's
        """The entry is removed with its acknowledgement: the library would leave it in the stream for good."""

        async def ack() -> None:
            self._held.pop(id, None)
            for _ in range(_ACK_TRIES):
                try:
                    async with self._redis() as redis, redis.pipeline() as pipe:
                        pipe.xack(queue_name, GROUP, id)
                        pipe.xdel(queue_name, id)
                        await pipe.execute()
                except AWAY:
                    await pause()
                else:
                    return

        return ack


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _first(entries: list[tuple[bytes, dict[bytes, bytes] | None]]) -> tuple[str, bytes] | None:
    """The first entry that has not been removed meanwhile: its id and its message."""
    for entry, fields in entries:
        if fields and b"data" in fields:
            return _text(entry), fields[b"data"]
    return None


@asynccontextmanager
async def brokered(url: str, place: str, *, renderer: str = "", lease: float = 0.0) -> AsyncIterator[RenderBroker]:
    """The queue of a place; who only puts renders in needs no name and no lease. Raises one of `AWAY`."""
    broker = RenderBroker(url, place, renderer=renderer, lease=lease)
    try:
        await broker.startup()
        yield broker
    finally:
        await broker.shutdown()
