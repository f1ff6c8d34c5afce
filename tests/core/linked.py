"""A file behind an address on this machine: a path comes in, its URL goes out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.counterparts.sockets import Fault, RawServer, Reply, Request


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[str]:
    async def answer(request: Request) -> tuple[Reply, Fault | None]:
        if request.path != f"/{path.name}":
            return Reply(404), None
        return Reply(200, path.read_bytes(), {"Content-Type": "image/jpeg"}), None

    server = RawServer(answer)
    await server.listen()
    try:
        yield f"{server.url}/{path.name}"
    finally:
        await server.close()
