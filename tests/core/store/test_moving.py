"""A chat that goes on under another id, and the places of a chat."""

from __future__ import annotations

from redis.asyncio import Redis

from core.chat import ChatRef
from core.store.clips import Clips
from core.store.people import People

OLD, NEW = ChatRef("telegram", "-12"), ChatRef("telegram", "-100512")


async def test_preferences_and_clips_go_with_a_chat(redis: Redis) -> None:
    people, clips = People(redis), Clips(redis)
    await people.set_language(OLD, "zh")
    await people.first_contact(OLD)
    await clips.make_current(OLD, "5", "clip")
    await clips.wait_for_words(OLD, "5", "clip", 100)
    await people.migrate(OLD, NEW)
    assert await people.language(NEW) == "zh"
    assert not await people.first_contact(NEW)
    assert await clips.current(NEW) == "clip"
    assert await clips.meant(NEW, "5", None) == "clip"
    assert await clips.waiting(NEW, "5") == "clip"
    assert await clips.current(OLD) is None
    await people.migrate(OLD, NEW)
    assert await people.language(NEW) == "zh"


async def test_what_the_new_one_has_stays_and_messages_do_not_go_along(redis: Redis) -> None:
    people, clips = People(redis), Clips(redis)
    await people.set_language(OLD, "zh")
    await people.set_language(NEW, "en")
    await clips.remember_message(OLD, "7", "clip")
    await clips.keep_question(OLD, "clip", "7")
    await people.migrate(OLD, NEW)
    assert await people.language(NEW) == "en"
    assert await clips.of_message(NEW, "7") is None, "the new chat's message 7 is another one"
    assert await clips.of_message(OLD, "7") == "clip"


async def test_a_similar_id_is_another_chat(redis: Redis) -> None:
    people = People(redis)
    longer, topic = ChatRef("telegram", "-123"), ChatRef("telegram", "-12", "4")
    for chat in (OLD, longer, topic, ChatRef("web", "-12")):
        await people.set_language(chat, "zh")
    assert await people.places(OLD) == (OLD, topic)
    await people.migrate(OLD, NEW)
    assert await people.language(longer) == "zh"
    assert await people.language(topic) == "zh"
    assert await people.places(OLD) == (OLD, topic)


async def test_where_a_chat_goes_on_is_known(redis: Redis) -> None:
    people = People(redis)
    assert await people.now_at(OLD) == OLD
    await people.migrate(OLD, NEW)
    assert await people.now_at(OLD) == NEW
    assert await people.now_at(NEW) == NEW
