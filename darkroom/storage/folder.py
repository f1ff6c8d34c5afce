"""Files in a folder: of this machine, or one that several machines share."""

from __future__ import annotations

import asyncio
import errno
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from darkroom.storage.files import NAME, RENDERS, UPLOADS, Kept, name_in

CHUNK = 256 * 1024
_LOOKS, _BEING_WRITTEN = 40, 0.05
"""A mark that stays empty for these looks, so many seconds apart, is one whose writer was killed."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The port `Files`. `new_id` names a folder that has no name yet."""

    root: Path
    new_id: Callable[[], str]

    async def prepare(self) -> str:
        return await asyncio.to_thread(self._prepare)

    async def mark(self, name: str, word: str) -> str:
        return await asyncio.to_thread(_marked, self.root / name, word)

    async def keep(self, source: Path, key: str) -> None:
        await asyncio.to_thread(_move, source, self.root / key)

    @asynccontextmanager
    async def near(self, key: str, folder: Path) -> AsyncIterator[Path]:
        yield self.root / key

    async def look(self, key: str) -> Kept:
        stat = await asyncio.to_thread((self.root / key).stat)
        return Kept(stat.st_size, stat.st_mtime, f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"')

    async def read(self, key: str, first: int, end: int) -> AsyncGenerator[bytes, None]:
        file = await asyncio.to_thread((self.root / key).open, "rb")
        try:
            await asyncio.to_thread(file.seek, first)
            while chunk := await asyncio.to_thread(file.read, min(CHUNK, end - first)):
                first += len(chunk)
                yield chunk
        finally:
            file.close()

    async def remove(self, keys: Collection[str]) -> None:
        for key in keys:
            await asyncio.to_thread((self.root / key).unlink, missing_ok=True)

    async def keep_only(self, uploads: Collection[str], renders: Collection[str], before: float) -> None:
        await asyncio.to_thread(_clear, self.root / UPLOADS, uploads, before)
        await asyncio.to_thread(_clear, self.root / RENDERS, renders, before)

    async def close(self) -> None:
        """A folder needs no end."""

    def _prepare(self) -> str:
        for name in (UPLOADS, RENDERS):
            (self.root / name).mkdir(parents=True, exist_ok=True, mode=0o700)
        return _marked(self.root / NAME, self.new_id())


def _marked(path: Path, word: str) -> str:
    """The word in a file, written by whoever comes first."""
    with suppress(FileExistsError), path.open("x", encoding="ascii") as file:
        file.write(word)
    for _ in range(_LOOKS):
        if found := path.read_text("ascii"):
            return found
        time.sleep(_BEING_WRITTEN)  # whoever made it has not written yet
    path.write_text(word, "ascii")
    return word


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    part = target.with_name(f"{target.name}.{source.parent.name}.part")
    try:
        shutil.copyfile(source, part)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    source.unlink()


def _clear(folder: Path, named: Collection[str], before: float) -> None:
    for path in folder.iterdir():
        is_left = path.suffix == ".part" or name_in(path.name) not in named
        if is_left and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
