"""Where the videos are made: the vendor's cloud, a darkroom elsewhere, or a darkroom in this very process.

The one file of bots/ that knows darkroom; everything else meets it over HTTP, as it would the vendor's backend.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bots.host import Busy, claimed
from core.settings import Settings
from darkroom.render.check import missing_parts
from darkroom.server import serving
from darkroom.settings import WrongSetting
from darkroom.settings import load as load_darkroom
from darkroom.storage.database import NewerData


class WrongBackendSetting(Exception):
    """A setting of darkroom's cannot be used; the text names it and says how to mend it."""


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
async def _served(settings: Settings, host: str, port: int) -> AsyncIterator[str]:
    try:
        own = load_darkroom(data_dir=settings.storage.data_dir)
    except WrongSetting as error:
        raise WrongBackendSetting(str(error)) from error
    async with AsyncExitStack() as stack:
        try:
            stack.enter_context(claimed(own.folder))
            url = await stack.enter_async_context(serving(own, host=host, port=port))
        except Busy as error:
            raise WrongBackendSetting(
                f"DATA_DIR: another process serves darkroom from {own.folder}. "
                "Set DARKROOM_URL to where it is reached, or DATA_DIR to another folder."
            ) from error
        except (sqlite3.Error, NewerData) as error:
            raise WrongBackendSetting(
                f"DATA_DIR: the records in {own.folder} cannot be used ({error}). "
                "Bring them back from a backup, or set DATA_DIR to another folder."
            ) from error
        yield url


def missing_of_renderer() -> tuple[str, ...]:
    """Names of the parts that this machine's renderer lacks."""
    return missing_parts()
