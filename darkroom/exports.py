"""Exports: recorded drafts become MP4 files, in the order they came, one a session at a time.

An export is recorded before anything else happens to it, so a restart takes up again, under the same id, whatever
had not ended. Progress is kept in memory alone. Who makes the files stands behind `Makers`: renderer processes of this
machine (`OwnMakers`), or those of any machine (`darkroom.queue`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from darkroom.clips import Order, Studio
from darkroom.renderers import RendererDied, RenderFailed
from darkroom.storage import exports as records
from darkroom.storage.database import Database, is_disk_full
from darkroom.storage.exports import Export, Status
from darkroom.storage.files import Files

_NO_ROOM = "There is no room left on the disk."

log = structlog.get_logger(__name__)

Begin = Callable[[], Awaitable[None]]
Show = Callable[[float], None]


class Makers(Protocol):
    """Makes clips, several at once. Closed by whoever opened it."""

    @property
    def places(self) -> int:
        """How many clips may be asked for at once."""

    async def make(self, order: Order, begin: Begin, show: Show) -> int:
        """Have a clip made, and its file kept. → its bytes.

        `begin` is awaited when somebody has taken it up, `show` hears how far it is, 0 to 1. Raises what `begin` does,
        `RenderFailed`, `RendererDied`, `OSError`. Whether the work goes on where this is cancelled is not said.
        """

    async def stop(self, key: str) -> None:
        """The clip of this key, asked for or not, is not wanted any more; its `make` was cancelled before."""


@dataclass(frozen=True, slots=True)
class OwnMakers:
    """The renderer processes of this very machine, as the children of this one."""

    studios: Sequence[Studio]
    _free: asyncio.Queue[Studio] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        for studio in self.studios:
            self._free.put_nowait(studio)

    @property
    def places(self) -> int:
        return len(self.studios)

    async def make(self, order: Order, begin: Begin, show: Show) -> int:
        """Where it is cancelled, the process is killed with its job."""
        studio = await self._free.get()
        try:
            await begin()
            return await studio.clip(order, show)
        finally:
            self._free.put_nowait(studio)

    async def stop(self, key: str) -> None:
        """It ended with its `make`."""

    async def close(self) -> None:
        await asyncio.gather(*(studio.close() for studio in self.studios), return_exceptions=True)


class _Stopped(Exception):
    """The export was stopped while it waited."""


@dataclass(slots=True)
class _Running:
    export: Export
    task: asyncio.Task[None]
    progress: float = 0.0


@dataclass(frozen=True, slots=True)
class Exports:
    """Opened by `running`. `clock` gives Unix seconds, `new_id` unguessable hexadecimal digits."""

    database: Database
    files: Files
    makers: Makers
    clock: Callable[[], float]
    _waiting: list[Export] = field(default_factory=list)
    _running: dict[str, _Running] = field(default_factory=dict)
    _unrecorded: dict[str, Export] = field(default_factory=dict)
    """Failed exports that a full disk would not record."""
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def submit(self, export: Export) -> Export:
        """Record an export and put it in the queue; an id that the account has used already changes nothing."""
        recorded, is_new = await self.database.do(records.add, export)
        if is_new:
            async with self._changed:
                self._waiting.append(recorded)
                self._changed.notify_all()
        return recorded

    async def status(self, account: str, export_id: str) -> tuple[Export, float]:
        """The export and how far it is, 0 to 1. Raises `UnknownExport`."""
        export = await self.database.do(records.find, account, export_id)
        export = self._unrecorded.get(export.key, export)
        if export.status is Status.COMPLETED:
            return export, 1.0
        running = self._running.get(export.key)
        return export, 0.0 if running is None or export.has_ended else running.progress

    async def stop(self, account: str, export_id: str) -> Export:
        """Stop an export, whether it waits or runs; one that has ended stays as it is. Raises `UnknownExport`."""
        export = await self.database.do(records.find, account, export_id)
        await self.database.do(records.fail, export.key, "The export was stopped.", "cancelled", self.clock())
        async with self._changed:
            self._waiting[:] = [each for each in self._waiting if each.key != export.key]
        running = self._running.get(export.key)
        if running is not None:
            running.task.cancel()
            await asyncio.wait({running.task})
        if not export.has_ended:
            # Also where it waits here: it may be under way since before a restart.
            await self.makers.stop(export.key)
        return await self.database.do(records.find, account, export_id)

    async def work(self) -> None:
        """Have one export made after the other, until cancelled."""
        while True:
            running = await self._next()
            try:
                await asyncio.wait({running.task})
            finally:
                # Where this worker is cancelled, the export's record stays as it is: the next start takes it up.
                running.task.cancel()
                await asyncio.gather(running.task, return_exceptions=True)
                async with self._changed:
                    del self._running[running.export.key]
                    self._changed.notify_all()

    async def _next(self) -> _Running:
        async with self._changed:
            while True:
                busy = {each.export.session for each in self._running.values()}
                export = next((each for each in self._waiting if each.session not in busy), None)
                if export is not None:
                    break
                await self._changed.wait()
            self._waiting.remove(export)
            running = _Running(export, asyncio.create_task(self._export(export), name=f"export {export.id}"))
            self._running[export.key] = running
            return running

    async def _export(self, export: Export) -> None:
        """Bring one export to its recorded end."""

        async def begin() -> None:
            if not await self.database.do(records.begin, export.key):
                raise _Stopped

        def show(fraction: float) -> None:
            if export.key in self._running:
                self._running[export.key].progress = fraction

        try:
            size = await self.makers.make(Order(export.key, export.draft), begin, show)
            await self.database.do(records.complete, export.key, size, self.clock())
        except _Stopped:
            return
        except Exception as error:  # noqa: BLE001  whatever it is, the export must end
            sentence, reason = _explained(error)
            log.warning("an export failed", export=export.id, reason=reason, error=repr(error))
            await self._record_failure(export, sentence, reason)

    async def _record_failure(self, export: Export, sentence: str, reason: str | None) -> None:
        try:
            await self.database.do(records.fail, export.key, sentence, reason, self.clock())
        except Exception:
            # A full disk takes no record; the next start renders anew.
            self._unrecorded[export.key] = replace(export, status=Status.FAILED, error=sentence, reason=reason)
            log.exception("a failed export could not be recorded", export=export.id)


def _explained(error: Exception) -> tuple[str, str | None]:
    """A sentence for people and a word for programs."""
    match error:
        case RenderFailed(reason="disk_full"):
            return _NO_ROOM, "disk_full"
        case RenderFailed(reason="empty" | "damaged" | "too_many_pixels" | "not_media"):
            return "A picture of the clip cannot be read any more.", error.reason
        case RenderFailed():
            return "The clip could not be rendered.", error.reason
        case RendererDied():
            return "The renderer ended in the middle of the clip, twice.", "renderer_died"
        case _ if is_disk_full(error):
            return _NO_ROOM, "disk_full"
        case _:
            return "The clip could not be rendered.", "internal"


@asynccontextmanager
async def running(
    database: Database, files: Files, makers: Makers, *, clock: Callable[[], float]
) -> AsyncIterator[Exports]:
    """The exports, as many at once as there are places, and what an earlier process left undone among them."""
    exports = Exports(database, files, makers, clock, await database.do(records.take_up_again))
    workers = [asyncio.create_task(exports.work(), name=f"exports {number}") for number in range(makers.places)]
    try:
        yield exports
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
