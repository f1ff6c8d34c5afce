"""How each part of the program is started, and what must be mended where one cannot be.

Shared by the program that is one process (`bots.hosting`) and by those that are several (`bots.separate`).
"""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import structlog

from bots.backend import WrongBackendSetting
from bots.host import Busy, NotWritable
from bots.parts import Parts, hex_id
from bots.reach import Reach
from bots.web.server import serve
from core.jobs.worker import Worker
from core.settings import Settings, WrongSetting, names_of
from core.store.claims import Claimed
from core.store.connection import Store, StoreUnreachable
from core.store.notes import Notes
from core.store.server import ServerFailed

log = structlog.get_logger(__name__)


class CannotStart(Exception):
    """Something outside of the program must be mended first; the text names the setting and says how."""


@contextmanager
def nameable(settings: Settings) -> Iterator[None]:
    """What goes wrong at the start, as a sentence that names the setting."""
    data_dir = settings.storage.data_dir
    try:
        yield
    except (Busy, CannotStart):
        raise
    except NotWritable as error:
        raise CannotStart(f"DATA_DIR: {error}. Set it to a folder that this user may write.") from error
    except StoreUnreachable as error:
        where = "REDIS_URL" if settings.storage.redis_url else "DATA_DIR"
        raise CannotStart(f"{where}: {error}. Correct it, or leave REDIS_URL empty for the embedded server.") from error
    except Claimed as error:
        raise CannotStart(
            "REDIS_URL: another Stillreel with a darkroom of its own uses this Redis. "
            "Set DARKROOM_URL to where that one is reached, or REDIS_URL to another Redis."
        ) from error
    except (ServerFailed, TimeoutError) as error:
        raise CannotStart(f"DATA_DIR: {str(error) or 'the embedded server does not answer'}.") from error
    except (WrongBackendSetting, WrongSetting) as error:
        raise CannotStart(str(error)) from error
    except _PortTaken as error:
        raise CannotStart(
            f"WEB_PORT: {settings.web.host}:{settings.web.port} cannot be used ({error}). Set WEB_PORT to another one."
        ) from error
    except _NoSuchHost as error:
        raise CannotStart(
            f"WEB_HOST: {settings.web.host} is no address of this machine ({error}). Write it like 127.0.0.1."
        ) from error
    except OSError as error:
        raise CannotStart(f"DATA_DIR: {data_dir} cannot be used ({error.strerror or error}).") from error


class _PortTaken(Exception):
    pass


class _NoSuchHost(Exception):
    pass


@asynccontextmanager
async def page(settings: Settings, parts: Parts) -> AsyncIterator[str]:
    """The chat page, served. → its URL."""
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


@asynccontextmanager
async def telegram(settings: Settings, redis: Store, parts: Parts) -> AsyncIterator[None]:
    """The bot on Telegram, listening. Raises `CannotStart`."""
    # Here, as with Discord: who does not use a platform does not wait for its library.
    from bots.telegram.listener import TokenRefused, WebhookPortTaken, listening

    own = settings.telegram
    named = [name.partition(":") for name in names_of(settings.limits.admins)]
    try:
        async with listening(
            own,
            redis,
            _reach(redis, parts, "telegram"),
            alone=settings.storage.redis_url is None,
            lease_seconds=settings.work.lease_seconds,
            operators=[name for platform, _, name in named if platform == "telegram" and name.isdecimal()],
        ):
            yield
    except TokenRefused as error:
        raise CannotStart(f"TELEGRAM_TOKEN: {own.api_url} does not know it. Copy it from @BotFather again.") from error
    except WebhookPortTaken as error:
        where = f"{own.webhook_host}:{own.webhook_port}"
        raise CannotStart(
            f"TELEGRAM_WEBHOOK_PORT: {where} cannot be used ({error}). Set TELEGRAM_WEBHOOK_PORT to another one."
        ) from error


@asynccontextmanager
async def discord(settings: Settings, redis: Store, parts: Parts) -> AsyncIterator[None]:
    """The bot on Discord, listening. Raises `CannotStart`."""
    from bots.discord.listener import TokenRefused, listening

    try:
        async with listening(
            settings.discord,
            redis,
            _reach(redis, parts, "discord"),
            alone=settings.storage.redis_url is None,
            lease_seconds=settings.work.lease_seconds,
        ):
            yield
    except TokenRefused as error:
        raise CannotStart(
            f"DISCORD_TOKEN: {settings.discord.api_url} does not know it. Copy it from the developer portal again."
        ) from error


def _reach(redis: Store, parts: Parts, platform: str) -> Reach:
    return Reach(parts.conversation, parts.outboxes[platform], parts.mailbox, parts.people, Notes(redis, platform))


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    """The worker at work; in the end it finishes what takes seconds and hands the rest over."""
    working = asyncio.create_task(worker.run(), name="worker")
    working.add_done_callback(_tell)
    try:
        yield
    finally:
        worker.stop()
        await working


def _tell(working: asyncio.Task[None]) -> None:
    """A worker never ends by itself: if it does, the log says so at once."""
    if not working.cancelled() and working.exception() is not None:
        log.error("worker_ended", exc_info=working.exception())
