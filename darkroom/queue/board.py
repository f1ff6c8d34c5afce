"""What is known of each shared render: a hash in Redis a render, and a stream that says which of them changed.

Whoever renders writes, the server reads. A note lives for a week, and for an hour after the server has read its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import urlsplit

import structlog
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError, BusyLoadingError, OutOfMemoryError, ReadOnlyError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError

from darkroom.queue.cancelling import make_cancellable

AWAY: Final = (RedisError, OSError)
"""What is raised while Redis cannot be used, for a moment or for long."""
PAUSE: Final = 1.0
"""Seconds before it is tried again."""

_WEEK = 7 * 24 * 3600
_HOUR = 3600
_NEWS_KEPT = 1000
_TIMEOUT = 10.0
_LOADING = 600.0
"""Seconds for which a Redis that reads its data from its disk is waited for."""
_FIRST_TRIES = 8.0
"""Seconds for which one that refuses connections is asked again: it may be starting too."""

log = structlog.get_logger(__name__)


class QueueUnreachable(Exception):
    """Redis cannot be reached, or not be used; the text says what it answered."""


class Stage(StrEnum):
    WAITING = "waiting"
    RENDERING = "rendering"
    DONE = "done"
    FAILED = "failed"
    """The clip cannot be rendered: not by anybody."""
    DIED = "died"
    """Whoever rendered it died of it, each time."""
    STOPPED = "stopped"
    """It is not wanted any more."""


_ENDED = (Stage.DONE, Stage.FAILED, Stage.DIED, Stage.STOPPED)


@dataclass(frozen=True, slots=True)
class Note:
    """`size` in bytes of what is done; `sentence` and `reason` of what has failed; `tries` begun so far."""

    stage: Stage
    progress: float = 0.0
    size: int = 0
    sentence: str = ""
    reason: str = ""
    tries: int = 0

    @property
    def has_ended(self) -> bool:
        return self.stage in _ENDED

    @classmethod
    def of(cls, fields: Mapping[str, str]) -> Self | None:
        """None for what is no note."""
        try:
            return cls(
                Stage.STOPPED if "unwanted" in fields else Stage(fields["stage"]),
                float(fields.get("progress", 0)),
                int(fields.get("size", 0)),
                fields.get("sentence", ""),
                fields.get("reason", ""),
                int(fields.get("tries", 0)),
            )
        except (KeyError, ValueError):
            return None


class Board:
    """Opened by `opened`. Every call raises one of `AWAY`."""

    def __init__(self, redis: Redis, place: str) -> None:
        self._redis = redis
        self._prefix = f"darkroom:{place}"
        self._news = f"{self._prefix}:news"

    def _key(self, render: str) -> str:
        return f"{self._prefix}:render:{render}"

    async def look(self, renders: Iterable[str]) -> dict[str, Note | None]:
        """What is known of each; None where nothing is."""
        asked = list(renders)
        async with self._redis.pipeline(transaction=False) as pipe:
            for render in asked:
                pipe.hgetall(self._key(render))
            found = await pipe.execute()
        return {render: Note.of(fields) for render, fields in zip(asked, found, strict=True)}

    async def wait(self, render: str) -> None:
        """It has been put in the queue; what somebody has noted of it meanwhile stays."""
        async with self._redis.pipeline() as pipe:
            pipe.hsetnx(self._key(render), "stage", Stage.WAITING)
            pipe.expire(self._key(render), _WEEK)
            await pipe.execute()

    async def begin(self, render: str) -> Note:
        """Somebody takes it up, unless it has ended. → what is known of it then, with the new count of tries."""
        known = (await self.look([render]))[render]
        if known is not None and known.has_ended:
            return known
        async with self._redis.pipeline() as pipe:
            pipe.hincrby(self._key(render), "tries", 1)
            pipe.hset(self._key(render), mapping={"stage": Stage.RENDERING, "progress": "0"})
            pipe.hexists(self._key(render), "unwanted")
            pipe.expire(self._key(render), _WEEK)
            self._tell(pipe, render)
            tries, _, is_unwanted, *_ = await pipe.execute()
        return Note(Stage.STOPPED if is_unwanted else Stage.RENDERING, tries=int(tries))

    async def show(self, render: str, progress: float) -> bool:
        """Note how far it is, 0 to 1. → whether it is still wanted."""
        async with self._redis.pipeline() as pipe:
            pipe.hset(self._key(render), "progress", f"{progress:.4f}")
            pipe.hexists(self._key(render), "unwanted")
            self._tell(pipe, render)
            _, is_unwanted, *_ = await pipe.execute()
        return not is_unwanted

    async def end(self, render: str, note: Note) -> None:
        async with self._redis.pipeline() as pipe:
            pipe.hset(
                self._key(render),
                mapping={
                    "stage": note.stage,
                    "size": str(note.size),
                    "sentence": note.sentence,
                    "reason": note.reason,
                },
            )
            pipe.expire(self._key(render), _WEEK)
            self._tell(pipe, render)
            await pipe.execute()

    async def stop(self, render: str) -> None:
        """It is not wanted any more: whoever renders it finds out when it next shows how far it is."""
        async with self._redis.pipeline() as pipe:
            pipe.hset(self._key(render), "unwanted", "1")
            pipe.expire(self._key(render), _WEEK)
            await pipe.execute()

    async def let_go(self, render: str) -> None:
        """Its end was read. It is remembered for a while, so that nobody takes it up once more."""
        await self._redis.expire(self._key(render), _HOUR)

    async def newest(self) -> str:
        """Where the news stand now."""
        found = await self._redis.xrevrange(self._news, count=1)
        return str(found[0][0]) if found else "0-0"

    async def news(self, after: str, seconds: float) -> tuple[str, set[str]]:
        """The renders that changed after a point, waited for so long at most. → where the news stand then, and them."""
        found: Any = await self._redis.xread({self._news: after}, count=_NEWS_KEPT, block=max(1, round(seconds * 1000)))
        changed: set[str] = set()
        for _, entries in found:
            for entry, fields in entries:
                after = str(entry)
                changed.add(str(fields["render"]))
        return after, changed

    def _tell(self, pipe: Redis, render: str) -> None:
        pipe.xadd(self._news, {"render": render}, maxlen=_NEWS_KEPT, approximate=True)


@asynccontextmanager
async def opened(url: str, place: str) -> AsyncIterator[Board]:
    """The board in a Redis that can be written; one that loads its data is waited for. Raises `QueueUnreachable`."""
    database = urlsplit(url).path.strip("/")
    if not url.startswith("unix:") and database and not database.isdigit():
        # The client would take the first one.
        raise QueueUnreachable("the address of Redis cannot be read: write it as redis://HOST:PORT/NUMBER")
    redis = Redis.from_url(url, decode_responses=True, socket_timeout=_TIMEOUT, socket_connect_timeout=_TIMEOUT / 2)
    make_cancellable(redis.connection_pool)
    try:
        try:
            await _loaded(redis)
            await redis.set(f"darkroom:{place}:probe", "1", ex=1)
        except OutOfMemoryError:
            pass  # it goes on by itself when there is room
        except AWAY as error:
            raise QueueUnreachable(_why(error)) from error
        yield Board(redis, place)
    finally:
        await redis.aclose()


async def _loaded(redis: Redis) -> None:
    clock = asyncio.get_running_loop().time
    began, is_waiting = clock(), False
    while True:
        try:
            await redis.ping()
        except (BusyLoadingError, RedisConnectionError) as error:
            patience = _LOADING if isinstance(error, BusyLoadingError) else _FIRST_TRIES
            if _wants_a_password(error) or clock() - began > patience:
                raise
            if not is_waiting:
                log.debug("Redis is waited for", error=str(error))
            is_waiting = True
            await pause()
        else:
            return


def _wants_a_password(error: Exception) -> bool:
    # On a Unix socket the client wraps what a refused greeting raised.
    return any(isinstance(each, AuthenticationError) for each in (error, error.__cause__, error.__context__))


def _why(error: Exception) -> str:
    if _wants_a_password(error):
        return "Redis wants a name or a password, or another one: write it as redis://NAME:PASSWORD@HOST:PORT"
    if isinstance(error, ReadOnlyError):
        return "this Redis is a replica that takes no writes: name the primary"
    return f"Redis does not answer ({str(error) or type(error).__name__})"


async def pause() -> None:
    """Before Redis is tried again."""
    await asyncio.sleep(PAUSE)
