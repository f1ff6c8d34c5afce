"""The client as it is, against the scripted service over real sockets; its waits are recorded instead of slept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from core.nemo.answers import Session
from core.nemo.client import NemoClient
from core.nemo.identity import Token
from core.nemo.options import INSTALLATION, NemoOptions
from tests.counterparts.nemo import ScriptedNemo
from tests.tokens import MemoryTokens

NOW = 1_790_000_000.0
"""Unix seconds at which every test's clock begins."""

OPTIONS = NemoOptions(client_id="11111111-2222-4333-8444-555555555555")
"""The contract's own waits: those between requests are only recorded."""

IMPATIENT = replace(OPTIONS, idle_timeout=0.15, call_timeout=0.2, upload_timeout=0.2, silence_timeout=0.25)
"""For answers that never come: these limits are really waited for."""


@dataclass
class Clock:
    """`sleep` and `now` of a client: time passes only by sleeping, and `passing` seconds with each look at it."""

    time: float = NOW
    passing: float = 0
    waits: list[float] = field(default_factory=list)
    on_sleep: Callable[[float], object] = lambda seconds: None
    """What happens while the client sleeps."""

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.on_sleep(seconds)
        self.time += seconds
        await asyncio.sleep(0)

    def now(self) -> float:
        self.time += self.passing
        return self.time


@dataclass
class Bench:
    """A service, and one client of it that holds a token and a session."""

    nemo: ScriptedNemo
    client: NemoClient
    clock: Clock
    tokens: MemoryTokens
    session: Session

    @property
    def secret(self) -> str:
        return self.tokens.tokens[INSTALLATION].secret

    def reset(self) -> None:
        """Forget what the preparations did."""
        self.nemo.records.clear()
        self.clock.waits.clear()


@asynccontextmanager
async def benched(options: NemoOptions = OPTIONS, **scripted: Any) -> AsyncIterator[Bench]:
    """`scripted`: arguments of `ScriptedNemo`. Fails where the client broke the contract."""
    clock, tokens = Clock(), MemoryTokens()
    async with ScriptedNemo(now=clock.now, **scripted) as nemo:
        project = nemo.open()
        if options.token is None:
            tokens.tokens[INSTALLATION] = Token(nemo.grant(str(options.client_id)), clock.now())
        session = Session(project.session_id, project.task_id, project.bind_id)
        options = replace(options, api_url=nemo.url)
        async with NemoClient(options, tokens, sleep=clock.sleep, now=clock.now) as client:
            yield Bench(nemo, client, clock, tokens, session)
        assert nemo.violations == []


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with benched() as each:
        yield each
