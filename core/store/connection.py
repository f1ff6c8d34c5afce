"""A connection to Redis 7+ or Valkey, and the names that all keys begin with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

import structlog
from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from core.chat import ChatRef

log = structlog.get_logger(__name__)

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
"""What its refusals for want of room begin with, where the library has no error of its own for them."""

_SOCKET_TIMEOUT = 10.0

_MOST_CONNECTIONS = 100
"""At the same time; whoever needs one more waits for its turn."""

_TURN_SECONDS = 30.0

_FIRST_ANSWER = 10.0
"""Seconds within which Redis must have answered at the start, with all repetitions."""

FIRST_TRIES = 2.0
"""Seconds for which one that refuses connections is asked again at the start: it may be starting too."""

_LOADING = 600.0
"""Seconds for which one that reads its data from its disk is waited for at the start."""

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
async def connected(url: str, first_tries: float | None = None) -> AsyncIterator[Redis]:
    """A client with a pool of connections, to a Redis that was found fit for use. Raises `StoreUnreachable`.

    One that refuses connections is asked again for `first_tries` seconds (`FIRST_TRIES`): it may be starting too.
    Commands that meet a broken connection are repeated for about two seconds: every write of ours is safe to repeat
    (scripts that check what they find) or harmless twice.
    """
    try:
        _check_database(url)
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
        facts = await _answered(url, FIRST_TRIES if first_tries is None else first_tries)
        for danger in dangers(facts):
            log.warning("store_not_safe", reason=danger)
        yield client
    finally:
        await client.aclose()


def dangers(facts: Mapping[str, Any]) -> tuple[str, ...]:
    """What of a Redis (`facts`: its INFO) loses jobs by itself, a sentence each."""
    policy = str(facts.get("maxmemory_policy", "noeviction"))
    if not int(facts.get("maxmemory", 0)) or policy == "noeviction":
        return ()
    return (f"when its memory is full it removes keys ({policy}), and jobs with them: set maxmemory-policy noeviction",)


async def _answered(url: str, first_tries: float) -> Mapping[str, Any]:
    """What Redis says of itself, when it has been asked once and can be written. Raises `StoreUnreachable`."""
    # Without the client's repetitions: only what may pass by itself is asked again.
    probe = client_of(url, socket_timeout=_SOCKET_TIMEOUT, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0))
    try:
        async with asyncio.timeout(_FIRST_ANSWER) as limit:
            facts = await _first_answer(probe, limit, first_tries)
        if _major(version := str(facts["redis_version"])) < OLDEST:
            raise StoreUnreachable(f"Redis {version} is too old: {OLDEST} or newer is needed")
    except (TimeoutError, RedisTimeoutError):
        hint = ", or does not speak TLS: try redis://" if urlsplit(url).scheme == "rediss" else ""
        raise StoreUnreachable(f"Redis does not answer within {_FIRST_ANSWER:g} seconds{hint}") from None
    except AuthenticationError:
        wanted = "another name or password" if _password(url) else "a password"
        raise StoreUnreachable(f"Redis wants {wanted}: write it as redis://NAME:PASSWORD@HOST:PORT") from None
    except ReadOnlyError:
        raise StoreUnreachable("this Redis is a replica that takes no writes: name the primary") from None
    except NoPermissionError as error:
        reason = _without_password(str(error), url)
        raise StoreUnreachable(
            f"the user of Redis may do too little ({reason}): it needs +@all ~{PREFIX}* ~darkroom:* &{PREFIX}*"
        ) from None
    except (RedisError, OSError, ValueError, KeyError) as error:
        reason = _without_password(str(error) or type(error).__name__, url)
        raise StoreUnreachable(f"Redis does not answer ({reason})") from None
    else:
        return facts
    finally:
        await probe.aclose()


async def _first_answer(probe: Redis, limit: asyncio.Timeout, first_tries: float) -> dict[str, Any]:
    """`limit` is put off while Redis is loading: it answers, and will be ready."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    is_loading = is_refused = False
    while True:
        try:
            await probe.ping()
            facts: dict[str, Any] = await probe.info()
            with suppress(StoreFull):  # it goes on by itself
                await probe.set(key("probe"), "1", ex=1)
            await probe.publish(key("probe"), "1")
        except BusyLoadingError:
            if not is_loading:
                log.warning("store_is_loading")
                limit.reschedule(began + _LOADING)
            is_loading = True
        except RedisConnectionError as error:
            # On a Unix socket the client wraps what a refused greeting raised.
            for cause in (error, error.__cause__, error.__context__):
                if isinstance(cause, AuthenticationError):
                    raise cause from None
            if not is_loading and loop.time() - began > first_tries:
                raise
            if not is_refused:
                log.debug("store_is_waited_for", reason=type(error).__name__)
            is_refused = True
        else:
            return facts
        await asyncio.sleep(min(0.2, _LONGEST_PAUSE))


def _check_database(url: str) -> None:
    """The client overlooks a database that is no number, and takes the first. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme in ("redis", "rediss") and parts.path.strip("/"):
        int(parts.path.strip("/"))


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
            if isinstance(error, OutOfMemoryError) or str(error).startswith(_NO_ROOM):
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
    password = _password(url)
    for secret in {password, unquote(password), quote(unquote(password))} - {""}:
        text = text.replace(secret, "…")
    return text


def _password(url: str) -> str:
    parts = urlsplit(url)
    return parts.password or parse_qs(parts.query).get("password", [""])[0]


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdigit() else 0
