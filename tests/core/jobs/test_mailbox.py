"""The mailboxes against a real Valkey: order, turns, leases, and no job lost or done twice whatever happens."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from core.chat import ChatRef, Media, MediaKind, Person
from core.jobs.job import Job, Kind, Stage, Upload
from core.jobs.mailbox import KEEP_ENDED, Held, LeaseLost, Mailbox, Turn, Unreadable
from core.store.connection import STORE_AWAY, chat_key, connected, key
from tests.valkey import valkey
from tests.waiting import wait_until

STREAM, GROUP = key("chats"), "workers"
A, B, C = ChatRef("web", "a"), ChatRef("web", "b"), ChatRef("telegram", "-100", "7")


def job(name: str, chat: ChatRef = A, person: str = "ann") -> Job:
    return Job(
        id=name,
        kind=Kind.EDIT,
        chat=chat,
        person=Person(person, "安", "zh"),
        clip="clip",
        created=1.5,
        language="zh",
        prompt="慢慢放大",
        uploads=(Upload(Media("ref", MediaKind.PHOTO, "a.jpg"), done=True), Upload(Media("ref2"))),
    )


@pytest.fixture
async def box(redis: Redis) -> Mailbox:
    return await worker(redis, "one")


async def worker(redis: Redis, name: str, lease_seconds: float = 15.0) -> Mailbox:
    box = Mailbox(redis, name, lease_seconds)
    await box.open()
    return box


async def turns(box: Mailbox, count: int = 100) -> list[Turn]:
    """All that is offered now, taken."""
    taken = [await box.take(entry, chat) for entry, chat in await box.next_entries(count, 0.001)]
    return [turn for turn in taken if turn is not None]


async def turn_of(box: Mailbox) -> Turn:
    (turn,) = await turns(box, 1)
    return turn


async def end(box: Mailbox, turn: Turn, stage: Stage = Stage.DONE) -> None:
    await box.end(turn, replace(turn.job, stage=stage))


async def lose_lease(redis: Redis, turn: Turn) -> None:
    await redis.delete(chat_key(turn.job.chat, "lease"))


async def entries_of(redis: Redis) -> dict[str, int]:
    """How many entries of the stream each chat has."""
    return dict(Counter(str(fields["chat"]) for _, fields in cast("Any", await redis.xrange(STREAM))))


async def test_a_record_comes_back_as_it_was_put(box: Mailbox) -> None:
    full = replace(job("j1"), before={"draft": {"t": []}}, changes=("a", "b"), stage=Stage.UPLOADING)
    assert await box.put(full) == 0
    assert await box.job("j1") == full
    assert (await turn_of(box)).job == full
    assert await box.job("none") is None


async def test_the_jobs_of_a_chat_run_in_order_one_at_a_time(box: Mailbox, redis: Redis) -> None:
    for place in range(4):
        assert await box.put(job(f"j{place}")) == place
    other = await worker(redis, "two")
    done: list[str] = []
    while turn := next(iter(await turns(box)), None):
        assert await turns(other) == []
        assert [each.id for each in await box.unfinished(A)] == [f"j{n}" for n in range(len(done), 4)]
        done.append(turn.job.id)
        await end(box, turn)
    assert done == ["j0", "j1", "j2", "j3"]
    assert await box.unfinished(A) == ()
    assert await redis.xlen(STREAM) == 0


async def test_a_batch_does_not_starve_another_chats_single_job(box: Mailbox) -> None:
    for number in range(5):
        await box.put(job(f"batch{number}"))
    await box.put(job("single", B))
    order = []
    while turn := next(iter(await turns(box, 1)), None):
        order.append(turn.job.id)
        await end(box, turn)
    assert order == ["batch0", "single", "batch1", "batch2", "batch3", "batch4"]


async def test_different_chats_run_side_by_side(box: Mailbox) -> None:
    for name, chat in (("a", A), ("b", B), ("c", C)):
        await box.put(job(name, chat))
    assert sorted(turn.job.id for turn in await turns(box)) == ["a", "b", "c"]


async def test_a_job_put_twice_is_queued_once(box: Mailbox) -> None:
    await box.put(job("j1"))
    assert await box.put(job("j2")) == 1
    assert await box.put(job("j2")) == 1
    assert await box.put(job("j1")) == 0
    assert [each.id for each in await box.unfinished(A)] == ["j1", "j2"]
    first = await turn_of(box)
    await end(box, first)
    assert await box.put(job("j1")) == 0
    assert [each.id for each in await box.unfinished(A)] == ["j2"]


async def test_putting_at_once_from_many_places_keeps_one_entry(box: Mailbox, redis: Redis) -> None:
    await asyncio.gather(*(box.put(job(f"j{number % 5}")) for number in range(20)))
    assert sorted(each.id for each in await box.unfinished(A)) == [f"j{n}" for n in range(5)]
    assert await entries_of(redis) == {A.key: 1}


async def test_an_ended_record_is_kept_for_its_retry_button(box: Mailbox, redis: Redis) -> None:
    await box.put(job("j1"))
    turn = await turn_of(box)
    await box.end(turn, replace(turn.job, stage=Stage.FAILED, problem="no"))
    found = await box.job("j1")
    assert found is not None
    assert (found.stage, found.problem) == (Stage.FAILED, "no")
    assert KEEP_ENDED - 5 <= await redis.ttl(key("job", "j1")) <= KEEP_ENDED


async def test_progress_is_recorded_under_the_lease(box: Mailbox) -> None:
    await box.put(job("j1"))
    turn = await turn_of(box)
    await box.save(turn, replace(turn.job, stage=Stage.RENDERING, render="r1"))
    found = await box.job("j1")
    assert found is not None
    assert (found.stage, found.render) == (Stage.RENDERING, "r1")


async def test_who_lost_the_lease_can_write_nothing(box: Mailbox, redis: Redis) -> None:
    other = await worker(redis, "two")
    await box.put(job("j1"))
    await box.put(job("j2"))
    old = await turn_of(box)
    await lose_lease(redis, old)
    ((entry, chat),) = await other.abandoned_entries(10, 0)
    new = await other.take(entry, chat)
    assert new is not None
    assert new.token != old.token
    await other.save(new, replace(new.job, stage=Stage.PROMPTING))
    assert await box.renew([old]) == [Held.LOST]
    with pytest.raises(LeaseLost):
        await box.save(old, replace(old.job, stage=Stage.DELIVERING))
    with pytest.raises(LeaseLost):
        await box.end(old, replace(old.job, stage=Stage.DONE))
    await box.hand_over(old)
    found = await box.job("j1")
    assert found is not None
    assert found.stage is Stage.PROMPTING
    assert [each.id for each in await box.unfinished(A)] == ["j1", "j2"]
    assert await entries_of(redis) == {A.key: 1}
    assert await other.renew([old, new]) == [Held.LOST, Held.WANTED]
    await end(other, new)
    with pytest.raises(LeaseLost):
        await end(other, new)
    assert [each.id for each in await box.unfinished(A)] == ["j2"]


async def test_a_dead_workers_job_is_claimed_after_a_leases_time(redis: Redis) -> None:
    dead = await worker(redis, "dead", 0.2)
    alive = await worker(redis, "alive", 0.2)
    await dead.put(job("j1"))
    turn = await turn_of(dead)
    await dead.save(turn, replace(turn.job, stage=Stage.RENDERING, render="r1"))
    assert await alive.abandoned_entries(10) == []
    found = await wait_until(lambda: alive.abandoned_entries(10), 5)
    taken = await wait_until(lambda: alive.take(*found[0]), 5)
    assert taken is not None
    assert taken.job.render == "r1"


async def test_a_worker_that_renews_keeps_its_job(redis: Redis) -> None:
    busy = await worker(redis, "busy", 0.3)
    other = await worker(redis, "other", 0.3)
    await busy.put(job("j1"))
    turn = await turn_of(busy)
    for _ in range(10):
        assert await busy.renew([turn]) == [Held.WANTED]
        assert await other.abandoned_entries(10) == []
        await asyncio.sleep(0.06)
    await end(busy, turn)


async def test_an_abandoned_chat_is_found_behind_any_number_of_busy_ones(redis: Redis) -> None:
    busy = await worker(redis, "busy")
    dead = await worker(redis, "dead")
    other = await worker(redis, "other")
    for number in range(40):
        await busy.put(job(f"busy{number}", ChatRef("web", f"busy{number}")))
    held = await turns(busy)
    await dead.put(job("lost", C))
    await turn_of(dead)
    ((newest, _),) = cast("Any", await redis.xrevrange(STREAM, count=1))
    await redis.xclaim(STREAM, GROUP, "dead", 0, [newest], idle=60_000)
    for turn in held:
        await busy.renew([turn])
    assert [chat for _, chat in await other.abandoned_entries(1)] == [C]


async def test_an_entry_of_the_past_brings_nothing(box: Mailbox, redis: Redis) -> None:
    """One that waited in a stalled worker's memory while others did its job and the chat went on."""
    other = await worker(redis, "two")
    await box.put(job("j1"))
    await box.put(job("j2"))
    ((stale, chat),) = await box.next_entries(10, 0.001)
    ((entry, _),) = await other.abandoned_entries(10, 0)
    turn = await other.take(entry, chat)
    assert turn is not None
    await end(other, turn)
    assert await box.take(stale, chat) is None
    assert await entries_of(redis) == {A.key: 1}
    assert (await turn_of(other)).job.id == "j2"


async def test_only_one_gets_a_chat_however_many_try(box: Mailbox, redis: Redis) -> None:
    await box.put(job("j1"))
    ((entry, chat),) = await box.next_entries(1, 0.001)
    boxes = [Mailbox(redis, f"w{number}") for number in range(6)]
    got = await asyncio.gather(*(each.take(entry, chat) for each in boxes))
    assert len([turn for turn in got if turn is not None]) == 1


async def test_cancelling_a_waiting_job_takes_it_out(box: Mailbox) -> None:
    for name in ("j1", "j2", "j3"):
        await box.put(job(name))
    cancelled = replace(job("j2"), stage=Stage.CANCELLED)
    assert await box.cancel(job("j2"), cancelled) is True
    assert [each.id for each in await box.unfinished(A)] == ["j1", "j3"]
    assert await box.job("j2") == cancelled
    assert await box.cancel(job("j2"), cancelled) is False


async def test_cancelling_a_running_job_is_told_to_its_worker(box: Mailbox, redis: Redis) -> None:
    await box.put(job("j1"))
    await box.put(job("j2"))
    turn = await turn_of(box)
    assert await box.renew([turn]) == [Held.WANTED]
    assert await box.cancel(turn.job, replace(turn.job, stage=Stage.CANCELLED)) is False
    assert await box.renew([turn]) == [Held.UNWANTED]
    await box.hand_over(turn)
    again = await turn_of(await worker(redis, "two"))
    assert again.job.id == "j1"
    assert await box.renew([again]) == [Held.UNWANTED]
    await end(box, again, Stage.CANCELLED)
    assert await box.renew([await turn_of(box)]) == [Held.WANTED]


async def test_a_job_that_has_ended_cannot_be_cancelled(box: Mailbox) -> None:
    await box.put(job("j1"))
    turn = await turn_of(box)
    await end(box, turn)
    assert await box.cancel(turn.job, replace(turn.job, stage=Stage.CANCELLED)) is False
    found = await box.job("j1")
    assert found is not None
    assert found.stage is Stage.DONE


async def test_a_job_handed_over_is_taken_up_at_once_where_it_stood(box: Mailbox, redis: Redis) -> None:
    await box.put(job("j1"))
    await box.put(job("j2"))
    turn = await turn_of(box)
    await box.save(turn, replace(turn.job, stage=Stage.RENDERING, render="r1"))
    await box.hand_over(turn)
    again = await turn_of(await worker(redis, "two"))
    assert (again.job.id, again.job.render) == ("j1", "r1")
    assert again.token != turn.token
    assert await entries_of(redis) == {A.key: 1}
    with pytest.raises(LeaseLost):
        await box.save(turn, turn.job)


async def test_a_waiting_jobs_progress_message_comes_with_it(box: Mailbox) -> None:
    await box.put(job("j1"))
    await box.put(job("j2"))
    assert await box.note_progress(job("j2"), "m7")
    found = await box.job("j2")
    assert found is not None
    assert found.progress_message == "m7"
    await end(box, await turn_of(box))
    assert (await turn_of(box)).job.progress_message == "m7"


async def test_a_progress_message_that_comes_too_late_is_refused(box: Mailbox) -> None:
    for name in ("j1", "j2", "j3"):
        await box.put(job(name))
    assert not await box.note_progress(job("never-put"), "m0")
    await box.cancel(job("j3"), replace(job("j3"), stage=Stage.CANCELLED))
    assert not await box.note_progress(job("j3"), "m3")
    await end(box, await turn_of(box))
    turn = await turn_of(box)
    assert not await box.note_progress(turn.job, "m2")
    await end(box, turn)
    assert not await box.note_progress(turn.job, "m2")


async def test_noting_and_taking_at_once_never_leaves_a_message_that_nobody_knows(box: Mailbox) -> None:
    for number in range(30):
        chat = ChatRef("web", f"race{number}")
        put = job(f"race{number}", chat)
        await box.put(put)
        ((entry, _),) = await box.next_entries(1, 0.001)
        noted, turn = await asyncio.gather(box.note_progress(put, "m1"), box.take(entry, chat))
        assert turn is not None
        assert turn.job.progress_message == ("m1" if noted else None)


@pytest.mark.parametrize("record", ["", "{}", "[]", "not json", '"text"', "null", "older"])
async def test_a_record_that_cannot_be_read_does_not_block_its_chat(box: Mailbox, redis: Redis, record: str) -> None:
    await box.put(job("old"))
    await box.put(job("new"))
    await box.note_progress(job("old"), "m1")
    if record == "older":
        record = json.dumps({**json.loads(job("old").to_json()), "stage": "a stage of the past"})
    await redis.hset(key("job", "old"), "record", record)
    assert await box.job("old") is None
    assert [each.id for each in await box.unfinished(A)] == ["new"]
    ((entry, chat),) = await box.next_entries(10, 0.001)
    with pytest.raises(Unreadable) as caught:
        await box.take(entry, chat)
    assert (caught.value.chat, caught.value.job, caught.value.progress) == (A, "old", "m1")
    assert await redis.hget(key("job", "old"), "record") == record
    assert 0 < await redis.ttl(key("job", "old")) <= KEEP_ENDED
    assert (await turn_of(box)).job.id == "new"


async def test_a_record_that_is_gone_does_not_block_its_chat(box: Mailbox, redis: Redis) -> None:
    await box.put(job("old"))
    await box.put(job("new"))
    await redis.delete(key("job", "old"))
    turn = await turn_of(box)
    assert turn.job.id == "new"
    await redis.delete(key("job", "new"))
    await lose_lease(redis, turn)
    ((entry, chat),) = await box.abandoned_entries(10, 0)
    assert await box.take(entry, chat) is None
    assert await redis.xlen(STREAM) == 0
    assert (await redis.xpending(STREAM, GROUP))["pending"] == 0
    assert await box.put(job("newer")) == 0
    assert (await turn_of(box)).job.id == "newer"


async def test_the_host_frees_what_a_killed_process_held(redis: Redis) -> None:
    dead = await worker(redis, "dead")
    for name, chat in (("a", A), ("b", B), ("c", C), ("a2", A)):
        await dead.put(job(name, chat))
    held = await turns(dead, 2)
    assert len(held) == 2
    await dead.next_entries(10, 0.001)  # read, and not yet taken
    new = Mailbox(redis, "new")
    assert await new.free_all() == 3
    assert sorted(turn.job.id for turn in await turns(new)) == ["a", "b", "c"]
    with pytest.raises(LeaseLost):
        await dead.save(held[0], held[0].job)
    assert await entries_of(redis) == {A.key: 1, B.key: 1, C.key: 1}


async def test_the_host_finds_nothing_to_free_in_an_empty_store(redis: Redis) -> None:
    assert await Mailbox(redis, "new").free_all() == 0


async def test_a_wait_for_work_ends_when_work_comes_and_when_none_does(box: Mailbox) -> None:
    assert await box.next_entries(10, 0.05) == []
    waiting = asyncio.create_task(box.next_entries(10, 5))
    await box.put(job("j1"))
    async with asyncio.timeout(3):
        assert [chat for _, chat in await waiting] == [A]


async def test_goes_on_after_redis_came_back_empty(box: Mailbox, redis: Redis) -> None:
    await redis.flushdb()
    assert await box.next_entries(10, 0.001) == []
    await redis.flushdb()
    assert await box.abandoned_entries(10, 0) == []
    await box.put(job("j1"))
    assert (await turn_of(box)).job.id == "j1"


async def test_goes_on_after_redis_was_a_replica_for_a_while() -> None:
    """As in a failover: whoever waits for work is let go, and writing is refused until there is a primary again."""
    with valkey() as (url, _):
        async with connected(url) as redis:
            box = await worker(redis, "one")
            waiting = asyncio.create_task(box.next_entries(10, 5))

            async def blocks() -> bool:
                return int((await redis.info("clients"))["blocked_clients"]) == 1

            await wait_until(blocks)
            await redis.replicaof("127.0.0.1", "1")
            assert await waiting == []
            with pytest.raises(STORE_AWAY):
                await box.next_entries(10, 0.01)
            with pytest.raises(STORE_AWAY):
                await box.put(job("j1"))
            await redis.replicaof("NO", "ONE")
            await box.put(job("j1"))
            assert (await turn_of(box)).job.id == "j1"


async def test_consumers_of_the_past_are_forgotten_unless_they_hold_something(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder, idle = await worker(redis, "holder"), await worker(redis, "idle")
    await holder.put(job("j1"))
    assert len(await turns(holder)) == 1
    await turns(idle)
    assert len(await redis.xinfo_consumers(STREAM, GROUP)) == 2
    await worker(redis, "new")
    assert len(await redis.xinfo_consumers(STREAM, GROUP)) == 2
    monkeypatch.setattr("core.jobs.mailbox._IDLE_CONSUMER_MS", -1)
    await worker(redis, "new")
    assert [each["name"] for each in await redis.xinfo_consumers(STREAM, GROUP)] == ["holder"]
    assert len(await holder.abandoned_entries(10, 0)) == 1


_STEPS = (
    *("put", "put", "again", "read", "claim", "take", "take", "end", "end"),
    *("hand over", "save", "cancel", "expire", "forget"),
)


@dataclass
class World:
    """Workers, what each holds or has in memory, and what has been put, ended and cancelled."""

    redis: Redis
    boxes: list[Mailbox]
    chance: random.Random
    turns: dict[int, list[Turn]] = field(default_factory=lambda: defaultdict(list))
    read: dict[int, list[tuple[str, ChatRef]]] = field(default_factory=lambda: defaultdict(list))
    put: dict[ChatRef, list[str]] = field(default_factory=lambda: defaultdict(list))
    done: dict[ChatRef, list[str]] = field(default_factory=lambda: defaultdict(list))
    cancelled: set[str] = field(default_factory=set)
    made: int = 0

    async def step(self) -> None:
        number = self.chance.randrange(len(self.boxes))
        box, chat = self.boxes[number], self.chance.choice((A, B, C))
        match self.chance.choice(_STEPS):
            case "put":
                self.made += 1
                self.put[chat].append(f"j{self.made}")
                await box.put(job(f"j{self.made}", chat, self.chance.choice(("ann", "bob"))))
            case "again" if self.put[chat]:
                await box.put(job(self.chance.choice(self.put[chat]), chat))
            case "read":
                self.read[number] += await box.next_entries(self.chance.randint(1, 3), 0.001)
            case "claim":
                self.read[number] += await box.abandoned_entries(self.chance.randint(1, 3), 0)
            case "take" if self.read[number]:
                entry, chat = self.read[number].pop(self.chance.randrange(len(self.read[number])))
                turn = await box.take(entry, chat)
                if turn is not None:
                    self.turns[number].append(turn)
            case "end" if self.turns[number]:
                turn = self.turns[number].pop()
                try:
                    await box.end(turn, replace(turn.job, stage=Stage.DONE))
                except LeaseLost:
                    return
                self.done[turn.job.chat].append(turn.job.id)
            case "hand over" if self.turns[number]:
                await box.hand_over(self.turns[number].pop())
            case "save" if self.turns[number]:
                turn = self.chance.choice(self.turns[number])
                try:
                    await box.save(turn, replace(turn.job, stage=Stage.RENDERING))
                except LeaseLost:
                    self.turns[number].remove(turn)
            case "cancel":
                waiting = await box.unfinished(chat)
                if waiting:
                    chosen = self.chance.choice(waiting)
                    if await box.cancel(chosen, replace(chosen, stage=Stage.CANCELLED)):
                        self.cancelled.add(chosen.id)
            case "expire":
                await self.redis.delete(chat_key(chat, "lease"))
            case "forget":  # the process was killed: what it knew is gone
                self.turns[number].clear()
                self.read[number].clear()

    async def check(self) -> None:
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.xrange(STREAM)
            for chat in (A, B, C):
                pipe.lrange(chat_key(chat, "mail"), 0, -1)
            entries, *mails = await pipe.execute()
        counts = Counter(fields["chat"] for _, fields in entries)
        for chat, waiting in zip((A, B, C), mails, strict=True):
            assert counts[chat.key] == (1 if waiting else 0), f"entries of {chat.key}, where {waiting} wait"
            expected = [name for name in self.put[chat] if name not in self.cancelled]
            assert self.done[chat] + waiting == expected, f"jobs of {chat.key}"


@pytest.mark.parametrize("seed", range(4))
async def test_no_interleaving_loses_a_job_does_one_twice_or_breaks_the_order(redis: Redis, seed: int) -> None:
    """Three workers, three chats; leases run out and processes are killed in between."""
    boxes = [await worker(redis, f"w{number}") for number in range(3)]
    world = World(redis, boxes, random.Random(seed))
    for _ in range(100):
        await world.step()
        await world.check()
    # Whatever state that left: one worker that goes on finishes everything.
    for chat in (A, B, C):
        await redis.delete(chat_key(chat, "lease"))
    for _ in range(world.made + 3):
        offered = await boxes[0].abandoned_entries(10, 0) + await boxes[0].next_entries(10, 0.001)
        for entry, chat in offered:
            turn = await boxes[0].take(entry, chat)
            if turn is not None:
                await end(boxes[0], turn)
                world.done[chat].append(turn.job.id)
    await world.check()
    assert sum(map(len, world.done.values())) + len(world.cancelled) == world.made
    assert await redis.xlen(STREAM) == 0


async def test_workers_at_once_do_every_job_once_in_order(redis: Redis) -> None:
    chats = [ChatRef("web", f"c{number}") for number in range(4)]
    done: dict[ChatRef, list[str]] = defaultdict(list)
    boxes = [await worker(redis, f"w{number}") for number in range(3)]

    async def work(box: Mailbox) -> None:
        while sum(map(len, done.values())) < 60:
            for entry, chat in await box.next_entries(2, 0.02):
                turn = await box.take(entry, chat)
                if turn is not None:
                    await box.save(turn, replace(turn.job, stage=Stage.RENDERING))
                    await box.end(turn, replace(turn.job, stage=Stage.DONE))
                    done[chat].append(turn.job.id)

    async def ask(chat: ChatRef) -> None:
        for number in range(15):
            await boxes[0].put(job(f"{chat.chat}-{number}", chat))

    async with asyncio.timeout(20):
        await asyncio.gather(*map(ask, chats), *map(work, boxes))
    for chat in chats:
        assert done[chat] == [f"{chat.chat}-{number}" for number in range(15)]
    assert await redis.xlen(STREAM) == 0
