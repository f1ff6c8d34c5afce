"""Bodies that stand still are given up: with a sentence, without a trace, and with the connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.serving import bind, served
from bots.web import language, page, visitors
from bots.web.files import Files
from bots.web.routes import WebChat
from core.store.transcripts import Transcripts
from tests.bots.web.scripted import PATIENCE, ScriptedTalk, hex_id

_SHORT = 0.5


@asynccontextmanager
async def _impatient(redis: Redis, folder: Path) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A raw connection to a web chat that waits `_SHORT` seconds for the next bytes of a body."""
    catalogues = language.load()
    chat = WebChat(
        talk=ScriptedTalk(),
        transcripts=Transcripts(redis, time.time),
        files=Files(folder, hex_id),
        site=page.build(catalogues, {}),
        catalogues=catalogues,
        clock=time.time,
        new_id=hex_id,
        most_bytes=100_000,
        patience=_SHORT,
    )
    with bind("127.0.0.1", 0) as bound:
        async with served(chat.application(), bound, "impatient web chat", ending=chat.closing.set):
            reader, writer = await asyncio.open_connection(*bound.getsockname()[:2])
            try:
                yield reader, writer
            finally:
                writer.close()


def _head(address: str, kind: str, length: int) -> bytes:
    lines = (
        f"POST {address} HTTP/1.1",
        "Host: localhost",
        f"Content-Type: {kind}",
        f"Content-Length: {length}",
        f"Cookie: {visitors.COOKIE}={hex_id()}",
    )
    return "\r\n".join((*lines, "", "")).encode()


@pytest.mark.parametrize(
    ("address", "kind", "begun"),
    [
        ("/api/files?name=a.jpg", "image/jpeg", b"\xff\xd8\xff" + bytes(5000)),
        ("/api/files?name=a.jpg", "image/jpeg", b""),
        ("/api/messages", "application/json", b'{"id": '),
        ("/api/presses", "application/json", b""),
    ],
)
async def test_a_body_that_stands_still_ends_with_a_sentence(
    redis: Redis, tmp_path: Path, address: str, kind: str, begun: bytes
) -> None:
    async with _impatient(redis, tmp_path) as (reader, writer):
        writer.write(_head(address, kind, 50_000) + begun)
        async with asyncio.timeout(PATIENCE):
            answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The upload stood still for too long and was ended." in answer
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_a_slow_body_that_goes_on_is_taken(redis: Redis, tmp_path: Path) -> None:
    async with _impatient(redis, tmp_path) as (reader, writer):
        writer.write(_head("/api/files?name=a.txt", "text/plain", 12))
        begun = time.monotonic()
        for _ in range(12):
            await asyncio.sleep(_SHORT / 8)
            writer.write(b"x")
        async with asyncio.timeout(PATIENCE):
            line = await reader.readline()
        assert time.monotonic() - begun > _SHORT
    assert line.startswith(b"HTTP/1.1 201 ")


async def test_what_is_drained_after_a_refusal_keeps_that_refusal(redis: Redis, tmp_path: Path) -> None:
    async with _impatient(redis, tmp_path) as (reader, writer):
        writer.write(_head("/api/files?name=a.txt", "text/plain", 0).replace(b"Content-Length: 0", _CHUNKED))
        writer.write(_chunk(bytes(100_001)))
        await writer.drain()
        await asyncio.sleep(_SHORT * 1.5)
        writer.write(_chunk(b"more") + _chunk(b""))
        async with asyncio.timeout(PATIENCE):
            line = await reader.readline()
    assert line.startswith(b"HTTP/1.1 413 ")


_CHUNKED = b"Transfer-Encoding: chunked"


def _chunk(content: bytes) -> bytes:
    return f"{len(content):x}\r\n".encode() + content + b"\r\n"
