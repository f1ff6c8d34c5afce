"""What a file is by its first bytes: for showing it in a page, not for working with it.

In come the first `HEAD` bytes, out goes a `Sniffed`. What the core makes of the whole file is its own matter.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.chat import MediaKind

HEAD = 64
"""Bytes that are enough to tell."""

MOST_PIXELS = 50_000_000
"""A picture of more pixels than this is not shown in the page: a browser would decode all of it."""

SAFE_INLINE = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"})
"""Types that a browser may show from our origin: none of them can carry script."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    kind: MediaKind
    mime: str
    shown: bool
    """Whether a browser can be asked to draw it as a thumbnail."""


_NOTHING = Sniffed(MediaKind.FILE, "application/octet-stream", False)

# Brands of ISO base media files (ISO/IEC 14496-12, registered at mp4ra.org).
_BRANDS: dict[bytes, tuple[MediaKind, str]] = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), (MediaKind.PHOTO, "image/heic")),
    **dict.fromkeys((b"avif", b"avis"), (MediaKind.PHOTO, "image/avif")),
    b"qt  ": (MediaKind.VIDEO, "video/quicktime"),
    b"M4A ": (MediaKind.AUDIO, "audio/mp4"),
}

_MARKS: tuple[tuple[bytes, MediaKind, str], ...] = (
    (b"\xff\xd8\xff", MediaKind.PHOTO, "image/jpeg"),
    (b"BM", MediaKind.PHOTO, "image/bmp"),
    (b"II*\x00", MediaKind.PHOTO, "image/tiff"),
    (b"MM\x00*", MediaKind.PHOTO, "image/tiff"),
    (b"\x1aE\xdf\xa3", MediaKind.VIDEO, "video/webm"),
    (b"ID3", MediaKind.AUDIO, "audio/mpeg"),
    (b"\xff\xfb", MediaKind.AUDIO, "audio/mpeg"),
    (b"\xff\xf1", MediaKind.AUDIO, "audio/aac"),
)


def sniff(head: bytes) -> Sniffed:
    """What the first bytes say; a file of unknown kind is `application/octet-stream`."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _picture("image/png", int.from_bytes(head[16:20]), int.from_bytes(head[20:24]))
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return _picture("image/gif", int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little"))
    if head[:4] == b"RIFF":
        return _riff(head)
    if head[4:8] == b"ftyp":
        kind, mime = _BRANDS.get(head[8:12], (MediaKind.VIDEO, "video/mp4"))
        return Sniffed(kind, mime, False)
    for mark, kind, mime in _MARKS:
        if head.startswith(mark):
            return Sniffed(kind, mime, mime == "image/jpeg")
    return _NOTHING


def _picture(mime: str, width: int, height: int) -> Sniffed:
    return Sniffed(MediaKind.PHOTO, mime, 0 < width * height <= MOST_PIXELS)


def _riff(head: bytes) -> Sniffed:
    match head[8:12]:
        case b"WEBP":
            return Sniffed(MediaKind.PHOTO, "image/webp", True)
        case b"WAVE":
            return Sniffed(MediaKind.AUDIO, "audio/wav", False)
        case b"AVI ":
            return Sniffed(MediaKind.VIDEO, "video/x-msvideo", False)
    return _NOTHING
