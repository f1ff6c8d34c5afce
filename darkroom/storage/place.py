"""Where darkroom's files are kept: an address (`FILES_URL`) comes in, the port `Files` for it goes out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from darkroom.storage.bucket import bucket_at
from darkroom.storage.files import Files
from darkroom.storage.folder import Folder


class FilesUnreachable(Exception):
    """The place of the files cannot be used as it is; the text says what it answered."""


_OWNER = "owner"
SHARE: Final = "darkroom"
"""The folder below the address: other parts of the program keep their files beside it."""


def files_at(url: str | None, own: Path, new_id: Callable[[], str]) -> Files:
    """The files at `s3://bucket/prefix` or `file:///folder`, or in the folder `own` where there is no address.

    Connects to nothing and makes nothing yet. Raises `ValueError`, with what is wrong, for an address of no use.
    """
    if not url:
        return Folder(own, new_id)
    parts = urlsplit(url)
    if parts.scheme != "file":
        return bucket_at(url, SHARE, new_id)
    if parts.netloc not in ("", "localhost") or not parts.path.strip("/") or parts.query:
        raise ValueError("write a folder as file:///its/path")
    return Folder(Path(unquote(parts.path)) / SHARE, new_id)


async def owned(files: Files, own: Path, new_id: Callable[[], str]) -> None:
    """Make sure that no other darkroom keeps its files in a shared place: each removes what its records do not name.

    `own` is the folder of this one's records. Raises `FilesUnreachable`, `OSError`.
    """
    word = await Folder(own, new_id).mark(_OWNER, new_id())
    if await files.mark(_OWNER, word) != word:
        raise FilesUnreachable(
            f"another darkroom, with another DATA_DIR, keeps its files there; if that one is gone for good, "
            f"remove the file {SHARE}/{_OWNER} there"
        )


async def prepared(files: Files, url: str | None) -> str:
    """Make the place usable. → its name. Raises `FilesUnreachable` for an address's, `OSError` for a folder's own."""
    try:
        return await files.prepare()
    except OSError as error:
        if not url:
            raise
        raise FilesUnreachable(error.strerror or str(error)) from error
