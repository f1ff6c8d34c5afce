"""The accounts at the API: client ids, kept for good, and anonymous tokens, shared by all processes."""

from __future__ import annotations

import json
import uuid
from contextlib import AbstractAsyncContextManager

from redis.asyncio import Redis

from core.nemo.identity import Token
from core.store.connection import key
from core.store.turns import Turns, turn_key

_KEEP_TOKEN = 30 * 24 * 3600
"""Seconds: longer than a token lives. One that is gone is obtained anew, for the same account."""

_WRITTEN_MS = 2000
"""For which the server is waited for: it writes to its disk every second. Servers before 7.2 know no such waiting."""

_RENEWAL = "account:"
"""Begins the name of a renewal's turn."""


async def free_renewals(redis: Redis) -> None:
    """End every renewal's turn.

    Only for a caller that knows that no other process lives (an embedded server's host): the holder was killed.
    """
    async for name in redis.scan_iter(match=turn_key(f"{_RENEWAL}*"), count=500):
        await redis.delete(name)


class RedisTokens:
    """Implements `core.nemo.identity.TokenStore` for one backend: accounts of one mean nothing to another."""

    def __init__(self, redis: Redis, backend: str) -> None:
        self._redis = redis
        self._backend = backend
        self._turns = Turns(redis)

    async def client_id(self, identity: str) -> str:
        """Made once for each identity and never changed: each new one costs the address an allowance."""
        name = key("account", self._backend, identity, "client-id")
        await self._redis.set(name, str(uuid.uuid4()), nx=True)
        return str(await self._redis.get(name))

    async def token(self, identity: str) -> Token | None:
        text = await self._redis.get(key("account", self._backend, identity, "token"))
        return Token(**json.loads(text)) if text else None

    async def keep(self, identity: str, token: Token) -> None:
        """Returns when the server has written it to its disk, where it has one: a lost token is lost for its life."""
        value = json.dumps({"secret": token.secret, "obtained_at": token.obtained_at})
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(key("account", self._backend, identity, "token"), value, ex=_KEEP_TOKEN)
            pipe.execute_command("WAITAOF", 1, 0, _WRITTEN_MS)
            taken, _ = await pipe.execute(raise_on_error=False)
        if isinstance(taken, Exception):
            raise taken

    def renewal(self, identity: str) -> AbstractAsyncContextManager[None]:
        """Held by one caller at a time, over processes; the others wait."""
        return self._turns.held(f"{_RENEWAL}{self._backend}:{identity}")
