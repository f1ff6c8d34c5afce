"""Colour as the clip stores it: RGB pixels come in, the planes Y, U and V of BT.709 in limited range go out, 4:2:0.

The conversion is done once for each picture; from there on the planes are moved and blended as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""RGB, of shape (height, width, 3)."""
Plane = npt.NDArray[np.uint8]
"""One number for each pixel, of shape (height, width)."""


def _matrix() -> npt.NDArray[np.float32]:
    """From RGB (0 to 255, and 1) to Y (16 to 235), U and V (16 to 240): ITU-R BT.709-6, items 3.2 to 3.5."""
    red, blue = 0.2126, 0.0722
    luma = np.array([red, 1 - red - blue, blue])
    u = (np.array([0, 0, 1]) - luma) / (2 * (1 - blue))
    v = (np.array([1, 0, 0]) - luma) / (2 * (1 - red))
    rows = np.vstack([luma * 219 / 255, u * 224 / 255, v * 224 / 255])
    return np.hstack([rows, [[16], [128], [128]]]).astype(np.float32)


_FROM_RGB: Final = _matrix()


@dataclass(frozen=True, slots=True)
class Planes:
    """Y at full size; U and V at half of it, each of their samples in the middle of the four pixels that it colours."""

    y: Plane
    u: Plane
    v: Plane

    def __iter__(self) -> Iterator[Plane]:
        return iter((self.y, self.u, self.v))


def planes(pixels: Pixels) -> Planes:
    """The planes of a picture with even sides."""
    height, width = pixels.shape[:2]
    converted = cv2.transform(pixels, _FROM_RGB)
    y, u, v = cv2.split(converted)
    half = (width // 2, height // 2)
    return Planes(
        np.asarray(y, np.uint8),
        np.asarray(cv2.resize(u, half, interpolation=cv2.INTER_AREA), np.uint8),
        np.asarray(cv2.resize(v, half, interpolation=cv2.INTER_AREA), np.uint8),
    )
