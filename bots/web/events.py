"""The live feed of a chat as server-sent events (WHATWG HTML, 9.2).

In come the changes of a transcript, out go frames whose id is the change's cursor, so that a browser that lost the
connection says where to go on. A comment now and then keeps proxies from closing a silent connection.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
from starlette.responses import StreamingResponse
from starlette.types import Send

from bots.web.view import change_view
from core.store.transcripts import Change

HEARTBEAT = 15.0
"""Seconds of silence before a comment is sent."""

_RETRY = b"retry: 1000\n\n"
_BEAT = b": still here\n\n"


class EventStream(StreamingResponse):
    """An answer that goes on until the changes end, the visitor leaves or `closing` is set."""

    body_iterator: AsyncGenerator[bytes, None]

    def __init__(
        self, changes: AsyncGenerator[Change, None], closing: asyncio.Event, heartbeat: float = HEARTBEAT
    ) -> None:
        headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
        super().__init__(_frames(changes, closing, heartbeat), headers=headers, media_type="text/event-stream")

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
    return await anext(changes, None)
