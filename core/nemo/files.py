"""Files to and from the backend: a file of the disk as an upload's request, and the ways to a finished export."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from core.nemo import wire
from core.nemo.answers import Session
from core.nemo.calls import Calls
from core.nemo.download import Fetch
from core.nemo.envelope import decode
from core.nemo.errors import BadAnswer
from core.nemo.identity import Token
from core.nemo.multipart import Frame
from core.nemo.transport import failures, whole_body

_CHUNK = 256 * 1024

Fraction = Callable[[float], None]
"""Gets how much is done, 0 to 1."""


def upload_request(
    calls: Calls, session: Session, token: Token, framed: Frame, path: Path, size: int, on_progress: Fraction
) -> httpx.Request:
    """A request that streams the file at `path`, of `size` bytes. Sending it raises what reading the file raises."""
    headers = {
        "Content-Type": framed.content_type,
        "Content-Length": str(len(framed.head) + size + len(framed.tail)),
    }
    body = _body(framed, path, size, on_progress)
    return calls.request("POST", wire.upload_path(session.session_id), token, headers, body)


async def _body(framed: Frame, path: Path, size: int, on_progress: Fraction) -> AsyncGenerator[bytes, None]:
    yield framed.head
    sent = 0
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
            sent += len(chunk)
            on_progress(min(1.0, sent / size) if size else 1.0)
    yield framed.tail


def rising(on_progress: Fraction) -> Fraction:
    """Progress that never goes back, although what it is about may start anew."""
    furthest = -1.0

    def show(fraction: float) -> None:
        nonlocal furthest
        if fraction > furthest:
            furthest = fraction
            on_progress(fraction)

    return show


def at_its_address(calls: Calls, url: str) -> Fetch:
    """The file where the backend says that it lies, which may lead on to others: no secret goes along."""

    def request(headers: dict[str, str]) -> httpx.Request:
        return calls.http.build_request("GET", httpx.URL(calls.options.api_url).join(url), headers=headers)

    return lambda headers: _opened(calls, lambda: request(headers), follow=True)


def through_api(calls: Calls, render_id: str, token: Token) -> Fetch:
    """The file from the API itself, under the account's token and therefore along no redirect."""
    path = wire.render_file_path(render_id)
    return lambda headers: _opened(calls, lambda: calls.request("GET", path, token, headers), follow=False)


@asynccontextmanager
async def _opened(calls: Calls, make: Callable[[], httpx.Request], *, follow: bool) -> AsyncIterator[httpx.Response]:
    with failures("download"):
        response = await calls.http.send(make(), stream=True, follow_redirects=follow)
        try:
            kind = response.headers.get("content-type", "").lower()
            if response.status_code not in {200, 206} or any(word in kind for word in ("json", "html")):
                body = await whole_body("download", response)
                decode("download", response.status_code, response.headers, body, calls.now())
                raise BadAnswer("download", code=response.status_code, accepted=None, reason="no_file")
            yield response
        finally:
            await response.aclose()
