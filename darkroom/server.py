"""darkroom as a running server, for as long as a `with` block lasts: settings and an address in, its URL out.

It runs in the caller's event loop, leaves signals to the caller, and leaves nothing behind: no task, no renderer
process, no partial file. One server at a time works on a data folder.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog
import uvicorn
from starlette.applications import Starlette

from darkroom import accounts, exports, turns
from darkroom.agent import answer
from darkroom.api.messages import MessageCalls
from darkroom.api.renders import RenderCalls
from darkroom.api.routes import Calls
from darkroom.api.uploads import UploadCalls
from darkroom.reception import Reception
from darkroom.settings import DarkroomSettings
from darkroom.storage import database as records
from darkroom.storage import exports as export_records
from darkroom.storage import sessions
from darkroom.storage.database import Database
from darkroom.storage.files import Files
from darkroom.turns import Agent

_BACKLOG = 512
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}
_SETTLED = 3600.0
"""Seconds: a file so old that no record names belongs to nothing that is still going on."""

log = structlog.get_logger(__name__)


class FolderInUse(OSError):
    """Another server works on the data folder."""


def _new_id() -> str:
    return secrets.token_hex(16)


@asynccontextmanager
async def serving(
    settings: DarkroomSettings,
    *,
    host: str,
    port: int,
    clock: Callable[[], float] = time.time,
    new_id: Callable[[], str] = _new_id,
    agent: Agent = answer,
) -> AsyncIterator[str]:
    """Serve and yield the base URL. Port 0 takes any free one.

    `clock` gives Unix seconds, `new_id` 32 unguessable hexadecimal digits. Raises `OSError`, before anything else
    happens, where the address cannot be had; `OSError` or `sqlite3.Error` where the data folder cannot be used.
    """
    bound = await asyncio.to_thread(_bind, host, port)
    files = Files(settings.folder)
    with bound, _claimed(settings):
        await asyncio.to_thread(files.prepare)
        async with records.opened(settings.folder / "records.sqlite") as database:
            await _sweep(database, files, settings, clock(), orphans_before=float("inf"))
            async with (
                exports.running(
                    database,
                    files,
                    renderers=settings.renderers,
                    stall=settings.render_stall,
                    clock=clock,
                    new_id=new_id,
                ) as exporting,
                turns.running(database, settings.costs, agent, clock=clock, new_id=new_id) as turning,
                _swept(database, files, settings, clock),
            ):
                calls = Calls(
                    database=database,
                    costs=settings.costs,
                    token_life=settings.token_life,
                    clock=clock,
                    new_id=new_id,
                    uploads=UploadCalls(
                        Reception(database, files, clock, new_id, settings.most_bytes),
                        settings.allow_private_urls,
                        settings.link_timeout,
                    ),
                    messages=MessageCalls(turning, settings.heartbeat),
                    renders=RenderCalls(exporting, clock, new_id),
                )
                async with _listening(calls.application(), bound):
                    yield _url(host, bound.getsockname()[1])


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
async def _listening(application: Starlette, bound: socket.socket) -> AsyncIterator[None]:
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
    serving = asyncio.create_task(server.serve(sockets=[bound]), name="darkroom")
    begun = asyncio.create_task(server.begun.wait())
    try:
        await asyncio.wait({serving, begun}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
        yield
    finally:
        begun.cancel()
        server.should_exit = True
        await serving


@contextmanager
def _claimed(settings: DarkroomSettings) -> Iterator[None]:
    """Hold the data folder; the system lets go of it however this process ends. Raises `FolderInUse`, `OSError`."""
    settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(settings.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise FolderInUse(error.errno, "another server works on the data folder") from error
        yield
    finally:
        os.close(descriptor)


@asynccontextmanager
async def _swept(
    database: Database, files: Files, settings: DarkroomSettings, clock: Callable[[], float]
) -> AsyncIterator[None]:
    async def sweeping() -> None:
        while True:
            await asyncio.sleep(settings.sweep_every)
            now = clock()
            try:
                await _sweep(database, files, settings, now, orphans_before=now - _SETTLED)
            except Exception as error:  # noqa: BLE001  the next round may succeed
                log.warning("old files could not be removed", error=repr(error))

    task = asyncio.create_task(sweeping(), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _sweep(
    database: Database, files: Files, settings: DarkroomSettings, now: float, *, orphans_before: float
) -> None:
    """Remove the records of what is over, then the files that no record names."""
    await database.do(accounts.remove_expired_tokens, now)
    await database.do(export_records.remove_ended, now - settings.keep_renders)
    await database.do(sessions.remove_unused, now - settings.keep_sessions)
    uploads = await database.do(sessions.upload_ids)
    renders = await database.do(export_records.keys)
    await asyncio.to_thread(files.keep_only, uploads, renders, orphans_before)


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
