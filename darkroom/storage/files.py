"""The files beside the records: uploads and finished renders, each named by an id of ours, never by a person's name.

`Files` is the port. Behind it stands a folder (`folder.Folder`), which other machines may share, or a bucket of an
S3-compatible store (`bucket.Bucket`); `at(url)` chooses. Bytes are streamed, and what lies under its key is whole.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Collection
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

UPLOADS: Final = "uploads"
RENDERS: Final = "renders"
NAME: Final = "name"
"""The mark that holds a place's name."""
_ID = re.compile(r"[0-9a-f]{1,64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """`size` in bytes, `modified` in Unix seconds; `tag` is an entity tag with its quotes (RFC 9110, 8.8.3)."""

    size: int
    modified: float
    tag: str


class Files(Protocol):
    """Every call raises `OSError` where the place cannot be used, `FileNotFoundError` for a key without a file."""

    async def prepare(self) -> str:
        """Make the place usable. → its name: the same for everybody who reaches it, and no other place's."""

    async def mark(self, name: str, word: str) -> str:
        """Write a word under a name, unless there is one. → the one that is there."""

    async def keep(self, source: Path, key: str) -> None:
        """A finished file of this machine's goes under its key, whole or not at all; the source is gone then."""

    def near(self, key: str, folder: Path) -> AbstractAsyncContextManager[Path]:
        """A path to read the file from while the block lasts: itself, or a copy in `folder`."""

    async def look(self, key: str) -> Kept: ...

    def read(self, key: str, first: int, end: int) -> AsyncGenerator[bytes, None]:
        """The bytes from `first` until before `end`, in chunks."""

    async def remove(self, keys: Collection[str]) -> None:
        """One that is gone is no error."""

    async def keep_only(self, uploads: Collection[str], renders: Collection[str], before: float) -> None:
        """Remove files that no record names and that were written before a time (Unix seconds)."""

    async def close(self) -> None:
        """At the end of the process."""


def upload_key(upload: str) -> str:
    return f"{UPLOADS}/{_checked(upload)}"


def render_key(export: str) -> str:
    """Of an export's file, by the export's own key."""
    return f"{RENDERS}/{_checked(export)}.mp4"


def _checked(name: str) -> str:
    """Ids come out of a queue too: none of them may lead elsewhere. Raises `ValueError`."""
    if not _ID.fullmatch(name):
        raise ValueError("an id has hexadecimal digits alone")
    return name


def name_in(key: str) -> str:
    """The id that a key was made of."""
    return key.rpartition("/")[2].partition(".")[0]
