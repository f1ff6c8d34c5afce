"""What an upload really is: a path comes in, `PictureFacts` go out, or `BadPicture` says why it cannot be used.

Only the bytes count, never the name. A photo is decoded whole once, in as little memory as its format allows, so that
a broken upload is refused when it arrives and not in the middle of a render.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pillow_heif
from PIL import Image, UnidentifiedImageError

from darkroom.render import media
from darkroom.render.facts import BadPicture as BadPicture
from darkroom.render.facts import PictureFacts as PictureFacts

MOST_PIXELS: Final = 120_000_000
"""Pixels of a picture: a telephone's 108 megapixels pass, a picture made to exhaust the memory does not."""
MOST_PLAYED_PIXELS: Final = 200_000_000
"""Pixels, over all its frames, up to which an animation is decoded to see whether it is whole."""

FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF", "BMP", "TIFF")
"""Pillow's names of the formats that are accepted. Its others, some of which start programs, are never tried."""
ANIMATED_FORMATS: Final = ("GIF", "WEBP", "PNG")
"""The formats whose further pictures are frames of an animation, rather than previews or pages."""

_SIGNATURES: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"GIF8",
    b"II*\x00",
    b"MM\x00*",
    b"BM",
)
"""What a picture starts with. A file that does and that Pillow does not recognise was cut off within its header."""
_HEIF_BRANDS: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")

EXIF_ORIENTATION: Final = 0x0112
ON_ITS_SIDE: Final = (5, 6, 7, 8)
"""The EXIF orientations that swap a picture's sides."""

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
pillow_heif.register_heif_opener()


def inspect(path: Path) -> PictureFacts:
    """The facts of the file at `path`. Raises `BadPicture` for an unusable file, OSError for an unreadable one."""
    if path.stat().st_size == 0:
        raise BadPicture("empty")
    photo = _identify(path)
    if photo is None:
        facts = media.inspect(path)
        if facts.width * facts.height > MOST_PIXELS:
            raise BadPicture("too_many_pixels")
        return facts
    with photo:
        width, height = photo.size
        with decoding():
            if orientation(photo) in ON_ITS_SIDE:
                width, height = height, width
            frames = int(getattr(photo, "n_frames", 1)) if animated(photo) else 1
            photo.draft(photo.mode, (1, 1))
            photo.load()
            for number in range(1, min(frames, MOST_PLAYED_PIXELS // (width * height))):
                photo.seek(number)
                photo.load()
        return PictureFacts("photo", width, height, _mime(photo), frames)


def open_photo(path: Path) -> Image.Image:
    """The photo at `path`, its header read, its pixels not yet. Raises `BadPicture` and OSError as `inspect` does."""
    if path.stat().st_size == 0:
        raise BadPicture("empty")
    photo = _identify(path)
    if photo is None:
        raise BadPicture("not_media")
    return photo


def animated(photo: Image.Image) -> bool:
    return photo.format in ANIMATED_FORMATS and bool(getattr(photo, "is_animated", False))


def orientation(photo: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or one that the standard does not know."""
    value = photo.getexif().get(EXIF_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _mime(photo: Image.Image) -> str:
    if photo.format in (None, "MPO"):  # two JPEGs in one file, as telephones write them; the first is the photo
        return "image/jpeg"
    return Image.MIME[photo.format]


@contextmanager
def decoding() -> Iterator[None]:
    """Turns what Pillow's decoders raise for broken bytes into `BadPicture`; the system's own errors pass."""
    try:
        yield
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadPicture("too_many_pixels") from error
    except OSError as error:
        if error.errno is not None:
            raise
        raise BadPicture("damaged") from error
    except (ValueError, TypeError, LookupError, ArithmeticError, SyntaxError, EOFError, RuntimeError, struct.error,
            zlib.error) as error:  # fmt: skip
        raise BadPicture("damaged") from error


def _identify(path: Path) -> Image.Image | None:
    """The opened photo; None where the file is none at all."""
    with decoding():
        try:
            photo = Image.open(path, formats=FORMATS)
        except UnidentifiedImageError:
            if _looks_like_a_photo(path):
                raise
            return None
    if photo.width * photo.height > MOST_PIXELS:
        photo.close()
        raise BadPicture("too_many_pixels")
    return photo


def _looks_like_a_photo(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(16)
    webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    heif = head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS
    return head.startswith(_SIGNATURES) or webp or heif
