"""What one shot shows: a picture, a canvas and a motion come in, and each of its frames is drawn onto planes."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from darkroom.render.colour import Pixels, Planes, planes
from darkroom.render.decode import Photo, photo
from darkroom.render.framing import Course, Rect, frame
from darkroom.render.layer import Layer
from darkroom.timeline import FPS, Canvas, Motion

FILL_DETAIL: Final = 8
"""Canvas pixels to one of the picture that is blurred: nothing finer remains of it anyway."""
FILL_BLUR: Final = 0.035
"""Standard deviation of the fill's blur, in shares of the canvas' longer side."""
FILL_LIGHT: Final = 0.62
"""How bright the fill is beside its picture."""
KEPT_PIXELS: Final = 40_000_000
"""Pixels of an animation's frames that are kept for its next round; the others are decoded again."""


class View:
    """The frames of one shot. Raises `BadPicture`, and OSError where the file cannot be read."""

    def __init__(self, path: Path, canvas: Canvas, motion: Motion, frames: int) -> None:
        self._canvas = canvas
        self._last = max(1, frames - 1)
        with ExitStack() as stack:
            picture = stack.enter_context(photo(path))
            self._framing = frame(*picture.size, canvas, motion, frames / FPS)
            course = self._framing.picture
            self._part = course.seen(canvas)
            largest = course.largest
            picture.expect(round(largest.width), round(largest.height))
            self._reel = Reel(picture, self._part, _even(largest.part(self._part)))
            self._reel.at(0)
            self._fill = None if self._framing.fill is None else _fill(picture, self._framing.fill, canvas)
            if picture.animated:
                self._open = stack.pop_all()
            else:
                self._open = ExitStack()

    def draw(self, number: int, target: Planes) -> None:
        """Draws the shot's frame of that number, from 0 on."""
        progress = number / self._last
        layer = self._reel.at(number * 1000 / FPS)
        fill = self._framing.fill
        if self._fill is None or fill is None:
            layer.draw(target, self._framing.picture.at(progress))
        else:
            layer.draw(target, self._framing.picture.at(progress), self._fill, fill.at(progress))

    def close(self) -> None:
        """Lets go of the file."""
        self._open.close()


class Reel:
    """A picture by time: always the same layer of a photo, frame after frame of an animation, over and over."""

    def __init__(self, picture: Photo, part: Rect, size: tuple[int, int]) -> None:
        self._picture = picture
        self._part = part
        self._size = size
        self._kept: dict[int, Layer] = {}
        self._lasting: list[float] = []
        self._count: int | None = None if picture.animated else 1
        self._number = 0
        self._until = float("inf")
        self._shown: tuple[int, Layer] | None = None
        if picture.animated:
            self._until = self._length(0)

    def at(self, milliseconds: float) -> Layer:
        """What shows at a time, which never is before that of the last call."""
        while milliseconds >= self._until:
            following = self._number + 1
            if following == self._count or (following >= len(self._lasting) and self._learn(following) is None):
                self._count = following
                following = 0
            self._number = following
            self._until += self._length(following)
        if self._shown is None or self._shown[0] != self._number:
            self._shown = (self._number, self._layer(self._number))
        return self._shown[1]

    def _length(self, number: int) -> float:
        if number < len(self._lasting):
            return self._lasting[number]
        learnt = self._learn(number)
        return 0 if learnt is None else learnt

    def _learn(self, number: int) -> float | None:
        lasting = self._picture.turn_to(number)
        if lasting is not None:
            self._lasting.append(lasting)
        return lasting

    def _layer(self, number: int) -> Layer:
        kept = self._kept.get(number)
        if kept is not None:
            return kept
        if self._picture.animated:
            self._picture.turn_to(number)
        layer = Layer(planes(self._picture.pixels(self._part, self._size)), self._part)
        if (len(self._kept) + 1) * self._size[0] * self._size[1] <= KEPT_PIXELS:
            self._kept[number] = layer
        return layer


def _fill(picture: Photo, course: Course, canvas: Canvas) -> Layer:
    """The picture's own colours, blurred and darkened, for where it leaves the canvas open."""
    part = course.seen(canvas)
    small = (max(16, canvas.width // FILL_DETAIL), max(16, canvas.height // FILL_DETAIL))
    pixels = picture.pixels(part, small).astype(np.float32) * FILL_LIGHT
    blur = FILL_BLUR * max(small)
    blurred = cv2.GaussianBlur(pixels, (0, 0), blur, borderType=cv2.BORDER_REPLICATE)
    half = (canvas.width // 4 * 2, canvas.height // 4 * 2)
    smooth = cv2.resize(blurred, half, interpolation=cv2.INTER_CUBIC)
    return Layer(planes(_dithered(np.asarray(smooth, np.float32))), part)


def _dithered(pixels: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> Pixels:
    """Whole numbers whose rounding is hidden in a noise of their own size, so that soft gradients have no bands."""
    noise = np.random.default_rng(0).random(pixels.shape[:2], dtype=np.float32)[..., None]
    return np.asarray(np.clip(np.floor(pixels + noise), 0, 255), np.uint8)


def _even(rect: Rect) -> tuple[int, int]:
    return max(2, round(rect.width / 2) * 2), max(2, round(rect.height / 2) * 2)
