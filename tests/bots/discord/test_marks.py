"""How far a shard's messages are in the inbox, over a real store."""

from __future__ import annotations

from redis.asyncio import Redis

from bots.discord.marks import Marks
from bots.discord.places import PLATFORM
from core.store.notes import Notes


def marks(redis: Redis) -> Marks:
    return Marks(Notes(redis, PLATFORM), "bot/1")


async def test_a_mark_stands_still_until_what_came_before_it_was_asked_for(redis: Redis) -> None:
    first = marks(redis)
    assert (first.stand(0), await first.before(0)) == (0, (0, ()))
    first.saw(0, 10)
    await first.write()
    assert await first.before(0) == (0, ()), "nothing is kept while it stands"
    first.go_on(0)
    await first.write()
    assert await marks(redis).before(0) == (10, ())
    assert await marks(redis).before(1) == (0, ()), "another shard has another mark"


async def test_a_session_that_ends_before_it_has_caught_up_leaves_the_mark_where_it_stood(redis: Redis) -> None:
    first = marks(redis)
    first.stand(0)
    first.saw(0, 10)
    first.go_on(0)
    assert first.stand(0) == 10
    first.saw(0, 20)
    assert first.stand(0) == 10, "what came between 10 and 20 was not asked for"
    first.go_on(0)
    assert first.stand(0) == 20


async def test_a_mark_never_goes_back(redis: Redis) -> None:
    first = marks(redis)
    for message in (5, 1, 3):
        first.saw(0, message)
    first.go_on(0)
    first.saw(0, 4)
    await first.write()
    assert (await marks(redis).before(0))[0] == 5


async def test_the_latest_direct_messages_are_remembered(redis: Redis) -> None:
    first = marks(redis)
    for channel in (*range(250), 60):
        first.saw_direct(0, channel)
    await first.write()
    _, direct = await marks(redis).before(0)
    assert len(direct) == 200
    assert direct[-1] == 60
    assert 0 not in direct


async def test_where_the_first_session_began_is_kept_at_once(redis: Redis) -> None:
    first = marks(redis)
    first.stand(0)
    await first.begin(0)
    assert await first.before(0) == (0, ()), "nothing came before it"
    begun, _ = await marks(redis).before(0)
    assert begun, "another process asks for what this one hears and does not keep"
    second = marks(redis)
    await second.begin(0)
    assert await second.before(0) == (begun, ()), "only the first session of all begins there"
    first.go_on(0)
    assert (await first.before(0))[0] == begun


async def test_a_new_channel_of_direct_messages_is_kept_before_what_was_said_there(redis: Redis) -> None:
    first = marks(redis)
    await first.write_direct()
    first.saw_direct(0, 7)
    await first.write_direct()
    assert await marks(redis).before(0) == (0, (7,))
