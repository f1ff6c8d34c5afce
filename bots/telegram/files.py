"""Files that people sent, fetched from Telegram piece by piece.

A file id comes in, chunks go out. From a Bot API server of one's own that runs with `--local`, the file lies on a disk
that both share, and is read there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path, PurePosixPath

import httpx
from telegram.error import BadRequest, TelegramError

from bots.telegram import faults
from bots.telegram.bot import TelegramBot
from core.chat import MediaGone, MediaTooLarge
from core.settings import TelegramSettings

_CHUNK = 256 * 1024
_TIMEOUT = httpx.Timeout(60, connect=10)


class TelegramFiles:
    """`limit`: bytes of the largest file that the server hands over."""

    def __init__(self, bot: TelegramBot, settings: TelegramSettings, limit: int) -> None:
        self._bot = bot
        self._settings = settings
        self._limit = limit
        # One for all files: each would read the certificates anew.
        self._http = httpx.AsyncClient(timeout=_TIMEOUT)

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def open(self, ref: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file's bytes. Raises `MediaTooLarge`, `MediaGone`, and `Unsent` where Telegram cannot be reached."""
        path = await self._path(ref)
        if self._settings.local and path.startswith("/"):
            async with _read(local_path(path, self._bot.token, self._settings.files_folder), ref) as chunks:
                yield chunks
        else:
            async with self._fetched(path, ref) as chunks:
                yield chunks

    async def _path(self, ref: str) -> str:
        """Where the server keeps the file: relative to its address, or on its disk."""
        try:
            file = await self._bot.get_file(ref)
        except BadRequest as error:
            if faults.too_big_to_fetch(error):
                raise MediaTooLarge(self._limit) from None
            raise MediaGone(faults.told(error)) from None
        except TelegramError as error:
            raise faults.Unsent(faults.told(error)) from None
        if not file.file_path:
            raise MediaGone(ref)
        # The library writes the address before it, also before a path on the server's own disk.
        return file.file_path.removeprefix(f"{self._bot.base_file_url}/")

    @asynccontextmanager
    async def _fetched(self, path: str, ref: str) -> AsyncIterator[AsyncIterator[bytes]]:
        try:
            async with self._http.stream("GET", f"{self._bot.base_file_url}/{path}") as answer:
                if answer.status_code in (400, 404, 410):
                    raise MediaGone(ref)
                if answer.status_code != 200:
                    raise faults.Unsent(f"the file's address answered {answer.status_code}")
                yield answer.aiter_bytes(_CHUNK)
        except httpx.HTTPError as error:
            # Its text may quote the address, which holds the token.
            raise faults.Unsent(f"the file could not be fetched ({type(error).__name__})") from None


def local_path(told: str, token: str, folder: Path | None) -> Path:
    """Where a file of the server's is found here: `…/<token>/photos/file_0.jpg` below `folder`, or as told.

    Raises `MediaGone` for a path that leads out of the folder.
    """
    if folder is None:
        return Path(told)
    parts = PurePosixPath(told).parts
    inside = parts[parts.index(token) :] if token in parts else parts[1:]
    if ".." in inside:
        raise MediaGone(PurePosixPath(told).name)
    return folder.joinpath(*inside)


@asynccontextmanager
async def _read(path: Path, ref: str) -> AsyncIterator[AsyncIterator[bytes]]:
    try:
        source = await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise MediaGone(f"{ref}: {error.strerror}") from None

    async def chunks() -> AsyncIterator[bytes]:
        while chunk := await asyncio.to_thread(source.read, _CHUNK):
            yield chunk

    try:
        yield chunks()
    finally:
        await asyncio.to_thread(source.close)
