"""The inbox of updates: taken in once, held, given back, in order. Over a real Valkey, with time as a number."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from redis.asyncio import Redis

from core.chat import ChatRef
from core.store.connection import key
from core.store.inbox import LEASE_SECONDS, Inbox
from core.store.people import EVENT_MEMORY

ANN, BEN = ChatRef("telegram", "5"), ChatRef("telegram", "6", "7")


@dataclass
class World:
    now: float = 1_800_000_000.0
    ids: int = 0
    given: list[str] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def new_id(self) -> str:
        self.ids += 1
        return f"h{self.ids}"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def inbox(redis: Redis, world: World) -> Inbox:
    return Inbox(redis, "telegram", world.clock, world.new_id)


async def test_an_update_is_taken_in_once(inbox: Inbox, redis: Redis) -> None:
    assert await inbox.put("1", ANN, "update-1", "hello")
    assert not await inbox.put("1", ANN, "update-1", "hello")
    (parcel,) = await inbox.take(10)
    assert (parcel.chat, parcel.items) == (ANN, ("hello",))
    await inbox.done(parcel)
    assert not await inbox.put("1", ANN, "update-1", "hello"), "also when it was dealt with"
    assert await inbox.take(10) == ()
    assert 0 < await redis.ttl(key("update", "telegram", "1")) <= EVENT_MEMORY
    assert [name async for name in redis.scan_iter(match="*items*")] == []


async def test_what_belongs_together_waits_for_the_rest(inbox: Inbox, world: World) -> None:
    await inbox.put("1", ANN, "album-a", "one", 0.7)
    world.now += 0.5
    await inbox.put("2", ANN, "album-a", "two", 0.7)
    world.now += 0.5
    assert await inbox.take(10) == ()
    due = await inbox.next_due()
    assert due is not None
    world.now = due
    (parcel,) = await inbox.take(10)
    assert parcel.items == ("one", "two")


async def test_what_comes_late_is_a_parcel_of_its_own(inbox: Inbox, world: World) -> None:
    await inbox.put("1", ANN, "album-a", "one")
    (first,) = await inbox.take(10)
    await inbox.put("2", ANN, "album-a", "late")
    world.now += 1
    (second,) = await inbox.take(10)
    assert (first.items, second.items) == (("one",), ("late",))
    await inbox.done(first)
    world.now += LEASE_SECONDS + 1
    assert await inbox.take(10) == (second,)


async def test_a_chats_parcels_are_due_in_the_order_in_which_they_came(inbox: Inbox, world: World) -> None:
    await inbox.put("1", ANN, "album-a", "album", 0.7)
    await inbox.put("2", ANN, "update-2", "words about it")
    await inbox.put("3", BEN, "update-3", "of another chat")
    assert [parcel.items for parcel in await inbox.take(10)] == [("of another chat",)]
    world.now += 0.8
    assert [parcel.items[0] for parcel in await inbox.take(10)] == ["album", "words about it"]


async def test_many_at_the_same_moment_keep_their_order(inbox: Inbox, world: World) -> None:
    for number in range(100):
        await inbox.put(str(number), ANN, f"update-{number}", str(number))
    world.now += 1
    assert [parcel.items[0] for parcel in await inbox.take(200)] == [str(number) for number in range(100)]


async def test_who_holds_it_has_it_alone_until_the_lease_ends(inbox: Inbox, redis: Redis, world: World) -> None:
    other = Inbox(redis, "telegram", world.clock, world.new_id)
    await inbox.put("1", ANN, "update-1", "hello")
    (parcel,) = await inbox.take(10)
    assert await other.take(10) == ()
    world.now += LEASE_SECONDS - 1
    await inbox.renew([parcel])
    world.now += LEASE_SECONDS - 1
    assert await other.take(10) == ()
    world.now += 2
    assert await other.take(10) == (parcel,)
    await other.done(parcel)
    await inbox.renew([parcel])
    assert await inbox.next_due() is None, "what is done is not held any more"


async def test_a_start_of_the_only_process_frees_what_a_killed_one_held(inbox: Inbox, world: World) -> None:
    await inbox.put("1", ANN, "update-1", "hello")
    (parcel,) = await inbox.take(10)
    await inbox.free_all()
    world.now += 0.1
    assert await inbox.take(10) == (parcel,)


async def test_a_parcel_whose_items_the_store_dropped_does_not_stop_the_others(
    inbox: Inbox, redis: Redis, world: World
) -> None:
    await inbox.put("1", ANN, "update-1", "dropped")
    await inbox.put("2", BEN, "update-2", "kept")
    await redis.delete(key("inbox", "telegram", "items", f"{ANN.key}|update-1"))
    world.now += 1
    assert [parcel.items for parcel in await inbox.take(10)] == [("kept",)]
    world.now += LEASE_SECONDS + 1
    assert [parcel.items for parcel in await inbox.take(10)] == [("kept",)]
