"""The files of chats without a server of their own: what people upload and the videos they get, as plain files.

In come streams of bytes, out go files under unguessable references, each bound to the chat it belongs to:

    <root>/<owner>/<id>         the bytes
    <root>/<owner>/<id>.json    name, type, size
    <root>/<owner>/<id>.part    bytes still on their way

`owner` is a digest of the chat, so a reference of another chat leads nowhere. Names are kept for people and are never
part of a path. Another store (an S3-compatible one) takes this one's place by having `put`, `get`, `open`, `delete`,
`forget` and `sweep`.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from bots.web.sniff import HEAD, sniff
from core.chat import ChatRef, MediaKind

MOST_BYTES = 200 * 1024 * 1024
"""The largest upload: the backend's own limit a file."""

KEEP = 30 * 24 * 3600
"""Seconds for which a file is kept."""

_KEEP_PART = 24 * 3600
_CHUNK = 1024 * 1024
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
    """The files under one folder. `new_id` gives 32 unguessable hexadecimal digits."""

    def __init__(self, root: Path, new_id: Callable[[], str]) -> None:
        self._root = root
        self._new_id = new_id

    async def put(
        self, chat: ChatRef, name: str, content: AsyncIterable[bytes], *, limit: int | None = None
    ) -> StoredFile:
        """Keep a stream of bytes as it comes; memory stays flat whatever its length.

        Raises `FileTooLarge` past `limit` bytes, `OSError` where the disk refuses, and what the stream raises; then
        nothing is left behind.
        """
        owner, identity = _owner(chat), self._new_id()
        folder = self._root / owner
        part = folder / f"{identity}.part"
        try:
            head, size = await _write(part, content, limit)
            seen = sniff(head)
            stored = StoredFile(f"{owner}-{identity}", shorten(name), seen.kind, seen.mime, size, seen.shown)
            await asyncio.to_thread(_settle, part, folder / identity, stored)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return stored

    async def put_copy(self, chat: ChatRef, name: str, source: Path) -> StoredFile:
        """Keep a copy of a file on this machine's disk, of any size."""
        return await self.put(chat, name, _read(source))

    async def get(self, chat: ChatRef, ref: str) -> StoredFile:
        """What is known of a file of this chat. Raises `FileGone`."""
        if not ref.startswith(f"{_owner(chat)}-"):
            raise FileGone(ref)
        try:
            facts = json.loads(await asyncio.to_thread(self.path(ref).with_suffix(".json").read_text, "utf-8"))
        except (OSError, ValueError) as error:
            raise FileGone(ref) from error
        return StoredFile(**{**facts, "kind": MediaKind(facts["kind"])})

    def path(self, ref: str) -> Path:
        """Where a file's bytes are, if they are. Raises `FileGone` for what is no reference at all."""
        parts = _REF.fullmatch(ref)
        if parts is None:
            raise FileGone(ref)
        return self._root / parts[1] / parts[2]

    @asynccontextmanager
    async def open(self, ref: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file's bytes in chunks. Raises `FileGone`."""
        path = self.path(ref)
        if not await asyncio.to_thread(path.is_file):
            raise FileGone(ref)
        async with aclosing(_read(path)) as chunks:
            yield chunks

    async def delete(self, chat: ChatRef, ref: str) -> None:
        """Remove a file of this chat; one that is gone is no error."""
        if ref.startswith(f"{_owner(chat)}-"):
            path = self.path(ref)
            await asyncio.to_thread(path.unlink, missing_ok=True)
            await asyncio.to_thread(path.with_suffix(".json").unlink, missing_ok=True)

    async def forget(self, chat: ChatRef) -> None:
        """Remove every file of a chat."""
        await asyncio.to_thread(shutil.rmtree, self._root / _owner(chat), ignore_errors=True)

    async def sweep(self, now: float, keep: float = KEEP) -> int:
        """Remove what is older than `keep` seconds at `now` (seconds since the epoch), and broken-off uploads.

        Returns the count of files removed.
        """
        return await asyncio.to_thread(_sweep, self._root, now, keep)


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


async def _write(path: Path, content: AsyncIterable[bytes], limit: int | None) -> tuple[bytes, int]:
    file = await asyncio.to_thread(_begin, path)
    head, size = b"", 0
    try:
        async for chunk in content:
            size += len(chunk)
            if limit is not None and size > limit:
                raise FileTooLarge(limit)
            if len(head) < HEAD:
                head = (head + chunk)[:HEAD]
            await asyncio.to_thread(file.write, chunk)
    finally:
        await asyncio.shield(asyncio.to_thread(file.close))
    return head, size


def _begin(path: Path) -> BinaryIO:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return path.open("wb", _CHUNK)
        except FileNotFoundError:
            continue  # the sweep took the empty folder away in between


async def _read(path: Path) -> AsyncGenerator[bytes, None]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
    finally:
        file.close()


def _settle(part: Path, final: Path, stored: StoredFile) -> None:
    """The facts first: whoever finds the bytes finds them described."""
    final.with_suffix(".json").write_text(json.dumps(asdict(stored), ensure_ascii=False), "utf-8")
    part.rename(final)


def _sweep(root: Path, now: float, keep: float) -> int:
    removed = 0
    for path in root.glob("*/*"):
        lasts = _KEEP_PART if path.suffix == ".part" else keep
        try:
            if path.stat().st_mtime + lasts < now:
                path.unlink()
                removed += path.suffix == ""
        except FileNotFoundError:
            continue
    for folder in root.glob("*"):
        if folder.is_dir() and not any(folder.iterdir()):
            with suppress(OSError):  # filled in this very moment
                folder.rmdir()
    return removed
