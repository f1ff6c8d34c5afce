"""What a request carries: from a query, a form, JSON or multipart come the fields and the files, streamed to disk.

No file is ever held in memory: its pieces go to the folder that the caller names, and only name, size and hash stay.
"""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

from tests.counterparts.sockets import Request

Json = dict[str, Any]

_numbers = itertools.count(1)


class UnreadableBody(Exception):
    """The body is no form, no JSON object and no whole multipart message."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a multipart part. `field`: the part's name."""

    field: str
    name: str
    mime: str
    path: Path
    size: int
    """Bytes."""
    sha256: str


@dataclass(slots=True)
class Body:
    """`fields` are strings, except where they came as JSON."""

    fields: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """What Telegram would leave out silently: a field sent twice."""


async def read_body(request: Request, folder: Path) -> Body:
    """Query and body together, as Telegram takes them. Raises UnreadableBody."""
    body = Body()
    _, _, query = request.target.partition("?")
    _take(body, parse_qsl(query, keep_blank_values=True))
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    match kind:
        case b"multipart/form-data":
            await _multipart(request, options.get(b"boundary", b""), folder, body)
        case b"application/json":
            await _json(request, body)
        case b"application/x-www-form-urlencoded":
            _take(body, parse_qsl((await request.whole()).decode(), keep_blank_values=True))
        case _:
            if await request.whole():
                raise UnreadableBody(f"a body of type {kind!r}")
    return body


def _take(body: Body, pairs: list[tuple[str, str]]) -> None:
    for name, value in pairs:
        if name in body.fields:
            body.problems.append(f"field {name} came twice")
        body.fields[name] = value


async def _json(request: Request, body: Body) -> None:
    whole = await request.whole()
    if not whole:
        return
    try:
        fields = json.loads(whole)
    except ValueError as error:
        raise UnreadableBody(f"no JSON: {error}") from error
    if not isinstance(fields, dict):
        raise UnreadableBody("JSON that is no object")
    _take(body, list(fields.items()))


async def _multipart(request: Request, boundary: bytes, folder: Path, body: Body) -> None:
    if not boundary:
        raise UnreadableBody("multipart without a boundary")
    parts = _Parts(folder, body)
    parser = MultipartParser(boundary, parts.callbacks())
    try:
        async for piece in request.body:
            parser.write(piece)
        parser.finalize()
    except FormParserError as error:
        raise UnreadableBody(str(error)) from error
    finally:
        parts.close()
    if not parts.ended:
        raise UnreadableBody("the last boundary is missing")


class _Parts:
    """The parser's callbacks: a part with a file name goes to disk, any other is a field."""

    def __init__(self, folder: Path, body: Body) -> None:
        self.ended = False
        self._folder = folder
        self._body = body
        self._headers: dict[str, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._name = ""
        self._file_name = ""
        self._path = Path()
        self._file: IO[bytes] | None = None
        self._hash = hashlib.sha256()
        self._size = 0
        self._text = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_name,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._on_part,
            "on_end": self._on_end,
        }

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self) -> None:
        self._headers = {}
        self._text = bytearray()
        self._hash = hashlib.sha256()
        self._size = 0

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header(self) -> None:
        self._headers[self._header_name.decode("latin-1").lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        self._name = options.get(b"name", b"").decode()
        if not self._name:
            self._body.problems.append("a part without a name")
        if b"filename" in options:
            self._file_name = options[b"filename"].decode()
            self._path = self._folder / f"upload-{next(_numbers)}"
            self._file = self._path.open("wb")

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._text += data[start:end]
            return
        piece = memoryview(data)[start:end]
        self._file.write(piece)
        self._hash.update(piece)
        self._size += len(piece)

    def _on_part(self) -> None:
        if self._file is None:
            _take(self._body, [(self._name, self._text.decode())])
            return
        self.close()
        mime = self._headers.get("content-type", b"").decode()
        if self._name in self._body.uploads:
            self._body.problems.append(f"file {self._name} came twice")
        self._body.uploads[self._name] = Upload(
            self._name, self._file_name, mime, self._path, self._size, self._hash.hexdigest()
        )

    def _on_end(self) -> None:
        self.ended = True
