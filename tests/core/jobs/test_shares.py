"""Whose turn it is, and how much anybody may have, against a real Valkey: limits at once, quotas, queues, places."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from core.chat import ChatRef
from core.jobs.job import Kind, Stage
from core.jobs.mailbox import Mailbox, Turn
from core.store.connection import chat_key, key
from core.store.people import People
from core.store.shares import DAY, Refused, Shares, Why
from tests.core.jobs.test_mailbox import STREAM, A, B, C, World, end, entries_of, job, turn_of, turns
from tests.waiting import wait_until

NOON = 20_000.5 * DAY


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


async def opened(redis: Redis, name: str = "one", clock: Clock | None = None, **limits: Any) -> Mailbox:
    box = Mailbox(redis, name, shares=Shares(**limits), clock=clock or Clock())
    await box.open()
    return box


def chat(number: int) -> ChatRef:
    return ChatRef("web", f"chat{number}")


def ids(found: list[Turn]) -> list[str]:
    return [turn.job.id for turn in found]


async def fails(box: Mailbox, turn: Turn, *, gives_back: bool) -> None:
    await box.end(turn, replace(turn.job, stage=Stage.FAILED, gives_back=gives_back))


async def test_item_4_no_more_jobs_are_at_work_in_all_than_set_whatever_the_workers(redis: Redis) -> None:
    one, two = await opened(redis, "one", jobs_in_all=2), await opened(redis, "two", jobs_in_all=2)
    for number in range(5):
        assert await one.put(job(f"j{number}", chat(number), f"p{number}")) == max(0, number - 1)
    held = await turns(one, 1)
    held += await turns(two)
    assert ids(held) == ["j0", "j1"]
    assert await turns(one) == await turns(two) == []
    await end(two, held[0])
    assert ids(await turns(one)) == ["j2"]
    assert await turns(two) == []
    await end(one, held[1])
    assert ids(await turns(two)) == ["j3"]


async def test_item_4_a_person_has_no_more_jobs_at_work_than_set_and_holds_nobody_else_up(redis: Redis) -> None:
    box = await opened(redis, jobs_person=2)
    for number in range(4):
        await box.put(job(f"ann{number}", chat(number), "ann"))
    await box.put(job("bob", chat(9), "bob"))
    held = await turns(box)
    assert ids(held) == ["ann0", "ann1", "bob"]
    await end(box, held[2])
    assert await turns(box) == []
    await end(box, held[0])
    last = await turns(box)
    assert ids(last) == ["ann2"]
    await end(box, held[1])
    assert ids(await turns(box)) == ["ann3"]


async def test_item_4_a_chat_has_one_job_at_work_whatever_the_limits(redis: Redis) -> None:
    box = await opened(redis, jobs_in_all=10, jobs_person=10)
    for number in range(3):
        await box.put(job(f"j{number}"))
    assert ids(await turns(box)) == ["j0"]


async def test_item_4_a_person_who_waits_in_a_group_gives_way_to_the_next_chat(redis: Redis) -> None:
    """The group's head is Ann's, who has a job elsewhere: its place in line is kept until that one has ended."""
    box = await opened(redis, jobs_in_all=2, jobs_person=1)
    await box.put(job("private", A, "ann"))
    await box.put(job("group1", chat(2), "ann"))
    await box.put(job("group2", chat(2), "bob"))
    await box.put(job("other", B, "eve"))
    held = await turns(box)
    assert ids(held) == ["private", "other"]
    await box.put(job("late", chat(1), "lee"))
    await end(box, held[0])
    assert ids(await turns(box)) == ["group1"], "not the one that came later"


async def test_item_4_a_turn_handed_over_or_left_by_a_killed_worker_stays_the_only_one(redis: Redis) -> None:
    box = await opened(redis, jobs_in_all=1)
    await box.put(job("first", A, "ann"))
    await box.put(job("second", B, "bob"))
    await box.hand_over(await turn_of(box))
    assert (await turn_of(box)).job.id == "first"
    assert await box.free_all() == 1
    turn = await turn_of(box)
    assert turn.job.id == "first"
    assert await turns(box) == []
    await end(box, turn)
    assert (await turn_of(box)).job.id == "second"


async def test_item_4_a_limit_that_was_raised_is_felt_at_the_next_start(redis: Redis) -> None:
    small = await opened(redis, jobs_in_all=1, jobs_person=1)
    for number in range(3):
        await small.put(job(f"j{number}", chat(number)))
    assert len(await turns(small)) == 1
    assert ids(await turns(await opened(redis, "two", jobs_in_all=3, jobs_person=3))) == ["j1", "j2"]


async def test_item_4_a_cancelled_job_gives_its_turn_to_the_next(redis: Redis) -> None:
    box = await opened(redis, jobs_in_all=1)
    for name, where in (("a", A), ("b", B), ("c", C)):
        await box.put(job(name, where, name))
    assert await box.cancel(job("a"), replace(job("a"), stage=Stage.CANCELLED)) is True, "it has a turn, no worker"
    assert await box.cancel(job("c", C, "c"), replace(job("c", C), stage=Stage.CANCELLED)) is True
    assert ids(await turns(box)) == ["b"]
    assert await entries_of(redis) == {B.key: 1}


async def test_item_4_a_head_that_was_cancelled_leaves_its_chat_in_front(redis: Redis) -> None:
    box = await opened(redis, jobs_in_all=1)
    await box.put(job("a1", A, "ann"))
    await box.put(job("a2", A, "bob"))
    await box.put(job("b1", B, "eve"))
    await box.cancel(job("a1"), replace(job("a1"), stage=Stage.CANCELLED))
    assert ids(await turns(box)) == ["a2"]


async def test_item_4_a_place_counts_those_before_it_in_the_chat_and_in_line(redis: Redis) -> None:
    box = await opened(redis, jobs_in_all=1)
    assert await box.put(job("a1", A, "ann")) == 0
    assert await box.put(job("a2", A, "ann")) == 1
    assert await box.put(job("b1", B, "bob")) == 1
    assert await box.put(job("c1", C, "eve")) == 2
    assert await box.put(job("c2", C, "eve")) == 3
    turn = await turn_of(box)
    assert await box.waiting(3, 20) == [], "nothing has changed"
    await end(box, turn)
    turn = await turn_of(box)
    assert turn.job.id == "b1"
    told = {each.id: place for each, place in await box.waiting(3, 20)}
    assert told == {"a2": 2, "c1": 1, "c2": 2}, "Ann's chat went to the end of the line"


async def test_item_4_places_far_back_are_told_in_steps(redis: Redis) -> None:
    box = await opened(redis, jobs_in_all=1)
    for number in range(16):
        await box.put(job(f"j{number}", chat(number), f"p{number}"))
    await end(box, await turn_of(box))
    await turn_of(box)
    told = {each.id: place for each, place in await box.waiting(3, 20)}
    assert told == {f"j{number}": number - 1 for number in range(2, 12)}


async def test_item_4_one_worker_at_a_time_tells_the_places(redis: Redis) -> None:
    one, two = await opened(redis, "one", jobs_in_all=1), await opened(redis, "two", jobs_in_all=1)
    for number in range(4):
        await one.put(job(f"j{number}", chat(number), f"p{number}"))
    await one.waiting(3, 20)
    await end(one, await turn_of(one))
    assert await two.waiting(3, 20) == []
    assert len(await one.waiting(3, 20)) == 2
    await redis.delete(key("chats:board:"))
    await end(one, await turn_of(one))
    assert len(await two.waiting(3, 20)) == 1


async def test_item_4_a_worker_that_does_not_reach_a_platform_leaves_its_places_to_others(redis: Redis) -> None:
    one, two = await opened(redis, "one", jobs_in_all=1), await opened(redis, "two", jobs_in_all=1)
    for number in range(3):
        await one.put(job(f"j{number}", chat(number), f"p{number}"))
    await end(one, await turn_of(one))
    elsewhere, here = ("elsewhere",), (A.platform, "elsewhere")
    assert await one.waiting(3, 20, elsewhere) == []
    assert [(each.id, place) for each, place in await two.waiting(3, 20, here)] == [("j2", 1)]


async def test_whether_a_worker_lives_is_seen_by_what_it_reads_and_renews(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = Mailbox(redis)
    assert not await asks.is_worked_on(), "nobody has ever come"
    box = await opened(redis)
    assert not await asks.is_worked_on(), "it has opened the store and reads nothing"
    await box.put(job("j1"))
    turn = await turn_of(box)
    assert await asks.is_worked_on()
    monkeypatch.setattr("core.jobs.mailbox._SILENT_MS", 50)

    async def silent() -> bool:
        return not await asks.is_worked_on()

    await wait_until(silent, 5)
    await box.renew([turn])
    assert await asks.is_worked_on()


# Quotas and full queues.


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ({"quota_person": 2}, Why.QUOTA_PERSON),
        ({"quota_chat": 2}, Why.QUOTA_CHAT),
        ({"queue_person": 2}, Why.QUEUE_PERSON),
        ({"queue_chat": 2}, Why.QUEUE_CHAT),
    ],
    ids=str,
)
async def test_item_4_what_is_beyond_a_limit_is_not_taken(redis: Redis, limit: dict[str, Any], why: Why) -> None:
    box = await opened(redis, **limit)
    await box.put(job("j1"))
    await box.put(job("j2"))
    await box.put(job("j2")), "the same once more is no new one"
    with pytest.raises(Refused) as caught:
        await box.put(job("j3"))
    assert (caught.value.why, caught.value.limit) == (why, 2)
    assert caught.value.again == (NOON + DAY / 2 if "quota" in why else None)
    assert await box.job("j3") is None
    assert [each.id for each in await box.unfinished(A)] == ["j1", "j2"]
    whose = {"person": ("bob", A), "chat": ("ann", B)}["person" if "person" in why else "chat"]
    assert await box.put(job("j4", whose[1], whose[0])) >= 0, "others are free"


async def test_item_4_a_person_s_quota_counts_over_chats_and_a_chat_s_over_people_and_topics(redis: Redis) -> None:
    box = await opened(redis, quota_person=2)
    await box.put(job("j1", A))
    await box.put(job("j2", B))
    with pytest.raises(Refused):
        await box.put(job("j3", chat(3)))
    await redis.flushdb()
    box = await opened(redis, quota_chat=2)
    await box.put(job("j1", C, "ann"))
    await box.put(job("j2", ChatRef("telegram", "-100"), "bob"))
    with pytest.raises(Refused):
        await box.put(job("j3", ChatRef("telegram", "-100", "8"), "eve"))


async def test_item_4_a_chat_s_quota_goes_with_it_to_another_id(redis: Redis) -> None:
    clock = Clock()
    box, people, old, new = await opened(redis, clock=clock, quota_chat=2), People(redis), chat(1), chat(2)
    await box.put(job("j1", old))
    await box.put(job("j2", replace(new, thread="8"), "bob"))
    for _ in range(2):
        await people.migrate(old, new)
    with pytest.raises(Refused):
        await box.put(job("j3", new, "eve"))
    assert (await box.numbers(5)).chats == 1
    # What is given back of before the move comes back where the chat is now.
    await fails(box, next(turn for turn in await turns(box) if turn.job.id == "j1"), gives_back=True)
    await box.put(job("j3", new, "eve"))
    with pytest.raises(Refused):
        await box.put(job("j4", new, "eve"))


async def test_item_4_a_full_queue_takes_more_when_something_has_ended(redis: Redis) -> None:
    box = await opened(redis, queue_person=1)
    await box.put(job("j1"))
    with pytest.raises(Refused):
        await box.put(job("j2", B))
    await end(box, await turn_of(box))
    await box.put(job("j2", B))
    await box.cancel(job("j2", B), replace(job("j2", B), stage=Stage.CANCELLED))
    await box.put(job("j3", B))


async def test_item_4_the_next_day_is_a_new_one(redis: Redis) -> None:
    clock = Clock()
    box = await opened(redis, clock=clock, quota_person=1, quota_chat=1)
    await box.put(job("j1"))
    clock.now = NOON + DAY / 2 - 1
    with pytest.raises(Refused):
        await box.put(job("j2"))
    clock.now += 1
    await box.put(job("j2"))


@pytest.mark.parametrize("kind", Kind)
async def test_item_4_a_quota_of_none_takes_nothing_and_no_clock_frees_it(redis: Redis, kind: Kind) -> None:
    for box in (await opened(redis, quota_person=0), await opened(redis, quota_chat=0)):
        with pytest.raises(Refused) as caught:
            await box.put(replace(job("j1"), kind=kind))
        assert (caught.value.limit, caught.value.again) == (0, None)


async def test_item_4_an_empty_quota_is_unlimited_and_the_operator_s_shell_has_none(redis: Redis) -> None:
    box = await opened(redis)
    for number in range(120):
        await box.put(job(f"j{number}"))
    strict = await opened(redis, quota_person=0, quota_chat=0, queue_person=0, queue_chat=0)
    await strict.put(job("of-shell", ChatRef("shell", "x")))


async def test_item_4_only_clips_and_edits_count_and_photos_wait_for_a_quota(redis: Redis) -> None:
    box = await opened(redis, quota_person=1)
    for number in range(3):
        await box.put(replace(job(f"u{number}"), kind=Kind.UPLOAD))
        await box.put(replace(job(f"e{number}"), kind=Kind.EXPORT))
    await box.put(job("edit"))
    await box.put(replace(job("e9"), kind=Kind.EXPORT))
    for kind in (Kind.UPLOAD, Kind.EDIT):
        with pytest.raises(Refused):
            await box.put(replace(job("more"), kind=kind))


@pytest.mark.parametrize("limit", [{"quota_person": 1}, {"quota_chat": 1}], ids=str)
async def test_item_4_a_quota_is_given_back_for_our_failures_and_for_what_was_cancelled_while_waiting(
    redis: Redis, limit: dict[str, Any]
) -> None:
    box = await opened(redis, **limit)
    await box.put(job("fails"))
    await fails(box, await turn_of(box), gives_back=True)
    await box.put(job("cancelled"))
    await box.cancel(job("cancelled"), replace(job("cancelled"), stage=Stage.CANCELLED))
    await box.put(job("theirs"))
    await fails(box, await turn_of(box), gives_back=False)
    with pytest.raises(Refused):
        await box.put(job("more"))


async def test_item_4_what_is_given_back_is_of_the_day_on_which_it_was_counted(redis: Redis) -> None:
    clock = Clock()
    box = await opened(redis, clock=clock, quota_person=1)
    await box.put(job("yesterday"))
    clock.now += DAY
    await box.put(job("today", B))
    first, second = await turns(box)
    await fails(box, first, gives_back=True)
    with pytest.raises(Refused):
        await box.put(job("more", chat(3)))
    await fails(box, second, gives_back=True)
    await box.put(job("more", chat(3)))


async def test_item_4_the_operator_s_numbers(redis: Redis) -> None:
    box = await opened(redis, quota_person=3, queue_chat=3)
    for number in range(3):
        await box.put(job(f"a{number}", A, "ann"))
    with pytest.raises(Refused):
        await box.put(job("full", A, "bob"))
    await box.put(job("c", C, "eve"))
    with pytest.raises(Refused):
        await box.put(job("quota", B, "ann"))
    done, failed = await turns(box)
    await end(box, done)
    await fails(box, failed, gives_back=False)
    await turn_of(box)
    found = await box.numbers(2)
    assert found.busy == ((A, 2, True),)
    assert found.today == {
        ("taken", "web"): 3,
        ("taken", "telegram"): 1,
        ("queue_chat", "web"): 1,
        ("quota_person", "web"): 1,
        ("done", "web"): 1,
        ("failed", "telegram"): 1,
    }
    assert found.most == (("web:ann", 3), ("telegram:eve", 1))
    assert found.chats == 2


class Limited(World):
    """The world of the mailboxes under limits: two at work in all, and one of each person."""

    async def check(self) -> None:
        line, turned, parked = key("chats:line"), key("chats:turns"), key("chats:parked")
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.xrange(STREAM)
            pipe.zrange(line, 0, -1)
            pipe.hgetall(turned)
            pipe.hgetall(parked)
            pipe.smembers(key("chats:busy"))
            for each in (A, B, C):
                pipe.lrange(chat_key(each, "mail"), 0, -1)
            for person in ("ann", "bob"):
                for platform in ("web", "telegram"):
                    pipe.smembers(f"sr:person:{platform}:{person}|turns")
            entries, in_line, given, waiting, busy, *rest = await pipe.execute()
        mails, of_person = rest[:3], rest[3:]
        offered = [fields["chat"] for _, fields in entries]
        for each, mail in zip((A, B, C), mails, strict=True):
            stands = offered.count(each.key) + in_line.count(each.key) + (each.key in waiting)
            assert stands == (1 if mail else 0) or (stands == 1 and each.key in offered), f"{each.key}: {mail}"
            assert not mail or each.key in busy
            expected = [name for name in self.put[each] if name not in self.cancelled]
            assert self.done[each] + mail == expected, f"jobs of {each.key}"
        assert sorted(given) == sorted(offered)
        assert {chat: turn.partition(" ")[0] for chat, turn in given.items()} == {
            fields["chat"]: entry for entry, fields in entries
        }
        assert len(offered) <= 2
        assert all(len(held) <= 1 for held in of_person)
        assert sorted(chat for held in of_person for chat in held) == sorted(offered)
        if len(offered) < 2:
            assert not in_line, "a turn is free and somebody is in line"


@pytest.mark.parametrize("seed", range(3))
async def test_item_4_no_interleaving_breaks_the_limits_or_forgets_a_chat(redis: Redis, seed: int) -> None:
    boxes = [await opened(redis, f"w{number}", jobs_in_all=2, jobs_person=1) for number in range(3)]
    world = Limited(redis, boxes, random.Random(seed))
    for _ in range(120):
        await world.step()
        await world.check()
    for each in (A, B, C):
        await redis.delete(chat_key(each, "lease"))
    for _ in range(3 * world.made + 3):
        if not await redis.exists(key("chats:busy")):
            break
        offered = await boxes[0].abandoned_entries(10, 0) + await boxes[0].next_entries(10, 0.001)
        for entry, where in offered:
            turn = await boxes[0].take(entry, where)
            if turn is not None:
                await end(boxes[0], turn)
                world.done[where].append(turn.job.id)
    await world.check()
    assert sum(map(len, world.done.values())) + len(world.cancelled) == world.made
    left = {str(name) async for name in redis.scan_iter("sr:person:*")} | {
        str(name) async for name in redis.scan_iter("sr:chats:*")
    }
    assert left <= {key("chats:ticket")}, "nothing of what has ended is kept"
