"""Exports: recorded drafts become MP4 files, in renderer processes, in the order they came, one a session at a time.

An export is recorded before anything else happens to it, so a restart takes up again, under the same id, whatever
had not ended. Progress is kept in memory alone.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import structlog

from darkroom.renderers import Job, Renderer, RendererDied, RenderFailed
from darkroom.storage import exports as records
from darkroom.storage.database import Database, is_disk_full
from darkroom.storage.exports import Export, Status
from darkroom.storage.files import Files
from darkroom.timeline import from_draft

TRIES = 2
"""Renderer processes that may die of one export."""
_NO_ROOM = "There is no room left on the disk."

log = structlog.get_logger(__name__)


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
    clock: Callable[[], float]
    new_id: Callable[[], str]
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
        return await self.database.do(records.find, account, export_id)

    async def work(self, renderer: Renderer) -> None:
        """Render one export after the other, until cancelled."""
        try:
            while True:
                running = await self._next(renderer)
                try:
                    await asyncio.wait({running.task})
                finally:
                    # Where this worker is cancelled, the export's record stays as it is: the next start takes it up.
                    running.task.cancel()
                    await asyncio.gather(running.task, return_exceptions=True)
                    async with self._changed:
                        del self._running[running.export.key]
                        self._changed.notify_all()
        finally:
            await renderer.close()

    async def _next(self, renderer: Renderer) -> _Running:
        async with self._changed:
            while True:
                busy = {each.export.session for each in self._running.values()}
                export = next((each for each in self._waiting if each.session not in busy), None)
                if export is not None:
                    break
                await self._changed.wait()
            self._waiting.remove(export)
            running = _Running(export, asyncio.create_task(self._export(renderer, export), name=f"export {export.id}"))
            self._running[export.key] = running
            return running

    async def _export(self, renderer: Renderer, export: Export) -> None:
        """Bring one export to its recorded end."""
        folder = self.files.partial(f"{export.key}-{self.new_id()}")
        out = folder / "clip.mp4"
        try:
            if not await self.database.do(records.begin, export.key):
                return
            await asyncio.to_thread(folder.mkdir)
            await self._render(renderer, export, out)
            size = await asyncio.to_thread(_put, out, self.files.render(export.key))
            await self.database.do(records.complete, export.key, size, self.clock())
        except Exception as error:  # noqa: BLE001  whatever it is, the export must end
            sentence, reason = _explained(error)
            log.warning("an export failed", export=export.id, reason=reason, error=repr(error))
            await self._record_failure(export, sentence, reason)
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _render(self, renderer: Renderer, export: Export, out: Path) -> None:
        files = {shot.file: self.files.upload(shot.file) for shot in from_draft(export.draft).shots}

        def show(fraction: float) -> None:
            if export.key in self._running:
                self._running[export.key].progress = fraction

        for left in reversed(range(TRIES)):
            try:
                await renderer.render(Job(export.draft, files, out), show)
            except RendererDied as death:
                log.warning("a renderer died", export=export.id, error=str(death), tries_left=left)
                if not left:
                    raise
            else:
                return

    async def _record_failure(self, export: Export, sentence: str, reason: str | None) -> None:
        try:
            await self.database.do(records.fail, export.key, sentence, reason, self.clock())
        except Exception:
            # A full disk takes no record; the next start renders anew.
            self._unrecorded[export.key] = replace(export, status=Status.FAILED, error=sentence, reason=reason)
            log.exception("a failed export could not be recorded", export=export.id)


def _put(out: Path, path: Path) -> int:
    """The finished file under its own name. → its bytes."""
    size = out.stat().st_size
    out.replace(path)
    return size


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
    database: Database,
    files: Files,
    *,
    renderers: int,
    stall: float,
    clock: Callable[[], float],
    new_id: Callable[[], str],
) -> AsyncIterator[Exports]:
    """The exports, with so many renderers at work and what an earlier process left undone in the queue."""
    exports = Exports(database, files, clock, new_id, await database.do(records.take_up_again))
    workers = [
        asyncio.create_task(exports.work(Renderer(stall)), name=f"renderer {number}") for number in range(renderers)
    ]
    try:
        yield exports
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
