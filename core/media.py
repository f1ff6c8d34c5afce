"""What a file really is, whatever its name says: a file on this disk comes in, facts or a `BadFile` go out.

Photos that the backend does not list (HEIC, AVIF, BMP, TIFF) are converted to JPEG; everything else goes as it is.
All calls block and belong in a thread.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import av
import pillow_heif
from PIL import Image, ImageOps, UnidentifiedImageError

from core.chat import MediaKind

MAX_FILE = 200 * 1024 * 1024
"""Bytes of the largest file that the backend takes (the contract's 200 MB)."""

MAX_PIXELS = 100_000_000
"""Pixels of the largest picture that is looked at: beyond it, decoding alone would take gigabytes."""

JPEG_QUALITY = 95

pillow_heif.register_heif_opener()


class Reason(StrEnum):
    """Why a file cannot be used. darkroom's answers use the same words."""

    EMPTY = "empty"
    DAMAGED = "damaged"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_LARGE = "too_large"
    NOT_MEDIA = "not_media"
    UNSUPPORTED = "unsupported"


class BadFile(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FileFacts:
    kind: MediaKind
    mime: str
    upload_name: str
    """The sender's name with the ending that the bytes deserve."""
    must_convert: bool
    """The backend does not take it as it is: `to_jpeg` first."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    width: int
    height: int
    duration: float
    """Seconds."""


# Accepted as they are, by Pillow's name of the format.
_PHOTOS = {"JPEG": ("jpg", "image/jpeg"), "PNG": ("png", "image/png"), "GIF": ("gif", "image/gif"),
           "WEBP": ("webp", "image/webp"), "MPO": ("jpg", "image/jpeg")}  # fmt: skip
_CONVERTED = frozenset({"HEIF", "AVIF", "BMP", "TIFF", "JPEG2000"})
# MPO, a JPEG with more pictures behind it, is found by the opener of JPEG.
_FORMATS = tuple(sorted({*_PHOTOS, *_CONVERTED} - {"MPO"}))

# Accepted as they are, by a name that libavformat gives the container; the first that fits wins.
_CONTAINERS = (
    ("webm", "webm", "video/webm"),
    ("matroska", "mkv", "video/x-matroska"),
    ("mp4", "mp4", "video/mp4"),
    ("mov", "mov", "video/quicktime"),
    ("avi", "avi", "video/x-msvideo"),
)
_SOUNDS = (
    ("mp3", "mp3", "audio/mpeg"),
    ("wav", "wav", "audio/wav"),
    ("aac", "aac", "audio/aac"),
    ("mp4", "m4a", "audio/mp4"),
    ("mov", "m4a", "audio/mp4"),
)

# Real media that the backend does not take. Any other container is a guess of libavformat's: some of its demuxers see
# a film in every text.
_OTHERS = frozenset(
    {"ogg", "flac", "flv", "mpeg", "mpegts", "asf", "aiff", "amr", "caf", "rm", "dv", "mxf", "wv", "ape"}
)


def examine(path: Path, name: str) -> FileFacts:
    """Look at a file's bytes. `name`: as its sender called it. Raises `BadFile`."""
    size = path.stat().st_size
    if size == 0:
        raise BadFile(Reason.EMPTY)
    if size > MAX_FILE:
        raise BadFile(Reason.TOO_LARGE)
    return _photo(path, name) or _footage(path, name)


def to_jpeg(source: Path, target: Path) -> None:
    """A picture as an upright JPEG in RGB. Raises `BadFile` where it cannot be decoded."""
    try:
        with _open(source) as opened:
            upright = ImageOps.exif_transpose(opened)
            upright.convert("RGB").save(
                target, "JPEG", quality=JPEG_QUALITY, icc_profile=opened.info.get("icc_profile")
            )
    except (UnidentifiedImageError, *_BROKEN) as error:
        raise BadFile(Reason.DAMAGED) from error


def video_facts(path: Path) -> VideoFacts:
    """Size and length of a finished video. Raises `BadFile` for what is no video."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            length = container.duration
            seconds = (
                float(length / av.time_base) if length else float((stream.duration or 0) * (stream.time_base or 0))
            )
            return VideoFacts(stream.width, stream.height, seconds)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise BadFile(Reason.NOT_MEDIA) from error


_COVER = av.stream.Disposition.attached_pic
"""A sound file's cover picture, which libavformat shows as a video stream."""

_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError)
"""What Pillow's decoders raise on broken bytes."""


def _open(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        # Pillow warns at a size of its own; ours is checked right after the header is read.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        picture = Image.open(path, formats=_FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        picture.close()
        raise BadFile(Reason.TOO_MANY_PIXELS)
    return picture


def _photo(path: Path, name: str) -> FileFacts | None:
    try:
        picture = _open(path)
    except Image.DecompressionBombError as error:
        raise BadFile(Reason.TOO_MANY_PIXELS) from error
    except UnidentifiedImageError:
        return None
    except _BROKEN as error:
        raise BadFile(Reason.DAMAGED) from error
    with picture:
        kind = str(picture.format)
        try:
            _prove_whole(picture, kind)
        except _BROKEN as error:
            raise BadFile(Reason.DAMAGED) from error
    if kind in _CONVERTED:
        return FileFacts(MediaKind.PHOTO, "image/jpeg", _named(name, "jpg"), True)
    ending, mime = _PHOTOS[kind]
    return FileFacts(MediaKind.PHOTO, mime, _named(name, ending), False)


def _prove_whole(picture: Image.Image, kind: str) -> None:
    """Read all of a picture's bytes with as little memory as its format allows. Raises what its decoder raises."""
    if kind in {"JPEG", "MPO"}:
        # An eighth of the size: every byte is read, a 64th of the pixels is made.
        picture.draft("RGB", (max(1, picture.width // 8), max(1, picture.height // 8)))
        picture.load()
    elif kind == "PNG":
        picture.verify()
    elif kind not in _CONVERTED:
        picture.load()


def _footage(path: Path, name: str) -> FileFacts:
    try:
        with av.open(str(path)) as container:
            formats = container.format.name.split(",")
            filmed = any(
                not stream.disposition & av.stream.Disposition.attached_pic for stream in container.streams.video
            )
            sounding = bool(container.streams.audio)
    except (av.error.FFmpegError, ValueError) as error:
        raise BadFile(Reason.NOT_MEDIA) from error
    for container_name, ending, mime in _CONTAINERS if filmed else _SOUNDS if sounding else ():
        if container_name in formats:
            kind = MediaKind.VIDEO if filmed else MediaKind.AUDIO
            return FileFacts(kind, mime, _named(name, ending), False)
    raise BadFile(Reason.UNSUPPORTED if _OTHERS.intersection(formats) else Reason.NOT_MEDIA)


def _named(name: str, ending: str) -> str:
    stem = name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name
    return f"{stem or 'file'}.{ending}"
