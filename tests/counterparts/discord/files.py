"""The CDN: files that people and the bot posted, and signed links to them that end after a day.

https://discord.com/developers/docs/reference#signed-attachment-cdn-urls: ?ex= (until when, hex), &is= (since when),
&hm= (the signature). A link that is over, or whose signature is wrong, answers 404.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import mimetypes
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from PIL import Image, UnidentifiedImageError

from tests.counterparts.telegram.bodies import Json, Upload

LINK_SECONDS = 24 * 3600
_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
"""What Discord takes out of a file's name."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as a person sends it. `content`: bytes, a path, or just how many bytes it has that nobody can fetch."""

    content: bytes | Path | int
    name: str = "photo.jpg"
    mime: str | None = None
    """None: what the name says."""


Sent = bytes | Path | File


@dataclass(frozen=True, slots=True, eq=False)
class Attachment:
    """A file at Discord. `width` and `height` in pixels, None where it is no picture."""

    id: int
    name: str
    mime: str
    size: int
    path: Path | None
    """None: a file of which only the size is known."""
    folder: str
    """Of its address: "attachments/<channel>" or "ephemeral-attachments/<application>"."""
    width: int | None = None
    height: int | None = None
    description: str | None = None
    sha256: str = ""

    @property
    def content(self) -> bytes:
        """The whole file. Raises AssertionError where only the size is known."""
        assert self.path is not None, f"{self.name} has no bytes"
        return self.path.read_bytes()

    @property
    def is_video(self) -> bool:
        return self.mime.startswith("video/")


class Files:
    """`folder` belongs to the counterpart; whoever made it removes it. `host`: the CDN's address, when it listens."""

    def __init__(
        self, folder: Path, *, ids: Callable[[], int], now: Callable[[], float], host: Callable[[], str]
    ) -> None:
        self._folder = folder
        self._ids = ids
        self._now = now
        self._host = host
        self._numbers = itertools.count(1)
        self._by_place: dict[str, Attachment] = {}

    def keep(self, sent: Sent, folder: str) -> Attachment:
        """Store what a person sends."""
        file = sent if isinstance(sent, File) else _named(sent)
        content = file.content
        if isinstance(content, int):
            return self._kept(None, content, file.name, file.mime, folder)
        path = self._folder / f"content-{next(self._numbers)}"
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content)
        return self._kept(path, path.stat().st_size, file.name, file.mime, folder)

    def keep_upload(self, upload: Upload, folder: str, stated: Json) -> Attachment:
        """Store what the bot uploaded. `stated`: its entry in the body's `attachments`, with a name or description."""
        name = stated.get("filename") or upload.name
        return self._kept(upload.path, upload.size, name, None, folder, stated.get("description"))

    def link(self, attachment: Attachment) -> str:
        """An address that works for a day from now on."""
        since = int(self._now())
        until = since + LINK_SECONDS
        place = f"{attachment.folder}/{attachment.id}/{attachment.name}"
        return f"{self._host()}/{quote(place)}?ex={until:x}&is={since:x}&hm={_signature(place, until, since)}&"

    def at(self, place: str, query: dict[str, str]) -> Attachment | None:
        """What a link leads to; None where it is over, or nobody signed it. `place`: the path, no longer quoted."""
        try:
            until, since = int(query["ex"], 16), int(query["is"], 16)
        except (KeyError, ValueError):
            return None
        signed = hmac.compare_digest(query.get("hm", ""), _signature(place, until, since))
        return self._by_place.get(place) if signed and self._now() < until else None

    def json(self, attachment: Attachment, *, ephemeral: bool = False) -> Json:
        """The API's attachment object, with fresh links."""
        link = self.link(attachment)
        described: Json = {
            "id": str(attachment.id),
            "filename": attachment.name,
            "size": attachment.size,
            "url": link,
            "proxy_url": link,
            "content_type": attachment.mime,
        }
        if attachment.width is not None:
            described |= {"width": attachment.width, "height": attachment.height}
        if attachment.description is not None:
            described["description"] = attachment.description
        if ephemeral:
            described["ephemeral"] = True
        return described

    def _kept(
        self, path: Path | None, size: int, name: str, mime: str | None, folder: str, description: str | None = None
    ) -> Attachment:
        kind = mime or mimetypes.guess_type(name)[0] or "application/octet-stream"
        width, height = _measures(path) if path is not None and kind.startswith("image/") else (None, None)
        sha256 = ""
        if path is not None:
            with path.open("rb") as opened:
                sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        name = _UNSAFE.sub("_", name)
        kept = Attachment(self._ids(), name, kind, size, path, folder, width, height, description, sha256)
        self._by_place[f"{folder}/{kept.id}/{name}"] = kept
        return kept


def _named(content: bytes | Path) -> File:
    if isinstance(content, Path):
        return File(content, content.name)
    is_film = content[4:8] == b"ftyp" and content[8:12] not in {b"heic", b"heix", b"mif1"}
    is_png = content.startswith(b"\x89PNG")
    return File(content, "film.mp4" if is_film else "photo.png" if is_png else "photo.jpg")


def _measures(path: Path) -> tuple[int | None, int | None]:
    try:
        with Image.open(path) as picture:
            return picture.size
    except (UnidentifiedImageError, OSError):
        return None, None


def _signature(place: str, until: int, since: int) -> str:
    return hmac.new(b"cdn", f"{place} {until} {since}".encode(), hashlib.sha256).hexdigest()
