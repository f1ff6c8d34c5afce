"""The answer's bytes → what the agent said and did, event by event. No timing, no network.

Frames are taken apart by httpx-sse, whose own line decoder breaks lines at LF, CRLF and CR alone; httpx's line
iterator would also break them at U+2028, U+2029 and U+0085, which stand raw inside the JSON of real servers.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import httpx
from httpx_sse import EventSource

from core.nemo.envelope import code_of, parse_object
from core.nemo.errors import BadAnswer, Interrupted

STREAM_BYTES = 64 * 1024 * 1024
"""The most that one answer may bring."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Keep waiting: an empty frame, a word, JSON that is not an object, an object that says nothing."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    name: str
    id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """One event of the agent's. `text` is None where it has no text for people (thoughts are none)."""

    text: str | None = None
    partial: bool = False
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    state_delta: Mapping[str, Any] = field(default_factory=dict)
    turn_complete: bool = False
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class AgentFailure:
    """The agent or its server gave up. `code` is an envelope's number, or the agent's own word."""

    code: int | str | None
    message: str


Event = Heartbeat | AgentEvent | AgentFailure

_BROKEN_ERROR = re.compile(r'\{\s*"error"\s*:')
"""How a failing 1.16.0 server begins: quotes inside are not escaped, and lines after the first carry no "data:"."""

_NO_ERROR = frozenset({"", "0", "STOP", "FINISH_REASON_UNSPECIFIED"})
"""Finish reasons that servers copy into `errorCode` when a model ends in order without a word."""


async def read_events(chunks: AsyncIterable[bytes]) -> AsyncGenerator[Event, None]:
    """The events of a body that arrives in any pieces.

    Raises `BadAnswer` when the body is longer than `STREAM_BYTES`, `Interrupted` when it ends, though in order, within
    an event, and whatever `chunks` raises; of a body that breaks, an event without the blank line after it is none.
    """
    body = _Body(chunks)
    # The response only lends its decoder; "utf-8-sig" also takes away a byte order mark, as the format demands.
    response = httpx.Response(
        200, headers={"content-type": "text/event-stream; charset=utf-8-sig"}, content=body.pieces()
    )
    async with aclosing(EventSource(response).aiter_sse()) as frames:
        async for frame in frames:
            event = parse_event(frame.event, frame.data)
            if body.has_ended and isinstance(event, Heartbeat) and _is_cut(frame.data):
                raise Interrupted("prompt", accepted=True, reason="within_event")
            yield event


def _is_cut(text: str) -> bool:
    return text.startswith("{") and parse_object(text) is None


class _Body:
    def __init__(self, chunks: AsyncIterable[bytes]) -> None:
        self._chunks = chunks
        self.has_ended = False

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        seen = 0
        async for chunk in self._chunks:
            seen += len(chunk)
            if seen > STREAM_BYTES:
                raise BadAnswer("prompt", accepted=True, reason="too_long")
            yield chunk
        self.has_ended = True
        # The blank line that a server may leave out after its last event.
        yield b"\n\n"


def parse_event(name: str, text: str) -> Event:
    """One frame: the name of its event and its data."""
    payload = parse_object(text)
    if payload is None:
        broken = _BROKEN_ERROR.match(text.lstrip())
        return Heartbeat() if broken is None else AgentFailure(None, _unquoted(text.lstrip()[broken.end() :]))
    failure = _failure(payload)
    if failure is not None:
        return failure
    if name in {"heartbeat", "ping"}:
        return Heartbeat()
    event = _agent_event(payload)
    # A thought is a sign of life although it gives nothing to show.
    return Heartbeat() if event == AgentEvent() and not payload.get("content") else event


def _unquoted(text: str) -> str:
    return text.strip().removesuffix("}").rstrip().removeprefix('"').removesuffix('"')


def _failure(payload: Mapping[str, Any]) -> AgentFailure | None:
    if payload.get("error"):
        error = payload["error"]
        inner = error if isinstance(error, dict) else {}
        return AgentFailure(_code(inner.get("code")), str(inner.get("message") or error))
    code = _code(payload.get("errorCode", payload.get("error_code")))
    message = payload.get("errorMessage", payload.get("error_message"))
    if code is not None or message:
        return AgentFailure(code, str(message or ""))
    envelope = code_of(payload)
    return AgentFailure(envelope, str(payload.get("message") or "")) if envelope else None


def _code(value: object) -> int | str | None:
    if isinstance(value, bool) or not isinstance(value, int | str) or str(value) in _NO_ERROR:
        return None
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else value


def _agent_event(payload: Mapping[str, Any]) -> AgentEvent:
    content = _object(payload.get("content"))
    listed = content.get("parts")
    parts = [part for part in listed if isinstance(part, dict)] if isinstance(listed, list) else []
    from_person = content.get("role") == "user" or payload.get("author") == "user"
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str) and not part.get("thought")]
    delta = _object(_object(payload.get("actions")).get("stateDelta"))
    return AgentEvent(
        text="".join(texts) if texts and not from_person else None,
        partial=payload.get("partial") is True,
        calls=tuple(ToolCall(*tool) for tool in _tools(parts, "functionCall")),
        results=tuple(ToolResult(*tool) for tool in _tools(parts, "functionResponse")),
        state_delta=delta,
        turn_complete=payload.get("turnComplete") is True,
        interrupted=payload.get("interrupted") is True,
    )


def _tools(parts: list[dict[str, Any]], key: str) -> list[tuple[str, str | None]]:
    found = [part[key] for part in parts if isinstance(part.get(key), dict)]
    return [(str(tool.get("name") or ""), str(tool["id"]) if tool.get("id") else None) for tool in found]


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
