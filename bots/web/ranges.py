"""A stored file as an answer, whole or in the parts that a player asks for (RFC 9110, 14).

In comes a path, out goes a response that takes a Range header only where it is one: any other is ignored, as the
standard allows, and the file is sent whole.
"""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import FileResponse
from starlette.types import Receive, Scope, Send

_UNIT = re.compile(r"bytes\s*=", re.IGNORECASE)
_PART = re.compile(r"([0-9]{1,18})-([0-9]{1,18})?|-[0-9]{1,18}")


class RangedFile(FileResponse):
    """Raises what `FileResponse` raises."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = Headers(scope=scope).get("range")
        if asked is not None and not is_range(asked):
            scope = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"range"]}
        await super().__call__(scope, receive, send)


def is_range(header: str) -> bool:
    """Whether a Range header names bytes, each of its parts from a first to a later last one or of a length."""
    unit = _UNIT.match(header)
    if unit is None:
        return False
    parts = [_PART.fullmatch(part.strip()) for part in header[unit.end() :].split(",")]
    return all(part is not None and (not part[2] or int(part[1]) <= int(part[2])) for part in parts)
