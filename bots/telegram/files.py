"""Files that people sent, fetched from Telegram piece by piece.

A file id comes in, chunks go out. From a Bot API server of one's own that runs with `--local`, the file lies on a disk
that both share, and is read there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from urllib.parse import quote

import httpx
import structlog
from telegram import File
from telegram.error import BadRequest, TelegramError

from bots.telegram import faults
from bots.telegram.bot import TelegramBot
from core.chat import MediaGone, MediaTooLarge
from core.settings import TelegramSettings

log = structlog.get_logger(__name__)

_CHUNK = 256 * 1024
_TIMEOUT = httpx.Timeout(60, connect=10)

PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0)
"""Seconds between the tries for one file."""

_MOST_WAIT = 60.0
"""Seconds that a server may ask us to wait before the next try."""

_WHOLE_OR_PART = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)
_GONE = (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE)


class TelegramFiles:
    """`limit`: bytes of the largest file that the server hands over."""

    def __init__(
        self, bot: TelegramBot, settings: TelegramSettings, limit: int, pauses: Sequence[float] = PAUSES
    ) -> None:
        self._bot = bot
        self._settings = settings
        self._limit = limit
        self._pauses = pauses
        # One for all files: each would read the certificates anew.
        self._http = httpx.AsyncClient(timeout=_TIMEOUT)

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def open(self, ref: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file's bytes. Raises, here or with any of them, `MediaTooLarge`, `MediaGone`, and `Unsent` where Telegram
        cannot be reached.
        """
        path = await self._path(ref)
        if self._settings.local and path.startswith("/"):
            async with _read(local_path(path, self._bot.token, self._settings.files_folder), ref) as chunks:
                yield chunks
        else:
            async with aclosing(self._pieces(path, ref)) as pieces:
                yield pieces

    async def _path(self, ref: str) -> str:
        """Where the server keeps the file: relative to its address, or on its disk."""
        try:
            file = await self._asked(ref)
        except BadRequest as error:
            if faults.too_big_to_fetch(error):
                raise MediaTooLarge(self._limit) from None
            raise MediaGone(faults.told(error)) from None
        except TelegramError as error:
            raise faults.Unsent(faults.told(error)) from None
        if not file.file_path:
            raise MediaGone(ref)
        if file.file_size is not None and file.file_size > self._limit:
            raise MediaTooLarge(self._limit)
        # The library writes the address before it, also before a path on the server's own disk.
        return file.file_path.removeprefix(f"{self._bot.base_file_url}/")

    async def _asked(self, ref: str) -> File:
        """Asking twice does no harm. Raises the library's errors."""
        pauses = iter(self._pauses)
        while True:
            try:
                return await self._bot.get_file(ref)
            except TelegramError as error:
                pause = next(pauses, None)
                if pause is None or not faults.transient(error):
                    raise
                log.warning("file_away", reason=faults.told(error))
            await asyncio.sleep(pause)

    async def _pieces(self, path: str, ref: str) -> AsyncGenerator[bytes]:
        """The file's bytes; where the connection ends or the server is busy, it goes on where it stopped.

        Raises `MediaTooLarge`, `MediaGone`, `Unsent`.
        """
        got, pauses = 0, iter(self._pauses)
        while True:
            wait = 0.0
            headers = {"Range": f"bytes={got}-"} if got else {}
            try:
                async with self._http.stream("GET", self._url(path), headers=headers) as answer:
                    if answer.status_code in _WHOLE_OR_PART:
                        past = got if answer.status_code == HTTPStatus.OK else 0
                        async for chunk in answer.aiter_bytes(_CHUNK):
                            new, past = chunk[past:], max(0, past - len(chunk))
                            got += len(new)
                            if got > self._limit:
                                raise MediaTooLarge(self._limit)
                            if new:
                                yield new
                        return
                    reason = f"the file's address answered {answer.status_code}"
                    if answer.status_code in _GONE:
                        raise MediaGone(ref)
                    if not _later(answer.status_code):
                        raise faults.Unsent(reason)
                    wait = _told_to_wait(answer)
            except httpx.HTTPError as error:
                # Its text may quote the address, which holds the token.
                reason = f"the file could not be fetched ({type(error).__name__})"
            pause = next(pauses, None)
            if pause is None:
                raise faults.Unsent(reason)
            log.warning("file_away", reason=reason)
            await asyncio.sleep(max(pause, wait))

    def _url(self, path: str) -> str:
        # A server with --local tells a path on its disk; a proxy before it has the same below the token's folder.
        _, _, inside = path.rpartition(f"/{self._bot.token}/")
        return f"{self._bot.base_file_url}/{quote(inside.lstrip('/'))}"


def _later(status: int) -> bool:
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _told_to_wait(answer: httpx.Response) -> float:
    said = answer.headers.get("Retry-After", "")
    return min(float(said), _MOST_WAIT) if said.isdecimal() else 0.0


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
