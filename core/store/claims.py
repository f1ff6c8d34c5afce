"""What one process at a time may have over a whole Redis, for as long as it lives: a name that it keeps renewing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import Redis

from core.store.connection import STORE_AWAY, key

log = structlog.get_logger(__name__)

_LOOK_AGAIN = 0.2
_RENEWALS = 3
"""In the time for which a claim lives."""

# KEYS: claim. ARGV: owner, milliseconds. → 1 had or renewed | 0 another has it.
_CLAIM = """
local owner = redis.call('get', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
"""

_RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


class Claimed(Exception):
    """Another owner has it, and lives."""


@asynccontextmanager
async def claim(redis: Redis, name: str, owner: str, seconds: float) -> AsyncIterator[None]:
    """Have `name` while the block runs. The same owner may have it again at once, as after a kill.

    One that another owner left behind ends by itself: that is waited for, `seconds` at most. Raises `Claimed`, and what
    the store raises before the block begins.
    """
    place, take = key("claim", name), redis.register_script(_CLAIM)
    milliseconds = round(seconds * 1000)

    async def taken() -> bool:
        return bool(await take(keys=[place], args=[owner, milliseconds]))

    async def keep() -> None:
        while True:
            await asyncio.sleep(seconds / _RENEWALS)
            try:
                if not await taken():
                    log.error("claim_lost", claim=name)
            except STORE_AWAY as error:
                log.warning("claim_not_renewed", claim=name, reason=type(error).__name__)

    loop = asyncio.get_running_loop()
    end = loop.time() + seconds + _LOOK_AGAIN
    while not await taken():
        if loop.time() > end:
            raise Claimed(name)
        await asyncio.sleep(_LOOK_AGAIN)
    keeping = asyncio.create_task(keep(), name=f"claim {name}")
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        with suppress(*STORE_AWAY):  # then it ends by itself
            await redis.register_script(_RELEASE)(keys=[place], args=[owner])
