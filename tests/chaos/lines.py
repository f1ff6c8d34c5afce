"""A gate between a process and Redis: commands go through over a Unix socket, and can be stopped at a boundary.

What a listener was told and has not written down yet is seen nowhere else.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.chaos.gates import Exchange, Traps, When

REDIS = "redis"
"""The path of what passes here; its method is the command's name."""

_PIECE = 64 * 1024


class Line:
    """Listens at `path`, in front of the Redis at `target`."""

    def __init__(self, path: Path, target: Path, traps: Traps) -> None:
        self.url = f"unix://{path}"
        self._path = path
        self._target = target
        self._traps = traps
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

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(self._target)
        except OSError:
            writer.transport.abort()
            return
        last = Exchange("", REDIS, time.monotonic())

        async def commands() -> None:
            while piece := await reader.read(_PIECE):
                last.method, last.body = _name(piece), piece
                await self._traps.stop(When.BEFORE, last)
                back.write(piece)
                await back.drain()

        async def replies() -> None:
            while piece := await there.read(_PIECE):
                await self._traps.stop(When.AFTER, last, piece)
                writer.write(piece)
                await writer.drain()

        directions = {asyncio.create_task(_until_gone(commands())), asyncio.create_task(_until_gone(replies()))}
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in directions:
                task.cancel()
            for end in (writer, back):
                end.transport.abort()


def _name(command: bytes) -> str:
    """Of a command as clients write it: "*3", the length of its name, its name."""
    lines = command.split(b"\r\n", 3)
    return lines[2].decode("ascii", "replace") if command.startswith(b"*") and len(lines) > 2 else ""


async def _until_gone(direction: Coroutine[Any, Any, None]) -> None:
    with suppress(ConnectionError):
        await direction
