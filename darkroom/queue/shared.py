"""The server's side of shared renders: clips are asked for here, and made by any renderer that reaches the same files.

What is in the queue outlives this process: asked again under the same key, it goes on from where it is. While Redis is
away, everything waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from darkroom.clips import Order
from darkroom.exports import Begin, Show
from darkroom.queue.board import AWAY, Board, Note, QueueUnreachable, Stage, opened, pause
from darkroom.queue.broker import RenderBroker, brokered
from darkroom.renderers import RendererDied, RenderFailed

PLACES: Final = 256
"""Renders in the queue at once. The others wait in the order of the server, one a session."""
_STOP_SECONDS = 2.0
"""Seconds in which Redis is told of a stop, or it is told later."""
_LOOK_EVERY = 3.0
"""Seconds between two looks at everything that is awaited: news may have been missed, or Redis emptied."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SharedMakers:
    """The port `Makers`. Opened by `shared`."""

    broker: RenderBroker
    board: Board
    places: int = PLACES
    _awaited: dict[str, asyncio.Queue[Note | None]] = field(default_factory=dict)
    _unwanted: set[str] = field(default_factory=set)
    """What Redis was away for when it was stopped."""

    async def make(self, order: Order, begin: Begin, show: Show) -> int:
        """Where it is cancelled, the render goes on."""
        notes: asyncio.Queue[Note | None] = asyncio.Queue()
        self._awaited[order.key] = notes
        try:
            await self._ask(order, notes)
            has_begun = False
            while True:
                note = await notes.get()
                if note is None:
                    await self._ask(order, notes)
                    continue
                if note.stage is not Stage.WAITING and not has_begun:
                    await begin()
                    has_begun = True
                show(note.progress)
                if note.has_ended:
                    return _outcome(note)
        finally:
            del self._awaited[order.key]

    async def stop(self, key: str) -> None:
        self._unwanted.add(key)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await self._tell_unwanted()
        except AWAY as error:
            log.warning("Redis is away; a render is stopped when it is back", key=key, error=str(error))

    async def watch(self) -> None:
        """Pass on what the renderers note, until cancelled."""
        after: str | None = None
        looked = 0.0
        is_away = False
        clock = asyncio.get_running_loop().time
        while True:
            try:
                await self._tell_unwanted()
                if after is None:
                    after = await self.board.newest()
                after, changed = await self.board.news(after, 1.0)
                if clock() - looked >= _LOOK_EVERY:
                    looked, changed = clock(), set(self._awaited)
                await self._pass_on(changed & set(self._awaited))
                is_away = False
            except Exception as error:  # noqa: BLE001  whatever it is, the renders must be followed again
                if not is_away:
                    log.warning("Redis is away; renders wait", error=repr(error))
                is_away = True
                await pause()

    async def _ask(self, order: Order, notes: asyncio.Queue[Note | None]) -> None:
        """Put a render in the queue, unless it is there. The queue first: what is on the board is in the queue."""
        while True:
            try:
                known = (await self.board.look([order.key]))[order.key]
                if known is None:
                    await self.broker.send(order)
                    await self.board.wait(order.key)
                else:
                    notes.put_nowait(known)
            except AWAY:
                await pause()
            else:
                return

    async def _pass_on(self, keys: set[str]) -> None:
        if keys:
            for key, note in (await self.board.look(keys)).items():
                if key in self._awaited:
                    self._awaited[key].put_nowait(note)
                if note is not None and note.has_ended:
                    await self.board.let_go(key)

    async def _tell_unwanted(self) -> None:
        for key in list(self._unwanted):
            await self.board.stop(key)
            self._unwanted.discard(key)


def _outcome(note: Note) -> int:
    """The bytes of what was made. Raises `RenderFailed`, `RendererDied`."""
    match note.stage:
        case Stage.DONE:
            return note.size
        case Stage.DIED:
            raise RendererDied(note.sentence)
        case _:
            raise RenderFailed(note.sentence or note.stage, note.reason or None)


@asynccontextmanager
async def shared(url: str, place: str) -> AsyncIterator[SharedMakers]:
    """The renderers of a place, on every machine. Raises `QueueUnreachable`."""
    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(opened(url, place))
        try:
            broker = await stack.enter_async_context(brokered(url, place))
        except AWAY as error:
            raise QueueUnreachable(str(error)) from error
        makers = SharedMakers(broker, board)
        watching = asyncio.create_task(makers.watch(), name="shared renders")
        try:
            yield makers
        finally:
            watching.cancel()
            await asyncio.wait({watching})
