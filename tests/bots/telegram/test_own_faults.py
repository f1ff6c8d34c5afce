"""A fault of ours while somebody waits for an answer: one sentence to them, and the next message is dealt with.

The fault is a record in the store that cannot be read: one of another kind stands under its key.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from redis.asyncio import Redis

from bots.parts import Parts, assembled
from bots.starting import telegram as listening
from core.chat import ChatRef
from core.settings import load
from core.store.connection import chat_key, key
from tests.bots.telegram.running import TOKEN, said
from tests.counterparts.telegram import Chat, Telegram
from tests.waiting import wait_until

ENGLISH = "Something went wrong on my side. Please try again."
CHINESE = "我这边出了问题，请再试一次。"


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram(TOKEN, privacy=False) as telegram:
        yield telegram


@pytest.fixture
async def parts(telegram: Telegram, redis: Redis, redis_url: str, tmp_path: Path) -> AsyncIterator[Parts]:
    """A process that listens, with nobody behind it who makes videos."""
    settings = load(data_dir=tmp_path, redis_url=redis_url, telegram_token=TOKEN, telegram_api_url=telegram.url)
    with structlog.testing.capture_logs() as logs:
        async with assembled(settings, redis, "http://127.0.0.1:9") as parts, listening(settings, redis, parts):
            yield parts
    assert [line["event"] for line in logs if line["log_level"] == "error"] == ["update_failed"]


def ref(chat: Chat) -> ChatRef:
    return ChatRef("telegram", str(chat.id))


async def unreadable(redis: Redis, name: str) -> None:
    await redis.delete(name)
    await redis.sadd(name, "of another kind")


async def nothing_is_left(redis: Redis) -> None:
    async def empty() -> bool:
        return await redis.zcard(key("inbox", "telegram")) == 0

    await wait_until(empty, what="the parcel leaves the inbox")


@pytest.mark.parametrize(
    ("chosen", "own", "answer"),
    [(None, "en", ENGLISH), (None, "zh-hans", CHINESE), ("zh", "en", CHINESE)],
    ids=["none known", "the person's", "the chat's"],
)
async def test_a_message_that_breaks_is_answered_with_one_sentence(
    telegram: Telegram, parts: Parts, redis: Redis, chosen: str | None, own: str, answer: str
) -> None:
    ann = telegram.person("Ann", language_code=own)
    chat = telegram.private(ann)
    if chosen is not None:
        await parts.people.set_language(ref(chat), chosen)
    title = chat_key(ref(chat), "title", str(ann.id))
    await unreadable(redis, title)
    asked = await chat.sends(ann, "/help")
    assert (await said(chat, answer)).reply is asked
    await nothing_is_left(redis)
    await redis.delete(title)
    again = await chat.sends(ann, "/new")
    await wait_until(lambda: len(chat.from_bot) == 2)
    assert [(message.text == answer, message.reply) for message in chat.from_bot] == [(True, asked), (False, again)]


async def test_a_message_is_answered_though_the_chats_language_cannot_be_read(
    telegram: Telegram, parts: Parts, redis: Redis
) -> None:
    ann, li = telegram.person("Ann"), telegram.person("Li", language_code="zh-hans")
    group = telegram.group("Harbour", [ann, li])
    await unreadable(redis, chat_key(ref(group), "preferences"))
    await group.sends(ann, "what a day")
    asked = await group.sends(li, "/help@stillreel_bot")
    assert (await said(group, CHINESE)).reply is asked
    await nothing_is_left(redis)
    assert len(group.from_bot) == 1, "who asked for nothing is told nothing"


@pytest.mark.parametrize(("broken", "answer"), [("language", ENGLISH), ("job", CHINESE)], ids=["language", "job"])
async def test_a_press_that_breaks_is_answered_with_an_alert(
    telegram: Telegram, parts: Parts, redis: Redis, broken: str, answer: str
) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    await parts.people.set_language(ref(chat), "zh")
    await chat.sends(ann, "/new")
    await wait_until(lambda: chat.from_bot)
    await unreadable(redis, chat_key(ref(chat), "preferences") if broken == "language" else key("job", "abcdefghijkl"))
    press = await chat.presses(ann, chat.from_bot[0], data="x.abcdefghijkl.")
    given = await wait_until(lambda: press.answer)
    assert given == {"callback_query_id": press.id, "text": answer, "show_alert": True}
    await nothing_is_left(redis)
    assert len(chat.from_bot) == 1


async def test_a_press_that_breaks_too_late_for_an_alert_is_answered_in_the_chat(
    telegram: Telegram, parts: Parts, redis: Redis
) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    await unreadable(redis, key("job", "abcdefghijkl"))
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    telegram.fail("answerCallbackQuery", 400, too_old)
    pressed = await chat.sends(ann, "/new")
    await chat.presses(ann, pressed, data="x.abcdefghijkl.")
    assert (await said(chat, ENGLISH)).reply is pressed
    await nothing_is_left(redis)
