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

from core.chat import ChatRef
from core.store.connection import PREFIX, StoreUnreachable, chat_key, connected, key, texts

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
    assert "does not answer" in said
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
