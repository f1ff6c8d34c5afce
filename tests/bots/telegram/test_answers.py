"""What servers answer that are not Telegram, or stand before it: by status, by page, by half an object."""

from __future__ import annotations

import json
from typing import Any

import pytest
from telegram import Update

from bots.telegram.answers import FLOOD_SECONDS, understood
from bots.telegram.faults import AnswerUnreadable, NoSuchMethod
from bots.telegram.reading import readable
from bots.telegram.updates import Joined, chat_of, meaning
from core.chat import ChatKind, Incoming, MediaKind
from tests.bots.telegram.writing import ME

PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"


def test_telegrams_own_answer_passes_as_it_is() -> None:
    body = b'{"ok": true, "result": {"message_id": 5}}'
    assert understood("sendMessage", 200, body) == (200, body)


@pytest.mark.parametrize(
    ("status", "body", "code", "said", "parameters"),
    [
        (502, PAGE, 502, "Bad Gateway (502)", None),
        (599, b"[]", 599, "HTTP 599", None),
        (400, b'{"ok": false, "description": "Bad Request: no"}', 400, "Bad Request: no", None),
        (429, PAGE, 429, "Too Many Requests (429)", {"retry_after": FLOOD_SECONDS}),
        (429, b'{"description": "Too Many Requests: retry after 7"}', 429, None, {"retry_after": 7}),
        (429, b'{"parameters": {"retry_after": 2.5}}', 429, None, {"retry_after": 3}),
        (429, b'{"parameters": {"retry_after": "4"}}', 429, None, {"retry_after": 4}),
        (429, b'{"parameters": {"retry_after": "soon"}}', 429, None, {"retry_after": FLOOD_SECONDS}),
        (429, b'{"parameters": []}', 429, None, {"retry_after": FLOOD_SECONDS}),
        (200, b'{"ok": false, "error_code": 403, "description": "Forbidden"}', 403, "Forbidden", None),
        (200, b'{"ok": false, "error_code": 429}', 429, None, {"retry_after": FLOOD_SECONDS}),
        (200, b'{"ok": false}', 400, None, None),
        (400, b'{"parameters": {"migrate_to_chat_id": -1005}}', 400, None, {"migrate_to_chat_id": -1005}),
    ],
)
def test_a_refusal_in_other_words(
    status: int, body: bytes, code: int, said: str | None, parameters: dict[str, int] | None
) -> None:
    told, answer = understood("sendMessage", status, body)
    found = json.loads(answer)
    assert (told, found["ok"], found.get("parameters")) == (code, False, parameters)
    assert said in (None, found["description"])


def test_a_yes_without_a_result() -> None:
    assert json.loads(understood("deleteMessage", 200, b'{"ok": true}')[1])["result"] is True


@pytest.mark.parametrize(
    "body", [b'{"ok":true,"result":{"mess', b"", b"[]", b'{"ok": true}', b'{"ok": true, "result": true}', PAGE]
)
def test_what_went_well_and_says_nothing(body: bytes) -> None:
    with pytest.raises(AnswerUnreadable):
        understood("sendVideo", 200, body)


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_method_that_the_server_does_not_know(status: int) -> None:
    with pytest.raises(NoSuchMethod, match="setMyCommands"):
        understood("setMyCommands", status, b'{"ok":false,"error_code":404,"description":"Not Found"}')
    assert understood("getMe", status, PAGE)[0] == status, "there it is the token that is not known"


def read(update: dict[str, Any]) -> Update:
    found = Update.de_json(readable(update), None)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "sender", [{}, {"from": {"id": 5}}, {"from": {"id": 5, "first_name": "Ann"}}], ids=["none", "id", "name"]
)
def test_a_message_with_little_in_it_is_understood(sender: dict[str, Any]) -> None:
    said = {
        "message_id": 7,
        "chat": {"id": 5},
        "photo": [{"file_id": "small"}, {"file_id": "F"}],
        "caption": "zoom in",
        **sender,
    }
    found = meaning((read({"update_id": 1, "message": said}),), ME)
    assert isinstance(found, Incoming)
    assert (found.chat_kind, found.person.id, found.text) == (ChatKind.PRIVATE, "5", "zoom in")
    assert [(media.ref, media.kind, media.size) for media in found.media] == [("F", MediaKind.PHOTO, None)]


def test_other_things_with_little_in_them() -> None:
    press = {"id": "9", "from": {"id": 5}, "data": "x.job.", "message": {"message_id": 7, "chat": {"id": 5}}}
    assert chat_of(read({"update_id": 2, "callback_query": press})) is not None
    change = {"chat": {"id": -1005}, "from": {"id": 5}, "date": 1}
    members = {"old_chat_member": {"status": "left", "user": {"id": ME.id}}}
    joined = {"new_chat_member": {"status": "administrator", "user": {"id": ME.id}}}
    found = meaning((read({"update_id": 3, "my_chat_member": {**change, **members, **joined}}),), ME)
    assert isinstance(found, Joined)
    film = {"message_id": 7, "chat": {"id": 5}, "video": {"file_id": "V"}, "date": 1}
    assert meaning((read({"update_id": 4, "message": film}),), ME) is not None
