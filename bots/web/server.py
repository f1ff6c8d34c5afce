"""The web chat as a running server, for as long as a `with` block lasts.

In come the conversation, the transcripts, the files and an address; out comes the URL under which the page is
served. It runs in the caller's event loop, leaves signals to the caller and takes its event streams with it.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn

from bots.web import language, page
from bots.web.events import HEARTBEAT
from bots.web.files import MOST_BYTES, Files
from bots.web.guard import Guard, names_served
from bots.web.requests import MOST_FILES, MOST_TEXT
from bots.web.routes import Talk, WebChat
from core.store.transcripts import Transcripts

_SWEEP_EVERY = 3600.0
_BACKLOG = 2048
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
    bound = await asyncio.to_thread(_bind, host, port)
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
        async with _running(guarded, bound, chat.closing), _swept(files, clock):
            yield url


class _Server(uvicorn.Server):
    """A server that leaves signals alone and says when it has begun."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()


@asynccontextmanager
async def _running(application: Guard, bound: socket.socket, closing: asyncio.Event) -> AsyncIterator[None]:
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        http="h11",
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]), name="web chat")
    try:
        begun = asyncio.create_task(server.begun.wait())
        try:
            await asyncio.wait({serving, begun}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            begun.cancel()
        if serving.done():
            await serving
        yield
    finally:
        closing.set()
        server.should_exit = True
        await serving


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


def _bind(host: str, port: int) -> socket.socket:
    """A listening socket: from here on nobody else gets the port. Raises `OSError`."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound


def _url(host: str, port: int) -> str:
    reached = _WILDCARDS.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"
