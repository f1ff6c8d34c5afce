"""A renderer's side of shared renders: renders are taken from the queue, as many as there are studios, one in each.

A render that is stopped ends within the time between two reports. What cannot be done for want of Redis or of the
place of the files is left to whoever takes it next.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Final

import structlog
from taskiq import Context, TaskiqDepends
from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from darkroom.clips import Order, Studio
from darkroom.queue.board import AWAY, Board, Note, QueueUnreachable, Stage, opened, pause
from darkroom.queue.broker import TASK, RenderBroker, brokered
from darkroom.renderers import RendererDied, RenderFailed
from darkroom.storage.database import is_disk_full

_LEAVING = 1.0
"""Seconds that the renders which were cancelled at the end get to be over."""
REPORT_EVERY: Final = 0.5
"""Seconds between two reports of a render, and so until it notices that it was stopped."""
MOST_TRIES: Final = 5
"""Renderers that may begin one render: more of them would die of it, or never reach its files."""

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Desk:
    """Opened by `at_desk`."""

    broker: RenderBroker
    board: Board
    studios: Sequence[Studio]
    _free: asyncio.Queue[Studio] = field(default_factory=asyncio.Queue)
    _clips: set[asyncio.Task[int]] = field(default_factory=set)
    _leaving: bool = False

    async def take(self, finish: asyncio.Event) -> None:
        """Take renders until `finish` is set, and see those that were taken to their end."""

        async def render(key: str, draft: str, context: Annotated[Context, TaskiqDepends()]) -> None:
            try:
                order = Order(key, json.loads(draft))
            except ValueError:
                log.warning("what is no render was taken out of the queue", key=key)
                await context.ack()
                return
            if await self._rendered(order):
                await context.ack()
            elif not self._leaving:
                self.broker.drop(key)

        for studio in self.studios:
            self._free.put_nowait(studio)
        self.broker.register_task(render, TASK)
        while not finish.is_set():
            receiver = Receiver(
                self.broker,
                max_async_tasks=len(self.studios),
                run_startup=False,
                ack_type=AcknowledgeType.MANUAL,
            )
            try:
                await receiver.listen(finish)
            except Exception as error:  # noqa: BLE001  a renderer that takes nothing any more helps nobody
                log.warning("the queue of renders is read anew", error=repr(error))
                await pause()

    async def leave(self, grace: float) -> None:
        """Give the running renders so many seconds to end; the rest is for the others to take."""
        if self._clips and grace > 0:
            await asyncio.wait(self._clips, timeout=grace)
        self._leaving = True
        for clip in self._clips:
            clip.cancel()

    async def _rendered(self, order: Order) -> bool:
        """Bring a render to its noted end, or leave it. → whether it is over."""
        studio = await self._free.get()
        try:
            if self._leaving:
                return False
            begun = await self.board.begin(order.key)
            if begun.has_ended:
                return True
            if begun.tries > MOST_TRIES:
                return await self._noted(order.key, Note(Stage.DIED, sentence=f"{MOST_TRIES} renderers began it"))
            return await self._made(studio, order, begun.tries)
        except AWAY as error:
            log.warning("Redis is away; a render is left for later", key=order.key, error=str(error))
            return False
        finally:
            self._free.put_nowait(studio)

    async def _made(self, studio: Studio, order: Order, tries: int) -> bool:
        shown = 0.0

        def show(fraction: float) -> None:
            nonlocal shown
            shown = fraction

        clip = asyncio.create_task(studio.clip(order, show), name=f"render {order.key}")
        self._clips.add(clip)
        try:
            while not clip.done():
                await asyncio.wait({clip}, timeout=REPORT_EVERY)
                if not clip.done() and not await self._is_wanted(order.key, shown):
                    clip.cancel()
                    await asyncio.wait({clip})
                    return True
        finally:
            clip.cancel()
            self._clips.discard(clip)
        note = _note(clip, tries)
        return note is not None and await self._noted(order.key, note)

    async def _is_wanted(self, key: str, shown: float) -> bool:
        try:
            return await self.board.show(key, shown)
        except AWAY:
            return True

    async def _noted(self, key: str, note: Note) -> bool:
        """Note an end, as soon as Redis is there."""
        log.info("a render has ended", key=key, stage=note.stage, error=note.sentence)
        while True:
            try:
                await self.board.end(key, note)
            except AWAY:
                if self._leaving:
                    return False
                await pause()
            else:
                return True


def _note(clip: asyncio.Task[int], tries: int) -> Note | None:
    """What to note of a render that is over; None where somebody shall try it again."""
    if clip.cancelled():
        return None
    error = clip.exception()
    match error:
        case None:
            return Note(Stage.DONE, 1.0, clip.result())
        case RenderFailed():
            return Note(Stage.FAILED, sentence=str(error), reason=error.reason or "")
        case RendererDied():
            return Note(Stage.DIED, sentence=str(error))
        case _ if is_disk_full(error):
            return Note(Stage.FAILED, sentence=str(error), reason="disk_full")
        case OSError() if not isinstance(error, FileNotFoundError) and tries < MOST_TRIES:
            log.warning("a render could not be done here", error=repr(error), tries=tries)
            return None
        case _:
            return Note(Stage.FAILED, sentence=repr(error), reason="internal")


@asynccontextmanager
async def at_desk(
    studios: Sequence[Studio], url: str, place: str, *, renderer: str, lease: float, grace: float
) -> AsyncIterator[None]:
    """Take renders until the block ends. `grace`: seconds that running ones get to end then.

    Raises `QueueUnreachable`.
    """
    async with AsyncExitStack() as stack:
        board = await stack.enter_async_context(opened(url, place))
        try:
            broker = await stack.enter_async_context(brokered(url, place, renderer=renderer, lease=lease))
            await broker.forget_the_gone()
        except AWAY as error:
            raise QueueUnreachable(str(error)) from error
        desk = Desk(broker, board, studios)
        finish = asyncio.Event()
        taking = asyncio.create_task(desk.take(finish), name="renders")
        renewing = asyncio.create_task(broker.renew(), name="hold on renders")
        try:
            yield
        finally:
            finish.set()
            await desk.leave(grace)
            await asyncio.wait({taking}, timeout=_LEAVING)
            for task in (taking, renewing):
                task.cancel()
            await asyncio.gather(taking, renewing, return_exceptions=True)
            await broker.hand_over()
            await asyncio.gather(*(studio.close() for studio in studios), return_exceptions=True)
