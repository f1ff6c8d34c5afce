"""A store behind a line that can be cut: a Redis URL comes in, another one goes out, which works until it is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit


class Line:
    """From `path`, a socket, to `target`, the store's."""

    def __init__(self, path: Path, target: str) -> None:
        self.url = f"unix://{path}"
        self._path = path
        self._target = target
        self._server: asyncio.Server | None = None
        self._carrying: set[asyncio.Task[None]] = set()

    async def mend(self) -> None:
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._begin, self._path)

    async def cut(self) -> None:
        """What is open ends, and nobody answers any more."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._target)
        directions = {asyncio.create_task(_pipe(reader, back)), asyncio.create_task(_pipe(there, writer))}
        try:
            await asyncio.wait(directions, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in directions:
                task.cancel()
            for end in (writer, back):
                end.transport.abort()


@asynccontextmanager
async def severed(url: str, folder: Path) -> AsyncIterator[Line]:
    """`url`: unix://…; `folder`: for the socket of the line."""
    line = Line(folder / "line", urlsplit(url).path)
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
