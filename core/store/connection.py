"""A connection to Redis 7+ or Valkey, and the names that all keys begin with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import BusyLoadingError, ReadOnlyError, RedisError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.chat import ChatRef

Store = Redis
"""The client that the stores are made over; whoever puts them together names it by this."""

PREFIX = "sr:"
"""Every key of ours, so that a Redis can be shared with other programs."""

BLOCK = 2.0
"""Seconds a blocking read waits; well below the socket's time-out, which counts while it blocks."""


class StoreFull(ResponseError):
    """Redis takes nothing more: its disk or its memory is full. It goes on by itself when there is room again."""


STORE_AWAY = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, ReadOnlyError, StoreFull)
"""What a call raises while Redis cannot be reached or cannot write: the same call may be made again."""

_NO_ROOM = ("MISCONF", "OOM")
"""What its refusals for want of room begin with."""

_SOCKET_TIMEOUT = 10.0

_MOST_CONNECTIONS = 100
"""At the same time; whoever needs one more waits for its turn."""

_TURN_SECONDS = 30.0

_FIRST_ANSWER = 10.0
"""Seconds within which Redis must have answered at the start, with all repetitions."""

_LONGEST_PAUSE = 1.0
"""Seconds between two repetitions of a command."""

OLDEST = 7


class StoreUnreachable(Exception):
    """Redis does not answer, or is not one that can be used; the text says why, without the password."""


def key(*parts: str) -> str:
    return PREFIX + ":".join(parts)


def chat_key(chat: ChatRef, *parts: str) -> str:
    """A key of one chat; the bar keeps a chat's keys apart from those of its threads."""
    return key("chat", chat.key) + "|" + ":".join(parts)


def texts(answer: Iterable[object]) -> list[str | None]:
    """The strings of an answer, None for what is missing. The client decodes them; its types do not know it."""
    return [None if each is None else str(each) for each in answer]


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Redis]:
    """A client with a pool of connections, checked by a PING. Raises `StoreUnreachable`.

    Commands that meet a broken connection are repeated for about two seconds: every write of ours is safe to repeat
    (scripts that check what they find) or harmless twice.
    """
    try:
        client = client_of(
            url,
            socket_timeout=_SOCKET_TIMEOUT,
            socket_connect_timeout=5,
            health_check_interval=30,
            retry=Retry(ExponentialBackoff(cap=_LONGEST_PAUSE, base=0.05), 5),
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
        )
    except (ValueError, TypeError):
        # The cause may quote a password.
        raise StoreUnreachable("the address of Redis cannot be read: write it as redis://HOST:PORT") from None
    try:
        try:
            async with asyncio.timeout(_FIRST_ANSWER):
                await client.ping()
                version = str((await client.info("server"))["redis_version"])
        except TimeoutError as error:
            raise StoreUnreachable(f"Redis does not answer within {_FIRST_ANSWER:g} seconds") from error
        except (RedisError, OSError, ValueError, KeyError) as error:
            reason = _without_password(str(error) or type(error).__name__, url)
            raise StoreUnreachable(f"Redis does not answer ({reason})") from None
        if _major(version) < OLDEST:
            raise StoreUnreachable(f"Redis {version} is too old: {OLDEST} or newer is needed")
        yield client
    finally:
        await client.aclose()


def client_of(url: str, **options: Any) -> Redis:
    """A client that speaks text and can be cancelled; the caller closes it. Raises ValueError for what is no URL."""
    pool = BlockingConnectionPool.from_url(
        url, decode_responses=True, max_connections=_MOST_CONNECTIONS, timeout=_TURN_SECONDS, **options
    )
    pool.connection_class = _CANCELLABLE[pool.connection_class]
    return Redis.from_pool(pool)


class _Cancellable(AbstractConnection):
    """Sends so that a cancellation is never lost, and tells a full store from a call that is wrong.

    redis-py sends through `asyncio.wait_for`, which before Python 3.12 swallows a cancellation that arrives when the
    bytes are just out: the cancelled task would go on for good.
    """

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        task = asyncio.current_task()
        before = task.cancelling() if task else 0
        await super().send_packed_command(command, check_health)
        if task and task.cancelling() > before:
            await self.disconnect(nowait=True)
            raise asyncio.CancelledError

    async def read_response(self, *args: Any, **options: Any) -> Any:
        """Raises `StoreFull` too."""
        try:
            return await super().read_response(*args, **options)
        except ResponseError as error:
            if str(error).startswith(_NO_ROOM):
                raise StoreFull(str(error)) from None
            raise


class _Tcp(_Cancellable, Connection):
    pass


class _Tls(_Cancellable, SSLConnection):
    pass


class _Unix(_Cancellable, UnixDomainSocketConnection):
    pass


_CANCELLABLE: dict[type[AbstractConnection], type[AbstractConnection]] = {
    Connection: _Tcp,
    SSLConnection: _Tls,
    UnixDomainSocketConnection: _Unix,
}


def _without_password(text: str, url: str) -> str:
    parts = urlsplit(url)
    password = parts.password or parse_qs(parts.query).get("password", [""])[0]
    for secret in {password, unquote(password), quote(unquote(password))} - {""}:
        text = text.replace(secret, "…")
    return text


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdigit() else 0
