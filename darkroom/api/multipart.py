"""A multipart body, taken apart while it arrives: pieces come in, the parts' starts, bytes and ends go out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import dataclass

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

MOST_PARTS = 200


class BadMultipart(Exception):
    """The body is not what its header says, or breaks off."""


@dataclass(frozen=True, slots=True)
class PartBegins:
    """`filename` is None for a field that is no file."""

    field: str
    filename: str | None


@dataclass(frozen=True, slots=True)
class PartEnds:
    pass


Event = PartBegins | PartEnds | bytes


class _Parts:
    """Collects the parser's calls as events."""

    def __init__(self, boundary: bytes) -> None:
        self.events: list[Event] = []
        self.is_whole = False
        self._header: tuple[bytearray, bytearray] = (bytearray(), bytearray())
        self._disposition = b""
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                "on_header_end": self._header_ends,
                "on_headers_finished": self._headers_end,
                "on_part_data": lambda data, start, end: self.events.append(data[start:end]),
                "on_part_end": lambda: self.events.append(PartEnds()),
                "on_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> list[Event]:
        self.events = []
        self._parser.write(piece)
        return self.events

    def _begin(self) -> None:
        self._disposition = b""
        self._header = (bytearray(), bytearray())

    def _header_ends(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = bytes(value)
        self._header = (bytearray(), bytearray())

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"filename")
        # Browsers send quotes percent-encoded and nothing else (WHATWG HTML, multipart/form-data encoding).
        shown = None if name is None else name.decode("utf-8", "replace").replace("%22", '"')
        self.events.append(PartBegins(options.get(b"name", b"").decode("utf-8", "replace"), shown))

    def _end(self) -> None:
        self.is_whole = True


def boundary_of(content_type: str) -> bytes | None:
    """The boundary that a Content-Type header names, None for another type."""
    kind, options = parse_options_header(content_type)
    return options.get(b"boundary") if kind == b"multipart/form-data" else None


async def events(pieces: AsyncIterable[bytes], boundary: bytes) -> AsyncGenerator[Event, None]:
    """Raises `BadMultipart`, and whatever `pieces` raises."""
    parts = 0
    try:
        collected = _Parts(boundary)
        async for piece in pieces:
            for event in collected.feed(piece):
                parts += isinstance(event, PartBegins)
                if parts > MOST_PARTS:
                    raise BadMultipart(f"there are more than {MOST_PARTS} parts")
                yield event
    except FormParserError as error:
        raise BadMultipart("the multipart body is malformed") from error
    if not collected.is_whole:
        raise BadMultipart("the multipart body breaks off")
