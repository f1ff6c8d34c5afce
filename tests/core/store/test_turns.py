"""Turns over processes, each of which has a client of its own."""

from __future__ import annotations

import asyncio
import time

import pytest
from redis.asyncio import Redis

from core.store.connection import connected
from core.store.turns import Turns


async def test_a_turn_is_had_once_in_so_many_seconds(redis: Redis, redis_url: str) -> None:
    async with connected(redis_url) as other:
        began = time.monotonic()
        await asyncio.gather(*(Turns(client).take("a", 0.3) for client in (redis, other, redis)))
        assert time.monotonic() - began >= 0.6
        began = time.monotonic()
        await Turns(other).take("b", 0.3)
        assert time.monotonic() - began < 0.3, "another name is another turn"


async def test_what_is_held_is_held_by_one_and_let_go_at_once(redis: Redis, redis_url: str) -> None:
    inside: list[int] = []

    async def hold(client: Redis) -> None:
        async with Turns(client).held("a", 60):
            inside.append(1)
            assert len(inside) == 1
            await asyncio.sleep(0.01)
            inside.pop()

    async with connected(redis_url) as other:
        began = time.monotonic()
        await asyncio.gather(*(hold(client) for client in (redis, other, redis, other)))
        assert time.monotonic() - began < 5


async def test_what_broke_while_it_was_held_is_let_go(redis: Redis) -> None:
    with pytest.raises(RuntimeError):
        async with Turns(redis).held("a", 60):
            raise RuntimeError
    async with asyncio.timeout(1), Turns(redis).held("a", 60):
        pass


async def test_whoever_was_killed_holds_it_no_longer_than_said(redis: Redis) -> None:
    await Turns(redis).take("a", 0.2)
    async with asyncio.timeout(2), Turns(redis).held("a", 60):
        pass
