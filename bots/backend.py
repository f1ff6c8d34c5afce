"""Where the videos are made: the vendor's cloud, a darkroom elsewhere, or a darkroom in this very process.

The one file of bots/ that knows darkroom; everything else meets it over HTTP, as it would the vendor's backend.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

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
        try:
            own = load_darkroom(data_dir=settings.storage.data_dir)
        except WrongSetting as error:
            raise WrongBackendSetting(str(error)) from error
        async with AsyncExitStack() as stack:
            try:
                url = await stack.enter_async_context(serving(own, host="127.0.0.1", port=0))
            except (sqlite3.Error, NewerData) as error:
                raise WrongBackendSetting(
                    f"DATA_DIR: the records in {own.folder} cannot be used ({error}). "
                    "Bring them back from a backup, or set DATA_DIR to another folder."
                ) from error
            yield url


def missing_of_renderer() -> tuple[str, ...]:
    """Names of the parts that this machine's renderer lacks."""
    return missing_parts()
