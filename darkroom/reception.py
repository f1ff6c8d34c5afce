"""Uploads: bytes come in piece by piece, files of a session go out, or what is wrong with one of them.

A file is written under a partial name, looked at, and only then renamed and recorded; several that come together are
all kept or none. People's names for files are kept for people and never become part of a path.
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from darkroom.render.pictures import BadPicture, PictureFacts, inspect
from darkroom.storage import sessions
from darkroom.storage.database import Database
from darkroom.storage.files import Files, upload_key
from darkroom.storage.sessions import Upload

ACCEPTED = "mp4, mov, avi, webm, mkv, jpg, png, gif, webp, mp3, wav, m4a, aac"
"""The contract's list, for people."""
NAME_LENGTH = 120
"""Characters of a file's name that are kept."""
MOST_FILES = 60
"""Files in one request."""

_MIMES = frozenset(
    {
        *("image/jpeg", "image/mpo", "image/png", "image/apng", "image/gif", "image/webp"),
        *("video/mp4", "video/quicktime", "video/x-msvideo", "video/webm", "video/x-matroska"),
        *("audio/mpeg", "audio/wav", "audio/mp4", "audio/aac", "audio/webm", "audio/x-matroska"),
    }
)
_FLUSH = 512 * 1024
_AT_ONCE = 2
"""Files looked at in parallel: a large photo takes some hundred megabytes while it is decoded."""


class Unsupported(Exception):
    """A file that is not taken. `reason`: "empty", "damaged", "too_many_pixels", "not_media", "unsupported"."""

    def __init__(self, name: str, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.name = name
        self.reason = reason


class TooLarge(Exception):
    """A file of more than the bytes that are taken; raised as soon as they have come."""

    def __init__(self, name: str, most: int) -> None:
        super().__init__(f"a file has at most {most // 2**20} MB")
        self.name = name


class TooMany(Exception):
    """More than `MOST_FILES` in one request."""


@dataclass(slots=True)
class _Received:
    id: str
    name: str
    path: Path
    file: BinaryIO
    size: int = 0
    buffer: bytearray = field(default_factory=bytearray)

    async def flush(self) -> None:
        if self.buffer:
            await asyncio.to_thread(self.file.write, bytes(self.buffer))
            self.buffer.clear()


@dataclass(slots=True)
class Batch:
    """The files of one request: `begin`, `write` …, `end` for each of them, then `keep`."""

    reception: Reception
    received: list[_Received] = field(default_factory=list)

    async def begin(self, name: str) -> None:
        """Raises `TooMany`, `OSError`."""
        if len(self.received) == MOST_FILES:
            raise TooMany(f"a request brings at most {MOST_FILES} files")
        upload = self.reception.new_id()
        path = self.reception.scratch / upload
        self.received.append(_Received(upload, kept_name(name), path, await asyncio.to_thread(path.open, "wb")))

    async def write(self, chunk: bytes) -> None:
        """Raises `TooLarge`, `OSError`."""
        current = self.received[-1]
        current.size += len(chunk)
        if current.size > self.reception.most_bytes:
            raise TooLarge(current.name, self.reception.most_bytes)
        current.buffer += chunk
        if len(current.buffer) >= _FLUSH:
            await current.flush()

    async def end(self) -> None:
        current = self.received[-1]
        await current.flush()
        await asyncio.to_thread(current.file.close)

    async def keep(self, account: str, session: str) -> tuple[Upload, ...]:
        """Look at the files and record them. Raises `Unsupported`, `UnknownSession`, `OSError`; then none is kept."""
        uploads = [await self._looked_at(each) for each in self.received]
        files = self.reception.files
        try:
            for each in self.received:
                await files.keep(each.path, upload_key(each.id))
            await self.reception.database.do(sessions.add_uploads, session, account, uploads, self.reception.clock())
        except BaseException:
            with suppress(OSError):  # a sweep finds what no record names
                await files.remove([upload_key(each.id) for each in self.received])
            raise
        return tuple(uploads)

    async def discard(self) -> None:
        """Remove what was not kept."""
        for each in self.received:
            each.file.close()
        await asyncio.to_thread(_remove, [each.path for each in self.received])

    async def _looked_at(self, received: _Received) -> Upload:
        try:
            async with self.reception.looking:
                facts: PictureFacts = await asyncio.to_thread(inspect, received.path)
        except BadPicture as bad:
            raise Unsupported(received.name, bad.reason, str(bad)) from bad
        if facts.mime not in _MIMES:
            raise Unsupported(received.name, "unsupported", f"{facts.mime} is not taken; send one of: {ACCEPTED}")
        return Upload(received.id, received.name, facts.kind, facts.width, facts.height, received.size)


@dataclass(frozen=True, slots=True)
class Reception:
    """`clock` gives Unix seconds, `new_id` unguessable hexadecimal digits; `most_bytes` bounds a file.

    `scratch` is a folder for files on their way.
    """

    database: Database
    files: Files
    scratch: Path
    clock: Callable[[], float]
    new_id: Callable[[], str]
    most_bytes: int
    looking: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch]:
        """Nothing partial is left behind when the block ends, however it ends."""
        batch = Batch(self)
        try:
            yield batch
        finally:
            await batch.discard()


def kept_name(name: str) -> str:
    """A sender's name for a file without its folders, control characters and half surrogates; its ending survives."""
    whole = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    last = re.split(r"[/\\]", whole)[-1]
    base = "".join(sign for sign in last if unicodedata.category(sign) not in ("Cc", "Zl", "Zp")).strip(" .")
    if not base:
        return "file"
    stem, dot, ending = base.rpartition(".")
    if not dot or len(ending) > 10:
        return base[:NAME_LENGTH]
    return f"{stem[: NAME_LENGTH - len(ending) - 1] or 'file'}.{ending}"


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
