"""The accounts at the API: client ids, kept for good, and anonymous tokens, shared by all processes."""

from __future__ import annotations

import json
import uuid
from contextlib import AbstractAsyncContextManager

import structlog
from redis.asyncio import Redis

from core.nemo.identity import Token
from core.store.connection import key
from core.store.turns import Turns, turn_key

log = structlog.get_logger(__name__)

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
        """Made once for each identity and kept for good: each new one costs the address an allowance."""
        name = self._key(identity, "client-id")
        await self._redis.set(name, str(uuid.uuid4()), nx=True)
        return str(await self._redis.get(name))

    async def other_client_id(self, identity: str) -> str:
        log.warning("token_lost", backend=self._backend, identity=identity)
        other = str(uuid.uuid4())
        await self._redis.set(self._key(identity, "client-id"), other)
        return other

    async def asking(self, identity: str) -> bool:
        mine = uuid.uuid4().hex
        # A call that was repeated after a broken connection finds its own.
        found = await self._redis.set(self._key(identity, "asked"), mine, nx=True, get=True, ex=_KEEP_TOKEN)
        return found not in (None, mine)

    async def refused(self, identity: str) -> None:
        await self._redis.delete(self._key(identity, "asked"))

    async def token(self, identity: str) -> Token | None:
        text = await self._redis.get(self._key(identity, "token"))
        return Token(**json.loads(text)) if text else None

    async def keep(self, identity: str, token: Token) -> None:
        """Returns when the server has written it to its disk, where it has one: a lost token is lost for its life."""
        value = json.dumps({"secret": token.secret, "obtained_at": token.obtained_at})
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.set(self._key(identity, "token"), value, ex=_KEEP_TOKEN)
            pipe.delete(self._key(identity, "asked"))
            pipe.execute_command("WAITAOF", 1, 0, _WRITTEN_MS)
            taken, _, _ = await pipe.execute(raise_on_error=False)
        if isinstance(taken, Exception):
            raise taken

    def renewal(self, identity: str) -> AbstractAsyncContextManager[None]:
        """Held by one caller at a time, over processes; the others wait."""
        return self._turns.held(f"{_RENEWAL}{self._backend}:{identity}")

    def _key(self, identity: str, what: str) -> str:
        return key("account", self._backend, identity, what)
