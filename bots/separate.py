"""One part of the program in a process of its own: any number of them, on any machines, over one Redis.

    async with separate(settings, Part.WORKER) as ready:
        print(ready)
        await somebody_wants_it_to_end()

The parts are the same as those of the program that is one process (`bots.hosting`); what they share beyond Redis is the
backend, at its address, and the web chat's files. What must be mended to start is raised as
`bots.starting.CannotStart`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from enum import StrEnum

from bots.backend import backend_served, renderer_running
from bots.parts import assembled, hex_id
from bots.spool import spooled
from bots.starting import CannotStart, discord, nameable, page, telegram, working
from core.settings import Settings
from core.store.connection import StoreUnreachable, connected

_REDIS_SECONDS = 8.0
"""For which a Redis that refuses connections is waited for: all may have been started at once, in any order."""


class Part(StrEnum):
    TELEGRAM = "telegram"
    DISCORD = "discord"
    WEB = "web"
    WORKER = "worker"
    DARKROOM = "darkroom"
    RENDERER = "renderer"


@asynccontextmanager
async def separate(settings: Settings, part: Part) -> AsyncIterator[str]:
    """Run the part until the block ends. → one line that says what runs and where. Raises `CannotStart`."""
    async with AsyncExitStack() as stack:
        with nameable(settings):
            try:
                ready = await _started(settings, part, stack)
            except StoreUnreachable as error:
                raise CannotStart(f"REDIS_URL: {error}. Correct it, or start that Redis.") from error
        yield ready


async def _started(settings: Settings, part: Part, stack: AsyncExitStack) -> str:
    if part is Part.DARKROOM:
        return f"darkroom is ready: {await stack.enter_async_context(backend_served(settings))}"
    if part is Part.RENDERER:
        _redis_url(settings)
        scratch = stack.enter_context(spooled(settings.storage.data_dir, hex_id()))
        return await stack.enter_async_context(renderer_running(settings, scratch))
    redis = await stack.enter_async_context(connected(_redis_url(settings), _REDIS_SECONDS))
    parts = await stack.enter_async_context(assembled(settings, redis, _backend_url(settings)))
    match part:
        case Part.WORKER:
            await stack.enter_async_context(working(parts.worker))
            return f"The worker is ready: {settings.work.jobs_at_once} jobs at once at the most"
        case Part.WEB:
            return f"The chat page is ready: {await stack.enter_async_context(page(settings, parts))}"
        case Part.TELEGRAM:
            if settings.telegram.token is None:
                raise CannotStart("TELEGRAM_TOKEN: it is not set. Copy the bot's token from @BotFather into it.")
            await stack.enter_async_context(telegram(settings, redis, parts))
            return "The bot on Telegram is ready"
        case Part.DISCORD:
            if settings.discord.token is None:
                raise CannotStart(
                    "DISCORD_TOKEN: it is not set. Copy the bot's token from the developer portal into it."
                )
            await stack.enter_async_context(discord(settings, redis, parts))
            return "The bot on Discord is ready"


def _redis_url(settings: Settings) -> str:
    if settings.storage.redis_url is None:
        raise CannotStart("REDIS_URL: processes of their own need one Redis that all of them reach. Set it.")
    return settings.storage.redis_url


def _backend_url(settings: Settings) -> str:
    if settings.backend_name == "nemo":
        return settings.nemo.api_url
    if settings.backend.darkroom_url is None:
        raise CannotStart("DARKROOM_URL: set it to where `stillreel darkroom` is reached, e.g. http://127.0.0.1:8090.")
    return settings.backend.darkroom_url
