"""A title on its picture: a `Title` and a canvas come in, a caption goes out that blends itself into frames' planes.

The text is set and drawn once; a frame costs no more than blending the box that it fills.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from darkroom.render.colour import Plane, Planes, planes
from darkroom.render.fonts import readable, runs
from darkroom.render.wrapping import fits, wrap
from darkroom.timeline import Canvas, Place, Title, frame_at

SIDE_MARGIN: Final = 0.08
"""Canvas widths between the text and either side."""
END_MARGIN: Final = 0.09
"""Canvas heights between the text and the canvas' upper or lower end."""
LARGEST: Final = 0.082
SMALLEST: Final = 0.034
"""Text sizes in shares of the canvas' shorter side. A text is set as large as `MOST_LINES` allows."""
STEP: Final = 0.93
"""From one size that is tried to the next."""
MOST_LINES: Final = 3
LINE: Final = 1.3
"""Line height in text sizes."""
OUTLINE: Final = 0.04
SHADOW: Final = 0.16
"""Width of the dark outline, and softness of the shadow, in text sizes."""
TEXT: Final = (255, 255, 255)
DARK: Final = (12, 12, 16)
OUTLINE_STRENGTH: Final = 0.8
SHADOW_STRENGTH: Final = 0.85
FADE: Final = 8
"""Frames over which a title appears and goes; it is there at once where it begins with the clip."""
GAP: Final = 0.4
"""Text sizes between two titles that show at one place at one time."""

BASELINE: Final = 0.35
"""Text sizes from a line's middle down to its letters' baseline."""
LEAST_PIXELS: Final = 8


@dataclass(frozen=True, slots=True)
class Caption:
    """A title, drawn."""

    first: int
    """The frame from which on it shows."""
    end: int
    """The first frame without it."""
    left: int
    top: int
    """Where its box lies on the canvas; even, as the box' sides are."""
    colour: Planes
    """Its box, each sample weighted by how much it covers."""
    cover: Planes
    """How much it covers, 0 to 255."""

    def blend(self, target: Planes, number: int) -> None:
        """Draws it on the frame of that number, in which it must show."""
        strength = self._strength(number)
        for index, (plane, colour, cover) in enumerate(zip(target, self.colour, self.cover, strict=True)):
            left, top = (self.left, self.top) if index == 0 else (self.left // 2, self.top // 2)
            height, width = cover.shape
            box = plane[top : top + height, left : left + width]
            behind = cv2.multiply(box, cv2.convertScaleAbs(cover, alpha=-strength, beta=255), scale=1 / 255)
            cv2.addWeighted(behind, 1, colour, strength, 0, dst=box)

    def _strength(self, number: int) -> float:
        appearing = 1.0 if self.first == 0 else (number - self.first + 2) / FADE
        going = (self.end - number + 1) / FADE
        return min(1.0, appearing, going)


@dataclass(frozen=True, slots=True)
class Setting:
    """A text in lines, at a size in pixels."""

    lines: tuple[str, ...]
    size: int

    @property
    def height(self) -> int:
        return round(self.size * LINE * len(self.lines))


def captions(titles: Sequence[Title], canvas: Canvas, frames: int) -> tuple[Caption, ...]:
    """The captions of a clip of so many frames. A title of which no letter can be drawn has none.

    Titles that share a place and a time are stacked: a later one stands nearer to the canvas' middle.
    """
    found: list[Caption] = []
    taken: list[tuple[Title, int]] = []
    for title in titles:
        first, end = frame_at(title.start), min(frame_at(title.start + title.duration), frames)
        text = readable(title.text)
        if not text or first >= end:
            continue
        setting = _set(text, canvas)
        push = sum(height for other, height in taken if _meet(other, title))
        taken.append((title, setting.height + round(setting.size * GAP)))
        found.append(_draw(setting, canvas, title.place, push, (first, end)))
    return tuple(found)


def _meet(one: Title, other: Title) -> bool:
    together = one.start < other.start + other.duration and other.start < one.start + one.duration
    return together and one.place is other.place


def _set(text: str, canvas: Canvas) -> Setting:
    """The text as large as it fits, in lines of about the same length."""
    width = canvas.width * (1 - 2 * SIDE_MARGIN)
    side = min(canvas.width, canvas.height)
    share = LARGEST
    while True:
        size = max(LEAST_PIXELS, round(side * share))
        measure = partial(_length, size)
        if fits(text, width, MOST_LINES, measure) or share <= SMALLEST or size == LEAST_PIXELS:
            return Setting(wrap(text, width, measure), size)
        share = max(SMALLEST, share * STEP)


def _length(size: int, line: str) -> float:
    return sum(run.face.sized(size).getlength(run.text) for run in runs(line))


def _draw(setting: Setting, canvas: Canvas, place: Place, push: int, window: tuple[int, int]) -> Caption:
    size = setting.size
    margin = round(canvas.height * END_MARGIN)
    top = {
        Place.TOP: margin + push,
        Place.MIDDLE: (canvas.height - setting.height) // 2 + push,
        Place.BOTTOM: canvas.height - margin - setting.height - push,
    }[place]
    spread = round(size * SHADOW * 3)
    widest = max(_length(size, line) for line in setting.lines)
    left = max(0, int((canvas.width - widest) / 2) - spread) // 2 * 2
    upper = min(max(0, top - spread), canvas.height - 2) // 2 * 2
    right = min(canvas.width, (canvas.width - left + 1) // 2 * 2)
    lower = min(canvas.height, (max(top, 0) + setting.height + spread + 1) // 2 * 2)
    drawn = _text(setting, canvas.width, (left, upper, right, lower), max(top, 0))
    return _caption(drawn, left, upper, window)


def _text(setting: Setting, canvas_width: int, box: tuple[int, int, int, int], top: int) -> Image.Image:
    """The box of the canvas that the text fills, as RGBA: letters with a thin dark outline in a soft shadow."""
    left, upper, right, lower = box
    area = (right - left, lower - upper)
    letters, outlined = Image.new("L", area), Image.new("L", area)
    for number, line in enumerate(setting.lines):
        at = (canvas_width - _length(setting.size, line)) / 2 - left
        baseline = top - upper + setting.size * (LINE * (number + 0.5) + BASELINE)
        for run in runs(line):
            font = run.face.sized(setting.size)
            for layer, stroke in ((letters, 0.0), (outlined, max(1.0, setting.size * OUTLINE))):
                ink = ImageDraw.Draw(layer)
                ink.text((at, baseline), run.text, fill=255, font=font, anchor="ls", stroke_width=stroke)
            at += font.getlength(run.text)
    soft = outlined.filter(ImageFilter.GaussianBlur(setting.size * SHADOW))
    shadow = ImageChops.lighter(
        soft.point(lambda value: min(255, round(value * SHADOW_STRENGTH))),
        outlined.point(lambda value: round(value * OUTLINE_STRENGTH)),
    )
    picture = Image.merge("RGBA", [*(Image.new("L", area, value) for value in DARK), shadow])
    picture.alpha_composite(Image.merge("RGBA", [*(Image.new("L", area, value) for value in TEXT), letters]))
    return picture


def _caption(drawn: Image.Image, left: int, top: int, window: tuple[int, int]) -> Caption:
    """The caption of an RGBA box with even sides."""
    pixels = np.asarray(drawn)
    cover = np.ascontiguousarray(pixels[..., 3])
    half = np.asarray(
        cv2.resize(cover, (cover.shape[1] // 2, cover.shape[0] // 2), interpolation=cv2.INTER_AREA), np.uint8
    )
    covers = Planes(cover, half, half)
    coloured = planes(np.ascontiguousarray(pixels[..., :3]))
    weighted = (_weighted(colour, weight) for colour, weight in zip(coloured, covers, strict=True))
    return Caption(window[0], window[1], left, top, Planes(*weighted), covers)


def _weighted(colour: Plane, cover: Plane) -> Plane:
    return np.asarray(cv2.multiply(colour, cover, scale=1 / 255), np.uint8)
