"""Accounts: a client id for good, and one renewal at a time over all processes."""

from __future__ import annotations

import asyncio
import sys
import uuid
from asyncio.subprocess import PIPE

import pytest
from redis.asyncio import Redis

from core.nemo.identity import Token
from core.store.connection import connected
from core.store.tokens import RedisTokens
from core.store.turns import LEASE_SECONDS, turn_key

_RENEWALS = turn_key("account:*")


@pytest.fixture
def tokens(redis: Redis) -> RedisTokens:
    return RedisTokens(redis, "nemo")


async def test_a_client_id_is_made_once_however_many_ask(redis: Redis, tokens: RedisTokens) -> None:
    asked = await asyncio.gather(*(RedisTokens(redis, "nemo").client_id("installation") for _ in range(8)))
    assert len(set(asked)) == 1
    assert uuid.UUID(asked[0]).version == 4
    assert await tokens.client_id("installation") == asked[0]
    (name,) = await redis.keys("*")
    assert await redis.ttl(name) == -1


async def test_accounts_are_apart_by_identity_and_backend(redis: Redis, tokens: RedisTokens) -> None:
    ids = {
        await tokens.client_id("installation"),
        await tokens.client_id("telegram:1"),
        await RedisTokens(redis, "darkroom").client_id("installation"),
    }
    assert len(ids) == 3
    await tokens.keep("installation", Token("nmv_usr_1", 5.0))
    assert await tokens.token("telegram:1") is None
    assert await RedisTokens(redis, "darkroom").token("installation") is None


async def test_a_token_comes_back_as_it_was(tokens: RedisTokens) -> None:
    assert await tokens.token("installation") is None
    for token in (Token("nmv_usr_1", 1_700_000_000.5), Token("nmv_usr_2", None)):
        await tokens.keep("installation", token)
        assert await tokens.token("installation") == token


async def test_one_renews_at_a_time(redis: Redis) -> None:
    inside = 0
    most = 0
    done = 0

    async def renew() -> None:
        nonlocal inside, most, done
        async with RedisTokens(redis, "nemo").renewal("installation"):
            inside += 1
            most = max(most, inside)
            await redis.ping()
            inside -= 1
            done += 1

    await asyncio.gather(*(renew() for _ in range(4)))
    assert (most, done) == (1, 4)
    assert await redis.keys(_RENEWALS) == []


async def test_renewals_of_two_identities_do_not_wait_for_each_other(tokens: RedisTokens) -> None:
    async with asyncio.timeout(5), tokens.renewal("a"), tokens.renewal("b"):
        pass


async def test_a_failed_or_cancelled_renewal_lets_the_next_one_in(redis: Redis, tokens: RedisTokens) -> None:
    with pytest.raises(ZeroDivisionError):
        async with tokens.renewal("installation"):
            raise ZeroDivisionError
    held = asyncio.Event()

    async def hold() -> None:
        async with tokens.renewal("installation"):
            held.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await asyncio.wait_for(held.wait(), 5)
    task.cancel()
    await asyncio.wait([task])
    assert await redis.keys(_RENEWALS) == []


_HOLDER = """
import asyncio, sys
from core.store.connection import connected
from core.store.tokens import RedisTokens

async def main():
    async with connected(sys.argv[1]) as redis, RedisTokens(redis, "nemo").renewal("installation"):
        print("held", flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_the_lock_of_a_killed_holder_ends_by_itself(redis: Redis, redis_url: str, tokens: RedisTokens) -> None:
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", _HOLDER, redis_url, stdout=PIPE)
    assert program.stdout is not None
    assert await program.stdout.readline() == b"held\n"
    program.kill()
    await program.communicate()
    (name,) = await redis.keys(_RENEWALS)
    assert 0 < await redis.pttl(name) <= 1000 * LEASE_SECONDS
    await redis.pexpire(name, 300)
    async with asyncio.timeout(10), tokens.renewal("installation"):
        pass


async def test_who_outstayed_the_lock_does_not_free_the_next_holders(redis: Redis, tokens: RedisTokens) -> None:
    async with tokens.renewal("installation"):
        (name,) = await redis.keys(_RENEWALS)
        await redis.set(name, "somebody-else")
    assert await redis.get(name) == "somebody-else"


async def test_the_lock_is_one_over_connections(redis_url: str, tokens: RedisTokens) -> None:
    async with connected(redis_url) as other, tokens.renewal("installation"):
        waiting = RedisTokens(other, "nemo").renewal("installation")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3), waiting:
                pytest.fail("held twice")
