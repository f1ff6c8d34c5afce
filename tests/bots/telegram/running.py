"""The program with a bot on Telegram: a Telegram server and a data directory come in, `stillreel up` goes out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests import photos, program
from tests.counterparts.telegram import Chat, Message, Telegram
from tests.waiting import wait_until

TOKEN = "123456:TEST-token-that-no-log-may-ever-show"

VIDEO_SECONDS = 60.0
"""In which a short clip comes on a busy machine."""


def settings(telegram: Telegram, **more: str) -> dict[str, str]:
    return {
        "TELEGRAM_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "DARKROOM_RENDERERS": "1",
        "NEMO_POLL_INTERVAL": "0.2",
        **more,
    }


@asynccontextmanager
async def bot(telegram: Telegram, data: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[program.Up]:
    """The program at work; no log of it holds the token or a stack trace."""
    async with program.up(data, settings(telegram, **(more or {}))) as up:
        yield up
    log = data.with_name(f"{data.name}.log").read_text()
    assert telegram.token.partition(":")[2] not in log
    assert "Traceback" not in log, log


def photo(folder: Path, name: str = "photo.jpg") -> bytes:
    return photos.landscape(folder / name, (480, 360)).read_bytes()


async def video(chat: Chat, count: int = 1, seconds: float = VIDEO_SECONDS) -> Message:
    """The `count`-th video of the chat, once its progress message is gone."""

    def there() -> bool:
        return len(chat.videos) >= count and not any("%" in message.text for message in chat.from_bot)

    await wait_until(there, seconds, what=f"{count} videos in {chat.title}: {chat.from_bot}")
    return chat.videos[count - 1]


async def said(chat: Chat, words: str, seconds: float = 20) -> Message:
    """The bot's message with these words in it, once it is there."""

    def found() -> Message | None:
        return next((message for message in chat.from_bot if words in message.words), None)

    message = await wait_until(found, seconds, what=f"{words!r} in {chat.from_bot}")
    assert message is not None
    return message
