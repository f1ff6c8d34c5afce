"""The Telegram counterpart held against python-telegram-bot: what people do arrives, what the bot does is seen."""

from __future__ import annotations

import asyncio
import io

import httpx
import pytest
from PIL import Image
from telegram import Bot, BotCommand, BotCommandScopeChat, InputMediaPhoto
from telegram.error import (
    BadRequest,
    Forbidden,
)

from tests.counterparts.hearing import BUTTONS, FILM, PHOTO, THUMBNAIL, Clock, bot_at, picture, polling, says
from tests.counterparts.telegram import Media, Telegram, in_thread
from tests.counterparts.telegram.entities import cut

# From a photo to a film


async def test_a_photo_becomes_a_film_over_polling(telegram: Telegram) -> None:
    ann = telegram.person("Ann", language_code="de")
    chat = telegram.private(ann)
    async with polling(telegram) as heard:
        photo = await chat.sends(ann, photo=picture(1600, 1200), caption="slow zoom")
        update = await heard.get()
        assert update.message is not None
        assert update.message.from_user is not None
        assert update.message.from_user.language_code == "de"
        assert [size.width for size in update.message.photo] == [90, 320, 800, 1280, 1600]
        file = await update.message.photo[-1].get_file()
        assert bytes(await file.download_as_bytearray()) == photo.file.content

        said = await update.message.reply_text("Working…", reply_markup=BUTTONS, do_quote=True)
        await said.edit_text("Almost there")
        await update.get_bot().send_chat_action(chat.id, "upload_video")
        await update.message.reply_video(
            FILM, width=1080, height=1920, duration=5, supports_streaming=True, thumbnail=THUMBNAIL, caption="Here"
        )
        await said.delete()

    assert [message.kind for message in chat.messages] == ["photo", "video"]
    (film,) = chat.videos
    assert film.file.content == FILM
    assert (film.file.width, film.file.height, film.file.duration) == (1080, 1920, 5)
    assert film.thumbnail is not None
    assert (film.thumbnail.width, film.thumbnail.height, film.thumbnail.content) == (320, 180, THUMBNAIL)
    assert film.caption == "Here"
    assert film.call is not None
    assert film.call["supports_streaming"] is True
    assert [(change.kind, change.words) for change in chat.history if change.message.id == said.message_id] == [
        ("sent", "Working…"),
        ("edited", "Almost there"),
        ("deleted", "Almost there"),
    ]
    assert chat.changes("sent")[0].message.reply is photo
    assert [action for _, action, _ in chat.actions] == ["upload_video"]


async def test_a_photo_is_turned_upright_and_never_enlarged(telegram: Telegram) -> None:
    ann = telegram.person()
    message = await telegram.private(ann).sends(ann, photo=picture(1000, 200, orientation=6))
    assert [(size["width"], size["height"]) for size in message["photo"]] == [
        (18, 90),
        (64, 320),
        (160, 800),
        (200, 1000),
    ]
    with Image.open(io.BytesIO(message.file.content)) as opened:
        assert opened.size == (200, 1000)
        assert not opened.getexif()


async def test_an_album_is_one_message_each_way(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    chat = telegram.private(ann)
    async with polling(telegram) as heard:
        await chat.sends_album(ann, [PHOTO] * 4, caption="all of them")
        updates = [await heard.get() for _ in range(4)]
    groups = {update.message.media_group_id for update in updates if update.message is not None}
    assert len(groups) == 1
    assert [update.message.caption for update in updates if update.message] == ["all of them", None, None, None]
    await bot.send_media_group(chat.id, [InputMediaPhoto(PHOTO, caption="back"), InputMediaPhoto(PHOTO)])
    assert [message.caption for message in chat.from_bot] == ["back", ""]
    assert len({message.media_group for message in chat.from_bot}) == 1


@pytest.mark.parametrize(
    ("sent", "facts"),
    [
        ({"document": ("big.png", PHOTO, "image/png")}, {"file_name": "big.png", "mime_type": "image/png"}),
        ({"video": Media(FILM, "a.mp4", "video/mp4", 64, 36, 2)}, {"width": 64, "height": 36, "duration": 2}),
        ({"voice": Media(b"OggS", duration=3)}, {"duration": 3}),
        ({"audio": ("song.mp3", b"ID3", "audio/mpeg")}, {"file_name": "song.mp3", "duration": 0}),
        ({"sticker": b"RIFF"}, {"is_video": False, "type": "regular"}),
        ({"animation": b"GIF89a"}, {"file_name": "animation.mp4"}),
    ],
    ids=lambda value: next(iter(value)),
)
async def test_every_kind_of_file_arrives(telegram: Telegram, sent: dict[str, Media], facts: dict[str, object]) -> None:
    ann = telegram.person()
    async with polling(telegram) as heard:
        await telegram.private(ann).sends(ann, **sent)  # type: ignore[arg-type]
        update = await heard.get()
    assert update.message is not None
    (kind,) = sent
    arrived = update.message.to_dict()
    assert facts.items() <= arrived[kind].items()
    assert ("document" in arrived) is (kind in {"document", "animation"})


# Buttons


async def test_a_press_is_answered_once_and_in_time() -> None:
    clock = Clock()
    async with Telegram(now=clock) as telegram, bot_at(telegram) as bot:
        ann = telegram.person()
        chat = telegram.private(ann)
        await bot.send_message(chat.id, "Done", reply_markup=BUTTONS)
        async with polling(telegram) as heard:
            press = await chat.presses(ann, chat.messages[-1], "Slower")
            query = (await heard.get()).callback_query
            assert query is not None
            assert query.data == "slower:7"
            assert query.from_user.id == ann.id
            await query.answer("Slower it is")
            assert press.words == "Slower it is"
            with pytest.raises(BadRequest, match=says("query is too old")):
                await query.answer()
            await chat.deletes(chat.messages[-1])
            await chat.presses(ann, press.message, data="slower:7")
            query = (await heard.get()).callback_query
            assert query is not None
            assert query.message is not None
            assert not query.message.is_accessible
            clock.time += 16
            with pytest.raises(BadRequest, match=says("query is too old")):
                await query.answer()


async def test_a_button_that_is_not_there_cannot_be_pressed(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    chat = telegram.private(ann)
    await bot.send_message(chat.id, "Done", reply_markup=BUTTONS)
    with pytest.raises(AssertionError, match=says("0 buttons named 'Louder' of ['Slower']")):
        await chat.presses(ann, chat.messages[-1], "Louder")


# Groups, topics, channels


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("hello all", False),
        ("@stillreel_bot make it move", False),
        ("/make@stillreel_bot now", True),
        ("now /make@Stillreel_Bot", True),
        ("/make now", True),
        ("/make@other_bot now", False),
        ("see example.com/make", False),
    ],
)
async def test_privacy_mode_hides_what_is_not_meant_for_the_bot(telegram: Telegram, text: str, seen: bool) -> None:
    ann = telegram.person()
    group = telegram.group("Family", [ann])
    assert ((await group.sends(ann, text)).update is not None) is seen
    telegram.privacy = False
    assert (await group.sends(ann, text)).update is not None


async def test_privacy_mode_lets_replies_and_administrators_through(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    group = telegram.group("Family", [ann])
    await bot.send_message(group.id, "Send me a photo")
    reply = await group.sends(ann, photo=PHOTO, reply_to=group.from_bot[0])
    assert reply.update is not None
    assert (await group.sends(ann, "and another", reply_to=reply)).update is not None
    group.other_bot_was_last = True
    assert (await group.sends(ann, "/make")).update is None
    assert (await group.sends(ann, "/make@stillreel_bot")).update is not None
    await group.promotes_bot(ann)
    assert (await group.sends(ann, "hello all")).update is not None


async def test_topics_of_a_forum(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    forum = telegram.forum("Harbour", [ann])
    telegram.privacy = False
    topic = await forum.opens_topic(ann, "Boats")
    inside, general = await forum.sends(ann, "in it", topic=topic), await forum.sends(ann, "outside")
    assert inside.update is not None
    told = inside.update.content
    assert (told["message_thread_id"], told["is_topic_message"]) == (topic.id, True)
    assert told["reply_to_message"]["forum_topic_created"]["name"] == "Boats"
    assert {"message_thread_id", "is_topic_message", "reply_to_message"}.isdisjoint(general.wire)

    await bot.send_message(forum.id, "there", message_thread_id=topic.id)
    await bot.send_message(forum.id, "by its reply", reply_to_message_id=inside.id)
    await bot.send_message(forum.id, "everywhere")
    assert [message.topic for message in forum.from_bot] == [topic, topic, None]
    for thread, said in ((1, "message thread not found"), (999, "message thread not found")):
        with pytest.raises(BadRequest, match=says(said)):
            await bot.send_message(forum.id, "x", message_thread_id=thread)
    await forum.closes_topic(topic)
    with pytest.raises(BadRequest, match=says("Topic_closed")):
        await bot.send_message(forum.id, "x", message_thread_id=topic.id)
    await forum.deletes_topic(topic)
    with pytest.raises(BadRequest, match=says("message thread not found")):
        await bot.send_message(forum.id, "x", message_thread_id=topic.id)
    assert [message.words for message in forum.messages] == ["outside", "everywhere"]


async def test_a_reply_in_a_supergroup_has_a_thread_but_no_topic(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    group = telegram.supergroup("Harbour", [ann])
    first = await bot.send_message(group.id, "first")
    reply = await group.sends(ann, "second", reply_to=group.from_bot[0])
    assert reply["message_thread_id"] == first.message_id
    assert reply.topic is None
    await bot.send_message(group.id, "third", message_thread_id=first.message_id)
    assert group.from_bot[-1].thread_id is None


async def test_a_post_of_a_channel_has_no_author(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    channel = telegram.channel("News", [ann], username="stillreel_news")
    async with polling(telegram) as heard:
        post = await channel.sends(photo=PHOTO, caption="@stillreel_bot zoom", signature="Ann")
        update = await heard.get()
        await channel.edits(post, "@stillreel_bot zoom in")
        edited = await heard.get()
    assert update.channel_post is not None
    assert update.channel_post.from_user is None
    assert update.channel_post.sender_chat == update.channel_post.chat
    assert update.channel_post.author_signature == "Ann"
    assert edited.edited_channel_post is not None
    assert edited.edited_channel_post.caption == "@stillreel_bot zoom in"
    sent = await bot.send_message("@Stillreel_News", "Done", reply_to_message_id=post.id)
    assert sent.from_user is None
    await bot.send_chat_action(channel.id, "upload_video")
    assert channel.actions == []
    await channel.removes_bot(ann)
    with pytest.raises(Forbidden, match=says("bot was kicked from the channel chat")):
        await bot.send_message(channel.id, "x")


async def test_who_a_message_in_a_group_is_from(telegram: Telegram) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    group = telegram.supergroup("Harbour", [ann, bob])
    news = telegram.channel("News", [bob])
    hidden = await group.sends(ann, "/settings", anonymous=True)
    assert hidden["from"]["username"] == "GroupAnonymousBot"
    assert hidden["sender_chat"]["id"] == group.id
    posted = await group.sends(bob, "/settings", as_channel=news)
    assert posted["sender_chat"]["id"] == news.id
    with pytest.raises(AssertionError, match=says("Bob is no administrator")):
        await group.sends(bob, "/settings", anonymous=True)
    with pytest.raises(AssertionError, match=says("is not in Harbour")):
        await group.sends(telegram.person("Eve"), "hello")


async def test_memberships(telegram: Telegram, bot: Bot) -> None:
    ann, bob = telegram.person("Ann"), telegram.person("Bob")
    group = telegram.supergroup("Harbour", [ann, bob], admins=[ann], bot="administrator")
    assert (await bot.get_chat_member(group.id, ann.id)).status == "creator"
    assert (await bot.get_chat_member(group.id, bob.id)).status == "member"
    assert {admin.user.id for admin in await bot.get_chat_administrators(group.id)} == {ann.id, bot.id}
    assert (await bot.get_chat(group.id)).title == "Harbour"


# The rest


async def test_commands_of_a_scope_and_language(telegram: Telegram, bot: Bot) -> None:
    chat = telegram.private(telegram.person())
    await bot.set_my_commands([BotCommand("new", "Neu")], BotCommandScopeChat(chat.id), "de")
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.set_my_commands([BotCommand("new", "Neu")], BotCommandScopeChat(5), "de")
    assert telegram.methods.commands == {(f"chat {chat.id}", "de"): [{"command": "new", "description": "Neu"}]}
    await bot.set_my_short_description("Photos that move")
    assert telegram.methods.profile["short_description", ""] == "Photos that move"


async def test_entities_are_counted_in_utf_16(telegram: Telegram) -> None:
    ann = telegram.person()
    text = "😀 /make@stillreel_bot for @bob_b see https://example.org/a?b. #tag"
    message = await telegram.private(ann).sends(ann, text)
    assert [(each["type"], cut(text, each)) for each in message["entities"]] == [
        ("bot_command", "/make@stillreel_bot"),
        ("mention", "@bob_b"),
        ("url", "https://example.org/a?b"),
        ("hashtag", "#tag"),
    ]
    assert message["entities"][0]["offset"] == 3


def test_a_test_that_is_not_asynchronous() -> None:
    telegram = Telegram()
    ann = telegram.person()
    chat = telegram.private(ann)
    with in_thread(telegram):
        asyncio.run(chat.sends(ann, "hello"))
        answer = httpx.get(f"{telegram.url}/bot{telegram.token}/getUpdates?timeout=10").json()
    assert [update["message"]["text"] for update in answer["result"]] == ["hello"]
