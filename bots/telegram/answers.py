"""What a server answers, told in the words that the library understands. Pure: a status and a body come in, and go out.

Telegram's own answers pass as they are. Others, and what stands before them, refuse in a page of HTML, ask for patience
without saying how long, or answer 200 with "ok": false.
"""

from __future__ import annotations

import json
import math
import re
from http import HTTPStatus
from typing import Any

from bots.telegram.faults import AnswerUnreadable, NoSuchMethod

FLOOD_SECONDS = 2
"""How long a flood is taken to last whose answer does not say."""

_SAID_SECONDS = re.compile(r"retry after (\d+)", re.IGNORECASE)

_GETTING = ("getMe", "getFile", "getChatMember")
_DONE = b'{"ok": true, "result": true}'

_UNKNOWN = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


def understood(method: str, status: int, body: bytes) -> tuple[int, bytes]:
    """The answer as Telegram itself would give it.

    Raises `AnswerUnreadable` for a call that went well and says nothing, and `NoSuchMethod`. To `getMe`, 404 says that
    the token is none: every server has that method.
    """
    answer = _object(body)
    went_well = status < HTTPStatus.MULTIPLE_CHOICES
    if went_well and answer is None:
        raise AnswerUnreadable
    answer = answer or {}
    if went_well and answer.get("ok") is not False:
        if _gives_an_object(method) and not isinstance(answer.get("result"), dict):
            raise AnswerUnreadable
        return status, body if "result" in answer else _DONE
    code = _whole(answer.get("error_code")) or HTTPStatus.BAD_REQUEST if went_well else status
    said = str(answer.get("description") or _phrase(code))
    if code in _UNKNOWN and method != "getMe":
        raise NoSuchMethod(method)
    found = answer.get("parameters")
    given = found if isinstance(found, dict) else {}
    parameters: dict[str, int] = {}
    if moved := _whole(given.get("migrate_to_chat_id")):
        parameters["migrate_to_chat_id"] = moved
    if code == HTTPStatus.TOO_MANY_REQUESTS:
        parameters["retry_after"] = _whole(given.get("retry_after")) or _seconds(said)
    told: dict[str, Any] = {"ok": False, "error_code": code, "description": said}
    if parameters:
        told["parameters"] = parameters
    return code, json.dumps(told).encode()


def _gives_an_object(method: str) -> bool:
    return method in _GETTING or (method.startswith("send") and method != "sendChatAction")


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _phrase(code: int) -> str:
    try:
        return f"{HTTPStatus(code).phrase} ({code})"
    except ValueError:
        return f"HTTP {code}"


def _seconds(said: str) -> int:
    found = _SAID_SECONDS.search(said)
    return int(found.group(1)) if found else FLOOD_SECONDS


def _whole(value: object) -> int:
    """0 for what is no number."""
    try:
        return math.ceil(float(value)) if isinstance(value, int | float | str) else 0
    except (ValueError, OverflowError):
        return 0
