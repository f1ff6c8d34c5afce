"""Everything in one process: the embedded server, the backend, the worker and, where asked for, the chats.

    async with hosted(settings, web=True) as hosting:
        print(hosting.web_url)
        await somebody_wants_it_to_end()

Only the host of a data directory does this (`bots.host`); what must be mended to start is raised as
`bots.starting.CannotStart`, one sentence that names the setting.
"""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace

from bots.backend import backend_running, is_own
from bots.host import Host, announce, claimed
from bots.parts import Parts, assembled
from bots.starting import discord, nameable, page, telegram, working
from core.settings import Settings
from core.store.claims import claim
from core.store.connection import connected
from core.store.server import embedded
from core.store.tokens import free_renewals


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
        with nameable(settings):
            stack.enter_context(claimed(data_dir))
            redis_url = settings.storage.redis_url
            if redis_url is None:
                redis_url = await stack.enter_async_context(embedded(data_dir))
            redis = await stack.enter_async_context(connected(redis_url))
            if settings.storage.redis_url is not None and is_own(settings):
                # Sessions and jobs are shared over that Redis: two darkrooms would each miss the other's.
                owner = f"{socket.gethostname()}:{data_dir.resolve()}"
                await stack.enter_async_context(claim(redis, "darkroom", owner, settings.work.lease_seconds))
            backend_url = await stack.enter_async_context(backend_running(settings))
            parts = await stack.enter_async_context(assembled(settings, redis, backend_url))
            if settings.storage.redis_url is None:
                # Whoever held a lease on the embedded server's chats was a process that this one replaces.
                await parts.mailbox.free_all()
                await free_renewals(redis)
            await stack.enter_async_context(working(parts.worker))
            host = Host(os.getpid(), redis_url, backend_url)
            if web:
                if settings.telegram.token is not None:
                    await stack.enter_async_context(telegram(settings, redis, parts))
                if settings.discord.token is not None:
                    await stack.enter_async_context(discord(settings, redis, parts))
                host = replace(host, web_url=await stack.enter_async_context(page(settings, parts)))
            announce(data_dir, host)
        yield Hosting(parts, host.web_url)


@asynccontextmanager
async def attached(settings: Settings, host: Host) -> AsyncIterator[Parts]:
    """The parts of this process over the host's store and backend. Nothing is started. Raises `CannotStart`."""
    async with AsyncExitStack() as stack:
        with nameable(settings):
            redis = await stack.enter_async_context(connected(host.redis_url))
            parts = await stack.enter_async_context(assembled(settings, redis, host.backend_url))
        yield parts
