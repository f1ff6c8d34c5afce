"""A fault of ours while somebody waits for an answer: one sentence to them, and the next one is dealt with.

The fault is a record in the store that cannot be read: one of another kind stands under its key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import structlog
from redis.asyncio import Redis

from core.store.connection import chat_key, key
from tests.bots.discord.simulated import CHINESE, World, label, refused, told
from tests.waiting import wait_until

FAILED = "Something went wrong on my side. Please try again."
FAILED_IN_CHINESE = "我这边出了问题，请再试一次。"


@pytest.fixture(autouse=True)
async def seen_by_the_operator(world: World, redis: Redis) -> AsyncIterator[None]:
    """Each test has one fault: it is logged, and its parcel leaves the inbox."""
    with structlog.testing.capture_logs() as logs:
        yield

        async def over() -> bool:
            return await redis.zcard(key("inbox", "discord")) == 0

        await wait_until(over, what="the parcel leaves the inbox")
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["update_failed"]


async def unreadable(redis: Redis, name: str) -> None:
    await redis.delete(name)
    await redis.sadd(name, "of another kind")


async def test_a_message_that_breaks_is_answered_though_the_chats_language_cannot_be_read(
    world: World, redis: Redis
) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    preferences = chat_key(world.chat(general), "preferences")
    await unreadable(redis, preferences)
    asked = await ann.send(general, f"{world.mention} 慢一点")
    answer = await world.says(general, FAILED_IN_CHINESE)
    assert answer.reference is not None
    assert answer.reference.message_id == asked.id
    await redis.delete(preferences)
    assert (await told(await ann.slash(general, "new"))).content.startswith("A fresh start.")


async def test_a_command_that_breaks_is_answered_in_the_chats_language(world: World, redis: Redis) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    await world.house.people.set_language(world.chat(general), "zh")
    await unreadable(redis, chat_key(world.chat(general), "title", str(ann.id)))
    assert (await told(await ann.slash(general, "new"))).content == FAILED_IN_CHINESE


@pytest.mark.parametrize(("language", "answer"), [("en-US", FAILED), (CHINESE, FAILED_IN_CHINESE)], ids=["en", "zh"])
async def test_a_press_that_breaks_is_answered_to_the_presser_alone(
    world: World, redis: Redis, language: str, answer: str
) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann", language=language, manage_guild=True)
    settings = await told(await ann.slash(general, "settings"))
    await unreadable(redis, chat_key(world.chat(general), "preferences"))
    assert await refused(await ann.click(settings, label=label(settings, ""))) == answer
