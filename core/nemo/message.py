"""A message to the agent: the request that opens its event stream, and the stream's events under one token."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

import httpx

from core.nemo import wire
from core.nemo.answers import Session
from core.nemo.calls import Calls
from core.nemo.envelope import decode
from core.nemo.errors import HIDDEN, BadAnswer
from core.nemo.identity import Token
from core.nemo.options import NemoOptions
from core.nemo.stream import AgentEvent, AgentFailure, Event, Heartbeat, read_events
from core.nemo.transport import failures, time_limit, whole_body
from core.nemo.turn import TurnStarted


async def message_events(calls: Calls, session: Session, text: str) -> AsyncGenerator[TurnStarted | Event, None]:
    """`TurnStarted` once the answer is a stream, then its events as they come, without any limit of time.

    Raises the `NemoError` of an answer that is no stream, or of a stream that breaks.
    """
    body = wire.encode(wire.message_body(session.session_id, text))
    used = ""

    async def send(token: Token) -> httpx.Response:
        nonlocal used
        used = token.secret
        headers = {"Accept": "text/event-stream", "Content-Type": "application/json"}
        request = calls.request("POST", wire.MESSAGE_PATH, token, headers, body)
        # The stream's own watch says how long silence may last.
        request.extensions["timeout"] = {**request.extensions["timeout"], "read": None}
        with failures("prompt"):
            response = await calls.http.send(request, stream=True)
            try:
                await _begun(calls, response)
            except BaseException:
                await response.aclose()
                raise
        return response

    response = await calls.authorised("prompt", session.identity, send, session)
    try:
        with failures("prompt"):
            yield TurnStarted()
            async with aclosing(read_events(response.aiter_bytes())) as events:
                async for event in events:
                    yield _without(used, event)
    finally:
        await response.aclose()


def patience(options: NemoOptions, event: TurnStarted | Event) -> float | None:
    """Seconds until the next sign of life must have come; None: this is no sign of life."""
    if isinstance(event, Heartbeat):
        return None
    if isinstance(event, AgentEvent) and event.turn_complete:
        return options.settle_timeout
    return options.silence_timeout


async def _begun(calls: Calls, response: httpx.Response) -> None:
    """Return where the answer is a stream; raise what it stands for otherwise."""
    kind = response.headers.get("content-type", "").lower()
    if response.status_code == 200 and not any(word in kind for word in ("json", "html")):
        return
    async with time_limit("prompt", calls.options.idle_timeout):
        body = await whole_body("prompt", response)
    decode("prompt", response.status_code, response.headers, body, calls.now())
    raise BadAnswer("prompt", code=response.status_code, accepted=None, reason="no_stream")


def _without(secret: str, event: Event) -> Event:
    """A failing server may repeat the request's headers in its explanation."""
    if not isinstance(event, AgentFailure):
        return event
    code = event.code.replace(secret, HIDDEN) if isinstance(event.code, str) else event.code
    return replace(event, code=code, message=event.message.replace(secret, HIDDEN))
