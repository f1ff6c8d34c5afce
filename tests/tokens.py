"""Accounts that are kept for as long as a test lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field

from core.nemo.identity import Token


@dataclass
class MemoryTokens:
    """A token store in one process, for several clients."""

    tokens: dict[str, Token] = field(default_factory=dict)
    client_ids: dict[str, str] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def client_id(self, identity: str) -> str:
        return self.client_ids.setdefault(identity, f"client-of-{identity}")

    async def token(self, identity: str) -> Token | None:
        await asyncio.sleep(0)
        return self.tokens.get(identity)

    async def keep(self, identity: str, token: Token) -> None:
        self.tokens[identity] = token
        self.asked.discard(identity)

    async def asking(self, identity: str) -> bool:
        before = identity in self.asked
        self.asked.add(identity)
        return before

    async def refused(self, identity: str) -> None:
        self.asked.discard(identity)

    async def other_client_id(self, identity: str) -> str:
        self.client_ids[identity] = f"another-client-of-{identity}"
        return self.client_ids[identity]

    def renewal(self, identity: str) -> AbstractAsyncContextManager[None]:
        return self._renewal()

    @asynccontextmanager
    async def _renewal(self) -> AsyncIterator[None]:
        async with self.lock:
            yield
