"""A counterpart in a thread and loop of its own, for tests that are not asynchronous themselves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, TypeVar

Server = TypeVar("Server", bound=AbstractAsyncContextManager[Any])


@contextmanager
def in_thread(server: Server) -> Iterator[Server]:
    """Serves for as long as the block lasts. What is recorded may be read any time; what fails is raised at the end."""
    ready = threading.Event()
    over: list[asyncio.Event] = []
    loops: list[asyncio.AbstractEventLoop] = []
    failures: list[BaseException] = []

    async def serve() -> None:
        over.append(asyncio.Event())
        loops.append(asyncio.get_running_loop())
        async with server:
            ready.set()
            await over[0].wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failures.append(error)
        finally:
            ready.set()

    thread = threading.Thread(target=run, name=type(server).__name__)
    thread.start()
    ready.wait()
    try:
        yield server
    finally:
        if thread.is_alive():
            loops[0].call_soon_threadsafe(over[0].set)
        thread.join()
        if failures:
            raise failures[0]
