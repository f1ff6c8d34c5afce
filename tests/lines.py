"""A Redis behind a line that can be cut: connections to one Unix socket are carried to another."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

PIECE = 64 * 1024

End = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Line:
    """Listens at `path`, in front of the Redis at `target`."""

    def __init__(self, path: Path, target: Path) -> None:
        self.url = f"unix://{path}"
        self._path = path
        self._target = target
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._begin, self._path)

    async def shut(self) -> None:
        """Every connection breaks, what is held goes no further, and new ones are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def cut(self) -> None:
        """Every connection breaks; new ones are let in."""
        await self.shut()
        await self.open()

    def directions(self, near: End, far: End) -> tuple[Coroutine[Any, Any, None], Coroutine[Any, Any, None]]:
        """What carries the commands there, and the answers back."""
        return _pipe(near[0], far[1]), _pipe(far[0], near[1])

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry((reader, writer)))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, near: End) -> None:
        try:
            far = await asyncio.open_unix_connection(self._target)
        except OSError:
            near[1].transport.abort()
            return
        tasks = {asyncio.create_task(_until_gone(each)) for each in self.directions(near, far)}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            for _, writer in (near, far):
                writer.transport.abort()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(PIECE):
        writer.write(piece)
        await writer.drain()


async def _until_gone(direction: Coroutine[Any, Any, None]) -> None:
    with suppress(ConnectionError):
        await direction
