"""The message log: order, idempotent writes, one video a job, and a feed that misses nothing and repeats nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from core.chat import Button, ChatRef, Media, MediaKind, Message
from core.store.connection import connected
from core.store.transcripts import KEEP, Author, Change, ChangeKind, Entry, PostedVideo, Transcripts
from tests.waiting import wait_until

CHAT = ChatRef("web", "a")
OTHER = ChatRef("web", "b")


class Clock:
    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def entry(name: str, text: str = "") -> Entry:
    return Entry(name, 1_700_000_000.0, Author.BOT, Message(text or name))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(redis: Redis, clock: Clock) -> Transcripts:
    return Transcripts(redis, clock)


async def ids(log: Transcripts, chat: ChatRef = CHAT) -> list[str]:
    return [each.id for each in (await log.history(chat, 1000)).entries]


async def take(feed: AsyncGenerator[Change, None], count: int) -> list[Change]:
    async with asyncio.timeout(10):
        return [await anext(feed) for _ in range(count)]


@asynccontextmanager
async def following(log: Transcripts, after: str, chat: ChatRef = CHAT) -> AsyncIterator[AsyncGenerator[Change, None]]:
    async with aclosing(log.follow(chat, after)) as feed:
        yield feed


async def test_a_message_comes_back_as_it_was_written(log: Transcripts) -> None:
    full = Entry(
        id="m1",
        at=1_700_000_000.25,
        author=Author.PERSON,
        message=Message("你好\u2028 …", (Button("取消", "x.job."), Button("b", "y")), 0.25),
        media=(Media("ref", MediaKind.PHOTO, "照片.jpg", "image/jpeg", 12), Media("link", MediaKind.LINK)),
        video=PostedVideo("v", "a.mp4", 9, 1080, 1920, 5.04),
        reply_to="m0",
    )
    assert await log.append(CHAT, full) == "m1"
    assert await log.find(CHAT, "m1") == full
    assert (await log.history(CHAT, 5)).entries == (full,)
    assert await log.find(CHAT, "m2") is None
    assert await log.find(OTHER, "m1") is None


async def test_messages_stand_in_the_order_in_which_they_were_posted(log: Transcripts) -> None:
    names = [f"m{number}" for number in random.Random(1).sample(range(100), 30)]
    for name in names:
        await log.append(CHAT, entry(name))
    assert await ids(log) == names


async def test_posting_an_id_again_changes_nothing(log: Transcripts) -> None:
    await log.append(CHAT, entry("m1", "first"))
    await log.append(CHAT, entry("m2"))
    cursor = (await log.history(CHAT, 1)).cursor
    assert await log.append(CHAT, entry("m1", "again")) == "m1"
    assert await ids(log) == ["m1", "m2"]
    assert (await log.history(CHAT, 2)).cursor == cursor
    found = await log.find(CHAT, "m1")
    assert found is not None
    assert found.message.text == "first"


async def test_a_jobs_video_is_posted_once_however_many_try(redis: Redis, clock: Clock, log: Transcripts) -> None:
    assert await log.posted(CHAT, "job") is None
    answers = await asyncio.gather(
        *(Transcripts(redis, clock).append(CHAT, entry(f"m{number}"), job="job") for number in range(6))
    )
    assert len(set(answers)) == 1
    assert await ids(log) == [answers[0]]
    assert await log.posted(CHAT, "job") == answers[0]
    assert await log.append(CHAT, entry("other"), job="other-job") == "other"
    assert await log.posted(OTHER, "job") is None


async def test_pages_go_back_to_the_beginning_and_say_when_there(log: Transcripts) -> None:
    names = [f"m{number}" for number in range(7)]
    for name in names:
        await log.append(CHAT, entry(name))
    seen: list[str] = []
    page = await log.history(CHAT, 3)
    while True:
        seen[:0] = [each.id for each in page.entries]
        if not page.earlier:
            break
        assert len(page.entries) == 3
        page = await log.history(CHAT, 3, before=page.entries[0].id)
    assert seen == names
    assert (await log.history(CHAT, 3, before="m0")).entries == ()
    assert (await log.history(CHAT, 3, before="never-posted")).entries == ()


async def test_an_edit_replaces_the_words_alone(log: Transcripts) -> None:
    first = replace(entry("m1"), media=(Media("ref"),), reply_to="m0")
    await log.append(CHAT, first)
    message = Message("new", (Button("b", "x"),), 0.5)
    assert await log.replace(CHAT, "m1", message)
    assert await log.find(CHAT, "m1") == replace(first, message=message)
    assert not await log.replace(CHAT, "gone", message)


async def test_a_removed_message_is_handed_back_once(log: Transcripts) -> None:
    await log.append(CHAT, entry("m1"))
    await log.append(CHAT, entry("m2"))
    assert await log.remove(CHAT, "m1") == entry("m1")
    assert await log.remove(CHAT, "m1") is None
    assert not await log.replace(CHAT, "m1", Message("x"))
    assert await ids(log) == ["m2"]


async def test_a_follower_hears_what_happens(log: Transcripts) -> None:
    await log.append(CHAT, entry("before"))
    cursor = (await log.history(CHAT, 1)).cursor
    async with following(log, cursor) as feed:
        first = asyncio.create_task(take(feed, 1))
        await log.append(OTHER, entry("elsewhere"))
        await log.append(CHAT, entry("m1"))
        await log.replace(CHAT, "m1", Message("new"))
        await log.replace(CHAT, "m1", Message("new"))
        await log.remove(CHAT, "m1")
        changes = [*await first, *await take(feed, 2)]
    assert [(change.kind, change.id) for change in changes] == [
        (ChangeKind.APPEND, "m1"),
        (ChangeKind.REPLACE, "m1"),
        (ChangeKind.REMOVE, "m1"),
    ]
    assert changes[0].entry == entry("m1")
    assert changes[1].entry == entry("m1", "new")
    assert changes[2].entry is None
    assert int(changes[2].cursor) == int(cursor) + 3


async def test_a_chat_can_be_followed_before_anything_was_said(log: Transcripts) -> None:
    history = await log.history(CHAT, 10)
    assert history.entries == ()
    assert not history.earlier
    async with following(log, history.cursor) as feed:
        waiting = asyncio.create_task(take(feed, 1))
        await log.append(CHAT, entry("m1"))
        (change,) = await waiting
    assert change.id == "m1"


async def test_followers_in_other_processes_hear_the_same(redis_url: str, log: Transcripts, clock: Clock) -> None:
    cursor = (await log.history(CHAT, 1)).cursor
    async with connected(redis_url) as other:
        logs = [log, log, Transcripts(other, clock)]
        tasks = []
        feeds = [each.follow(CHAT, cursor) for each in logs]
        for feed in feeds:
            tasks.append(asyncio.create_task(take(feed, 20)))
        for number in range(20):
            await log.append(CHAT, entry(f"m{number}"))
        for task in tasks:
            assert [change.id for change in await task] == [f"m{number}" for number in range(20)]
        for feed in feeds:
            await feed.aclose()


async def test_a_follower_misses_nothing_while_its_connection_is_cut(redis: Redis, log: Transcripts) -> None:
    cursor = (await log.history(CHAT, 1)).cursor
    async with following(log, cursor) as feed:
        waiting = asyncio.create_task(take(feed, 2))

        async def subscribed() -> bool:
            return bool(await redis.pubsub_channels())

        await wait_until(subscribed)
        await redis.client_kill_filter(_type="pubsub")
        await log.append(CHAT, entry("m1"))
        await log.append(CHAT, entry("m2"))
        assert [change.id for change in await waiting] == ["m1", "m2"]


async def test_any_interleaving_is_followed_to_the_same_log(redis: Redis, clock: Clock) -> None:
    """What a page and the changes after it add up to is the log as it is."""
    chance = random.Random(7)
    log = Transcripts(redis, clock)
    for number in range(10):
        await log.append(CHAT, entry(f"old{number}"))
    page = await log.history(CHAT, 100)
    made = 0
    for step in range(150):
        names = await ids(log)
        match chance.choice(("append", "append", "replace", "remove")):
            case "append":
                await log.append(CHAT, entry(f"m{step}"))
            case "replace" if names:
                await log.replace(CHAT, chance.choice(names), Message(f"edit {step}"))
            case "remove" if names:
                await log.remove(CHAT, chance.choice(names))
            case _:
                continue
        made += 1
    shown = {each.id: each for each in page.entries}
    async with following(log, page.cursor) as feed:
        for change in await take(feed, made):
            if change.entry is None:
                shown.pop(change.id, None)
            else:
                shown[change.id] = change.entry
    assert tuple(shown.values()) == (await log.history(CHAT, 1000)).entries


async def test_who_is_too_far_behind_is_told_to_reload(redis: Redis, clock: Clock) -> None:
    log = Transcripts(redis, clock, most_changes=5)
    cursor = (await log.history(CHAT, 1)).cursor
    for number in range(20):
        await log.append(CHAT, entry(f"m{number}"))
    async with following(log, cursor) as feed:
        assert [change.kind async for change in feed] == [ChangeKind.RELOAD]
    newest = (await log.history(CHAT, 1)).cursor
    async with following(log, str(int(newest) - 5)) as feed:
        assert [change.id for change in await take(feed, 5)] == [f"m{number}" for number in range(15, 20)]


@pytest.mark.parametrize("cursor", ["", "garbage", "-1", "0", "99999999999999999", "١٢"])
async def test_a_cursor_that_was_never_given_is_told_to_reload(log: Transcripts, cursor: str) -> None:
    await log.append(CHAT, entry("m1"))
    async with asyncio.timeout(5), following(log, cursor) as feed:
        changes = [change async for change in feed]
    assert [change.kind for change in changes] == [ChangeKind.RELOAD]
    assert changes[0].cursor == (await log.history(CHAT, 1)).cursor


async def test_forgetting_leaves_no_message_and_tells_followers(log: Transcripts, redis: Redis) -> None:
    await log.append(CHAT, entry("m1", "secret"), job="job")
    await log.append(OTHER, entry("m1"))
    cursor = (await log.history(CHAT, 1)).cursor
    async with following(log, cursor) as feed:
        waiting = asyncio.create_task(take(feed, 1))
        await log.forget(CHAT)
        (change,) = await waiting
    assert change.kind is ChangeKind.RELOAD
    assert await ids(log) == []
    assert await log.posted(CHAT, "job") is None
    assert await ids(log, OTHER) == ["m1"]
    left = [name for name in await redis.keys("*") if "web:a" in name]
    assert len(left) == 1
    assert 0 < await redis.ttl(left[0]) <= 86400
    await log.append(CHAT, entry("m1", "anew"))
    assert await ids(log) == ["m1"]


async def test_a_follower_that_was_away_while_the_log_was_forgotten_reloads(log: Transcripts) -> None:
    await log.append(CHAT, entry("m1"))
    cursor = (await log.history(CHAT, 1)).cursor
    await log.forget(CHAT)
    await log.append(CHAT, entry("m2"))
    async with asyncio.timeout(5), following(log, cursor) as feed:
        assert [change.kind async for change in feed] == [ChangeKind.RELOAD]


async def test_a_log_holds_its_newest_messages(redis: Redis, clock: Clock) -> None:
    log = Transcripts(redis, clock, most_entries=4, most_changes=4)
    for number in range(10):
        await log.append(CHAT, entry(f"m{number}"))
    assert await ids(log) == ["m6", "m7", "m8", "m9"]
    assert await log.find(CHAT, "m5") is None
    for name in await redis.keys("*"):
        size = {"hash": redis.hlen, "zset": redis.zcard, "stream": redis.xlen}.get(str(await redis.type(name)))
        if size is not None:
            assert await size(name) <= 4, name


async def test_all_of_a_log_ends_some_time_after_its_last_message(redis: Redis, log: Transcripts) -> None:
    await log.append(CHAT, entry("m1"), job="job")
    await log.replace(CHAT, "m1", Message("new"))
    names = await redis.keys("*")
    assert len(names) == 6
    for name in names:
        assert KEEP - 5 <= await redis.ttl(name) <= KEEP, name


async def test_asking_for_chats_that_never_were_leaves_little(redis: Redis, log: Transcripts) -> None:
    await log.history(CHAT, 10)
    (name,) = await redis.keys("*")
    assert 0 < await redis.ttl(name) <= 86400


async def test_an_expired_log_does_not_meet_its_old_cursors_again(redis: Redis, log: Transcripts, clock: Clock) -> None:
    await log.append(CHAT, entry("m1"))
    cursor = (await log.history(CHAT, 1)).cursor
    await redis.flushdb()
    clock.now += 60
    await log.append(CHAT, entry("m2"))
    assert int((await log.history(CHAT, 1)).cursor) > int(cursor) + 1
    async with asyncio.timeout(5), following(log, cursor) as feed:
        assert [change.kind async for change in feed] == [ChangeKind.RELOAD]
