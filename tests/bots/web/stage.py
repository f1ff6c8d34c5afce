"""The web chat in a thread with an event loop of its own, for tests that drive a browser and wait by blocking."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from core.store.connection import connected
from tests.bots.web.scripted import PATIENCE, Site, served

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stage:
    site: Site
    loop: asyncio.AbstractEventLoop

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run it beside the server and return what it returns."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)


@contextmanager
def staged(redis_url: str, folder: Path, *, most_bytes: int) -> Iterator[Stage]:
    ready = threading.Event()
    stages: list[Stage] = []
    ends = asyncio.Event()

    async def run() -> None:
        async with connected(redis_url) as redis, served(redis, folder, most_bytes=most_bytes) as site:
            stages.append(Stage(site, asyncio.get_running_loop()))
            ready.set()
            await ends.wait()

    def run_to_the_end() -> None:
        try:
            asyncio.run(run())
        finally:
            ready.set()

    thread = threading.Thread(target=run_to_the_end, name="web chat on stage")
    thread.start()
    ready.wait()
    assert stages, "the server did not start"
    try:
        yield stages[0]
    finally:
        stages[0].loop.call_soon_threadsafe(ends.set)
        thread.join()
