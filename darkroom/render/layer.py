"""A picture that moves over the canvas: its planes and a place come in, and it is drawn there to a fraction of a pixel.

Each plane is drawn by one affine warp. An edge that lies within a pixel covers that pixel in part, so that edges glide.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from darkroom.render.colour import Plane, Planes
from darkroom.render.framing import Rect


@dataclass(frozen=True, slots=True)
class Window:
    """A block of a plane's pixels, the ends not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def empty(self) -> bool:
        return self.left >= self.right or self.top >= self.bottom


@dataclass(frozen=True, slots=True)
class Layer:
    planes: Planes
    part: Rect
    """Which part of the whole picture the planes hold, in shares of its sides."""

    def draw(self, target: Planes, whole: Rect, behind: Layer | None = None, behind_whole: Rect | None = None) -> None:
        """Draws the picture, whose whole lies at `whole` on the canvas, over what `target` shows.

        A layer `behind`, with its own whole, is drawn only where this one leaves the canvas open.
        """
        place = whole.part(self.part)
        fill = None if behind is None or behind_whole is None else (behind, behind_whole.part(behind.part))
        for index, (plane, source) in enumerate(zip(target, self.planes, strict=True)):
            covered = place if index == 0 else _halved(place)
            if fill is not None:
                layer, rect = fill
                bars = _around(plane, covered)
                _warp(tuple(layer.planes)[index], plane, rect if index == 0 else _on_chroma(rect), bars)
            _draw(source, plane, covered, place if index == 0 else _on_chroma(place))


def _halved(rect: Rect) -> Rect:
    return Rect(rect.left / 2, rect.top / 2, rect.width / 2, rect.height / 2)


def _on_chroma(rect: Rect) -> Rect:
    """A canvas' rectangle among the samples of U and V, for reading from planes whose samples lie amid four pixels.

    H.264 places them on the left of two pixels, half way between two lines.
    """
    return Rect((rect.left + 0.5) / 2, rect.top / 2, rect.width / 2, rect.height / 2)


def _around(plane: Plane, place: Rect) -> Iterable[Window]:
    """The windows that together hold every pixel which `place` does not cover wholly."""
    height, width = plane.shape
    left, top = min(max(0, math.ceil(place.left)), width), min(max(0, math.ceil(place.top)), height)
    right, bottom = max(left, min(width, math.floor(place.right))), max(top, min(height, math.floor(place.bottom)))
    windows = (
        Window(0, 0, width, top),
        Window(0, bottom, width, height),
        Window(0, top, left, bottom),
        Window(right, top, width, bottom),
    )
    return (window for window in windows if not window.empty)


def _draw(source: Plane, plane: Plane, place: Rect, stretched: Rect) -> None:
    """Draws `source`, stretched over one rectangle, where it covers `place`, which differs from it by the siting."""
    height, width = plane.shape
    window = Window(
        max(0, math.floor(place.left)),
        max(0, math.floor(place.top)),
        min(width, math.ceil(place.right)),
        min(height, math.ceil(place.bottom)),
    )
    if window.empty:
        return
    edges = []
    for line, covered in (
        (np.s_[window.top, window.left : window.right], window.top + 1 - place.top),
        (np.s_[window.bottom - 1, window.left : window.right], place.bottom - window.bottom + 1),
        (np.s_[window.top : window.bottom, window.left], window.left + 1 - place.left),
        (np.s_[window.top : window.bottom, window.right - 1], place.right - window.right + 1),
    ):
        if covered < 1:
            edges.append((line, covered, plane[line].astype(np.float32)))
    _warp(source, plane, stretched, (window,))
    for line, covered, backdrop in edges:
        drawn = plane[line]
        drawn[:] = np.rint(backdrop + (drawn - backdrop) * covered).astype(np.uint8)


def _warp(source: Plane, plane: Plane, place: Rect, windows: Iterable[Window]) -> None:
    """Fills the windows of a plane with what `source`, stretched over `place`, shows there; beyond it with its edge."""
    rows, columns = source.shape
    across, down = columns / place.width, rows / place.height
    for window in windows:
        matrix = np.array(
            [
                [across, 0, (window.left + 0.5 - place.left) * across - 0.5],
                [0, down, (window.top + 0.5 - place.top) * down - 0.5],
            ]
        )
        cv2.warpAffine(
            source,
            matrix,
            (window.right - window.left, window.bottom - window.top),
            dst=plane[window.top : window.bottom, window.left : window.right],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
