"""The web chat as a running server, for as long as a `with` block lasts.

In come the conversation, the transcripts, the files and an address; out comes the URL under which the page is
served. It runs in the caller's event loop, leaves signals to the caller and takes its event streams with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager

import structlog

from bots.serving import bind, served
from bots.web import language, page
from bots.web.events import HEARTBEAT
from bots.web.files import MOST_BYTES, Files
from bots.web.guard import Guard, names_served
from bots.web.requests import MOST_FILES, MOST_TEXT
from bots.web.routes import WebChat
from core.chat import Talk
from core.store.transcripts import Transcripts

_SWEEP_EVERY = 3600.0
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}

log = structlog.get_logger(__name__)


@asynccontextmanager
async def serve(
    talk: Talk,
    transcripts: Transcripts,
    files: Files,
    *,
    host: str,
    port: int,
    clock: Callable[[], float],
    new_id: Callable[[], str],
    allowed_hosts: Collection[str] = (),
    most_bytes: int = MOST_BYTES,
    heartbeat: float = HEARTBEAT,
) -> AsyncIterator[str]:
    """Serve the web chat and yield its URL. Port 0 takes any free one.

    `clock` gives seconds since the epoch, `new_id` 32 unguessable hexadecimal digits, `most_bytes` bounds an upload,
    `heartbeat` is in seconds. Raises `OSError`, before anything else happens, where the address cannot be had.
    """
    bound = await asyncio.to_thread(bind, host, port)
    with bound:
        catalogues = language.load()
        limits = {"text": MOST_TEXT, "files": MOST_FILES, "bytes": most_bytes}
        chat = WebChat(
            talk=talk,
            transcripts=transcripts,
            files=files,
            site=page.build(catalogues, limits),
            catalogues=catalogues,
            clock=clock,
            new_id=new_id,
            most_bytes=most_bytes,
            heartbeat=heartbeat,
        )
        guarded = Guard(chat.application(), names_served(host, allowed_hosts))
        url = _url(host, bound.getsockname()[1])
        async with served(guarded, bound, "web chat", ending=chat.closing.set), _swept(files, clock):
            yield url


@asynccontextmanager
async def _swept(files: Files, clock: Callable[[], float]) -> AsyncIterator[None]:
    async def sweep() -> None:
        while True:
            try:
                await files.sweep(clock())
            except OSError as error:
                log.warning("old files of the web chat could not be removed", error=str(error))
            await asyncio.sleep(_SWEEP_EVERY)

    sweeping = asyncio.create_task(sweep(), name="sweep of the web chat's files")
    try:
        yield
    finally:
        sweeping.cancel()
        await asyncio.wait({sweeping})


def _url(host: str, port: int) -> str:
    reached = _WILDCARDS.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
