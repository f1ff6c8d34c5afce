"""What every call's request carries: who asks, and a JSON body. Raises `Refusal`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request

from darkroom import accounts
from darkroom.api.answers import Refusal
from darkroom.storage.database import Database

MOST_JSON = 1024 * 1024
"""Bytes of a JSON body."""
_ATTRIBUTION = ("X-Skill-Source", "X-Skill-Version", "X-Skill-Platform")
_IDLE = 60.0
"""Seconds between two pieces of a body."""
_DRAINED = 256 * 1024 * 1024
_DRAINING = 30.0


async def account_of(request: Request, database: Database, clock: Callable[[], float]) -> str:
    """The account of the request's bearer token: 1001 for one that is missing, unknown or expired."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    account = None
    if scheme.lower() == "bearer" and token.strip():
        account = await database.do(accounts.account_of, token.strip(), clock())
    if account is None:
        raise Refusal(401, "the token is bad or expired", code=1001, headers={"WWW-Authenticate": "Bearer"})
    return account


def client_id_of(request: Request) -> str:
    client_id = request.headers.get("x-client-id", "").strip()
    if not client_id or len(client_id) > 200:
        raise Refusal(400, "the header X-Client-Id is missing")
    return client_id


def require_attribution(request: Request) -> None:
    """Without its three headers an export is refused, whatever the plan allows (the contract's rule)."""
    missing = [name for name in _ATTRIBUTION if not request.headers.get(name, "").strip()]
    if missing:
        raise Refusal(402, f"exports need the headers {', '.join(missing)}")


async def json_object(request: Request) -> dict[str, Any]:
    """An empty body counts as an empty object."""
    body = await json_value(request)
    if not isinstance(body, dict):
        raise Refusal(400, "the body is not a JSON object")
    return body


async def json_value(request: Request) -> Any:
    """Raises `Refusal` 400 for what is no JSON, 413 for a body longer than `MOST_JSON`."""
    body = bytearray()
    async for chunk in steady(request):
        body += chunk
        if len(body) > MOST_JSON:
            await drain(request)
            raise Refusal(413, f"a JSON body has at most {MOST_JSON} bytes")
    try:
        return json.loads(body) if body.strip() else {}
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not JSON") from None


def text_in(body: dict[str, Any], name: str, *, most: int = 200) -> str:
    """A short text field that must be there."""
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise Refusal(400, f"the field {name} is missing or no text")
    return value


async def steady(request: Request) -> AsyncIterator[bytes]:
    """The body's pieces. Raises `Refusal` 408 where the next one does not come."""
    pieces = aiter(request.stream())
    while True:
        try:
            async with asyncio.timeout(_IDLE):
                piece = await anext(pieces)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise Refusal(408, "the request did not come whole") from None
        if piece:
            yield piece


async def drain(request: Request) -> None:
    """Read on for a while what nobody wants, so that a client which still sends gets to read the answer."""
    left = _DRAINED
    try:
        async with asyncio.timeout(_DRAINING):
            async for piece in request.stream():
                left -= len(piece)
                if left < 0:
                    return
    except (TimeoutError, RuntimeError):
        # RuntimeError: there is nothing left to read.
        return
