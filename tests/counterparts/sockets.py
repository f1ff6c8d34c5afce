"""HTTP/1.1 over raw sockets, with everything that a bad day on the Internet does to it.

A handler gets each request and gives a `Reply`; a `Fault` says how that reply is spoiled on its way. Bodies are read
and written in pieces, so that large files do not count in memory. A counterpart for tests: no pipelining, no TLS.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

PIECE = 64 * 1024

_GONE = (ConnectionError, asyncio.IncompleteReadError, BrokenPipeError)


@dataclass(slots=True)
class Request:
    """A request as it came in. `body` stays unread until somebody reads it; header names are in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: AsyncIterator[bytes] = field(init=False)
    size: int = 0
    """Bytes of the body that were read."""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    async def whole(self) -> bytes:
        return b"".join([piece async for piece in self.body])


@dataclass(frozen=True, slots=True)
class Reply:
    """`body` of unknown length goes out chunked, each of its pieces as one chunk."""

    status: int = 200
    body: bytes | AsyncIterable[bytes] = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """Of a body that is no bytes, where it is known."""

    @property
    def size(self) -> int | None:
        return len(self.body) if isinstance(self.body, bytes) else self.length


def reply_json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    return Reply(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})


# What can be wrong with an answer


@dataclass(frozen=True, slots=True)
class Answer:
    """Another answer instead of the right one. The call has no effect, unless `effect`."""

    reply: Reply
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Altered:
    """The right answer with its JSON changed."""

    change: Callable[[Any], Any]
    effect: bool = True


@dataclass(frozen=True, slots=True)
class Broken:
    """The right answer up to a point, then the connection ends.

    `after`: bytes of the body, or a share of it (0.0 to 1.0); None: not even the headers go out. `how`: "reset" (RST),
    "close" (FIN) or "stall" (nothing more comes, until the other side gives up).
    """

    how: str
    after: int | float | None = None
    effect: bool = True


@dataclass(frozen=True, slots=True)
class BrokenRequest:
    """The connection is reset while the request's body comes in, after so many bytes of it."""

    after: int = 0
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Early:
    """An answer before the request's body was read, and the connection is closed."""

    reply: Reply
    effect: bool = False


@dataclass(frozen=True, slots=True)
class Dripping:
    """The right answer, byte by byte, with a pause of so many seconds before each."""

    pause: float
    effect: bool = True


Fault = Answer | Altered | Broken | BrokenRequest | Early | Dripping

Handler = Callable[[Request], Awaitable[tuple[Reply, Fault | None]]]
"""The right reply to a request, and what is wrong with it this time."""


class RawServer:
    """A listener on a free port of the loopback. `url` stays the same while `refuse` and `listen` alternate."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self.port = 0
        self.errors: list[BaseException] = []
        """What went wrong in the counterpart itself."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, limit=PIECE)
        self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """New connections are refused from here on; open ones end."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._open:
            task.cancel()

    async def close(self) -> None:
        self.refuse()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        # A reset throws away what the other side has not got yet: draining waits for all of it.
        writer.transport.set_write_buffer_limits(0)
        try:
            while await self._exchange(reader, writer):
                pass
        except _GONE:
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        except Exception as error:  # noqa: BLE001 - the test that owns the server raises it
            self.errors.append(error)
            writer.transport.abort()
        finally:
            self._open.discard(task)
            writer.close()
            with suppress(Exception, asyncio.CancelledError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. → whether the connection goes on."""
        head = await _head(reader)
        if head is None:
            return False
        request = _request(head, reader)
        reply, fault = await self._handler(request)
        if isinstance(fault, BrokenRequest):
            async for _ in request.body:
                if request.size >= fault.after:
                    break
            _reset(writer)
            return False
        if isinstance(fault, Early):
            await _send(writer, fault.reply, None, closing=True)
            return False
        if isinstance(fault, Answer):
            reply = fault.reply
        async for _ in request.body:
            pass
        if isinstance(fault, Altered):
            assert isinstance(reply.body, bytes)
            reply = reply_json(fault.change(json.loads(reply.body)), reply.status, reply.headers)
        return await _send(writer, reply, fault, reader=reader)


async def _head(reader: asyncio.StreamReader) -> str | None:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None


def _request(head: str, reader: asyncio.StreamReader) -> Request:
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in filter(None, lines):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    request = Request(method, target, headers)
    request.body = _body(request, reader)
    return request


async def _body(request: Request, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    if request.headers.get("transfer-encoding", "").lower() == "chunked":
        while size := int(await reader.readline(), 16):
            piece = await reader.readexactly(size + 2)
            request.size += size
            yield piece[:-2]
        await reader.readline()
        return
    left = int(request.headers.get("content-length", "0"))
    while left:
        piece = await reader.read(min(left, PIECE))
        if not piece:
            raise ConnectionResetError
        left -= len(piece)
        request.size += len(piece)
        yield piece


async def _send(
    writer: asyncio.StreamWriter,
    reply: Reply,
    fault: Fault | None,
    *,
    closing: bool = False,
    reader: asyncio.StreamReader | None = None,
) -> bool:
    """Write a reply as the fault allows. → whether the connection goes on."""
    broken = fault if isinstance(fault, Broken) else None
    pause = fault.pause if isinstance(fault, Dripping) else 0.0
    if broken is not None and broken.after is None:
        return await _end(writer, broken.how, reader)
    chunked = reply.size is None
    writer.write(_headers(reply, chunked=chunked, closing=closing))
    await writer.drain()
    left = _allowed(broken, reply)
    async with aclosing(_pieces(reply.body)) as pieces:
        async for piece in pieces:
            allowed = piece if left is None else piece[:left]
            for start in range(0, len(allowed), 1 if pause else max(1, len(allowed))):
                await asyncio.sleep(pause)
                part = allowed[start : start + 1] if pause else allowed
                writer.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)
                await writer.drain()
            if left is not None:
                left -= len(allowed)
                if left == 0:
                    break
    if broken is not None:
        return await _end(writer, broken.how, reader)
    if chunked:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return not closing


def _headers(reply: Reply, *, chunked: bool, closing: bool) -> bytes:
    reason = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else "Unknown"
    headers = {"Date": "Tue, 24 Nov 2026 12:00:00 GMT", "Server": "nginx", **reply.headers}
    if chunked:
        headers["Transfer-Encoding"] = "chunked"
    else:
        headers["Content-Length"] = str(reply.size)
    if closing:
        headers["Connection"] = "close"
    lines = [f"HTTP/1.1 {reply.status} {reason}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _allowed(broken: Broken | None, reply: Reply) -> int | None:
    """Bytes of the body that may go out; None: all."""
    if broken is None or broken.after is None:
        return None
    if isinstance(broken.after, int):
        return broken.after
    assert reply.size is not None, "a share of a body whose length is unknown"
    return int(reply.size * broken.after)


async def _pieces(body: bytes | AsyncIterable[bytes]) -> AsyncGenerator[bytes, None]:
    if isinstance(body, bytes):
        if body:
            yield body
        return
    try:
        async for piece in body:
            if piece:
                yield piece
    finally:
        if isinstance(body, AsyncGenerator):
            await body.aclose()


async def _end(writer: asyncio.StreamWriter, how: str, reader: asyncio.StreamReader | None) -> bool:
    await writer.drain()
    match how:
        case "reset":
            _reset(writer)
        case "stall":
            assert reader is not None
            while await reader.read(PIECE):
                pass
        case "close":
            pass
        case _:
            raise AssertionError(how)
    return False


def _reset(writer: asyncio.StreamWriter) -> None:
    sock: socket.socket = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
