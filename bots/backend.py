"""Where the videos are made: the vendor's cloud, a darkroom elsewhere, or a darkroom in this very process.

The one file of bots/ that knows darkroom; everything else meets it over HTTP, as it would the vendor's backend.
"""

from __future__ import annotations

import errno
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from bots.host import Busy, claimed
from core.settings import Settings
from darkroom.queue.board import QueueUnreachable
from darkroom.render.check import missing_parts
from darkroom.server import serving
from darkroom.settings import DarkroomSettings, WrongSetting
from darkroom.settings import load as load_darkroom
from darkroom.storage.database import NewerData
from darkroom.storage.place import FilesUnreachable, files_at, prepared


class WrongBackendSetting(Exception):
    """A setting of darkroom's cannot be used; the text names it and says how to mend it."""


def is_own(settings: Settings) -> bool:
    """Whether this process serves the backend itself."""
    return settings.backend_name == "darkroom" and settings.backend.darkroom_url is None


@asynccontextmanager
async def backend_running(settings: Settings) -> AsyncIterator[str]:
    """The backend's URL, for as long as the block lasts.

    Raises `WrongBackendSetting`, and `OSError` where darkroom cannot be started.
    """
    if settings.backend_name == "nemo":
        yield settings.nemo.api_url
    elif settings.backend.darkroom_url is not None:
        yield settings.backend.darkroom_url
    else:
        async with _served(settings, "127.0.0.1", 0) as url:
            yield url


@asynccontextmanager
async def backend_served(settings: Settings) -> AsyncIterator[str]:
    """A darkroom for other processes, at the address that the settings name. → its URL.

    Raises `WrongBackendSetting`, and `OSError` where darkroom cannot be started.
    """
    host, port = settings.backend.darkroom_host, settings.backend.darkroom_port
    try:
        async with _served(settings, host, port) as url:
            yield url
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
            raise
        raise WrongBackendSetting(
            f"DARKROOM_PORT: {host}:{port} cannot be used ({error.strerror}). Set DARKROOM_PORT to another one."
        ) from error


@asynccontextmanager
async def renderer_running(settings: Settings, scratch: Path) -> AsyncIterator[str]:
    """A renderer for a darkroom elsewhere, for as long as the block lasts. → one line that says what runs.

    `scratch`: a folder of this process's own for files on their way. Raises `WrongBackendSetting`, and `OSError` where
    a folder cannot be used.
    """
    from darkroom.renderer import rendering  # what it imports takes long, and no other process needs it

    own = _loaded(settings)
    async with AsyncExitStack() as stack:
        with _nameable(own):
            ready = await stack.enter_async_context(rendering(own, scratch, grace=settings.work.finishing_seconds))
        yield ready


@asynccontextmanager
async def _served(settings: Settings, host: str, port: int) -> AsyncIterator[str]:
    own = _loaded(settings)
    async with AsyncExitStack() as stack:
        with _nameable(own):
            stack.enter_context(claimed(own.folder))
            url = await stack.enter_async_context(serving(own, host=host, port=port))
        yield url


def _loaded(settings: Settings) -> DarkroomSettings:
    with _nameable(None):
        return load_darkroom(data_dir=settings.storage.data_dir, redis_url=settings.storage.redis_url)


@contextmanager
def _nameable(own: DarkroomSettings | None) -> Iterator[None]:
    """What goes wrong at the start, as a sentence that names the setting."""
    folder = None if own is None else own.folder
    try:
        yield
    except WrongSetting as error:
        raise WrongBackendSetting(str(error)) from error
    except FilesUnreachable as error:
        raise WrongBackendSetting(
            f"FILES_URL: the files cannot be kept there ({error}). Correct it, with the AWS_* settings that it needs, "
            "or leave it empty for a folder in DATA_DIR."
        ) from error
    except QueueUnreachable as error:
        raise WrongBackendSetting(f"REDIS_URL: {error}. Correct it, or start that Redis.") from error
    except Busy as error:
        raise WrongBackendSetting(
            f"DATA_DIR: another process serves darkroom from {folder}. "
            "Set DARKROOM_URL to where it is reached, or DATA_DIR to another folder."
        ) from error
    except (sqlite3.Error, NewerData) as error:
        raise WrongBackendSetting(
            f"DATA_DIR: the records in {folder} cannot be used ({error}). "
            "Bring them back from a backup, or set DATA_DIR to another folder."
        ) from error


async def files_place(settings: Settings) -> str:
    """Where darkroom keeps its files, proven to be there. Raises `WrongBackendSetting`, `OSError`."""
    own = _loaded(settings)
    with _nameable(own):
        await prepared(files_at(own.files_url, own.folder, lambda: uuid.uuid4().hex), own.files_url)
    return (own.files_url or str(own.folder)).partition("?")[0]


def missing_of_renderer() -> tuple[str, ...]:
    """Names of the parts that this machine's renderer lacks."""
    return missing_parts()
