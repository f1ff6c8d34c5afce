"""darkroom as a running server, for as long as a `with` block lasts: settings and an address in, its URL out.

It runs in the caller's event loop, leaves signals to the caller, and leaves nothing behind: no task, no renderer
process, no partial file. One server at a time works on a data folder.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import secrets
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import structlog
import uvicorn
from starlette.applications import Starlette

from darkroom import accounts, exports, turns
from darkroom.agent import answer
from darkroom.api.messages import MessageCalls
from darkroom.api.renders import RenderCalls
from darkroom.api.routes import Calls
from darkroom.api.uploads import UploadCalls
from darkroom.clips import Studio
from darkroom.exports import Makers, OwnMakers
from darkroom.reception import Reception
from darkroom.renderers import Renderer
from darkroom.settings import DarkroomSettings
from darkroom.storage import database as records
from darkroom.storage import exports as export_records
from darkroom.storage import sessions
from darkroom.storage.database import Database
from darkroom.storage.files import Files
from darkroom.storage.place import files_at, owned, prepared
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
    happens, where the address cannot be had; `OSError` or `sqlite3.Error` where the data folder cannot be used;
    `FilesUnreachable` and, from Redis, `QueueUnreachable` where what other machines share cannot be reached.
    """
    bound = await asyncio.to_thread(_bind, host, port)
    with bound, _claimed(settings):
        scratch = await asyncio.to_thread(_emptied, settings.folder / "partial")
        async with (
            _kept(settings, new_id) as (files, name),
            records.opened(settings.folder / "records.sqlite") as database,
        ):
            await _sweep(database, files, settings, clock())
            async with (
                _makers(settings, files, scratch, name, new_id) as makers,
                exports.running(database, files, makers, clock=clock) as exporting,
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
                        Reception(database, files, scratch, clock, new_id, settings.most_bytes),
                        settings.allow_private_urls,
                        settings.link_timeout,
                    ),
                    messages=MessageCalls(turning, settings.heartbeat),
                    renders=RenderCalls(exporting, clock, new_id),
                )
                async with _listening(calls.application(), bound):
                    yield _url(host, bound.getsockname()[1])


@asynccontextmanager
async def _kept(settings: DarkroomSettings, new_id: Callable[[], str]) -> AsyncIterator[tuple[Files, str]]:
    """The place of the files, and its name."""
    files = files_at(settings.files_url, settings.folder, new_id)
    try:
        name = await prepared(files, settings.files_url)
        if settings.files_url:
            await owned(files, settings.folder, new_id)
        yield files, name
    finally:
        await files.close()


@asynccontextmanager
async def _makers(
    settings: DarkroomSettings, files: Files, scratch: Path, name: str, new_id: Callable[[], str]
) -> AsyncIterator[Makers]:
    """This machine's renderer processes; with a shared Redis, those of every machine that reaches the same files."""
    studios = [Studio(Renderer(settings.render_stall), files, scratch, new_id) for _ in range(settings.renderers)]
    if settings.redis_url is None:
        own = OwnMakers(studios)
        try:
            yield own
        finally:
            await own.close()
        return
    # What these import takes longer than all the rest.
    from darkroom.queue.desk import at_desk
    from darkroom.queue.shared import shared

    async with AsyncExitStack() as stack:
        if studios:
            await stack.enter_async_context(
                at_desk(studios, settings.redis_url, name, renderer=new_id(), lease=settings.render_lease, grace=0)
            )
        yield await stack.enter_async_context(shared(settings.redis_url, name))


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
            try:
                await _sweep(database, files, settings, clock())
            except Exception as error:  # noqa: BLE001  the next round may succeed
                log.warning("old files could not be removed", error=repr(error))

    task = asyncio.create_task(sweeping(), name="sweep")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def _sweep(database: Database, files: Files, settings: DarkroomSettings, now: float) -> None:
    """Remove the records of what is over, then the files that no record names."""
    await database.do(accounts.remove_expired_tokens, now)
    await database.do(export_records.remove_ended, now - settings.keep_renders)
    await database.do(sessions.remove_unused, now - settings.keep_sessions)
    uploads = await database.do(sessions.upload_ids)
    renders = await database.do(export_records.keys)
    await files.keep_only(uploads, renders, now - _SETTLED)


def _emptied(folder: Path) -> Path:
    """The folder for files on their way, without what an earlier process left in it. Raises `OSError`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


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
