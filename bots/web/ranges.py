"""A stored file as an answer, whole or the part that a player asks for (RFC 9110, 14). Bytes are streamed.

A Range header that names one part of the bytes is followed; any other, several parts included, is passed over, as the
standard allows.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

Read = Callable[[int, int], AsyncGenerator[bytes, None]]

_RANGE = re.compile(r"bytes\s*=\s*(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{1,18})?|-(?P<suffix>[0-9]{1,18}))\s*", re.I)


def ranged(request: Request, size: int, tag: str, read: Read, headers: Mapping[str, str]) -> Response:
    """What a request of a file gets. `tag` is its entity tag; `read` gives bytes from a first until before an end."""
    told = {**headers, "accept-ranges": "bytes", "etag": tag}
    asked = request.headers.get("range")
    part = None if asked is None or request.headers.get("if-range") not in (None, tag) else part_of(asked, size)
    if part is None:
        first, end = 0, size
    elif part[0] >= part[1]:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    else:
        first, end = part
        told["content-range"] = f"bytes {first}-{end - 1}/{size}"
    status = 200 if part is None else 206
    told["content-length"] = str(end - first)
    if request.method == "HEAD":
        return Response(status_code=status, headers=told)
    return _Streamed(read(first, end), status, told)


def part_of(header: str, size: int) -> tuple[int, int] | None:
    """The part from a first byte until before an end, an empty one where there are no such bytes; None for all."""
    asked = _RANGE.fullmatch(header)
    if asked is None:
        return None
    if asked["suffix"] is not None:
        return max(0, size - int(asked["suffix"])), size
    first, last = int(asked["first"]), size - 1 if asked["last"] is None else int(asked["last"])
    if asked["last"] is not None and last < first:
        return None
    return first, min(last + 1, size)


def disposition(kind: str, name: str) -> str:
    """A Content-Disposition header: `kind` is "inline" or "attachment" (RFC 6266)."""
    plain = quote(name)
    return f'{kind}; filename="{name}"' if plain == name else f"{kind}; filename*=utf-8''{plain}"


class _Streamed(StreamingResponse):
    """Lets go of its source at once where the visitor leaves."""

    def __init__(self, chunks: AsyncGenerator[bytes, None], status: int, headers: Mapping[str, str]) -> None:
        super().__init__(chunks, status, headers)
        self._chunks = chunks

    async def stream_response(self, send: Send) -> None:
        async with aclosing(self._chunks):
            await super().stream_response(send)
