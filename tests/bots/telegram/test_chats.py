"""The program among people, updates being fetched: private chats, groups, topics, albums and channels."""

from __future__ import annotations

import io
import itertools
from typing import Any

import pytest
from PIL import Image

from tests import clips
from tests.bots.telegram.running import said, video
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_photo_with_words_comes_back_as_an_mp4(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    asked = await chat.sends(ann, photo=photo, caption="1 second, square")
    film = await video(chat)
    assert film.reply is asked
    assert film.file.path is not None
    found = clips.clip(film.file.path)
    assert (found.width, found.height, found.frames) == (1080, 1080, 30)
    call = film.call
    assert call is not None
    assert call["supports_streaming"] is True
    assert (call["width"], call["height"], call["duration"]) == (1080, 1080, 1)
    assert call.upload("video").name.endswith(".mp4")
    assert film.buttons == ["Slower", "Redo", "Undo", "9:16", "16:9", "Add title", "New clip"]
    assert "Timeline (1 track)" in film.caption
    assert film.thumbnail is not None
    assert film.thumbnail.path is not None
    with Image.open(io.BytesIO(film.thumbnail.path.read_bytes())) as picture:
        assert (picture.format, picture.size) == ("JPEG", (320, 320))
    assert [action for _, action, _ in chat.actions] == ["upload_video"]
    progress = [change for change in chat.changes("sent") if "%" in change.words]
    assert len(progress) == 1, "one progress message, edited, and gone in the end"
    assert progress[0].message.is_deleted
    edits = [change.at for change in chat.changes("edited")]
    assert all(later - earlier >= 2.9 for earlier, later in itertools.pairwise(edits))


async def test_an_album_of_four_is_one_film(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    await chat.sends_album(ann, [photo] * 4, caption="2 seconds, square")
    film = await video(chat)
    assert film.file.path is not None
    assert clips.clip(film.file.path).frames == 60
    assert len(chat.videos) == 1


async def test_in_a_group_the_one_who_mentions_it_is_answered(telegram: Telegram, photo: bytes) -> None:
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    group = telegram.supergroup("Harbour", [ann, ben])
    await group.sends(ben, photo=photo, caption="1 second, look at this")
    asked = await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    film = await video(group)
    assert film.reply is asked
    slower = await group.sends(ben, "make it 2 seconds", reply_to=film)
    again = await video(group, 2)
    assert again.reply is slower
    assert again.file.path is not None
    assert clips.clip(again.file.path).frames == 60
    assert len(group.videos) == 2


async def test_animate_this_takes_the_photo_of_another(telegram: Telegram, photo: bytes) -> None:
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    group = telegram.group("Harbour", [ann, ben])
    theirs = await group.sends(ben, photo=photo)
    asked = await group.sends(ann, "@stillreel_bot animate this, 1 second, square", reply_to=theirs)
    assert (await video(group)).reply is asked


async def test_topics_have_clips_of_their_own(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    forum = telegram.forum("Harbour", [ann])
    topic = await forum.opens_topic(ann, "Films")
    await forum.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square", topic=topic)
    film = await video(forum)
    assert film.topic == topic
    await forum.sends(ann, "@stillreel_bot 2 seconds")
    answer = await said(forum, "Hello! Send me a photo")
    assert answer.topic is None, "the General topic knows nothing of the other's clip"
    assert answer.call is not None
    assert "message_thread_id" not in answer.call.parameters
    await forum.sends(ann, "/new@stillreel_bot", topic=topic)
    asked = await forum.sends(ann, "make it 2 seconds", reply_to=film, topic=topic)
    longer = await video(forum, 2)
    assert (longer.reply, longer.topic) == (asked, topic)
    assert longer.file.path is not None
    assert clips.clip(longer.file.path).frames == 60, "an older video that is replied to is meant there, too"


async def test_a_channels_post_is_answered_by_a_post(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    channel = telegram.channel("News", [ann])
    await channel.sends(photo=photo, caption="the harbour today")
    asked = await channel.sends(photo=photo, caption="@stillreel_bot 1 second, square")
    film = await video(channel)
    assert film.reply is asked
    slower = await channel.sends(text="@stillreel_bot 2 seconds", reply_to=film)
    again = await video(channel, 2)
    assert again.reply is slower
    assert again.file.path is not None
    assert clips.clip(again.file.path).frames == 60, "its own video, which has no author there, means its clip"


async def test_only_administrators_change_the_settings_of_a_group(telegram: Telegram, photo: bytes) -> None:
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    group = telegram.supergroup("Harbour", [ann, ben], admins=[ann])
    await group.sends(ben, "/settings@stillreel_bot")
    await said(group, "Only administrators")
    await group.sends(ann, "/settings")
    await said(group, "A video is made after each change.")
    await group.sends(ann, "/settings", anonymous=True)
    await wait_until(lambda: sum("A video is made" in message.text for message in group.from_bot) == 2)
    answering = await group.sends(ann, "/settings", reply_to=await group.sends(ben, photo=photo))
    await wait_until(lambda: group.from_bot[-1].reply is answering)
    assert "A video is made" in group.from_bot[-1].text, "whatever it answers"
    assert telegram.count("getChatMember") > 0


async def test_a_redelivered_update_does_nothing(telegram: Telegram) -> None:
    """That of a photo, after a restart: `test_restart`."""
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    asked = await chat.sends(ann, "/help")
    await wait_until(lambda: any(message.reply is asked for message in chat.from_bot))
    assert asked.update is not None
    await telegram.redeliver(asked.update)
    await telegram.taken()
    later = await chat.sends(ann, "/help")
    await wait_until(lambda: any(message.reply is later for message in chat.from_bot))
    assert [message.reply for message in chat.from_bot] == [asked, later]


async def test_a_group_is_told_how_the_bot_works_there(telegram: Telegram) -> None:
    ann = telegram.person("Ann", language_code="zh-hans")
    group = telegram.supergroup("Harbour", [ann], bot="left")
    await group.adds_bot(ann)
    welcome = await said(group, "大家好")
    assert "@stillreel_bot" in welcome.text


UNUSABLE: tuple[dict[str, Any], ...] = (
    {"location": {"latitude": 1.0, "longitude": 2.0}},
    {"contact": {"phone_number": "1", "first_name": "Ben"}},
    {"dice": {"emoji": "🎲", "value": 3}},
    {"rich_message": {"blocks": []}},
)
"""What people send and nobody can animate; the last one is newer than the library."""


async def test_what_cannot_be_used_is_answered_with_what_to_send(telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    chat, group = telegram.private(ann), telegram.group("Harbour", [ann])
    first = await chat.sends(ann, "/start")
    welcome = await said(chat, "Hello! Send me a photo")
    sent = [await chat.sends_other(ann, fields) for fields in UNUSABLE]
    await wait_until(lambda: len(chat.from_bot) == 1 + len(sent))
    assert [message.reply for message in chat.from_bot] == [first, *sent]
    assert {message.text for message in chat.from_bot} - {welcome.text} == {
        "Send me a photo, and say what should happen with it."
    }
    await group.sends_other(ann, UNUSABLE[0])
    await group.sends(ann, "/start@stillreel_bot")
    hello = await said(group, "Hello! Send me a photo")
    poll = await group.sends_other(ann, UNUSABLE[2], reply_to=hello)
    await wait_until(lambda: len(group.from_bot) == 2)
    assert group.from_bot[1].reply is poll, "in a group only where the bot is addressed"


async def test_what_needs_no_answer_gets_none(telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    first = await chat.sends(ann, "/start")
    await said(chat, "Hello! Send me a photo")
    await chat.edits(first, "/help")
    sticker = await chat.sends(ann, sticker=b"RIFF....WEBP")
    await wait_until(lambda: any(message.reply is sticker for message in chat.from_bot))
    assert [message.reply for message in chat.from_bot] == [first, sticker]


async def test_the_menus_are_written_for_each_kind_of_chat(telegram: Telegram) -> None:
    await wait_until(lambda: sum(call.is_ok for call in telegram.of("setMyCommands")) == 6)
    calls = telegram.of("setMyCommands")
    assert {(call["scope"]["type"], call.parameters.get("language_code", "")) for call in calls} == {
        (scope, language)
        for scope in ("all_private_chats", "all_group_chats", "all_chat_administrators")
        for language in ("", "zh")
    }
