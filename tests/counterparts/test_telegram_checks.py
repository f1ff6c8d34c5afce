"""Requests that real Telegram would refuse, sent by hand: each is answered with an error and noted as a violation."""

from __future__ import annotations

import io
import json
import os
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from tests.counterparts.hearing import FILM, MB, PHOTO, THUMBNAIL, picture
from tests.counterparts.telegram import Chat, Telegram, published
from tests.counterparts.telegram.markup import MarkupError, parsed
from tests.counterparts.telegram.spec import FOLDER

Fields = dict[str, Any]

AT = "<chat>"
"""Stands for the id of the chat."""


@pytest.fixture
def described() -> None:
    """Skips a test that needs the published description where that is missing, but never in CI."""
    if published() is None:
        if os.environ.get("CI"):
            pytest.fail(f"the API's description is missing: {FOLDER}")
        pytest.skip(f"no description of the API in {FOLDER}; API_SPECS names another folder")


class Caller:
    """`chat`: a person's own, with one message of theirs (1) and one of the bot's with a button (2)."""

    def __init__(self, telegram: Telegram, chat: Chat, client: httpx.AsyncClient) -> None:
        self.telegram = telegram
        self.chat = chat
        self._client = client

    async def form(self, method: str, fields: Fields, files: Fields | None = None) -> Fields:
        """As python-telegram-bot calls: what is no string goes as JSON."""
        form = {
            name: str(self.chat.id) if value == AT else value if isinstance(value, str) else json.dumps(value)
            for name, value in fields.items()
        }
        return await self._answer(method, data=form, files=files)

    async def json(self, method: str, fields: Fields) -> Fields:
        named = {name: self.chat.id if value == AT else value for name, value in fields.items()}
        return await self._answer(method, json=named)

    async def _answer(self, method: str, **how: Any) -> Fields:
        answer = await self._client.post(f"{self.telegram.url}/bot{self.telegram.token}/{method}", **how)
        told: Fields = answer.json()
        assert told["ok"] is answer.is_success
        return told


@pytest.fixture
async def caller(described: None) -> AsyncIterator[Caller]:
    async with Telegram(forgiving=True) as telegram, httpx.AsyncClient(trust_env=False) as client:
        ann = telegram.person()
        chat = telegram.private(ann)
        await chat.sends(ann, "hello")
        caller = Caller(telegram, chat, client)
        assert (await caller.form("sendMessage", {"chat_id": AT, "text": "Hi", "reply_markup": keyboard()}))["ok"]
        yield caller


def keyboard(**button: str) -> Fields:
    return {"inline_keyboard": [[{"text": "Redo", "callback_data": "redo"} | button]]}


def command(name: str = "new", description: str = "Start anew") -> Fields:
    return {"command": name, "description": description}


def noise(width: int, height: int) -> bytes:
    """A JPEG of random pixels, which compress badly."""
    written = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(written, "JPEG", quality=100)
    return written.getvalue()


WORDS = {"chat_id": AT, "text": "x"}
VIDEO = {"chat_id": AT}


@pytest.mark.parametrize(
    ("method", "fields", "said", "noted"),
    [
        ("sendMesage", WORDS, "Not Found", "no method of the API"),
        ("sendMessage", {"text": "x"}, "chat_id: missing", "chat_id: missing"),
        ("sendMessage", WORDS | {"txt": "y"}, "no such parameter", "txt: sendMessage has no such parameter"),
        ("sendMessage", WORDS | {"message_thread_id": "one"}, '"one" is no Integer', "message_thread_id"),
        ("sendMessage", WORDS | {"disable_notification": "maybe"}, "is no Boolean", "disable_notification"),
        ("sendMessage", WORDS | {"entities": "[{]"}, "is no array", "entities"),
        (
            "sendMessage",
            WORDS | {"reply_parameters": {"id": 1}},
            "ReplyParameters has no such field",
            "id: missing",
        ),
        ("sendMessage", WORDS | {"reply_markup": keyboard(data="x")}, "no such field", "InlineKeyboardButton"),
        ("sendMessage", WORDS | {"reply_markup": keyboard(callback_data="ä" * 33)}, "BUTTON_DATA_INVALID", "66 bytes"),
        ("sendMessage", WORDS | {"reply_markup": keyboard(callback_data="")}, "BUTTON_DATA_INVALID", "0 bytes"),
        ("sendMessage", WORDS | {"reply_markup": keyboard(url="https://a.example")}, "text buttons", "2 actions"),
        ("sendMessage", WORDS | {"text": ""}, "message text is empty", "without words"),
        ("sendMessage", WORDS | {"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty", "without words"),
        ("sendMessage", WORDS | {"text": "x" * 4097}, "message is too long", "4097 characters"),
        ("sendMessage", WORDS | {"text": "😀" * 2049}, "message is too long", "4098 characters"),
        ("sendMessage", WORDS | {"text": "1 < 2", "parse_mode": "HTML"}, "can't parse entities", "Unclosed start tag"),
        ("editMessageText", WORDS | {"message_id": 2, "text": "x" * 4097}, "MESSAGE_TOO_LONG", "4097"),
        ("editMessageText", {"chat_id": AT, "message_id": 2}, "message text is empty", "text: missing"),
        ("editMessageText", {"chat_id": AT, "text": "x"}, "message identifier is not specified", "message_id: missing"),
        ("answerCallbackQuery", {"callback_query_id": "1", "text": "x" * 201}, "MESSAGE_TOO_LONG", "over 200"),
        ("sendChatAction", {"chat_id": AT, "action": "dancing"}, "wrong parameter action", "'dancing'"),
        ("setMyCommands", {"commands": [command("New")]}, "BOT_COMMAND_INVALID", "'New'"),
        ("setMyCommands", {"commands": [command("n" * 33)]}, "BOT_COMMAND_INVALID", "nnn"),
        ("setMyCommands", {"commands": [command(description="")]}, "BOT_COMMAND_DESCRIPTION_INVALID", "new"),
        ("setMyCommands", {"commands": [command(description="d" * 257)]}, "BOT_COMMAND_DESCRIPTION_INVALID", "new"),
        ("setMyCommands", {"commands": [command(f"c{n}") for n in range(101)]}, "BOT_COMMANDS_TOO_MUCH", "101"),
        ("setMyCommands", {"commands": [command()], "language_code": "eng"}, "LANG_CODE_INVALID", "'eng'"),
        ("setMyCommands", {"commands": [], "scope": {"type": "all"}}, "no variant of BotCommandScope", "scope"),
        ("setMyCommands", {"commands": [], "scope": {"type": "chat"}}, "scope.chat_id: missing", "scope"),
        ("setWebhook", {"url": "https://a.example", "secret_token": "a b"}, "unallowed characters", "secret_token"),
        ("setWebhook", {"url": "https://a.example", "secret_token": "a" * 257}, "too long", "257"),
        ("getUpdates", {"limit": 101}, "invalid limit", "1-100"),
        ("sendMediaGroup", {"chat_id": AT, "media": [{"type": "photo", "media": "x"}]}, "wrong size", "album of 1"),
        ("sendMediaGroup", {"chat_id": AT, "media": [{"type": "gif", "media": "x"}] * 2}, "no variant", "media[0]"),
        ("pinChatMessage", {"chat_id": AT, "message_id": 1}, "not implemented", "does not know pinChatMessage"),
    ],
)
async def test_a_request_that_breaks_the_rules(
    caller: Caller, method: str, fields: Fields, said: str, noted: str
) -> None:
    before = len(caller.chat.history)
    answer = await caller.form(method, fields)
    assert said in answer["description"]
    assert answer["error_code"] == (404 if method == "sendMesage" else 400)
    (violation,) = caller.telegram.violations
    assert violation.startswith(f"{method}: ")
    assert noted in violation
    assert len(caller.chat.history) == before


@pytest.mark.parametrize(
    ("method", "fields", "files", "said"),
    [
        ("sendVideo", VIDEO | {"caption": "x" * 1025}, {"video": FILM}, "message caption is too long"),
        ("sendVideo", VIDEO | {"width": "wide"}, {"video": FILM}, '"wide" is no Integer'),
        ("sendVideo", VIDEO, {"film": FILM}, "video: missing"),
        ("sendVideo", VIDEO, {"video": FILM, "poster": THUMBNAIL}, "poster: a file that nothing refers to"),
        ("sendVideo", VIDEO | {"thumbnail": "attach://small"}, {"video": FILM}, "no file small was sent"),
        ("sendVideo", VIDEO, {"video": b""}, "file must be non-empty"),
        ("sendVideo", VIDEO, {"video": FILM, "thumbnail": picture(321, 100)}, "wrong thumbnail"),
        ("sendVideo", VIDEO, {"video": FILM, "thumbnail": noise(320, 320)}, "wrong thumbnail"),
        ("sendVideo", VIDEO, {"video": FILM, "thumbnail": FILM}, "wrong thumbnail"),
        ("sendPhoto", {"chat_id": AT}, {"photo": picture(2100, 100)}, "PHOTO_INVALID_DIMENSIONS"),
        ("sendPhoto", {"chat_id": AT}, {"photo": bytes(10 * MB + 1)}, "is too big for a photo"),
        ("sendPhoto", {"chat_id": AT}, {"photo": FILM}, "IMAGE_PROCESS_FAILED"),
    ],
)
async def test_a_file_that_breaks_the_rules(
    caller: Caller, method: str, fields: Fields, files: dict[str, bytes], said: str
) -> None:
    answer = await caller.form(method, fields, {name: (name, content) for name, content in files.items()})
    assert said in answer["description"]
    assert len(caller.telegram.violations) == 1
    assert len(caller.chat.messages) == 2


async def test_what_is_within_the_rules_is_done(caller: Caller) -> None:
    answers = [
        await caller.form("sendMessage", WORDS | {"text": "x" * 4096}),
        await caller.form("sendMessage", WORDS | {"reply_markup": keyboard(callback_data="ä" * 32)}),
        await caller.form("sendmessage", WORDS | {"text": f"<b>{'x' * 4096}</b>", "parse_mode": "HTML"}),
        await caller.json("sendMessage", WORDS | {"reply_parameters": {"message_id": 1}}),
        await caller.form("setMyCommands", {"commands": [command(f"c{n}") for n in range(100)]}),
        await caller.form(
            "sendVideo",
            VIDEO | {"caption": "x" * 1024, "thumbnail": "attach://small", "width": "64"},
            {"video": ("a.mp4", FILM), "small": ("a.jpg", THUMBNAIL)},
        ),
        await caller.form(
            "sendMediaGroup",
            {
                "chat_id": AT,
                "media": [{"type": "photo", "media": "attach://a"}, {"type": "video", "media": "attach://b"}],
            },
            {"a": ("a.jpg", PHOTO), "b": ("b.mp4", FILM)},
        ),
        await caller.json("deleteMessages", {"chat_id": AT, "message_ids": [1, 99]}),
    ]
    assert [answer["ok"] for answer in answers] == [True] * 8
    assert caller.telegram.violations == []
    assert caller.chat.videos[0].file.content == FILM
    assert caller.telegram.requests[2].method == "sendMessage"


async def test_a_body_that_is_cut_off(caller: Caller) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        body = b'--b\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n5'
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        url = f"{caller.telegram.url}/bot{caller.telegram.token}/sendMessage"
        answer = await client.post(url, content=body, headers=headers)
    assert answer.status_code == 400
    assert caller.telegram.violations == ["sendMessage: the last boundary is missing"]


@pytest.mark.parametrize("local", [False, True])
async def test_fifty_megabytes_is_what_can_be_sent(tmp_path: Path, local: bool) -> None:
    film = tmp_path / "film.mp4"
    with film.open("wb") as file:
        file.truncate(60 * MB)
    async with Telegram(local=local, forgiving=True) as telegram:
        chat = telegram.private(telegram.person())
        tracemalloc.start()
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            with film.open("rb") as file:
                url = f"{telegram.url}/bot{telegram.token}/sendVideo"
                answer = await client.post(url, data={"chat_id": str(chat.id)}, files={"video": ("film.mp4", file)})
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < 10 * MB
        if local:
            assert [video.file.size for video in chat.videos] == [60 * MB]
            assert telegram.violations == []
        else:
            assert answer.json() == {"ok": False, "error_code": 413, "description": "Request Entity Too Large"}
            assert chat.videos == []


# How a block ends


@pytest.mark.usefixtures("described")
async def test_a_block_with_violations_fails() -> None:
    with pytest.raises(AssertionError, match="sendMesage is no method of the API"):
        async with Telegram() as telegram, httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{telegram.url}/bot{telegram.token}/sendMesage")


@pytest.mark.usefixtures("described")
async def test_a_failure_in_a_block_with_violations_names_them() -> None:
    async def fail() -> None:
        async with Telegram() as telegram, httpx.AsyncClient(trust_env=False) as client:
            await client.get(f"{telegram.url}/bot{telegram.token}/sendMesage")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as failed:
        await fail()
    assert failed.value.__notes__ == ["sendMesage: sendMesage is no method of the API"]


@pytest.mark.usefixtures("described")
async def test_what_the_counterpart_itself_says_wrongly_fails_the_block() -> None:
    with pytest.raises(AssertionError, match=r"itself is wrong: Update.message.message_id: missing"):
        async with Telegram() as telegram:
            telegram.emit("message", {"date": 1, "chat": {"id": 1, "type": "private"}})


async def test_without_the_description_calls_are_still_done() -> None:
    async with Telegram(checked=False) as telegram, httpx.AsyncClient(trust_env=False) as client:
        chat = telegram.private(telegram.person())
        base = f"{telegram.url}/bot{telegram.token}"
        markup = json.dumps(keyboard())
        await client.post(f"{base}/sendMessage", data={"chat_id": str(chat.id), "text": "5", "reply_markup": markup})
        await client.post(f"{base}/sendVideo", data={"chat_id": str(chat.id)}, files={"video": ("a.mp4", FILM)})
    assert [message.kind for message in chat.messages] == ["text", "video"]
    assert chat.messages[0].text == "5"
    assert chat.messages[0].buttons == ["Redo"]


# Markup


@pytest.mark.parametrize(
    ("mode", "text", "plain", "entities"),
    [
        ("HTML", "a <b>bold <i>both</i></b> &lt;&#33;&gt;", "a bold both <!>", [("bold", 2, 9), ("italic", 7, 4)]),
        ("HTML", '<a href="https://a.example">😀 here</a>', "😀 here", [("text_link", 0, 7)]),
        ("HTML", "  <code>x</code>  ", "x", [("code", 0, 1)]),
        ("MarkdownV2", r"*bold* _it_ \. `a.b`", "bold it . a.b", [("bold", 0, 4), ("italic", 5, 2), ("code", 10, 3)]),
        ("MarkdownV2", "[here](https://a.example/x)", "here", [("text_link", 0, 4)]),
        ("MarkdownV2", "__under__ ||secret||", "under secret", [("underline", 0, 5), ("spoiler", 6, 6)]),
        ("", "1 < 2 *", "1 < 2 *", []),
    ],
)
def test_markup_is_taken_out(mode: str, text: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    shown, found = parsed(text, mode)
    assert shown == plain
    assert [(each["type"], each["offset"], each["length"]) for each in found] == entities


@pytest.mark.parametrize(
    ("mode", "text", "said"),
    [
        ("HTML", "<p>x</p>", 'Unsupported start tag "p"'),
        ("HTML", "<b>x", "Can't find end tag"),
        ("HTML", "x</b>", "Unexpected end tag"),
        ("HTML", "<b><i>x</b></i>", "Unmatched end tag"),
        ("HTML", "1 < 2", "Unclosed start tag"),
        ("MarkdownV2", "Done.", "Character '.' is reserved"),
        ("MarkdownV2", "*bold", "Can't find end of the entity"),
        ("MarkdownV2", "[x](https://a.example", "Can't find end of a URL"),
        ("Markdown", "x", "unsupported parse_mode"),
    ],
)
def test_markup_that_telegram_refuses(mode: str, text: str, said: str) -> None:
    with pytest.raises(MarkupError, match=said):
        parsed(text, mode)
