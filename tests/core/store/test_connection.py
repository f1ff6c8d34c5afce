"""Reaching Redis, or one sentence that says why not, without the password."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core.chat import ChatRef
from core.store.connection import PREFIX, STORE_AWAY, StoreFull, StoreUnreachable, chat_key, connected, key, texts
from tests.valkey import valkey

_SECRET = "s3cr3t word"
_QUOTED = "s3cr3t%20word"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    """A TCP server on loopback; → its port."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def _silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def _saying(*answers: bytes) -> Serve:
    """Answers the commands of each connection with these, in turn; the last one again and again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = list(answers)
        while await reader.readuntil(b"*") and await reader.read(1000):
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()

    return serve


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.connection._LONGEST_PAUSE", 0.05)


async def reason(url: str) -> str:
    with pytest.raises(StoreUnreachable) as caught:
        async with connected(url):
            pytest.fail("connected")
    assert "\n" not in str(caught.value)
    return str(caught.value)


async def test_a_connection_speaks_text(redis_url: str) -> None:
    async with connected(redis_url) as redis:
        await redis.set("name", "值")
        assert await redis.get("name") == "值"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "", "127.0.0.1:6379", f"redis://:{_SECRET}/@127.0.0.1", "redis://127.0.0.1:port"]
)
async def test_an_address_that_is_none(url: str) -> None:
    said = await reason(url)
    assert "write it as redis://HOST:PORT" in said
    assert _SECRET not in said


async def test_nobody_there() -> None:
    async with listening(_silent) as port:
        pass
    said = await reason(f"redis://:{_QUOTED}@127.0.0.1:{port}")
    assert "does not answer" in said
    assert str(port) in said
    assert _SECRET not in said
    assert _QUOTED not in said


async def test_no_socket_there() -> None:
    assert "does not answer" in await reason("unix:///tmp/stillreel-no-such.sock")


async def test_one_that_accepts_and_is_silent_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.connection._FIRST_ANSWER", 0.3)
    async with listening(_silent) as port:
        began = time.monotonic()
        assert "does not answer within" in await reason(f"redis://127.0.0.1:{port}")
        assert time.monotonic() - began < 3


async def test_a_wrong_password_is_not_repeated_to_people(redis_url: str) -> None:
    said = await reason(f"{redis_url}?username=nobody&password={_QUOTED}")
    assert "wants another name or password" in said
    assert _SECRET not in said


async def test_an_answer_that_quotes_the_password_is_shown_without_it() -> None:
    async with listening(_saying(f"-ERR what is {_SECRET}\r\n".encode())) as port:
        said = await reason(f"redis://:{_QUOTED}@127.0.0.1:{port}")
    assert "does not answer" in said
    assert _SECRET not in said


@pytest.mark.parametrize("version", ["6.2.14", "5.0", "unknown"])
async def test_one_that_is_too_old(version: str) -> None:
    info = f"redis_version:{version}\r\n".encode()
    bulk = b"$%d\r\n%b\r\n" % (len(info), info)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(1000):
            if b"HELLO" in said:
                writer.write(b"-NOPROTO no such protocol\r\n" if b"\r\n3\r\n" not in said else b"%0\r\n")
            elif b"PING" in said:
                writer.write(b"+PONG\r\n")
            elif b"INFO" in said:
                writer.write(bulk)
            else:
                writer.write(b"+OK\r\n" * said.count(b"*"))
            await writer.drain()

    async with listening(serve) as port:
        said = await reason(f"redis://127.0.0.1:{port}")
    assert said == f"Redis {version} is too old: 7 or newer is needed"


@pytest.mark.parametrize("database", ["abc", "1/2", "-"])
async def test_a_database_that_is_no_number_is_not_taken_for_the_first(database: str) -> None:
    assert "write it as redis://HOST:PORT" in await reason(f"redis://127.0.0.1:6379/{database}")


async def test_two_databases_of_one_server_are_kept_apart(redis_url: str) -> None:
    async with connected(f"{redis_url}?db=1") as one, connected(f"{redis_url}?db=2") as other:
        await one.set("name", "1")
        assert await other.get("name") is None


async def test_one_without_tls_says_so_where_tls_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.connection._FIRST_ANSWER", 0.3)
    async with listening(_silent) as port:
        assert await reason(f"rediss://127.0.0.1:{port}") == (
            "Redis does not answer within 0.3 seconds, or does not speak TLS: try redis://"
        )


async def test_a_password_a_user_and_what_the_user_may() -> None:
    with valkey() as (url, _):
        async with connected(url) as redis:
            await redis.config_set("requirepass", _SECRET)
        began = time.monotonic()
        assert "wants a password" in await reason(url)
        assert "wants another name or password" in await reason(f"{url}?password=wrong")
        assert time.monotonic() - began < 5, "what no repetition mends is said at once"
        async with connected(f"{url}?password={_QUOTED}") as redis:
            for name, own, heard in (
                ("right", PREFIX, PREFIX),
                ("elsewhere", "others:", PREFIX),
                ("deaf", PREFIX, "others:"),
            ):
                assert await redis.acl_setuser(
                    *(name, True),
                    passwords=["+pw"],
                    keys=[f"{own}*"],
                    channels=[f"{heard}*"],
                    categories=["+@all"],
                )
        async with connected(f"{url}?username=right&password=pw") as redis:
            await redis.set(key("name"), "1")
        for name in ("elsewhere", "deaf"):
            said = await reason(f"{url}?username={name}&password=pw")
            assert said.startswith("the user of Redis may do too little"), name


async def test_a_replica_that_takes_no_writes_is_named(redis_url: str) -> None:
    with valkey("--replicaof", "127.0.0.1", "1") as (url, _):
        assert await reason(url) == "this Redis is a replica that takes no writes: name the primary"


async def test_one_that_loads_its_data_is_waited_for(monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    monkeypatch.setattr("core.store.connection._FIRST_ANSWER", 0.3)
    monkeypatch.setattr("core.store.connection.FIRST_TRIES", 0.1)
    ready = asyncio.get_running_loop().time() + 1

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while asyncio.get_running_loop().time() < ready:
            if not await reader.read(1000):
                return
            writer.write(b"-LOADING Valkey is loading the dataset in memory\r\n")
            await writer.drain()
        to_it = await asyncio.open_unix_connection(redis_url.removeprefix("unix://"))

        async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while chunk := await source.read(1000):
                target.write(chunk)
            target.close()

        await asyncio.gather(pass_on(reader, to_it[1]), pass_on(to_it[0], writer))

    async with listening(serve) as port, connected(f"redis://127.0.0.1:{port}") as redis:
        assert await redis.ping()


async def test_one_that_removes_keys_when_it_is_full_is_told_of(capfd: pytest.CaptureFixture[str]) -> None:
    with valkey("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru") as (url, _):
        async with connected(url) as redis:
            told = capfd.readouterr()
            assert "allkeys-lru" in told.out + told.err
            await redis.config_set("maxmemory-policy", "noeviction")
        async with connected(url):
            told = capfd.readouterr()
            assert "store_not_safe" not in told.out + told.err


async def test_a_full_memory_is_told_from_a_call_that_is_wrong() -> None:
    with valkey("--maxmemory", "1") as (url, _):
        async with connected(url) as redis:

            async def piped(*, transaction: bool) -> None:
                async with redis.pipeline(transaction=transaction) as pipe:
                    pipe.set("name", "1")
                    await pipe.execute()

            script = redis.register_script("return redis.call('incr', KEYS[1])")
            calls: list[Callable[[], Awaitable[object]]] = [
                lambda: redis.set("name", "1"),
                lambda: script(keys=["name"]),
                lambda: piped(transaction=True),
                lambda: piped(transaction=False),
            ]
            for call in calls:
                with pytest.raises(StoreFull) as caught:
                    await call()
                assert isinstance(caught.value, STORE_AWAY)
            with pytest.raises(ResponseError) as wrong:
                await redis.eval("no script", 0)
            assert not isinstance(wrong.value, STORE_AWAY)
            await redis.config_set("maxmemory", "0")
            assert await redis.set("name", "1")


async def test_commands_outlast_a_connection_that_is_cut(redis_url: str, redis: Redis) -> None:
    async with connected(redis_url) as other:
        await other.set("name", "1")
        await redis.client_kill_filter(_type="normal", skipme=True)
        assert await other.incr("name") == 2


def test_keys_are_told_apart_from_those_of_other_programs() -> None:
    assert key("a", "b") == f"{PREFIX}a:b"


_PART = st.text(st.characters(exclude_characters=":|", codec="utf-8"), min_size=1, max_size=8)
_CHAT = st.builds(ChatRef, _PART, _PART, st.none() | _PART)


@given(_CHAT, _CHAT, st.lists(_PART, max_size=2), st.lists(_PART, max_size=2))
def test_no_two_chats_share_a_key(one: ChatRef, other: ChatRef, parts: list[str], more: list[str]) -> None:
    if one != other:
        assert chat_key(one, *parts) != chat_key(other, *more)
        assert not chat_key(one, *parts).startswith(chat_key(other))


def test_texts_keeps_what_is_missing_missing() -> None:
    assert texts(["a", None, ""]) == ["a", None, ""]


@pytest.mark.parametrize("steps", range(10))
async def test_a_cancelled_task_ends_wherever_its_command_stands(redis: Redis, steps: int) -> None:
    async def work() -> None:
        while True:
            await redis.incr("name")

    for _ in range(5):
        task = asyncio.create_task(work())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=2)
        ended = task.done()
        while not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=0.01)
        assert ended, "the cancellation was swallowed"
    assert int(await redis.incr("name")) >= 1


async def test_commands_in_the_cleanup_of_a_cancelled_task_are_made(redis: Redis) -> None:
    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await redis.set("name", "cleaned")

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert await redis.get("name") == "cleaned"
