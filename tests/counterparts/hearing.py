"""Bots of python-telegram-bot for tests of the counterpart: one that talks, one that listens, and what they send."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from PIL import Image
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.ext import ApplicationBuilder, ContextTypes, TypeHandler
from telegram.request import HTTPXRequest

from tests.counterparts.telegram.server import Telegram
from tests.photos import EXIF_ORIENTATION

MB = 1024 * 1024


def picture(width: int = 400, height: int = 300, orientation: int = 1) -> bytes:
    """A JPEG of one colour. `orientation`: what its EXIF says."""
    written = io.BytesIO()
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    Image.new("RGB", (width, height), (180, 90, 40)).save(written, "JPEG", exif=exif)
    return written.getvalue()


PHOTO = picture()
THUMBNAIL = picture(320, 180)
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(1000)
BUTTONS = InlineKeyboardMarkup([[InlineKeyboardButton("Slower", callback_data="slower:7")]])


def says(words: str) -> str:
    """A pattern for Telegram's words, which the library writes with other capitals."""
    return f"(?i){re.escape(words)}"


class Clock:
    """`time` in Unix seconds stands still until a test moves it."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@asynccontextmanager
async def bot_at(telegram: Telegram) -> AsyncIterator[Bot]:
    """A bare bot that talks to the server."""
    bot = Bot(
        telegram.token,
        f"{telegram.url}/bot",
        f"{telegram.url}/file/bot",
        request=_plain_request(),
        get_updates_request=_plain_request(),
    )
    async with bot:
        yield bot


@asynccontextmanager
async def polling(telegram: Telegram, **how: Any) -> AsyncIterator[asyncio.Queue[Update]]:
    """The library's own polling. `how`: as of `start_polling`. Each update stands in the queue once."""
    heard: asyncio.Queue[Update] = asyncio.Queue()

    async def hear(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        await heard.put(update)

    builder = ApplicationBuilder().token(telegram.token).base_url(f"{telegram.url}/bot")
    builder = builder.base_file_url(f"{telegram.url}/file/bot")
    application = builder.request(_plain_request()).get_updates_request(_plain_request()).build()
    application.add_handler(TypeHandler(Update, hear))
    async with application:
        assert application.updater is not None
        await application.start()
        await application.updater.start_polling(**how)
        try:
            yield heard
        finally:
            await application.updater.stop()
            await application.stop()


def _plain_request() -> HTTPXRequest:
    """Without the certificates that nothing on the loopback asks for: reading them takes longer than most tests."""
    return HTTPXRequest(httpx_kwargs={"verify": False, "trust_env": False})
