"""The outbox and the files, over HTTP against a Telegram that does not always do as it is told."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.telegram.bot import telegram_bot
from bots.telegram.faults import OutcomeUnknown
from bots.telegram.outbox import TelegramOutbox
from core.chat import (
    Button,
    ChatGone,
    ChatRef,
    Media,
    MediaGone,
    MediaKind,
    MediaTooLarge,
    Message,
    Video,
    VideosForbidden,
    VideoTooLarge,
    place_of,
)
from core.settings import TelegramSettings
from core.store.notes import Notes
from tests.bots.telegram.running import TOKEN
from tests.counterparts.telegram import Chat, Telegram
from tests.waiting import wait_until


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram(TOKEN) as telegram:
        yield telegram


@pytest.fixture
async def outbox(telegram: Telegram, redis: Redis) -> AsyncIterator[TelegramOutbox]:
    settings = TelegramSettings(token=TOKEN, api_url=telegram.url)
    async with telegram_bot(settings) as bot:
        yield TelegramOutbox(bot, settings, Notes(redis, "telegram"))


@pytest.fixture
def chat(telegram: Telegram) -> Chat:
    return telegram.private(telegram.person("Ann"))


@pytest.fixture
def film(tmp_path: Path) -> Video:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a film, as far as anybody looks" * 1000)
    return Video(path, "clip.mp4", path.stat().st_size, 640, 360, 2.0)


def ref(chat: Chat, thread: int | None = None) -> ChatRef:
    return ChatRef("telegram", str(chat.id), None if thread is None else str(thread))


async def test_say_change_and_take_back(outbox: TelegramOutbox, chat: Chat) -> None:
    asked = await chat.sends(chat.members[0], "hello")
    cancel = Button("Cancel", "x.job.")
    message = await outbox.send(ref(chat), Message("10%", (cancel,), 0.1), reply_to=str(asked.id))
    assert (chat.from_bot[0].text, chat.from_bot[0].buttons, chat.from_bot[0].reply) == ("10%", ["Cancel"], asked)
    for _ in range(2):
        assert await outbox.edit(ref(chat), message, Message("20%", (cancel,), 0.2))
    assert chat.from_bot[0].text == "20%"
    await outbox.edit(ref(chat), message, Message("Done."))
    assert (chat.from_bot[0].text, chat.from_bot[0].buttons) == ("Done.", [])
    await outbox.remove(ref(chat), message)
    assert chat.from_bot == []
    await outbox.remove(ref(chat), message)
    assert not await outbox.edit(ref(chat), message, Message("too late"))
    assert chat.from_bot == [], "what is gone stays gone"


async def test_a_message_that_was_deleted_is_answered_all_the_same(outbox: TelegramOutbox, chat: Chat) -> None:
    asked = await chat.sends(chat.members[0], "hello")
    await chat.deletes(asked)
    await outbox.send(ref(chat), Message("Hello!"), reply_to=str(asked.id))
    assert chat.from_bot[0].reply is None


async def test_long_texts_are_cut(outbox: TelegramOutbox, chat: Chat, film: Video) -> None:
    message = await outbox.send(ref(chat), Message("🎬" * 5000))
    await outbox.edit(ref(chat), message, Message("长" * 5000))
    await outbox.post_video(ref(chat), film, Message("长" * 5000), job="job")
    assert [len(found.words) for found in chat.from_bot] == [4096, 1024]


async def test_a_videos_buttons_can_be_changed(outbox: TelegramOutbox, chat: Chat, film: Video) -> None:
    message = await outbox.post_video(ref(chat), film, Message("a film", (Button("Undo", "e.c.undo"),)), job="job")
    assert await outbox.edit(ref(chat), message, Message("That was too long ago."))
    assert (chat.videos[0].caption, chat.videos[0].buttons) == ("That was too long ago.", [])


async def test_a_job_posts_its_video_once(outbox: TelegramOutbox, chat: Chat, film: Video) -> None:
    first = await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert await outbox.post_video(ref(chat), film, Message("a film"), job="job") == first
    assert len(chat.videos) == 1
    assert chat.videos[0].file.path is not None
    assert chat.videos[0].file.path.read_bytes() == film.path.read_bytes()


async def test_a_flooded_video_goes_again_whole(
    outbox: TelegramOutbox, telegram: Telegram, chat: Chat, film: Video
) -> None:
    telegram.flood("sendVideo", 1)
    await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert telegram.count("sendVideo") == 2
    assert chat.videos[0].file.path is not None
    assert chat.videos[0].file.path.read_bytes() == film.path.read_bytes()


async def test_a_chats_flood_does_not_stall_another(outbox: TelegramOutbox, telegram: Telegram, chat: Chat) -> None:
    other = telegram.private(telegram.person("Ben"))
    telegram.flood("editMessageText", 2, chat=chat)
    message = await outbox.send(ref(chat), Message("10%", fraction=0.1))
    editing = asyncio.create_task(outbox.edit(ref(chat), message, Message("20%", fraction=0.2)))
    await wait_until(lambda: telegram.count("editMessageText"))
    await outbox.send(ref(other), Message("Hello!"))
    assert not editing.done()
    await editing
    assert [found.text for found in chat.from_bot] == ["20%"]
    assert telegram.impatient == []


async def test_the_one_request_in_flight(outbox: TelegramOutbox, telegram: Telegram, chat: Chat, film: Video) -> None:
    telegram.drop("sendVideo", effect=True)
    with pytest.raises(OutcomeUnknown):
        await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert telegram.count("sendVideo") == 1, "an answer that was lost is no reason to post again"


async def test_what_telegram_did_not_do_goes_again(
    outbox: TelegramOutbox, telegram: Telegram, chat: Chat, film: Video
) -> None:
    telegram.fail("sendVideo", 502, "Bad Gateway")
    await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert len(chat.videos) == 1
    telegram.drop("deleteMessage", effect=True)
    await outbox.remove(ref(chat), str(chat.videos[0].id))
    assert chat.videos == []


async def test_a_telegram_that_cannot_be_reached_is_waited_for(redis: Redis, film: Video) -> None:
    async with Telegram(TOKEN) as telegram:
        chat = telegram.private(telegram.person("Ann"))
        settings = TelegramSettings(token=TOKEN, api_url=telegram.url)
        async with telegram_bot(settings) as bot:
            outbox = TelegramOutbox(bot, settings, Notes(redis, "telegram"))
            telegram._server.refuse()
            posting = asyncio.create_task(outbox.post_video(ref(chat), film, Message("a film"), job="job"))
            await asyncio.wait({posting}, timeout=0.3)
            assert not posting.done()
            await telegram._server.listen()
            await posting
        assert len(chat.videos) == 1


@pytest.mark.parametrize(
    "words",
    [
        "Bad Request: chat not found",
        "Bad Request: not enough rights to send text messages to the chat",
        "Bad Request: message thread not found",
        "Bad Request: TOPIC_CLOSED",
        "Bad Request: group chat was deactivated",
    ],
)
async def test_chats_that_cannot_be_written_to_are_gone(
    outbox: TelegramOutbox, telegram: Telegram, chat: Chat, words: str
) -> None:
    telegram.fail("sendMessage", 400, words)
    with pytest.raises(ChatGone):
        await outbox.send(ref(chat), Message("Hello!"))


async def test_a_bot_that_is_blocked(outbox: TelegramOutbox, chat: Chat, film: Video) -> None:
    message = await outbox.send(ref(chat), Message("10%"))
    await chat.removes_bot(chat.members[0])
    with pytest.raises(ChatGone):
        await outbox.send(ref(chat), Message("Hello!"))
    with pytest.raises(ChatGone):
        await outbox.edit(ref(chat), message, Message("20%"))
    with pytest.raises(ChatGone):
        await outbox.post_video(ref(chat), film, Message("a film"), job="job")


async def test_a_group_that_moved_is_followed(outbox: TelegramOutbox, telegram: Telegram, film: Video) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Harbour", [ann])
    asked = await group.sends(ann, "hello")
    progress = await outbox.send(ref(group), Message("10%"), reply_to=str(asked.id))
    new = await group.migrates(ann)
    assert not await outbox.edit(ref(group), progress, Message("20%", fraction=0.2))
    await outbox.post_video(ref(group), film, Message("a film"), job="job", reply_to=str(asked.id))
    await outbox.remove(ref(group), progress)
    assert [found.caption for found in new.videos] == ["a film"]
    assert new.videos[0].reply is None
    assert not await outbox.edit(ref(group), progress, Message("It could not be made.")), "it stayed behind"
    assert [found.kind for found in new.from_bot] == ["video"]


async def test_what_was_posted_after_a_group_moved_can_be_changed(outbox: TelegramOutbox, telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    group = telegram.group("Harbour", [ann])
    new = await group.migrates(ann)
    message = await outbox.send(ref(group), Message("10%", fraction=0.1))
    assert place_of(ref(group), message) == (ref(new), str(new.from_bot[0].id))
    assert await outbox.edit(ref(group), message, Message("20%", fraction=0.2))
    assert [found.text for found in new.from_bot] == ["20%"]
    await outbox.remove(ref(group), message)
    assert new.from_bot == []


@pytest.mark.parametrize("words", ["Request Entity Too Large", "<html>413 Request Entity Too Large</html>"])
async def test_a_video_that_is_refused_for_its_size(
    outbox: TelegramOutbox, telegram: Telegram, chat: Chat, film: Video, words: str
) -> None:
    telegram.fail("sendVideo", 413, words)
    with pytest.raises(VideoTooLarge):
        await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert telegram.count("sendVideo") == 1, "as it is it would be refused again"


@pytest.mark.parametrize(
    "words", ["not enough rights to send videos to the chat", "CHAT_SEND_VIDEOS_FORBIDDEN", "CHAT_SEND_MEDIA_FORBIDDEN"]
)
async def test_a_chat_that_takes_words_and_no_videos(
    outbox: TelegramOutbox, telegram: Telegram, chat: Chat, film: Video, words: str
) -> None:
    telegram.fail("sendVideo", 400, f"Bad Request: {words}")
    with pytest.raises(VideosForbidden):
        await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    await outbox.send(ref(chat), Message("I may not post videos here."))


# Files


async def fetched(outbox: TelegramOutbox, media: Media) -> bytes:
    async with outbox.open(media) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def document(chat: Chat, content: bytes | int) -> Media:
    sent = await chat.sends(chat.members[0], document=("a.bin", content, "application/octet-stream"))
    found = sent["document"]
    return Media(found["file_id"], MediaKind.FILE, "a.bin", size=found.get("file_size"))


async def test_20_mb_are_fetched_and_a_byte_more_is_refused(
    outbox: TelegramOutbox, telegram: Telegram, chat: Chat
) -> None:
    content = hashlib.sha256(b"seed").digest() * (20 * 1024 * 1024 // 32)
    media = await document(chat, content)
    assert media.size == 20 * 1024 * 1024 == outbox.limits.fetch
    assert hashlib.sha256(await fetched(outbox, media)).digest() == hashlib.sha256(content).digest()
    larger = await document(chat, 20 * 1024 * 1024 + 1)
    asked = telegram.count("getFile")
    with pytest.raises(MediaTooLarge):
        await fetched(outbox, larger)
    assert telegram.count("getFile") == asked, "what Telegram told of its size is enough"
    with pytest.raises(MediaTooLarge):
        await fetched(outbox, replace(larger, size=None))


async def test_files_that_are_not_there(outbox: TelegramOutbox, telegram: Telegram, chat: Chat) -> None:
    with pytest.raises(MediaGone):
        await fetched(outbox, Media("no-such-file", MediaKind.PHOTO))
    with pytest.raises(MediaGone):
        await fetched(outbox, Media("https://example.org/a.jpg", MediaKind.LINK))
    media = await document(chat, b"content")
    telegram.fail("file", 404, "Not Found")
    with pytest.raises(MediaGone):
        await fetched(outbox, media)


async def test_a_local_server_hands_over_its_files(redis: Redis, film: Video) -> None:
    async with Telegram(TOKEN, local=True) as telegram:
        chat = telegram.private(telegram.person("Ann"))
        settings = TelegramSettings(token=TOKEN, api_url=telegram.url, local=True)
        async with telegram_bot(settings) as bot:
            outbox = TelegramOutbox(bot, settings, Notes(redis, "telegram"))
            assert outbox.limits.fetch == outbox.limits.video == 2000 * 1024 * 1024
            content = b"larger than the public limit" * 800_000
            assert await fetched(outbox, await document(chat, content)) == content
            await outbox.post_video(ref(chat), film, Message("a film"), job="job")
        assert telegram.count("file") == 0
