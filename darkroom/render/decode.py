"""Pixels of a photo: a file comes in, RGB pixels of any part of it at any size go out.

Whatever the file holds (CMYK, a palette, 16 bits, transparency, another colour space, a turned sensor) comes out as
upright opaque sRGB. Only as much as is asked for is decoded where the format allows it.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageCms

from darkroom.render.colour import Pixels
from darkroom.render.framing import Rect
from darkroom.render.pictures import ON_ITS_SIDE, BadPicture, animated, decoding, open_photo, orientation

_UPRIGHT: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns a stored picture upright, by EXIF orientation."""

PAPER: Final = (246, 243, 238)
INK: Final = (30, 31, 36)
"""What shows through a transparent picture: paper behind a dark one, ink behind a bright one."""
BRIGHT: Final = 150
"""Mean brightness (0 to 255) of a picture's opaque part from which on it is a bright one."""
_AS_THEY_ARE: Final = ("RGB", "L", "CMYK", "RGBA")
"""Modes that can be scaled before they are converted."""
_SRGB: Final = ImageCms.createProfile("sRGB")
_FASTEST_GIF: Final = 20
"""Milliseconds. A GIF's frame that claims less lasts `_USUAL_GIF`, in browsers and so here."""
_USUAL_GIF: Final = 100


class Photo:
    """An open photo, upright. `size` is known at once; pixels are decoded when they are asked for."""

    def __init__(self, file: Image.Image) -> None:
        self._file = file
        with decoding():
            self._orientation = orientation(file)
            self._profile = file.info.get("icc_profile")
        width, height = file.size
        self.size = (height, width) if self._orientation in ON_ITS_SIDE else (width, height)
        self.animated = animated(file)
        self._backdrop: tuple[int, int, int] | None = None
        self._upright: Image.Image | None = None

    def expect(self, width: int, height: int) -> None:
        """Says that the whole picture will not be asked for larger than this; a JPEG then decodes only so much."""
        if self._orientation in ON_ITS_SIDE:
            width, height = height, width
        self._file.draft(self._file.mode, (width, height))

    def pixels(self, part: Rect, size: tuple[int, int]) -> Pixels:
        """A part of the picture, in shares of its sides, scaled to `size`. Raises `BadPicture` "damaged"."""
        with decoding():
            if self._upright is None:
                self._upright = _scalable(self._turned())
            whole = self._upright
            box = (
                part.left * whole.width,
                part.top * whole.height,
                min(part.right, 1) * whole.width,
                min(part.bottom, 1) * whole.height,
            )
            larger = size[0] > box[2] - box[0] or size[1] > box[3] - box[1]
            filtering = Image.Resampling.BICUBIC if larger else Image.Resampling.LANCZOS
            scaled = whole.resize(size, filtering, box=box, reducing_gap=2.0)
            return np.asarray(self._opaque(scaled))

    def turn_to(self, number: int) -> float | None:
        """Makes an animation's frame the one that `pixels` shows; how many milliseconds it lasts, None beyond the last.

        A frame that cannot be decoded counts as beyond the last, except the first: `BadPicture`.
        """
        self._upright = None
        try:
            self._file.seek(number)
            with decoding():
                self._file.load()
        except EOFError:
            return None
        except BadPicture:
            if number == 0:
                raise
            return None
        lasting = float(self._file.info.get("duration") or 0)
        return lasting if lasting >= _FASTEST_GIF else _USUAL_GIF

    def forget(self) -> None:
        """Lets go of the decoded pixels."""
        self._upright = None

    def _turned(self) -> Image.Image:
        self._file.load()
        turn = _UPRIGHT.get(self._orientation)
        return self._file if turn is None else self._file.transpose(turn)

    def _opaque(self, picture: Image.Image) -> Image.Image:
        alpha = picture.getchannel("A") if picture.mode == "RGBA" else None
        coloured = _to_srgb(picture if alpha is None else picture.convert("RGB"), self._profile)
        if alpha is None or alpha.getextrema() == (255, 255):
            return coloured
        if self._backdrop is None:
            weights = np.asarray(alpha, np.float32)
            brightness = float((np.asarray(coloured.convert("L")) * weights).sum() / max(1.0, float(weights.sum())))
            self._backdrop = INK if brightness >= BRIGHT else PAPER
        backdrop = Image.new("RGB", coloured.size, self._backdrop)
        backdrop.paste(coloured, mask=alpha)
        return backdrop


@contextmanager
def photo(path: Path) -> Iterator[Photo]:
    """The photo at `path`, for `with`. Raises `BadPicture`, and OSError for a file that cannot be read."""
    with open_photo(path) as file:
        opened = Photo(file)
        try:
            yield opened
        finally:
            opened.forget()


def _scalable(picture: Image.Image) -> Image.Image:
    """The picture in a mode that can be scaled without loss: RGB, RGBA, L or CMYK."""
    if picture.mode in _AS_THEY_ARE and "transparency" not in picture.info:
        return picture
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        values = np.asarray(picture, np.float32)
        top = float(values.max(initial=0))
        full = 255.0 if top <= 255 else 65535.0 if top <= 65535 else top
        return Image.fromarray(np.clip(values * (255 / full), 0, 255).astype(np.uint8))
    if picture.mode == "1":
        return picture.convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _to_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture as sRGB; one whose profile is missing or makes no sense is taken for sRGB."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if picture.mode != "RGB" or "srgb" not in ImageCms.getProfileDescription(source).lower():
                converted = ImageCms.profileToProfile(picture, source, _SRGB, outputMode="RGB")
                if converted is not None:
                    return converted
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            return picture.convert("RGB")
    return picture.convert("RGB")
