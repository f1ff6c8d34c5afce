"""The program among people: private chats, groups, topics, albums and channels, all in one running `stillreel up`."""

from __future__ import annotations

import io
import itertools

import pytest
from PIL import Image

from tests import clips
from tests.bots.telegram.running import video
from tests.counterparts.telegram import Chat, Message, Telegram
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def said(chat: Chat, words: str, seconds: float = 20) -> Message:
    """The bot's message with these words in it, once it is there."""

    def found() -> Message | None:
        return next((message for message in chat.from_bot if words in message.words), None)

    message = await wait_until(found, seconds, what=f"{words!r} in {chat.from_bot}")
    assert message is not None
    return message


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
    assert film.buttons == ["Slower", "16:9", "Undo"]
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
    await chat.sends_album(ann, [photo] * 4, caption="1 second each")
    film = await video(chat)
    assert film.file.path is not None
    assert clips.clip(film.file.path).frames == 120
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


async def test_a_channels_post_is_answered_by_a_post(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    channel = telegram.channel("News", [ann])
    await channel.sends(photo=photo, caption="the harbour today")
    asked = await channel.sends(photo=photo, caption="@stillreel_bot 1 second, square")
    film = await video(channel)
    assert film.reply is asked
    assert len(channel.videos) == 1


async def test_a_button_pressed_by_a_stranger(telegram: Telegram, photo: bytes) -> None:
    ann, ben, chief = (telegram.person(name) for name in ("Ann", "Ben", "Chief"))
    group = telegram.supergroup("Harbour", [ann, ben], admins=[chief])
    await group.sends(ann, photo=photo, caption="@stillreel_bot 60 seconds")
    progress = await said(group, "%")
    press = await group.presses(ben, progress, "Cancel")
    await wait_until(lambda: press.answer is not None)
    await wait_until(lambda: any(call.parameters.get("user_id") == ben.id for call in telegram.of("getChatMember")))
    await wait_until(lambda: "Rendering" in progress.text, 20, what="it goes on")
    assert not any("Cancelled" in message.text for message in group.from_bot)
    await group.presses(chief, progress, "Cancel")
    await said(group, "Cancelled.")


async def test_only_administrators_change_the_settings_of_a_group(telegram: Telegram) -> None:
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    group = telegram.supergroup("Harbour", [ann, ben], admins=[ann])
    await group.sends(ben, "/settings@stillreel_bot")
    await said(group, "Only administrators")
    await group.sends(ann, "/settings")
    await said(group, "A video is made after each change.")
    await group.sends(ann, "/settings", anonymous=True)
    await wait_until(lambda: sum("A video is made" in message.text for message in group.from_bot) == 2)
    assert telegram.count("getChatMember") > 0


async def test_20_mb_fetched_and_more_refused(telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    await chat.sends(ann, document=("large.jpg", 20 * 1024 * 1024 + 1, "image/jpeg"), caption="zoom in")
    answer = await said(chat, "at most 20 MB can be fetched here")
    assert "large.jpg is too large" in answer.text
    assert answer.buttons == []


async def test_a_redelivered_update_does_nothing(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    asked = await chat.sends(ann, photo=photo, caption="1 second, square")
    await video(chat)
    assert asked.update is not None
    before = len(chat.history)
    await telegram.redeliver(asked.update)
    await telegram.taken()
    later = await chat.sends(ann, "/help")
    await wait_until(lambda: any(message.reply is later for message in chat.from_bot))
    assert len(chat.history) == before + 2
    assert len(chat.videos) == 1


async def test_a_bot_that_is_blocked_goes_quietly(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    await chat.sends(ann, photo=photo, caption="60 seconds")
    await wait_until(lambda: any("Rendering" in message.text for message in chat.from_bot), 20)
    await chat.removes_bot(ann)
    await telegram.taken()
    await wait_until(lambda: _refused(telegram, chat), 20, what="the end of the job meets the block")
    sent = len([call for call in telegram.sent if call.chat_id == chat.id])
    other = telegram.private(telegram.person("Ben"))
    await other.sends(other.members[0], "/help")
    await said(other, "Hello!")
    assert len([call for call in telegram.sent if call.chat_id == chat.id]) == sent, "and nothing more is tried"


def _refused(telegram: Telegram, chat: Chat) -> bool:
    return any(call.chat_id == chat.id and call.status == 403 for call in telegram.requests)


async def test_migration_to_a_supergroup_keeps_the_session(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Harbour", [ann])
    await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    await video(group)
    new = await group.migrates(ann)
    await telegram.taken()
    await new.sends(ann, "@stillreel_bot 2 seconds")
    film = await video(new)
    assert film.file.path is not None
    found = clips.clip(film.file.path)
    assert (found.width, found.frames) == (1080, 60)
    assert not any("Hello" in message.text for message in new.from_bot), "nobody is welcomed to where they were"


async def test_a_group_that_moves_while_its_video_is_made_gets_it(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Harbour", [ann])
    held = telegram.hold("sendVideo", chat=group)
    await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    await wait_until(held.reached.is_set, 30)
    new = await group.migrates(ann)
    held.release()
    await wait_until(lambda: new.videos, 30)
    assert new.videos[0].reply is None
    assert group.videos == []


async def test_a_group_is_told_how_the_bot_works_there(telegram: Telegram) -> None:
    ann = telegram.person("Ann", language_code="zh-hans")
    group = telegram.supergroup("Harbour", [ann], bot="left")
    await group.adds_bot(ann)
    welcome = await said(group, "大家好")
    assert "@stillreel_bot" in welcome.text


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
