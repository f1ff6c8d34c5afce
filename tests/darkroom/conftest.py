"""A running darkroom for a test, and the visitors who call it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from darkroom.agent import answer
from darkroom.server import serving
from darkroom.settings import load
from darkroom.turns import Agent
from tests.darkroom.processes import overlook_renderers
from tests.darkroom.visitor import Visitor

OpenDarkroom = Callable[..., AbstractAsyncContextManager[Callable[[], Visitor]]]


@pytest.fixture
def open_darkroom(tmp_path: Path) -> OpenDarkroom:
    """Opens a darkroom on the test's data folder: `async with open_darkroom(costs=…) as visitor: visitor()`."""

    @asynccontextmanager
    async def opened(
        clock: Callable[[], float] = time.time, agent: Agent = answer, **over: Any
    ) -> AsyncIterator[Callable[[], Visitor]]:
        overlook_renderers()
        settings = load(data_dir=tmp_path / "data", renderers=over.pop("renderers", 1), **over)
        async with (
            serving(settings, host="127.0.0.1", port=0, clock=clock, agent=agent) as url,
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http,
        ):
            yield lambda: Visitor(http)

    return opened


@pytest.fixture
async def visitor(open_darkroom: OpenDarkroom) -> AsyncIterator[Visitor]:
    """An account with a session at a darkroom with the settings as they come."""
    async with open_darkroom() as new:
        yield await new().enter()
