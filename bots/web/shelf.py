"""Where the web chat's bytes lie: a folder of this machine (or one that machines share), or an S3-compatible bucket.

A key is `<owner>/<name>`. Bytes are streamed in and out, and what lies under its key is whole.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, AsyncIterable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from urllib.parse import unquote, urlsplit

CHUNK: Final = 1024 * 1024
SHARE: Final = "web"
"""The folder below the address: other parts of the program keep their files beside it."""
FACTS: Final = ".json"
"""The ending of what describes a file; it does not count as one."""

_PART = ".part"
_KEEP_PART = 24 * 3600


class Shelf(Protocol):
    """Every call raises `OSError` where the place cannot be used, `FileNotFoundError` for a key without bytes."""

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        """All of it or nothing: raises what the stream raises, and leaves nothing behind then."""

    async def size(self, key: str) -> int:
        """Bytes."""

    def read(self, key: str, first: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        """From a byte until before another one, in chunks."""

    async def delete(self, keys: Collection[str]) -> None:
        """One that is gone is no error."""

    async def delete_all(self, owner: str) -> None: ...

    async def sweep(self, now: float, keep: float) -> int:
        """Remove what is older than `keep` seconds at `now` (Unix seconds). → the count of files removed."""

    async def close(self) -> None:
        """At the end of the process."""


def shelf_at(url: str | None, own: Path) -> Shelf:
    """The shelf at `s3://bucket/prefix` or `file:///folder`, or in the folder `own` where there is no address.

    Connects to nothing and makes nothing yet. Raises `ValueError`, with what is wrong, for an address of no use.
    """
    if not url:
        return Folder(own)
    parts = urlsplit(url)
    if parts.scheme != "file":
        from bots.web.bucket import bucket_at  # what it imports is of no use to anybody else

        return bucket_at(url, SHARE)
    if parts.netloc not in ("", "localhost") or not parts.path.strip("/") or parts.query:
        raise ValueError("write a folder as file:///its/path")
    return Folder(Path(unquote(parts.path)) / SHARE)


@dataclass(frozen=True, slots=True)
class Folder:
    """The port `Shelf`. Bytes on their way lie beside their place, as `<key>.part`."""

    root: Path

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        path = self.root / key
        part = path.with_name(path.name + _PART)
        try:
            file = await asyncio.to_thread(_begin, part)
            try:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
            finally:
                await asyncio.shield(asyncio.to_thread(file.close))
            await asyncio.to_thread(part.rename, path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise

    async def size(self, key: str) -> int:
        return (await asyncio.to_thread((self.root / key).stat)).st_size

    async def read(self, key: str, first: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        file = await asyncio.to_thread((self.root / key).open, "rb")
        try:
            await asyncio.to_thread(file.seek, first)
            while chunk := await asyncio.to_thread(file.read, CHUNK if end is None else min(CHUNK, end - first)):
                first += len(chunk)
                yield chunk
        finally:
            file.close()

    async def delete(self, keys: Collection[str]) -> None:
        for key in keys:
            await asyncio.to_thread((self.root / key).unlink, missing_ok=True)

    async def delete_all(self, owner: str) -> None:
        await asyncio.to_thread(shutil.rmtree, self.root / owner, ignore_errors=True)

    async def sweep(self, now: float, keep: float) -> int:
        return await asyncio.to_thread(_sweep, self.root, now, keep)

    async def close(self) -> None:
        """A folder needs no end."""


def _begin(path: Path) -> BinaryIO:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return path.open("wb", CHUNK)
        except FileNotFoundError:
            continue  # the sweep took the empty folder away in between


def _sweep(root: Path, now: float, keep: float) -> int:
    removed = 0
    for path in root.glob("*/*"):
        lasts = _KEEP_PART if path.suffix == _PART else keep
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
