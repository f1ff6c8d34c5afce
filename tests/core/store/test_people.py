"""What is remembered about people and chats, and that it can be forgotten."""

from __future__ import annotations

import asyncio

import pytest
from redis.asyncio import Redis

from core.chat import ChatRef, Media
from core.nemo.answers import Session
from core.store.clips import Clips, Delivery
from core.store.connection import chat_key
from core.store.people import EVENT_MEMORY, KEEP, People

CHAT = ChatRef("web", "a")
TOPIC = ChatRef("web", "a", "topic")


@pytest.fixture
def people(redis: Redis) -> People:
    return People(redis)


async def test_an_update_is_handled_once_on_its_platform(redis: Redis, people: People) -> None:
    assert not await people.handled("web", "7")
    await people.mark_handled("web", "7")
    assert await People(redis).handled("web", "7")
    assert not await people.handled("shell", "7")
    assert not await people.handled("web", "8")
    (name,) = await redis.keys("*")
    assert 0 < await redis.ttl(name) <= EVENT_MEMORY


async def test_first_contact_is_once_for_each_chat_however_many_ask(people: People, redis: Redis) -> None:
    assert sorted(await asyncio.gather(*(people.first_contact(CHAT) for _ in range(5)))) == [False] * 4 + [True]
    assert await people.first_contact(TOPIC)
    assert 0 < await redis.ttl(chat_key(CHAT, "met")) <= KEEP


async def test_preferences_are_a_chats_own(people: People) -> None:
    assert await people.language(CHAT) is None
    assert await people.exports_by_itself(CHAT)
    await people.set_language(CHAT, "zh")
    await people.set_exports_by_itself(CHAT, wanted=False)
    assert await people.language(CHAT) == "zh"
    assert not await people.exports_by_itself(CHAT)
    assert await people.language(TOPIC) is None
    assert await people.exports_by_itself(TOPIC)
    await people.set_exports_by_itself(CHAT, wanted=True)
    assert await people.exports_by_itself(CHAT)


async def _fill(redis: Redis, chat: ChatRef, clip: str) -> None:
    people, clips = People(redis), Clips(redis)
    await people.first_contact(chat)
    await people.set_language(chat, "zh")
    await people.set_exports_by_itself(chat, wanted=False)
    await clips.make_current(chat, "ann", clip)
    await clips.wait_for_words(chat, "ann", clip, 100)
    await clips.remember_message(chat, "m1", clip)
    await clips.remember_message(chat, "m2", f"{clip}-older")
    for each in (clip, f"{clip}-older"):
        await clips.keep_session(each, Session("s"), 0)
        await clips.add_media(each, Media("ref"))
        await clips.keep_delivery(each, Delivery("d", "r"))


async def test_forgetting_a_chat_leaves_nothing_of_it(redis: Redis, people: People) -> None:
    await _fill(redis, CHAT, "c")
    assert await redis.keys("*")
    await people.forget(CHAT)
    assert await redis.keys("*") == []


@pytest.mark.parametrize("name", ["a", "a*", "[a-z]", "a?", "a\\", "^a"])
async def test_forgetting_a_chat_touches_no_other(redis: Redis, people: People, name: str) -> None:
    chat = ChatRef("web", name)
    others = [ChatRef("web", other) for other in ("b", "ab", "-", "ax")]
    others.append(ChatRef("web", name, "topic"))
    for number, other in enumerate(others):
        await _fill(redis, other, f"clip{number}")
    before = sorted(await redis.keys("*"))
    await _fill(redis, chat, "own")
    await people.forget(chat)
    assert sorted(await redis.keys("*")) == before


async def test_forgetting_leaves_the_mailbox_to_the_cancelled_job(redis: Redis, people: People) -> None:
    await redis.rpush(chat_key(CHAT, "mail"), "job")
    await redis.set(chat_key(CHAT, "lease"), "1")
    await people.forget(CHAT)
    assert len(await redis.keys("*")) == 2
