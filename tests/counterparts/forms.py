"""A multipart body with one file, taken apart by python-multipart as it arrives: pieces in, an `Upload` out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from python_multipart.multipart import MultipartParser, parse_options_header


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a session was given: by its bytes, or by its address."""

    session: str
    name: str = ""
    field: str = ""
    mime: str = ""
    size: int = 0
    sha256: str = ""
    url: str | None = None


class Form:
    """A multipart body with one file, taken apart piece by piece by python-multipart."""

    def __init__(self, session: str, content_type: str) -> None:
        kind, options = parse_options_header(content_type)
        assert kind == b"multipart/form-data", content_type
        self._session = session
        self._name = ""
        self._value = ""
        self._headers: list[dict[str, bytes]] = []
        self._size = 0
        self._hash = hashlib.sha256()
        self._ended = False
        self._parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": lambda: self._headers.append({}),
                "on_header_field": self._on_name,
                "on_header_value": self._on_value,
                "on_header_end": self._on_header,
                "on_part_data": self._on_data,
                "on_end": self._on_end,
            },
        )

    def write(self, piece: bytes) -> None:
        self._parser.write(piece)

    def upload(self) -> Upload:
        """Raises AssertionError unless the body held exactly one whole file."""
        self._parser.finalize()
        assert self._ended, "the last boundary is missing"
        assert len(self._headers) == 1, f"{len(self._headers)} parts"
        headers = self._headers[0]
        _, options = parse_options_header(headers["content-disposition"])
        return Upload(
            self._session,
            options[b"filename"].decode(),
            options[b"name"].decode(),
            headers["content-type"].decode(),
            self._size,
            self._hash.hexdigest(),
        )

    def _on_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end].decode("latin-1")

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end].decode("latin-1")

    def _on_header(self) -> None:
        self._headers[-1][self._name.lower()] = self._value.encode("latin-1")
        self._name = self._value = ""

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        self._hash.update(memoryview(data)[start:end])

    def _on_end(self) -> None:
        self._ended = True
