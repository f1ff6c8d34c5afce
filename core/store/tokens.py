"""The accounts at the API: client ids, kept for good, and anonymous tokens, shared by all processes."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis

from core.nemo.identity import Token
from core.store.connection import STORE_AWAY, key

_LOCK_SECONDS = 260
"""Longer than a renewal with its one repetition after 120 s and two calls of 60 s; after a kill it ends by itself."""

_KEEP_TOKEN = 30 * 24 * 3600
"""Seconds: longer than a token lives. One that is gone is obtained anew, for the same account."""

_LOOK_AGAIN = 0.1

_UNLOCK = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


async def free_renewals(redis: Redis) -> None:
    """End every renewal's lock.

    Only for a caller that knows that no other process lives (an embedded server's host): the holder was killed.
    """
    async for name in redis.scan_iter(match=key("account", "*", "renewal"), count=500):
        await redis.delete(name)


class RedisTokens:
    """Implements `core.nemo.identity.TokenStore` for one backend: accounts of one mean nothing to another."""

    def __init__(self, redis: Redis, backend: str) -> None:
        self._redis = redis
        self._backend = backend
        self._unlock = redis.register_script(_UNLOCK)

    async def client_id(self, identity: str) -> str:
        """Made once for each identity and never changed: each new one costs the address an allowance."""
        name = key("account", self._backend, identity, "client-id")
        await self._redis.set(name, str(uuid.uuid4()), nx=True)
        return str(await self._redis.get(name))

    async def token(self, identity: str) -> Token | None:
        text = await self._redis.get(key("account", self._backend, identity, "token"))
        return Token(**json.loads(text)) if text else None

    async def keep(self, identity: str, token: Token) -> None:
        value = json.dumps({"secret": token.secret, "obtained_at": token.obtained_at})
        await self._redis.set(key("account", self._backend, identity, "token"), value, ex=_KEEP_TOKEN)

    @asynccontextmanager
    async def renewal(self, identity: str) -> AsyncIterator[None]:
        """Held by one caller at a time, over processes; the others wait."""
        name = key("account", self._backend, identity, "renewal")
        mine = uuid.uuid4().hex
        while True:
            taken = await self._redis.set(name, mine, nx=True, ex=_LOCK_SECONDS)
            # A call that was repeated after a broken connection may have taken it the first time.
            if taken or await self._redis.get(name) == mine:
                break
            await asyncio.sleep(_LOOK_AGAIN)
        try:
            yield
        finally:
            with suppress(*STORE_AWAY):  # then it ends by itself
                await self._unlock(keys=[name], args=[mine])
