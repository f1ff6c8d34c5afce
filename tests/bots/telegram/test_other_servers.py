"""The outbox and the files against servers that are not Telegram's own, or have something else before them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from redis.asyncio import Redis
from telegram.ext import ExtBot

from bots.telegram.bot import telegram_bot
from bots.telegram.faults import OutcomeUnknown, Unsent
from bots.telegram.files import TelegramFiles
from bots.telegram.outbox import TelegramOutbox
from core.chat import Button, ChatRef, Media, MediaGone, MediaKind, MediaTooLarge, Message, Video
from core.settings import TelegramSettings
from core.store.notes import Notes
from tests.bots.telegram.running import TOKEN
from tests.counterparts.sockets import Altered, Answer, Reply, reply_json
from tests.counterparts.telegram import Chat, Telegram

PAGE = b"<html><head><title>nginx</title></head></html>"
UNKNOWN = (404, "Not Found")
CANCEL = Button("Cancel", "x.job.")


@pytest.fixture
async def server() -> AsyncIterator[Telegram]:
    async with Telegram(TOKEN) as server:
        yield server


@pytest.fixture
def settings(server: Telegram) -> TelegramSettings:
    return TelegramSettings(token=TOKEN, api_url=server.url)


@pytest.fixture
async def bot(settings: TelegramSettings) -> AsyncIterator[ExtBot[bool]]:
    async with telegram_bot(settings) as bot:
        yield bot


@pytest.fixture
async def outbox(bot: ExtBot[bool], settings: TelegramSettings, redis: Redis) -> AsyncIterator[TelegramOutbox]:
    outbox = TelegramOutbox(bot, settings, Notes(redis, "telegram"))
    yield outbox
    await outbox.close()


@pytest.fixture
def chat(server: Telegram) -> Chat:
    return server.private(server.person("Ann"))


@pytest.fixture
def film(tmp_path: Path) -> Video:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a film, as far as anybody looks" * 200_000)
    return Video(path, "clip.mp4", path.stat().st_size, 640, 360, 2.0)


def ref(chat: Chat) -> ChatRef:
    return ChatRef("telegram", str(chat.id))


def page(status: int) -> Answer:
    return Answer(Reply(status, PAGE, {"Content-Type": "text/html"}))


@pytest.mark.parametrize(
    "trouble",
    [page(500), page(429), Answer(reply_json({"ok": False, "error_code": 429, "parameters": {"retry_after": 1}}))],
    ids=["a page", "a flood without an end", "200 and a flood"],
)
async def test_what_was_not_done_goes_again(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, trouble: Answer
) -> None:
    server.spoil("sendMessage", trouble)
    await outbox.send(ref(chat), Message("Hello!"))
    assert [message.text for message in chat.from_bot] == ["Hello!"]


async def test_a_video_that_was_cut_off_on_its_way_goes_again(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, film: Video
) -> None:
    server.cut("sendVideo", 100_000)
    await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert len(chat.videos) == 1
    assert chat.videos[0].file.path is not None
    assert chat.videos[0].file.path.read_bytes() == film.path.read_bytes()


@pytest.mark.parametrize(
    "trouble",
    [Answer(Reply(200, b'{"ok":true,"result":{"mess'), effect=True), Answer(page(504).reply, effect=True)],
    ids=["half an answer", "a gateway that did not wait"],
)
async def test_a_video_that_may_be_there_is_not_posted_again(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, film: Video, trouble: Answer
) -> None:
    server.spoil("sendVideo", trouble)
    with pytest.raises(OutcomeUnknown):
        await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert len(chat.videos) == 1


async def test_an_answer_that_tells_the_number_alone(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, film: Video
) -> None:
    thin = Altered(lambda answer: {"ok": True, "result": {"message_id": answer["result"]["message_id"]}})
    server.spoil("sendMessage", thin)
    server.spoil("sendVideo", thin)
    server.spoil("editMessageText", Altered(lambda _: {"ok": True, "result": True}))
    message = await outbox.send(ref(chat), Message("10%", (CANCEL,), 0.1))
    assert await outbox.edit(ref(chat), message, Message("20%", (CANCEL,), 0.2))
    posted = await outbox.post_video(ref(chat), film, Message("a film"), job="job")
    assert [str(found.id) for found in chat.from_bot] == [message, posted]


@pytest.mark.parametrize("body", [b'{"ok": true}', b'{"ok": tr'], ids=["a mere yes", "half an answer"])
async def test_what_is_changed_is_not_changed_again(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, body: bytes
) -> None:
    for method in ("editMessageText", "deleteMessage"):
        server.spoil(method, Answer(Reply(200, body), effect=True))
    message = await outbox.send(ref(chat), Message("10%", (CANCEL,), 0.1))
    assert await outbox.edit(ref(chat), message, Message("20%", (CANCEL,), 0.2))
    assert [found.text for found in chat.from_bot] == ["20%"]
    await outbox.remove(ref(chat), message)
    assert chat.from_bot == []
    assert (server.count("editMessageText"), server.count("deleteMessage")) == (1, 1)


@pytest.mark.parametrize("words", ["message to be replied not found", "REPLY_MESSAGE_ID_INVALID"])
async def test_without_the_message_that_it_answers(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, film: Video, words: str
) -> None:
    asked = await chat.sends(chat.members[0], "hello")
    server.fail("sendMessage", 400, f"Bad Request: {words}")
    server.fail("sendVideo", 400, f"Bad Request: {words}")
    await outbox.send(ref(chat), Message("Hello!", (CANCEL,)), reply_to=str(asked.id))
    await outbox.post_video(ref(chat), film, Message("a film"), job="job", reply_to=str(asked.id))
    assert [(found.words, found.reply, found.buttons) for found in chat.from_bot] == [
        ("Hello!", None, ["Cancel"]),
        ("a film", None, []),
    ]


async def test_without_the_buttons_or_the_small_picture(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, film: Video
) -> None:
    server.fail("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID")
    server.fail("editMessageText", 400, "Bad Request: can't parse inline keyboard button: no text")
    server.fail("sendVideo", 400, "Bad Request: BUTTON_DATA_INVALID")
    message = await outbox.send(ref(chat), Message("10%", (CANCEL,)))
    assert await outbox.edit(ref(chat), message, Message("20%", (CANCEL,)))
    other = server.private(server.person("Ben"))
    await outbox.post_video(ref(other), film, Message("a film", (CANCEL,)), job="job")
    found = [*chat.from_bot, *other.from_bot]
    assert [(each.words, each.buttons) for each in found] == [("20%", []), ("a film", [])]
    message = await outbox.send(ref(other), Message("30%", (CANCEL,)))
    assert await outbox.edit(ref(other), message, Message("30%", (CANCEL,))), "this one says so already"
    assert other.from_bot[-1].buttons == ["Cancel"]


async def test_what_is_to_blame_for_nothing_is_not_left_out(
    server: Telegram, outbox: TelegramOutbox, chat: Chat
) -> None:
    server.fail("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID", times=None)
    with pytest.raises(Unsent):
        await outbox.send(ref(chat), Message("no buttons at all"))
    assert server.count("sendMessage") == 1


@pytest.mark.parametrize(
    ("code", "words"),
    [UNKNOWN, (400, "Bad Request: message can't be deleted for everyone")],
    ids=["unknown", "refused"],
)
async def test_a_message_that_cannot_be_taken_away_says_that_it_is_over(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, code: int, words: str
) -> None:
    message = await outbox.send(ref(chat), Message("99%", (CANCEL,), 0.99))
    server.fail("deleteMessage", code, words)
    await outbox.remove(ref(chat), message)
    assert [(found.text, found.buttons) for found in chat.from_bot] == [("✓", [])]


@pytest.mark.parametrize(
    ("code", "words"), [UNKNOWN, (400, "Bad Request: MESSAGE_AUTHOR_REQUIRED")], ids=["unknown", "refused"]
)
async def test_a_message_that_cannot_be_changed_is_known_as_one(
    server: Telegram, outbox: TelegramOutbox, chat: Chat, code: int, words: str
) -> None:
    message = await outbox.send(ref(chat), Message("10%", (CANCEL,), 0.1))
    server.fail("editMessageText", code, words)
    assert not await outbox.edit(ref(chat), message, Message("It went wrong."))


# Files


async def fetched(opened: AbstractAsyncContextManager[AsyncIterator[bytes]]) -> bytes:
    async with opened as chunks:
        return b"".join([chunk async for chunk in chunks])


async def document(chat: Chat, content: bytes) -> Media:
    sent = await chat.sends(chat.members[0], document=("a.bin", content, "application/octet-stream"))
    return Media(sent["document"]["file_id"], MediaKind.FILE, "a.bin")


async def test_a_download_goes_on_where_it_stopped(server: Telegram, outbox: TelegramOutbox, chat: Chat) -> None:
    content = b"".join(number.to_bytes(4, "big") for number in range(300_000))
    media = await document(chat, content)
    server.drop("file", effect=True, after=700_001)
    assert await fetched(outbox.open(media)) == content
    assert server.count("file") == 2


async def test_a_file_that_comes_later(server: Telegram, outbox: TelegramOutbox, chat: Chat) -> None:
    media = await document(chat, b"content")
    server.spoil("getFile", page(502))
    server.spoil("file", Answer(Reply(429, PAGE, {"Retry-After": "1"})))
    assert await fetched(outbox.open(media)) == b"content"
    assert (server.count("getFile"), server.count("file")) == (2, 2)


async def test_tries_for_a_file_end(
    bot: ExtBot[bool], server: Telegram, settings: TelegramSettings, chat: Chat
) -> None:
    files = TelegramFiles(bot, settings, 100, pauses=(0.0, 0.0))
    media = await document(chat, b"content")
    server.drop("file", effect=True, after=3, times=None)
    with pytest.raises(Unsent) as caught:
        await fetched(files.open(media.ref))
    assert server.count("file") == 3
    assert TOKEN.partition(":")[2] not in repr(caught.value)
    assert caught.value.__cause__ is None
    await files.close()


@pytest.mark.parametrize("told", [None, 101], ids=["found while it comes", "told at last"])
async def test_a_file_that_is_larger_than_anybody_said(
    bot: ExtBot[bool], server: Telegram, settings: TelegramSettings, chat: Chat, told: int | None
) -> None:
    files = TelegramFiles(bot, settings, 100)
    media = await document(chat, b"x" * 101)
    server.spoil("getFile", Altered(lambda answer: {"ok": True, "result": answer["result"] | {"file_size": told}}))
    with pytest.raises(MediaTooLarge):
        await fetched(files.open(media.ref))
    assert server.count("file") == (told is None)
    await files.close()


@pytest.mark.parametrize("told", ["photos/a b#1?%20.jpg", "/var/lib/telegram-bot-api/{token}/photos/a b#1?%20.jpg"])
async def test_a_path_is_written_as_an_address(server: Telegram, outbox: TelegramOutbox, chat: Chat, told: str) -> None:
    media = await document(chat, b"content")
    path = told.format(token=TOKEN)
    server.spoil("getFile", Altered(lambda _: {"ok": True, "result": {"file_path": path}}))
    with pytest.raises(MediaGone):
        await fetched(outbox.open(media))
    assert [call["file_path"] for call in server.of("file")] == ["photos/a b#1?%20.jpg"]
