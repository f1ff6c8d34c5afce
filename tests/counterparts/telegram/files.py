"""The files that Telegram keeps: stored bytes get a file_id, photos get their sizes, and a bot fetches them by path."""

from __future__ import annotations

import hashlib
import io
import itertools
import shutil
from dataclasses import dataclass
from pathlib import Path

import av
from PIL import Image, ImageOps

from tests.counterparts.telegram.bodies import Json, Upload

PHOTO_SIDES = (90, 320, 800, 1280, 2560)
"""The longest sides of the sizes s, m, x, y and w (https://core.telegram.org/api/files#image-thumbnail-types)."""

Content = bytes | Path | int
"""Bytes, a file, or just how many bytes a file is said to have that nobody can fetch."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file as a person sends it. What is left open is read from a picture or film, or left out."""

    content: Content
    name: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """A file at Telegram. `width` and `height` in pixels, 0 where nobody said; `duration` in seconds."""

    file_id: str
    unique_id: str
    kind: str
    """photo, video, document, …"""
    path: Path | None
    """None: a file of which only the size is known."""
    size: int
    file_path: str
    """Below /file/bot<token>/."""
    name: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    duration: int = 0
    sha256: str = ""

    @property
    def content(self) -> bytes:
        """The whole file. Raises AssertionError where only the size is known."""
        assert self.path is not None, f"{self.file_id} has no bytes"
        return self.path.read_bytes()

    @property
    def facts(self) -> Json:
        """The fields that every file of the API has."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class Files:
    """`folder` belongs to the counterpart; whoever made it removes it. `token`: the bot's."""

    def __init__(self, folder: Path, token: str) -> None:
        self.folder = folder
        self._token = token
        self._numbers = itertools.count(1)
        self._by_id: dict[str, Stored] = {}
        self._by_path: dict[str, Stored] = {}

    def of(self, file_id: str) -> Stored | None:
        return self._by_id.get(file_id)

    def at(self, file_path: str) -> Stored | None:
        """What `getFile` gave this path for."""
        return self._by_path.get(file_path)

    def expire(self) -> None:
        """No path that was given so far leads anywhere any more; a new getFile gives a new one."""
        self._by_path.clear()

    def offer(self, stored: Stored) -> str:
        """A path to fetch the file from."""
        self._by_path[stored.file_path] = stored
        return stored.file_path

    def lay_out(self, stored: Stored) -> str:
        """Put a file where a local Bot API server keeps it: below `folder`, at the path that is returned."""
        assert stored.path is not None, f"{stored.file_id} has no bytes"
        path = self.folder / self._token / stored.file_path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.hardlink_to(stored.path)
        return str(path.relative_to(self.folder))

    def keep(self, media: Media, kind: str) -> Stored:
        """Store what a person sends, with the measures of films and pictures where they can be read."""
        content = media.content
        if isinstance(content, int):
            return self._stored(None, content, media, kind, "")
        path = self.folder / f"content-{next(self._numbers)}"
        if isinstance(content, Path):
            shutil.copyfile(content, path)
        else:
            path.write_bytes(content)
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return self._stored(path, path.stat().st_size, _measured(media, path, kind), kind, sha256)

    def keep_upload(self, upload: Upload, kind: str, stated: Json) -> Stored:
        """Store what a bot uploaded. `stated`: the width, height and duration that it named; nothing is guessed."""
        media = Media(
            0,
            upload.name,
            upload.mime,
            int(stated.get("width", 0)),
            int(stated.get("height", 0)),
            int(stated.get("duration", 0)),
        )
        return self._stored(upload.path, upload.size, media, kind, upload.sha256)

    def keep_picture(self, upload: Upload) -> Stored:
        """Store a thumbnail with its own measures."""
        with Image.open(upload.path) as picture:
            width, height = picture.size
        return self.keep_upload(upload, "thumbnail", {"width": width, "height": height})

    def photo_sizes(self, content: bytes | Path) -> list[Stored]:
        """A photo in Telegram's sizes, the largest last: turned upright, without EXIF, never larger than it was.

        Raises PIL.UnidentifiedImageError for what is no picture.
        """
        with Image.open(io.BytesIO(content) if isinstance(content, bytes) else content) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        longest = max(picture.size)
        sides = [side for side in PHOTO_SIDES if side < longest]
        sides.append(min(longest, PHOTO_SIDES[-1]))
        photos = []
        for side in sorted(set(sides), reverse=True):
            picture.thumbnail((side, side), Image.Resampling.BILINEAR)
            written = io.BytesIO()
            picture.save(written, "JPEG", quality=87)
            photos.append(self.keep(Media(written.getvalue(), "", "image/jpeg", *picture.size), "photo"))
        return photos[::-1]

    def _stored(self, path: Path | None, size: int, media: Media, kind: str, sha256: str) -> Stored:
        number = next(self._numbers)
        suffix = Path(media.name).suffix or {"photo": ".jpg", "video": ".mp4", "voice": ".oga"}.get(kind, "")
        stored = Stored(
            f"BQACAgIAAxkBAAIB{number:08d}{kind}",
            f"AgAD{number:08d}",
            kind,
            path,
            size,
            f"{kind}s/file_{number}{suffix}",
            media.name,
            media.mime,
            media.width,
            media.height,
            media.duration,
            sha256,
        )
        self._by_id[stored.file_id] = stored
        return stored


def _measured(media: Media, path: Path, kind: str) -> Media:
    if media.width or kind not in {"video", "animation", "voice", "audio"}:
        return media
    try:
        with av.open(path) as film:
            seconds = int((film.duration or 0) / av.time_base)
            picture = film.streams.video[0] if film.streams.video else None
            width, height = (picture.width, picture.height) if picture is not None else (0, 0)
    except av.error.FFmpegError:
        return media
    return Media(media.content, media.name, media.mime, width, height, media.duration or seconds)
