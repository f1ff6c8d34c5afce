"""An ASGI application behind a listening socket, for as long as a block lasts.

It runs in the caller's event loop and leaves signals to the caller.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

_BACKLOG = 2048


def bind(host: str, port: int) -> socket.socket:
    """A listening socket: from here on nobody else gets the port; 0 takes any free one. Blocks. Raises `OSError`."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
        bound.setblocking(False)
    except BaseException:
        bound.close()
        raise
    return bound


@asynccontextmanager
async def served(
    application: Any, bound: socket.socket, name: str, ending: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Serve from the block's first line to its last. `ending` is called before the server waits for its answers."""
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        http="h11",
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]), name=name)
    try:
        begun = asyncio.create_task(server.begun.wait())
        try:
            await asyncio.wait({serving, begun}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            begun.cancel()
        if serving.done():
            await serving
        yield
    finally:
        ending()
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """A server that leaves signals alone and says when it has begun."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.begun.set()
