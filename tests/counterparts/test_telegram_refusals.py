"""What Telegram does not let a bot do, and what goes wrong on the way: by itself, and where a test says so."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import httpx
import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.counterparts.hearing import BUTTONS, FILM, Clock, bot_at, polling, says
from tests.counterparts.telegram import Telegram

# A bot that may not


async def test_a_group_that_became_a_supergroup(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    group = telegram.group("Family", [ann])
    async with polling(telegram) as heard:
        grown = await group.migrates(ann)
        updates = [await heard.get() for _ in range(3)]
    joined, left, arrived = updates
    assert joined.my_chat_member is not None
    assert joined.my_chat_member.chat.id == grown.id
    assert left.message is not None
    assert (left.message.chat.id, left.message.migrate_to_chat_id) == (group.id, grown.id)
    assert arrived.message is not None
    assert (arrived.message.chat.id, arrived.message.migrate_from_chat_id) == (grown.id, group.id)
    with pytest.raises(ChatMigrated) as moved:
        await bot.send_message(group.id, "x")
    assert moved.value.new_chat_id == grown.id
    await bot.send_message(grown.id, "here")
    assert [message.text for message in grown.from_bot] == ["here"]


async def test_a_bot_that_was_blocked_removed_or_muted(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    private, group = telegram.private(ann), telegram.group("Family", [ann])
    stranger = telegram.private(telegram.person("Eve"), started=False)
    async with polling(telegram) as heard:
        await private.removes_bot(ann)
        blocked = (await heard.get()).my_chat_member
        assert blocked is not None
        assert (blocked.old_chat_member.status, blocked.new_chat_member.status) == ("member", "kicked")
        with pytest.raises(Forbidden, match=says("bot was blocked by the user")):
            await bot.send_message(private.id, "x")
        await group.restricts_bot(ann, "can_send_videos")
        assert (await heard.get()).my_chat_member is not None
        await bot.send_message(group.id, "words go")
        with pytest.raises(BadRequest, match=says("not enough rights to send videos to the chat")):
            await bot.send_video(group.id, FILM)
        await group.removes_bot(ann)
        assert (await heard.get()).my_chat_member is not None
        assert (await heard.get()).message is not None
    with pytest.raises(Forbidden, match=says("bot was kicked from the group chat")):
        await bot.send_message(group.id, "x")
    with pytest.raises(Forbidden, match=says("bot can't initiate conversation with a user")):
        await bot.send_message(stranger.id, "x")
    with pytest.raises(BadRequest, match=says("chat not found")):
        await bot.send_message(4711, "x")
    await private.adds_bot(ann)
    await bot.send_message(private.id, "back again")


async def test_edits_and_deletions_that_telegram_refuses() -> None:
    clock = Clock()
    async with Telegram(now=clock) as telegram, bot_at(telegram) as bot:
        ann = telegram.person()
        chat, group = telegram.private(ann), telegram.group("Family", [ann])
        sent = await bot.send_message(chat.id, "Done", reply_markup=BUTTONS)
        with pytest.raises(BadRequest, match=says("is not modified")):
            await sent.edit_text("Done", reply_markup=BUTTONS)
        await sent.edit_text("Done")
        assert chat.from_bot[0].buttons == [], "a keyboard that is not sent again is gone"
        await sent.edit_reply_markup(BUTTONS)
        assert chat.from_bot[0].buttons == ["Slower"]
        film = await bot.send_video(chat.id, FILM, caption="old")
        with pytest.raises(BadRequest, match=says("no text in the message to edit")):
            await film.edit_text("new")
        await film.edit_caption("new")
        assert chat.videos[0].caption == "new"
        theirs = await group.sends(ann, "/mine")
        with pytest.raises(BadRequest, match=says("message can't be edited")):
            await bot.edit_message_text("ours", group.id, theirs.id)
        with pytest.raises(BadRequest, match=says("message can't be deleted")):
            await bot.delete_message(group.id, theirs.id)
        await sent.delete()
        with pytest.raises(BadRequest, match=says("message to edit not found")):
            await sent.edit_text("gone")
        with pytest.raises(BadRequest, match=says("message to delete not found")):
            await sent.delete()
        with pytest.raises(BadRequest, match=says("message to be replied not found")):
            await bot.send_message(chat.id, "x", reply_to_message_id=sent.message_id)
        await bot.send_message(chat.id, "x", reply_to_message_id=sent.message_id, allow_sending_without_reply=True)
        clock.time += 49 * 3600
        with pytest.raises(BadRequest, match=says("message can't be deleted for everyone")):
            await film.delete()


# What goes wrong


async def test_a_flood_hits_the_requests_it_is_meant_for() -> None:
    clock = Clock()
    async with Telegram(now=clock) as telegram, bot_at(telegram) as bot:
        one, two = telegram.private(telegram.person("Ann")), telegram.private(telegram.person("Bob"))
        telegram.flood("sendMessage", 7, chat=one)
        await bot.send_message(two.id, "goes")
        with pytest.raises(RetryAfter) as flooded:
            await bot.send_message(one.id, "waits")
        # A number or a timedelta, as the library is set.
        assert flooded.value.retry_after in (7, timedelta(seconds=7))
        assert telegram.requests[-1].answer == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
        clock.time += 6.5
        await bot.send_message(one.id, "too early")
        assert telegram.impatient == [f"sendMessage to {one.id} came 0.500 s too early"]
        clock.time += 1
        await bot.send_message(one.id, "in time")
        assert len(telegram.impatient) == 1
        assert [message.text for message in one.messages] == ["too early", "in time"]


async def test_every_third_request_fails(telegram: Telegram, bot: Bot) -> None:
    chat = telegram.private(telegram.person())
    rule = telegram.fail("*", 502, "Bad Gateway", times=None, every=3)
    for number in range(7):
        with suppress(NetworkError):
            await bot.send_message(chat.id, str(number))
    assert [message.text for message in chat.messages] == ["0", "1", "3", "4", "6"]
    assert rule.struck == 2
    telegram.faults.lift()
    await bot.send_message(chat.id, "8")


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("effect", [False, True])
async def test_an_answer_that_is_never_heard(telegram: Telegram, bot: Bot, how: str, effect: bool) -> None:
    chat = telegram.private(telegram.person())
    telegram.drop("sendVideo", effect=effect, how=how)
    with pytest.raises(Exception, match=r"RemoteProtocolError|ReadError"):
        await bot.send_video(chat.id, FILM)
    assert len(chat.videos) == effect
    assert not telegram.of("sendVideo")[0].was_heard


async def test_a_film_is_posted_although_the_bot_gave_up(telegram: Telegram) -> None:
    chat = telegram.private(telegram.person())
    async with bot_at(telegram) as bot:
        telegram.drop("sendVideo", effect=True, how="stall")
        with pytest.raises(TimedOut):
            await bot.send_video(chat.id, FILM, read_timeout=0.1)
    assert len(chat.videos) == 1


async def test_a_request_is_held_until_the_test_lets_it_go(telegram: Telegram, bot: Bot) -> None:
    chat = telegram.private(telegram.person())
    held = telegram.hold("editMessageText")
    sent = await bot.send_message(chat.id, "one")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(sent.edit_text("two"))
        await held.reached.wait()
        assert chat.messages[0].text == "one"
        held.release()
    assert chat.messages[0].text == "two"


async def test_an_answer_that_is_held_or_late_follows_the_effect(telegram: Telegram, bot: Bot) -> None:
    chat = telegram.private(telegram.person())
    held = telegram.hold("sendMessage", effect=True)
    async with asyncio.TaskGroup() as tasks:
        sending = tasks.create_task(bot.send_message(chat.id, "one"))
        await held.reached.wait()
        assert chat.messages[0].text == "one"
        assert not sending.done()
        held.release()
    telegram.slow("sendMessage", 30)
    with pytest.raises(TimedOut):
        await bot.send_message(chat.id, "two", read_timeout=0.05)
    assert chat.messages[1].text == "two"


async def test_a_download_that_breaks(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    message = await telegram.private(ann).sends(ann, document=("a.bin", bytes(300_000), "application/octet-stream"))
    file = await bot.get_file(message.file.file_id)
    assert file.file_path is not None
    telegram.drop("file", effect=True, after=100_000)
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(file.file_path)
        assert (await client.get(file.file_path)).content == bytes(300_000)
        telegram.files.expire()
        assert (await client.get(file.file_path)).status_code == 404


async def test_the_wrong_token(telegram: Telegram) -> None:
    other = Bot("123456:WRONG", base_url=f"{telegram.url}/bot")
    with pytest.raises(InvalidToken):
        await other.initialize()
    await other.shutdown()
