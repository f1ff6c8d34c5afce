"""A clip made on this machine: a draft and the files of its pictures come in, a finished file in its place goes out.

Both the server's own renderer processes and those of `stillreel renderer` do it this way.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from darkroom.renderers import Job, Renderer, RendererDied
from darkroom.storage.files import Files, render_key, upload_key
from darkroom.timeline import from_draft

TRIES = 2
"""Renderer processes that may die of one clip."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """The clip of an export. `key` names its file."""

    key: str
    draft: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Studio:
    """Makes one clip at a time. `scratch` is a folder of this process's own for files on their way."""

    renderer: Renderer
    files: Files
    scratch: Path
    new_id: Callable[[], str]

    async def clip(self, order: Order, show: Callable[[float], None]) -> int:
        """Render the clip and keep its file. → its bytes. `show` hears how far it is, 0 to 1.

        Raises `RenderFailed`, `RendererDied`, `OSError`. Where it is cancelled, the process is killed with its job.
        """
        folder = self.scratch / f"{order.key}-{self.new_id()}"
        out = folder / "clip.mp4"
        await asyncio.to_thread(folder.mkdir)
        try:
            async with AsyncExitStack() as near:
                pictures = {
                    upload: await near.enter_async_context(self.files.near(upload_key(upload), folder))
                    for upload in {shot.file for shot in from_draft(order.draft).shots}
                }
                await self._render(Job(order.draft, pictures, out), order.key, show)
            size = (await asyncio.to_thread(out.stat)).st_size
            await self.files.keep(out, render_key(order.key))
            return size
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def close(self) -> None:
        await self.renderer.close()

    async def _render(self, job: Job, key: str, show: Callable[[float], None]) -> None:
        for left in reversed(range(TRIES)):
            try:
                await self.renderer.render(job, show)
            except RendererDied as death:
                log.warning("a renderer died", key=key, error=str(death), tries_left=left)
                if not left:
                    raise
            else:
                return
