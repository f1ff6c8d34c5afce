"""The files of chats without a server of their own: what people upload and the videos they get.

In come streams of bytes, out go files under unguessable references, each bound to the chat it belongs to. On the shelf
(`bots.web.shelf`: a folder, or an S3-compatible bucket) lie

    <owner>/<id>         the bytes
    <owner>/<id>.json    name, type, size

`owner` is a digest of the chat, so a reference of another chat leads nowhere. Names are kept for people and are never
part of a path.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bots.web.shelf import FACTS, Folder, Shelf
from bots.web.sniff import HEAD, sniff
from core.chat import ChatRef, MediaKind

MOST_BYTES = 200 * 1024 * 1024
"""The largest upload: the backend's own limit a file."""

KEEP = 30 * 24 * 3600
"""Seconds for which a file is kept."""

_REF = re.compile(r"([0-9a-f]{32})-([0-9a-f]{32})")
_LONGEST_NAME = 200


class FileTooLarge(Exception):
    """The stream went on after `limit` bytes; nothing of it is kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the file is larger than {limit} bytes")
        self.limit = limit


class FileGone(Exception):
    """There is no such file (any more), or it is another chat's."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    ref: str
    name: str
    kind: MediaKind
    mime: str
    """What the bytes say, whatever the sender claimed."""
    size: int
    """Bytes."""
    shown: bool
    """Whether a browser can draw it as a thumbnail."""


class Files:
    """The files on one shelf; a path is a folder. `new_id` gives 32 unguessable hexadecimal digits."""

    def __init__(self, place: Shelf | Path, new_id: Callable[[], str]) -> None:
        self._shelf: Shelf = Folder(place) if isinstance(place, Path) else place
        self._new_id = new_id

    async def put(
        self, chat: ChatRef, name: str, content: AsyncIterable[bytes], *, limit: int | None = None
    ) -> StoredFile:
        """Keep a stream of bytes as it comes; memory stays flat whatever its length.

        Raises `FileTooLarge` past `limit` bytes, `OSError` where the place refuses, and what the stream raises; then
        nothing is left behind.
        """
        owner, identity = _owner(chat), self._new_id()
        key = f"{owner}/{identity}"
        passing = _Passing(content, limit)
        await self._shelf.write(key, passing.chunks())
        seen = sniff(passing.head)
        stored = StoredFile(f"{owner}-{identity}", shorten(name), seen.kind, seen.mime, passing.size, seen.shown)
        try:
            await self._shelf.write(f"{key}{FACTS}", _one(json.dumps(asdict(stored)).encode()))
        except BaseException:
            await self._shelf.delete([key])
            raise
        return stored

    async def put_copy(self, chat: ChatRef, name: str, source: Path) -> StoredFile:
        """Keep a copy of a file on this machine's disk, of any size."""
        folder = Folder(source.parent)
        async with aclosing(folder.read(source.name)) as chunks:
            return await self.put(chat, name, chunks)

    async def get(self, chat: ChatRef, ref: str) -> StoredFile:
        """What is known of a file of this chat. Raises `FileGone`; `OSError` where the place cannot be used."""
        if not ref.startswith(f"{_owner(chat)}-"):
            raise FileGone(ref)
        try:
            async with aclosing(self._shelf.read(f"{_key(ref)}{FACTS}")) as chunks:
                facts = json.loads(b"".join([chunk async for chunk in chunks]))
        except (FileNotFoundError, ValueError) as error:
            raise FileGone(ref) from error
        return StoredFile(**{**facts, "kind": MediaKind(facts["kind"])})

    async def is_there(self, ref: str) -> bool:
        """Whether a file's bytes can be read. Raises `FileGone` for what is no reference at all."""
        try:
            await self._shelf.size(_key(ref))
        except FileNotFoundError:
            return False
        return True

    def read(self, ref: str, first: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """The file's bytes from one until before another, in chunks. Raises `FileGone`, `FileNotFoundError`."""
        return self._shelf.read(_key(ref), first, end)

    @asynccontextmanager
    async def open(self, ref: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file's bytes in chunks. Raises `FileGone`."""
        if not await self.is_there(ref):
            raise FileGone(ref)
        async with aclosing(self.read(ref)) as chunks:
            yield chunks

    async def fetch(self, ref: str, target: Path) -> None:
        """The file's bytes into a file on this machine's disk. Raises `FileGone`, `OSError`."""
        async with self.open(ref) as chunks:
            file = await asyncio.to_thread(target.open, "wb")
            try:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
            finally:
                await asyncio.to_thread(file.close)

    async def delete(self, chat: ChatRef, ref: str) -> None:
        """Remove a file of this chat; one that is gone is no error."""
        if ref.startswith(f"{_owner(chat)}-"):
            key = _key(ref)
            await self._shelf.delete([key, f"{key}{FACTS}"])

    async def forget(self, chat: ChatRef) -> None:
        """Remove every file of a chat."""
        await self._shelf.delete_all(_owner(chat))

    async def sweep(self, now: float, keep: float = KEEP) -> int:
        """Remove what is older than `keep` seconds at `now` (seconds since the epoch), and broken-off uploads.

        Returns the count of files removed.
        """
        return await self._shelf.sweep(now, keep)

    async def close(self) -> None:
        """At the end of the process, after everything that reads or writes."""
        await self._shelf.close()


class _Passing:
    """A stream on its way to the shelf: its first bytes and its length are kept. `FileTooLarge` past `limit` bytes."""

    def __init__(self, content: AsyncIterable[bytes], limit: int | None) -> None:
        self._content = content
        self._limit = limit
        self.head = b""
        self.size = 0

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        async for chunk in self._content:
            self.size += len(chunk)
            if self._limit is not None and self.size > self._limit:
                raise FileTooLarge(self._limit)
            if len(self.head) < HEAD:
                self.head = (self.head + chunk)[:HEAD]
            yield chunk


async def _one(content: bytes) -> AsyncGenerator[bytes, None]:
    yield content


def _key(ref: str) -> str:
    """Raises `FileGone` for what is no reference at all."""
    parts = _REF.fullmatch(ref)
    if parts is None:
        raise FileGone(ref)
    return f"{parts[1]}/{parts[2]}"


def shorten(name: str) -> str:
    """A sender's file name on one line, without its folders, cut to 200 characters; `file` where nothing is left."""
    last = re.split(r"[/\\]", "".join(letter for letter in name if letter.isprintable()))[-1].strip()
    if len(last) > _LONGEST_NAME:
        stem, dot, ending = last.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 8 else ""
        last = last[: _LONGEST_NAME - len(tail)] + tail
    return last if last.strip(". ") else "file"


def _owner(chat: ChatRef) -> str:
    return hashlib.sha256(chat.key.encode()).hexdigest()[:32]
