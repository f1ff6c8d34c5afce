"""A name that one process at a time has over a whole Redis."""

from __future__ import annotations

import pytest
from redis.asyncio import Redis

from core.store.claims import Claimed, claim
from tests.waiting import wait_until

SECONDS = 0.4


async def test_one_owner_has_it_and_may_have_it_again(redis: Redis) -> None:
    async with claim(redis, "darkroom", "one", SECONDS):
        with pytest.raises(Claimed):
            async with claim(redis, "darkroom", "two", SECONDS):
                pass
        async with claim(redis, "another", "two", SECONDS):
            pass
    async with claim(redis, "darkroom", "two", SECONDS):
        pass
    assert await redis.keys("sr:claim:*") == []


async def test_it_is_renewed_for_as_long_as_it_is_had(redis: Redis) -> None:
    async with claim(redis, "darkroom", "one", SECONDS):
        await redis.pexpire("sr:claim:darkroom", 60_000)

        async def renewed() -> bool:
            return 0 < await redis.pttl("sr:claim:darkroom") <= SECONDS * 1000

        await wait_until(renewed)


async def test_what_a_killed_one_left_is_waited_for(redis: Redis) -> None:
    await redis.set("sr:claim:darkroom", "one, killed", px=300)
    async with claim(redis, "darkroom", "two", SECONDS):
        assert await redis.get("sr:claim:darkroom") == "two"
