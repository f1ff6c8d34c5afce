"""Turns over processes, each of which has a client of its own."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio import Redis

from core.store.connection import connected
from core.store.turns import LEASE_SECONDS, Turns, turn_key
from tests.waiting import wait_until


async def test_a_turn_is_had_once_in_so_many_seconds(redis: Redis, redis_url: str) -> None:
    async with connected(redis_url) as other:
        began = time.monotonic()
        await asyncio.gather(*(Turns(client).take("a", 0.3) for client in (redis, other, redis)))
        assert time.monotonic() - began >= 0.6
        await Turns(redis).take("a", 60)
        async with asyncio.timeout(10):
            await Turns(other).take("another", 60)


async def test_a_turns_end_is_moved_by_whoever_has_it(redis: Redis) -> None:
    turns = Turns(redis)
    first = await turns.take("a", 60)
    await turns.end_in(first, 0.3)
    began = time.monotonic()
    async with asyncio.timeout(10):
        second = await turns.take("a", 60)
    assert time.monotonic() - began >= 0.25
    await turns.end_in(first, 0)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await turns.take("a", 60)
    await turns.end_in(second, 0)
    async with asyncio.timeout(10):
        await turns.take("a", 60)


async def test_what_is_held_is_held_by_one_and_let_go_at_once(redis: Redis, redis_url: str) -> None:
    inside: list[int] = []

    async def hold(client: Redis) -> None:
        async with Turns(client).held("a"):
            inside.append(1)
            assert len(inside) == 1
            await asyncio.sleep(0.01)
            inside.pop()

    async with connected(redis_url) as other:
        began = time.monotonic()
        await asyncio.gather(*(hold(client) for client in (redis, other, redis, other)))
        assert time.monotonic() - began < 30


async def test_what_is_held_is_renewed(redis: Redis) -> None:
    async with Turns(redis).held("a"):
        await redis.pexpire(turn_key("a"), 14_000)

        async def renewed() -> bool:
            return await redis.pttl(turn_key("a")) > 14_000

        await wait_until(renewed, 3 * LEASE_SECONDS)


async def test_what_broke_while_it_was_held_is_let_go(redis: Redis) -> None:
    with pytest.raises(RuntimeError):
        async with Turns(redis).held("a"):
            raise RuntimeError
    async with asyncio.timeout(10), Turns(redis).held("a"):
        pass


async def test_whoever_was_killed_holds_it_no_longer_than_said(redis: Redis) -> None:
    await Turns(redis).take("a", 0.2)
    async with asyncio.timeout(10), Turns(redis).held("a"):
        pass
