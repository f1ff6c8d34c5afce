"""Updates that Telegram sends to us: an HTTP server of our own, behind the proxy that has the public address.

A request counts as Telegram's when it carries the secret that was told to Telegram alone. It is answered when its
update is in the inbox; anything else than 200 makes Telegram send it again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update

from bots.serving import served
from bots.telegram.bot import TelegramBot
from bots.telegram.limits import WEBHOOK_BYTES
from bots.telegram.reading import readable
from bots.telegram.updates import ALLOWED
from core.settings import TelegramSettings
from core.store.connection import STORE_AWAY

log = structlog.get_logger(__name__)

HEADER = "X-Telegram-Bot-Api-Secret-Token"


def secret_of(settings: TelegramSettings) -> str:
    """The operator's secret, or one that only whoever knows the token can know."""
    assert settings.token is not None
    derived = hmac.new(settings.token.encode(), b"stillreel webhook", hashlib.sha256).hexdigest()
    return settings.webhook_secret or derived


async def announce(bot: TelegramBot, settings: TelegramSettings) -> None:
    """Tell Telegram where to send updates. Raises the library's errors."""
    assert settings.webhook_url is not None
    await bot.set_webhook(settings.webhook_url, allowed_updates=ALLOWED, secret_token=secret_of(settings))


@asynccontextmanager
async def listening_for_telegram(
    bot: TelegramBot, settings: TelegramSettings, bound: socket.socket, take_in: Callable[[Update], Awaitable[None]]
) -> AsyncIterator[None]:
    """Serve the webhook's path on a bound socket while the block runs."""
    assert settings.webhook_url is not None
    secret = secret_of(settings).encode()

    async def receive(request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get(HEADER, "").encode(), secret):
            log.warning("webhook_refused", reason="the secret is wrong or missing")
            return Response(status_code=403)
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > WEBHOOK_BYTES:
                return Response(status_code=413)
        try:
            update = Update.de_json(readable(json.loads(body)), bot)
        except (ValueError, KeyError, TypeError):
            return Response(status_code=400)
        try:
            await take_in(update)
        except STORE_AWAY:
            return Response(status_code=503)
        return Response()

    async def left(request: Request, error: Exception) -> Response:
        return Response(status_code=400)

    path = urlsplit(settings.webhook_url).path or "/"
    application = Starlette(
        routes=[Route(path, receive, methods=["POST"])], exception_handlers={ClientDisconnect: left}
    )
    async with served(application, bound, "telegram webhook"):
        yield
