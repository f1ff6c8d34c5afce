"""A renderer: a process of its own, on any machine, that takes darkroom's renders from the Redis they share.

    async with rendering(load(data_dir=…), scratch, grace=5) as ready:
        print(ready)
        await somebody_wants_it_to_end()

It reaches the pictures and keeps the videos where darkroom does (`FILES_URL`), and takes no render of a darkroom whose
files it does not reach. Signals are left to the caller.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from darkroom.clips import Studio
from darkroom.queue.desk import at_desk
from darkroom.renderers import Renderer
from darkroom.settings import DarkroomSettings, WrongSetting
from darkroom.storage.place import files_at, prepared


def _new_id() -> str:
    return secrets.token_hex(16)


@asynccontextmanager
async def rendering(
    settings: DarkroomSettings, scratch: Path, *, grace: float, new_id: Callable[[], str] = _new_id
) -> AsyncIterator[str]:
    """Take renders until the block ends. → one line that says what runs.

    `scratch`: a folder of this process's own for files on their way. `grace`: seconds that running renders get to end
    when the block does; the rest is taken up by others at once. Raises `WrongSetting`, `FilesUnreachable`,
    `QueueUnreachable`, and `OSError` where a folder cannot be used.
    """
    if settings.redis_url is None:
        raise WrongSetting("REDIS_URL", "it is not set. Renderers take their work from the Redis of darkroom. Set it.")
    if settings.renderers == 0:
        raise WrongSetting("DARKROOM_RENDERERS", "0 leaves nothing for this process to do. Set it to 1 or more.")
    files = files_at(settings.files_url, settings.folder, new_id)
    place = await prepared(files, settings.files_url)
    studios = [Studio(Renderer(settings.render_stall), files, scratch, new_id) for _ in range(settings.renderers)]
    lease = settings.render_lease
    try:
        async with at_desk(studios, settings.redis_url, place, renderer=new_id(), lease=lease, grace=grace):
            yield f"The renderer is ready: {settings.renderers} at once at the most"
    finally:
        await files.close()
