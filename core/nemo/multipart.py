"""One file as a multipart body, framed around a stream: a name in, the bytes before and after the file out.

httpx reads files synchronously; framing by hand lets the file be read beside the event loop and keeps memory flat.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FIELD = "files"
NAME_LENGTH = 120
"""Characters of a file's name that are sent."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MIME = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")


@dataclass(frozen=True, slots=True)
class Frame:
    """`head` + the file + `tail` is the body."""

    content_type: str
    head: bytes
    tail: bytes


def frame(name: str, mime: str, boundary: str) -> Frame:
    """`boundary`: 1 to 70 letters and digits that the file does not contain (random ones will do).

    The name goes as UTF-8 with quotes percent-encoded, as browsers send it: RFC 7578 forbids `filename*` here.
    """
    shown = header_name(name).replace('"', "%22")
    kind = mime if _MIME.fullmatch(mime) else "application/octet-stream"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="{FIELD}"; filename="{shown}"\r\n'
        f"Content-Type: {kind}\r\n\r\n"
    )
    return Frame(f"multipart/form-data; boundary={boundary}", head.encode(), f"\r\n--{boundary}--\r\n".encode())


def header_name(name: str) -> str:
    """A sender's name for a file without folders, control characters and half surrogates; its ending survives."""
    whole = name.encode("utf-8", "replace").decode()
    base = _CONTROL.sub("", re.split(r"[/\\]", whole)[-1]).strip(" .")
    if not base:
        return "file"
    stem, dot, ending = base.rpartition(".")
    if not dot or len(ending) > 10:
        return base[:NAME_LENGTH]
    return f"{stem[: NAME_LENGTH - len(ending) - 1] or 'file'}.{ending}"
