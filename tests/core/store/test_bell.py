"""The bell: rings who follows a name, over one connection, also after that connection was cut."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from core.store.bell import Bell
from tests.waiting import wait_until

CHANNEL = "test:bell"


async def subscriptions(redis: Redis) -> int:
    return sum(count for _, count in await redis.pubsub_numsub(CHANNEL))


async def test_rings_those_who_follow_the_name_and_no_others(redis: Redis) -> None:
    bell = Bell(redis, CHANNEL)
    async with bell.heard("a") as first, bell.heard("a") as second, bell.heard("b") as other:
        # The confirmed subscription rings everybody: rings may have been lost before it.
        for event in (first, second, other):
            await asyncio.wait_for(event.wait(), 5)
            event.clear()
        await redis.publish(CHANNEL, "a")
        await asyncio.wait_for(asyncio.gather(first.wait(), second.wait()), 5)
        assert not other.is_set()


async def test_all_who_wait_share_one_subscription_which_ends_with_the_last(redis: Redis) -> None:
    bell = Bell(redis, CHANNEL)
    assert await subscriptions(redis) == 0
    async with bell.heard("a") as event:
        async with bell.heard("b"):
            await asyncio.wait_for(event.wait(), 5)
            assert await subscriptions(redis) == 1
        assert await subscriptions(redis) == 1

    async def ended() -> bool:
        return await subscriptions(redis) == 0

    await wait_until(ended)
    async with bell.heard("a") as event:
        await asyncio.wait_for(event.wait(), 5)
        event.clear()
        await redis.publish(CHANNEL, "a")
        await asyncio.wait_for(event.wait(), 5)


async def test_rings_everybody_when_the_connection_was_cut_and_hears_again(redis: Redis) -> None:
    bell = Bell(redis, CHANNEL)
    async with bell.heard("a") as event:
        await asyncio.wait_for(event.wait(), 5)
        event.clear()
        await redis.client_kill_filter(_type="pubsub")
        await asyncio.wait_for(event.wait(), 5)

        async def back() -> bool:
            return await subscriptions(redis) == 1

        await wait_until(back)
        event.clear()
        await redis.publish(CHANNEL, "a")
        await asyncio.wait_for(event.wait(), 5)


async def test_rings_by_itself_now_and_then(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.bell._LOOK_AGAIN", 0.05)
    bell = Bell(redis, CHANNEL)
    async with bell.heard("a") as event:
        for _ in range(3):
            await asyncio.wait_for(event.wait(), 5)
            event.clear()


async def test_a_cancelled_waiter_leaves_nothing_running(redis: Redis) -> None:
    bell = Bell(redis, CHANNEL)
    before = asyncio.all_tasks()

    async def wait() -> None:
        async with bell.heard("a"):
            await asyncio.Event().wait()

    task = asyncio.create_task(wait())

    async def there() -> bool:
        return await subscriptions(redis) == 1

    await wait_until(there)
    task.cancel()
    await asyncio.wait([task])
    assert asyncio.all_tasks() == before
