"""A gate between a process and a server: HTTP goes through over real sockets, and can be stopped at a boundary.

A trap waits for one request and stops it just before or just after its effect; what then becomes of the process at
either end is the test's to say. Requests and answers come in, the same go out, and each exchange is written down.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Self

import httpx

from tests.counterparts.sockets import Fault as WireFault
from tests.counterparts.sockets import RawServer, Reply, Request

_SHORT = 64 * 1024
"""Bytes of a request's or an answer's body up to which it is looked at as a whole."""

_OUR_OWN = {"connection", "content-length", "date", "server", "transfer-encoding"}
"""Headers that each half of the way has its own of."""


class When(Enum):
    BEFORE = auto()
    """It has arrived and is not passed on: no effect."""
    AFTER = auto()
    """It is answered, and the answer is not passed on: the effect is there, and nobody knows."""
    FIRST = auto()
    """The first piece of the answer was passed on, no more."""
    LAST = auto()
    """All of the answer was passed on but its end."""


@dataclass(frozen=True, slots=True)
class Point:
    """One boundary. `said`: what the request's body holds; `answered`: what the answer's body holds.

    `kind`: how the type of the request's body begins.
    """

    name: str
    path: str
    """A pattern that the whole path matches."""
    when: When
    method: str = "POST"
    said: bytes = b""
    answered: bytes = b""
    kind: str = ""

    def asks(self, exchange: Exchange) -> bool:
        return (
            exchange.method == self.method
            and re.fullmatch(self.path, exchange.path) is not None
            and exchange.kind.startswith(self.kind)
            and self.said in exchange.body
        )


@dataclass(eq=False, slots=True)
class Exchange:
    """One request and what became of it. `body`: its beginning, at most 64 KiB."""

    method: str
    path: str
    at: float
    """Seconds of the monotonic clock."""
    body: bytes = b""
    kind: str = ""
    """The body's type."""
    status: int = 0
    """0: the server has not answered."""
    passed_on: float | None = None
    """When the answer's last byte had gone out, in seconds of the monotonic clock."""


@dataclass(eq=False, slots=True)
class Trap:
    """Stops the first exchange that comes to its point."""

    point: Point
    sprung: asyncio.Event = field(default_factory=asyncio.Event)
    opened: asyncio.Event = field(default_factory=asyncio.Event)


class Traps:
    """The traps that several gates share."""

    def __init__(self) -> None:
        self._set: list[Trap] = []

    def set(self, points: Sequence[Point]) -> list[Trap]:
        traps = [Trap(point) for point in points]
        self._set += traps
        return traps

    def open_all(self) -> None:
        """Let go of what is held, and hold nothing more."""
        for trap in self._set:
            trap.opened.set()
        self._set.clear()

    @property
    def waiting(self) -> list[str]:
        """Names of the points that nothing came to yet."""
        return [trap.point.name for trap in self._set if not trap.sprung.is_set()]

    async def stop(self, when: When, exchange: Exchange, answer: bytes = b"") -> None:
        """Hold the exchange where a trap stands that nothing has come to yet."""
        for trap in self._set:
            point = trap.point
            if point.when is when and not trap.sprung.is_set() and point.asks(exchange) and point.answered in answer:
                trap.sprung.set()
                await trap.opened.wait()
                return


class Gate:
    """Listens on a port of its own, which stays the same, in front of the server at `upstream`."""

    def __init__(self, upstream: str, traps: Traps) -> None:
        self._traps = traps
        self._client = httpx.AsyncClient(
            base_url=upstream,
            timeout=None,
            trust_env=False,
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
        )
        self._server = RawServer(self._serve)
        self.exchanges: list[Exchange] = []

    async def __aenter__(self) -> Self:
        await self._server.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()
        await self._client.aclose()
        if error is None:
            assert not self._server.errors, self._server.errors

    @property
    def url(self) -> str:
        return self._server.url

    async def shut(self) -> None:
        """Every connection breaks, and new ones are refused, as where no server listens."""
        await self._server.close()

    async def open(self) -> None:
        await self._server.listen()

    async def cut(self) -> None:
        """Every connection breaks; new ones are let in."""
        await self.shut()
        await self.open()

    async def _serve(self, request: Request) -> tuple[Reply, WireFault | None]:
        exchange = Exchange(request.method, request.path, time.monotonic())
        exchange.kind = request.headers.get("content-type", "")
        self.exchanges.append(exchange)
        content: bytes | AsyncIterator[bytes]
        length = request.headers.get("content-length", "" if "transfer-encoding" in request.headers else "0")
        if length and int(length) <= _SHORT:
            content = exchange.body = await request.whole()
        else:
            content = _noted(request.body, exchange)
        await self._traps.stop(When.BEFORE, exchange)
        headers = {name: value for name, value in request.headers.items() if name not in _OUR_OWN}
        if length and not isinstance(content, bytes):
            headers["content-length"] = length
        forward = self._client.build_request(request.method, request.target, headers=headers, content=content)
        try:
            answer = await self._client.send(forward, stream=True)
        except httpx.TransportError as error:
            raise ConnectionResetError from error
        exchange.status = answer.status_code
        try:
            size = answer.headers.get("content-length")
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _OUR_OWN}
            if size is not None and int(size) <= _SHORT:
                try:
                    whole = b"".join([piece async for piece in answer.aiter_raw()])
                except httpx.TransportError as error:
                    raise ConnectionResetError from error
                await self._traps.stop(When.AFTER, exchange, whole)
                return Reply(answer.status_code, self._passed(whole, exchange), kept, int(size)), None
            await self._traps.stop(When.AFTER, exchange)
        except BaseException:
            await answer.aclose()
            raise
        pieces = self._piecewise(answer, exchange)
        return Reply(answer.status_code, pieces, kept, None if size is None else int(size)), None

    async def _passed(self, whole: bytes, exchange: Exchange) -> AsyncIterator[bytes]:
        yield whole
        exchange.passed_on = time.monotonic()

    async def _piecewise(self, answer: httpx.Response, exchange: Exchange) -> AsyncIterator[bytes]:
        """The body as it comes; an event stream event by event."""
        first = True
        try:
            async for piece in answer.aiter_raw():
                for part in re.findall(rb".*?\n\n|.+", piece, re.DOTALL):
                    yield part
                    if first:
                        first = False
                        await self._traps.stop(When.FIRST, exchange)
        except httpx.TransportError as error:
            raise ConnectionResetError from error
        finally:
            await answer.aclose()
        await self._traps.stop(When.LAST, exchange)
        exchange.passed_on = time.monotonic()


async def _noted(body: AsyncIterator[bytes], exchange: Exchange) -> AsyncIterator[bytes]:
    async for piece in body:
        exchange.body += piece[: max(0, _SHORT - len(exchange.body))]
        yield piece
