"""What the page sends, checked: bodies read within bounds, and the sentence that a refusal shows to a person.

In come Starlette requests, out go plain values; whatever cannot be used raises `Refusal`.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

MOST_TEXT = 4000
"""Characters in one message."""

MOST_FILES = 30
"""Files in one message."""

PATIENCE = 60.0
"""Seconds without a byte after which a body is given up."""

MOST_HISTORY = 200
"""Messages in one page of history."""

_PAGE_OF_HISTORY = 50
_MOST_DIGITS = 18
_MOST_JSON = 64 * 1024
_ID = re.compile(r"[0-9a-f]{32}")
_COMMAND = re.compile(r"/([A-Za-z][A-Za-z0-9_]{0,31})(?:@\S+)?(?:\s+(.*))?", re.DOTALL)
_DRAIN_SECONDS = 60.0
_DRAIN_BYTES = 1024**3


@dataclass
class Refusal(Exception):
    """A request that cannot be followed: an HTTP status, and the name of the line that says what to do.

    `headers` go with the answer.
    """

    status: int
    line: str
    places: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as the page sends it. `id` is the page's choice: sending the same one again changes nothing."""

    id: str
    text: str
    files: tuple[str, ...]
    reply_to: str | None


@dataclass(frozen=True, slots=True)
class Pressed:
    id: str
    message: str
    action: str


async def sent_message(request: Request, patience: float) -> Sent:
    """Raises `Refusal` for what is no message, is empty, goes past the limits or stays away for `patience` seconds."""
    body = await _json(request, patience)
    text, names, reply_to = body.get("text", ""), body.get("files", []), body.get("reply_to")
    if not (isinstance(text, str) and isinstance(names, list) and all(isinstance(name, str) for name in names)):
        raise Refusal(400, "error.request")
    if len(text) > MOST_TEXT:
        raise Refusal(413, "error.text_too_long", {"limit": MOST_TEXT})
    if len(names) > MOST_FILES:
        raise Refusal(413, "error.too_many_files", {"limit": MOST_FILES})
    text = text.strip()
    if not text and not names:
        raise Refusal(400, "error.empty_message")
    reply = reply_to if isinstance(reply_to, str) and len(reply_to) <= 64 else None
    return Sent(_identity(body), text, tuple(dict.fromkeys(names)), reply)


async def pressed_button(request: Request, patience: float) -> Pressed:
    """Raises `Refusal` for what is no press, or stays away for `patience` seconds."""
    body = await _json(request, patience)
    message, action = body.get("message"), body.get("action")
    if not (isinstance(message, str) and isinstance(action, str)):
        raise Refusal(400, "error.request")
    return Pressed(_identity(body), message, action)


def split_command(text: str) -> tuple[str | None, str]:
    """`/word arguments` → (word, arguments); anything else → (None, text)."""
    command = _COMMAND.fullmatch(text)
    return (command[1].lower(), (command[2] or "").strip()) if command else (None, text)


def page_length(request: Request) -> int:
    """How many messages of history are asked for. Raises `Refusal` for a number that nobody can mean."""
    limit = request.query_params.get("limit", "")
    if not _is_number(limit):
        return _PAGE_OF_HISTORY
    if len(limit) > _MOST_DIGITS:
        raise Refusal(400, "error.request")
    return max(1, min(int(limit), MOST_HISTORY))


async def arriving(body: AsyncGenerator[bytes, None], patience: float) -> AsyncGenerator[bytes, None]:
    """A body as it comes. Raises `Refusal` when not a byte has come for `patience` seconds; the connection ends then.

    Who stops early may go on reading `body` itself.
    """
    while True:
        try:
            async with asyncio.timeout(patience):
                chunk = await anext(body, None)
        except TimeoutError:
            raise Refusal(408, "error.too_slow", headers={"connection": "close"}) from None
        if chunk is None:
            return
        yield chunk


async def drain(body: AsyncIterable[bytes]) -> None:
    """Read the rest of a body and throw it away: a browser shows an answer only after its whole upload was taken.

    Gives up after a minute or a gigabyte; the connection then ends with the answer.
    """
    left = _DRAIN_BYTES
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for chunk in body:
                left -= len(chunk)
                if left < 0:
                    return
    except TimeoutError:
        return


def declared_length(request: Request) -> int:
    """Bytes that Content-Length announces, 0 where it does not. The server has refused what is no length already."""
    length = request.headers.get("content-length", "")
    return int(length) if _is_number(length) else 0


def awaits_permission(request: Request) -> bool:
    """Whether the client holds its body back until it is asked for (RFC 9110, 10.1.1)."""
    return request.headers.get("expect", "").lower() == "100-continue"


async def _json(request: Request, patience: float) -> dict[str, Any]:
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(415, "error.request")
    stream = request.stream()
    body = b""
    async for chunk in arriving(stream, patience):
        body += chunk
        if len(body) > _MOST_JSON:
            await drain(stream)
            raise Refusal(413, "error.text_too_long", {"limit": MOST_TEXT})
    try:
        value = json.loads(body)
        # JSON may write half a surrogate pair, which no text that is stored or sent on can hold.
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Refusal(400, "error.request") from None
    if not isinstance(value, dict):
        raise Refusal(400, "error.request")
    return value


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _identity(body: dict[str, Any]) -> str:
    identity = body.get("id")
    if not (isinstance(identity, str) and _ID.fullmatch(identity)):
        raise Refusal(400, "error.request")
    return identity
