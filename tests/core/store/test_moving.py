"""A chat that goes on under another id, and the places of a chat."""

from __future__ import annotations

from redis.asyncio import Redis

from core.chat import ChatRef
from core.store.clips import Clips
from core.store.lists import List, Lists, Standing
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


async def test_item_4_what_the_operator_said_of_a_chat_goes_with_it(redis: Redis) -> None:
    people, lists = People(redis), Lists(redis)
    await lists.add(List.BLOCK, ["telegram:-12", "telegram:-123"])
    for _ in range(2):
        await people.migrate(OLD, NEW)
    assert await lists.names(List.BLOCK) == ("telegram:-100512", "telegram:-123")
    assert await lists.standing(NEW, "1") is Standing.BLOCKED
    topic = ChatRef("telegram", NEW.chat, "4")
    assert await lists.standing(topic, "1") is Standing.BLOCKED
    await lists.remove(List.BLOCK, ["telegram:-100512"])
    assert await lists.standing(NEW, "1") is Standing.OPEN


async def test_item_4_what_the_settings_say_of_a_chat_goes_with_it_for_good(redis: Redis) -> None:
    people, newest = People(redis), ChatRef("telegram", "-100513")
    blocking, letting_in = Lists(redis, block={"telegram:-12"}), Lists(redis, allow={"telegram:-12"})
    assert await letting_in.standing(NEW, "1") is Standing.NOT_LET_IN
    await people.migrate(OLD, NEW)
    await people.migrate(NEW, newest)
    await people.forget(newest)
    for chat in (NEW, newest):
        assert await blocking.standing(chat, "1") is Standing.BLOCKED
        assert await letting_in.standing(chat, "1") is Standing.OPEN
    assert await blocking.standing(ChatRef("telegram", "-7"), "1") is Standing.OPEN
    assert await blocking.fixed(List.BLOCK, ["telegram:-100513", "telegram:-7"]) == ("telegram:-100513",)
