"""Everything in one process: the embedded server, the backend, the worker and, where asked for, the chats.

    async with hosted(settings, web=True) as hosting:
        print(hosting.web_url)
        await somebody_wants_it_to_end()

Only the host of a data directory does this (`bots.host`); what must be mended to start is raised as `CannotStart`, one
sentence that names the setting.
"""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bots.backend import WrongBackendSetting, backend_running
from bots.host import Busy, Host, NotWritable, announce, claimed
from bots.parts import Parts, assembled, hex_id
from bots.reach import Reach
from bots.telegram.listener import TokenRefused, WebhookPortTaken, listening
from bots.telegram.updates import PLATFORM as TELEGRAM
from bots.web.server import serve
from core.jobs.worker import Worker
from core.settings import Settings
from core.store.connection import Store, StoreUnreachable, connected
from core.store.notes import Notes
from core.store.server import ServerFailed, embedded
from core.store.tokens import free_renewals


class CannotStart(Exception):
    """Something outside of the program must be mended first; the text names the setting and says how."""


@dataclass(frozen=True, slots=True)
class Hosting:
    parts: Parts
    web_url: str | None


@asynccontextmanager
async def hosted(settings: Settings, *, web: bool) -> AsyncIterator[Hosting]:
    """Run everything until the block ends; then finish what takes seconds and leave no process behind.

    Raises `Busy` where another process is the host already, and `CannotStart`.
    """
    data_dir = settings.storage.data_dir
    async with AsyncExitStack() as stack:
        with _nameable(settings):
            stack.enter_context(claimed(data_dir))
            await asyncio.to_thread(_empty, data_dir / "spool")
            redis_url = settings.storage.redis_url
            if redis_url is None:
                redis_url = await stack.enter_async_context(embedded(data_dir))
            redis = await stack.enter_async_context(connected(redis_url))
            backend_url = await stack.enter_async_context(backend_running(settings))
            parts = await stack.enter_async_context(assembled(settings, redis, backend_url))
            if settings.storage.redis_url is None:
                # Whoever held a lease on the embedded server's chats was a process that this one replaces.
                await parts.mailbox.free_all()
                await free_renewals(redis)
            await stack.enter_async_context(_working(parts.worker))
            host = Host(os.getpid(), redis_url, backend_url)
            if web:
                if settings.telegram.token is not None:
                    await stack.enter_async_context(_telegram(settings, redis, parts))
                host = replace(host, web_url=await stack.enter_async_context(_page(settings, parts)))
            announce(data_dir, host)
        yield Hosting(parts, host.web_url)


@asynccontextmanager
async def attached(settings: Settings, host: Host) -> AsyncIterator[Parts]:
    """The parts of this process over the host's store and backend. Nothing is started. Raises `CannotStart`."""
    async with AsyncExitStack() as stack:
        with _nameable(settings):
            redis = await stack.enter_async_context(connected(host.redis_url))
            parts = await stack.enter_async_context(assembled(settings, redis, host.backend_url))
        yield parts


@contextmanager
def _nameable(settings: Settings) -> Iterator[None]:
    """What goes wrong at the start, as a sentence that names the setting."""
    data_dir = settings.storage.data_dir
    try:
        yield
    except Busy:
        raise
    except NotWritable as error:
        raise CannotStart(f"DATA_DIR: {error}. Set it to a folder that this user may write.") from error
    except StoreUnreachable as error:
        where = "REDIS_URL" if settings.storage.redis_url else "DATA_DIR"
        raise CannotStart(f"{where}: {error}. Correct it, or leave REDIS_URL empty for the embedded server.") from error
    except (ServerFailed, TimeoutError) as error:
        raise CannotStart(f"DATA_DIR: {str(error) or 'the embedded server does not answer'}.") from error
    except WrongBackendSetting as error:
        raise CannotStart(str(error)) from error
    except _PortTaken as error:
        raise CannotStart(
            f"WEB_PORT: {settings.web.host}:{settings.web.port} cannot be used ({error}). Set WEB_PORT to another one."
        ) from error
    except _NoSuchHost as error:
        raise CannotStart(
            f"WEB_HOST: {settings.web.host} is no address of this machine ({error}). Write it like 127.0.0.1."
        ) from error
    except TokenRefused as error:
        raise CannotStart(
            f"TELEGRAM_TOKEN: {settings.telegram.api_url} does not know it. Copy it from @BotFather again."
        ) from error
    except WebhookPortTaken as error:
        where = f"{settings.telegram.webhook_host}:{settings.telegram.webhook_port}"
        raise CannotStart(
            f"TELEGRAM_WEBHOOK_PORT: {where} cannot be used ({error}). Set TELEGRAM_WEBHOOK_PORT to another one."
        ) from error
    except OSError as error:
        raise CannotStart(f"DATA_DIR: {data_dir} cannot be used ({error.strerror or error}).") from error


class _PortTaken(Exception):
    pass


class _NoSuchHost(Exception):
    pass


@asynccontextmanager
async def _page(settings: Settings, parts: Parts) -> AsyncIterator[str]:
    serving = serve(
        parts.conversation,
        parts.transcripts,
        parts.files,
        host=settings.web.host,
        port=settings.web.port,
        allowed_hosts=[name for name in settings.web.allowed_hosts.split(",") if name.strip()],
        clock=time.time,
        new_id=hex_id,
    )
    try:
        url = await serving.__aenter__()
    except OSError as error:
        kind = _PortTaken if error.errno in (errno.EADDRINUSE, errno.EACCES) else _NoSuchHost
        raise kind(error.strerror or str(error)) from error
    try:
        yield url
    finally:
        await serving.__aexit__(None, None, None)


def _telegram(settings: Settings, redis: Store, parts: Parts) -> AbstractAsyncContextManager[None]:
    reach = Reach(parts.conversation, parts.outboxes[TELEGRAM], parts.mailbox, parts.people, Notes(redis, TELEGRAM))
    return listening(settings.telegram, redis, reach, alone=settings.storage.redis_url is None)


@asynccontextmanager
async def _working(worker: Worker) -> AsyncIterator[None]:
    """The worker at work; in the end it finishes what takes seconds and hands the rest over."""
    working = asyncio.create_task(worker.run(), name="worker")
    try:
        yield
    finally:
        worker.stop()
        await working


def _empty(folder: Path) -> None:
    """Files on their way that a killed program left."""
    shutil.rmtree(folder, ignore_errors=True)
