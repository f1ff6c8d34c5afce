"""The live feed of a chat as server-sent events (WHATWG HTML, 9.2).

In come the changes of a transcript, out go frames whose id is the change's cursor, so that a browser that lost the
connection says where to go on. A comment now and then keeps proxies from closing a silent connection. Where Redis
cannot be reached the stream just ends: the browser comes again by itself.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager

import anyio
import structlog
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from bots.web.view import change_view
from core.chat import ChatRef
from core.store.connection import STORE_AWAY
from core.store.transcripts import Change

HEARTBEAT = 15.0
"""Seconds of silence before a comment is sent."""

MOST_STREAMS = 20
"""Streams that one visitor may have open: every tab has one."""

_RETRY = b"retry: 1000\n\n"
_BEAT = b": still here\n\n"


log = structlog.get_logger(__name__)


class OpenStreams:
    """How many streams each chat has open in this process."""

    def __init__(self) -> None:
        self._count: Counter[ChatRef] = Counter()

    def full(self, chat: ChatRef) -> bool:
        return self._count[chat] >= MOST_STREAMS

    @contextmanager
    def one_more(self, chat: ChatRef) -> Iterator[None]:
        self._count[chat] += 1
        try:
            yield
        finally:
            self._count[chat] -= 1
            if not self._count[chat]:
                del self._count[chat]


class EventStream(StreamingResponse):
    """An answer that goes on until the changes end, the visitor leaves, Redis goes away or `closing` is set.

    `counted` is entered for as long.
    """

    body_iterator: AsyncGenerator[bytes, None]

    def __init__(
        self,
        changes: AsyncGenerator[Change, None],
        closing: asyncio.Event,
        counted: AbstractContextManager[None],
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._counted = counted
        headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
        super().__init__(_frames(changes, closing, heartbeat), headers=headers, media_type="text/event-stream")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._counted:
            await super().__call__(scope, receive, send)

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self.body_iterator):
            await super().stream_response(send)


def frame(change: Change) -> bytes:
    data = json.dumps(change_view(change), ensure_ascii=False)
    return f"id: {change.cursor}\nevent: {change.kind}\ndata: {data}\n\n".encode()


async def _frames(
    changes: AsyncGenerator[Change, None], closing: asyncio.Event, heartbeat: float
) -> AsyncGenerator[bytes, None]:
    upcoming: asyncio.Task[Change | None] = asyncio.create_task(_next(changes))
    closed = asyncio.create_task(closing.wait())
    try:
        yield _RETRY
        while True:
            done, _ = await asyncio.wait({upcoming, closed}, timeout=heartbeat, return_when=asyncio.FIRST_COMPLETED)
            if closed in done:
                return
            if not done:
                yield _BEAT
                continue
            change = upcoming.result()
            if change is None:
                return
            upcoming = asyncio.create_task(_next(changes))
            yield frame(change)
    finally:
        # Starlette ends a stream by a cancel scope, in which every further wait would be cancelled as well.
        with anyio.CancelScope(shield=True):
            upcoming.cancel()
            closed.cancel()
            await asyncio.wait({upcoming, closed})
            await changes.aclose()


async def _next(changes: AsyncGenerator[Change, None]) -> Change | None:
    """The next change, None where there will be none on this stream."""
    try:
        return await anext(changes, None)
    except STORE_AWAY as error:
        log.warning("an event stream of the web chat ends: Redis cannot be reached", error=type(error).__name__)
        return None
