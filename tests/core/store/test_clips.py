"""Whose clip a message means, and what the backend knows it by."""

from __future__ import annotations

import time

import pytest
from redis.asyncio import Redis

from core.chat import ChatRef, Media, MediaKind
from core.nemo.answers import Session
from core.store.clips import KEEP, Clips, Delivery
from core.store.connection import PREFIX, chat_key, key
from tests.waiting import wait_until

GROUP = ChatRef("telegram", "-100")
TOPIC = ChatRef("telegram", "-100", "7")


@pytest.fixture
def clips(redis: Redis) -> Clips:
    return Clips(redis)


async def test_words_mean_nothing_at_first(clips: Clips) -> None:
    assert await clips.meant(GROUP, "ann", None) is None
    assert await clips.meant(GROUP, "ann", "m1") is None
    assert await clips.current(GROUP) is None


async def test_words_mean_the_speakers_own_last_clip(clips: Clips) -> None:
    await clips.make_current(GROUP, "ann", "anns")
    await clips.make_current(GROUP, "bob", "bobs")
    assert await clips.meant(GROUP, "ann", None) == "anns"
    assert await clips.meant(GROUP, "bob", None) == "bobs"


async def test_who_has_none_means_the_chats(clips: Clips) -> None:
    await clips.make_current(GROUP, "ann", "anns")
    await clips.make_current(GROUP, "bob", "bobs")
    assert await clips.meant(GROUP, "eve", None) == "bobs"
    assert await clips.current(GROUP) == "bobs"


async def test_a_reply_means_the_replied_messages_clip(clips: Clips) -> None:
    await clips.make_current(GROUP, "ann", "anns")
    await clips.remember_message(GROUP, "m1", "older")
    assert await clips.meant(GROUP, "ann", "m1") == "older"
    assert await clips.of_message(GROUP, "m1") == "older"


async def test_a_reply_to_any_other_message_means_as_without_one(clips: Clips) -> None:
    await clips.make_current(GROUP, "ann", "anns")
    assert await clips.meant(GROUP, "ann", "chatter") == "anns"
    assert await clips.of_message(GROUP, "chatter") is None


async def test_a_topic_has_clips_of_its_own(clips: Clips) -> None:
    await clips.make_current(GROUP, "ann", "general")
    await clips.remember_message(GROUP, "m1", "general")
    assert await clips.meant(TOPIC, "ann", "m1") is None
    await clips.make_current(TOPIC, "ann", "topics")
    assert await clips.meant(GROUP, "ann", None) == "general"
    assert await clips.meant(TOPIC, "ann", None) == "topics"


async def test_after_new_words_mean_nothing_but_a_reply_still_does(clips: Clips) -> None:
    await clips.make_current(GROUP, "ann", "anns")
    await clips.remember_message(GROUP, "m1", "anns")
    await clips.wait_for_words(GROUP, "ann", "anns", 120)
    await clips.leave(GROUP, "ann")
    assert await clips.meant(GROUP, "ann", None) is None
    assert await clips.waiting(GROUP, "ann") is None
    assert await clips.meant(GROUP, "ann", "m1") == "anns"


async def test_new_of_one_person_leaves_the_others_theirs(clips: Clips) -> None:
    await clips.make_current(GROUP, "bob", "bobs")
    await clips.make_current(GROUP, "ann", "anns")
    await clips.leave(GROUP, "ann")
    assert await clips.meant(GROUP, "bob", None) == "bobs"


async def test_a_way_to_a_clip_ends_some_time(clips: Clips, redis: Redis) -> None:
    await clips.make_current(GROUP, "ann", "anns")
    await clips.remember_message(GROUP, "m1", "anns")
    await clips.keep_delivery("anns", Delivery("digest", "render"))
    await clips.add_media("anns", Media("ref"))
    names = await redis.keys(f"{PREFIX}*")
    assert len(names) == 6
    for name in names:
        assert KEEP - 5 <= await redis.ttl(name) <= KEEP, name


async def test_a_clip_stays_with_whoever_began_it(clips: Clips) -> None:
    assert await clips.owner("anns") is None
    await clips.make_current(GROUP, "ann", "anns")
    await clips.make_current(GROUP, "bob", "anns")
    assert await clips.owner("anns") == "ann"


async def test_photos_wait_for_words_as_long_as_told(clips: Clips, redis: Redis) -> None:
    await clips.wait_for_words(GROUP, "ann", "anns", 120)
    assert await clips.waiting(GROUP, "ann") == "anns"
    assert await clips.waiting(GROUP, "bob") is None
    assert 115 <= await redis.ttl(chat_key(GROUP, "waiting", "ann")) <= 120
    await clips.wait_for_words(GROUP, "ann", "anns", 1)

    async def over() -> bool:
        return await clips.waiting(GROUP, "ann") is None

    await wait_until(over)
    await clips.wait_for_words(GROUP, "ann", "anns", 120)
    await clips.stop_waiting(GROUP, "ann")
    assert await clips.waiting(GROUP, "ann") is None


async def test_a_session_comes_back_as_it_was_and_ends_with_its_token(clips: Clips, redis: Redis) -> None:
    now = time.time()
    session = Session("s1", "t1", "b1", "telegram:-100", now + 100)
    assert await clips.session("c") is None
    await clips.keep_session("c", session, now)
    assert await clips.session("c") == session
    assert 95 <= await redis.ttl(key("clip", "c", "session")) <= 100


async def test_an_operators_session_is_kept_like_its_clip(clips: Clips, redis: Redis) -> None:
    await clips.keep_session("c", Session("s1"), time.time())
    assert await redis.ttl(key("clip", "c", "session")) > KEEP - 5


async def test_a_session_whose_token_is_over_is_gone_at_once(clips: Clips) -> None:
    await clips.keep_session("c", Session("s1", expires_at=50.0), now=100.0)

    async def gone() -> bool:
        return await clips.session("c") is None

    await wait_until(gone, 3)


async def test_a_lost_session_takes_its_delivery_along_and_leaves_the_media(clips: Clips) -> None:
    await clips.keep_session("c", Session("s1"), 0)
    await clips.keep_delivery("c", Delivery("digest", "render"))
    await clips.add_media("c", Media("ref"))
    assert await clips.delivery("c") == Delivery("digest", "render")
    await clips.drop_session("c")
    assert await clips.session("c") is None
    assert await clips.delivery("c") is None
    assert await clips.media("c") == (Media("ref"),)


async def test_media_keep_their_order_and_are_held_once(clips: Clips) -> None:
    one = Media("1", MediaKind.PHOTO, "照片.jpg", "image/jpeg", 7)
    two = Media("2", MediaKind.LINK, "https://example.org/a.jpg")
    for media in (one, two, two):
        await clips.add_media("c", media)
    assert await clips.media("c") == (one, two)
    await clips.add_media("c", one)
    assert await clips.media("c") == (one, two)
    assert await clips.media("other") == ()
