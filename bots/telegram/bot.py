"""The library's bot with our own time-outs, limiter and addresses. Settings come in, a bot goes out for a block's life.

It is never `initialize`d: that would ask Telegram who it is, and no program should need Telegram to start.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from telegram.ext import ExtBot

from bots.telegram.limiter import FairLimiter
from bots.telegram.reading import Request, UpdatesRequest
from core.settings import TelegramSettings

TelegramBot = ExtBot[bool]

MEDIA_SECONDS = 300.0
"""For which Telegram may be silent after a video went up: it answers when it has looked at it."""

POLL_SECONDS = 30
"""For how long one request for updates waits for some."""

_READ_SECONDS = 30.0
_WRITE_SECONDS = 120.0
_CONNECT_SECONDS = 10.0
_POOL_SECONDS = 30.0


@asynccontextmanager
async def telegram_bot(settings: TelegramSettings) -> AsyncIterator[TelegramBot]:
    """A bot that can post from any process. Raises nothing: the network is touched by its calls alone."""
    assert settings.token is not None
    requests = [
        kind(
            connection_pool_size=size,
            read_timeout=_READ_SECONDS,
            write_timeout=_READ_SECONDS,
            connect_timeout=_CONNECT_SECONDS,
            pool_timeout=_POOL_SECONDS,
            media_write_timeout=_WRITE_SECONDS,
        )
        for kind, size in ((UpdatesRequest, 2), (Request, 256))
    ]
    bot: TelegramBot = ExtBot(
        settings.token,
        base_url=f"{settings.api_url}/bot",
        base_file_url=f"{settings.api_url}/file/bot",
        request=requests[1],
        get_updates_request=requests[0],
        rate_limiter=FairLimiter(time.monotonic, asyncio.sleep),
    )
    try:
        yield bot
    finally:
        await asyncio.gather(*(request.shutdown() for request in requests))
