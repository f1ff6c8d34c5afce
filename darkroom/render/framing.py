"""How a picture lies on the canvas at each moment of its shot: sizes and a motion come in, a `Framing` goes out.

Pure geometry in canvas pixels, with fractions: nothing here is rounded, so that a slow motion has no steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from darkroom.timeline import Canvas, Motion

ZOOM = 1.18
"""How much larger a zoomed picture is at its largest than at its smallest."""
EASE = 0.45
"""Share of the mean speed by which the motion is slower at its ends and faster in its middle. Below 1, so that the
speed is never zero and a clip moves from its first frame to its last."""
MOST_CROPPED = 0.26
"""Share of a picture that may be cut off for it to cover the canvas. A camera's 3:4 on 9:16 loses 0.25."""
LEAST_TRAVEL = 0.16
"""Canvas sides that a pan travels at least where the picture covers the canvas; it is enlarged until it can."""
FASTEST_TRAVEL = 0.5
"""Canvas sides a second: a pan over a long picture starts and ends within it, rather than rush."""
DRIFT = 0.12
"""Canvas sides that a picture in front of its fill drifts at most, when it has no length to pan over."""
FILL_OVERLAP = 1.1
"""How much larger than the canvas the fill is at its smallest, so that its motion never shows its end."""
FILL_ZOOM = 1.08
"""The fill's zoom while the picture before it zooms by `ZOOM`: what lies farther back moves less."""
FILL_DRIFT = 0.05
"""Canvas sides that the fill drifts while the picture before it pans."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle: its left top corner and its size."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    def part(self, share: Rect) -> Rect:
        """The part of this rectangle that `share`, in shares of its sides, names."""
        return Rect(
            self.left + share.left * self.width,
            self.top + share.top * self.height,
            share.width * self.width,
            share.height * self.height,
        )


WHOLE = Rect(0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class Course:
    """Where the whole picture lies on the canvas when its shot begins and when it ends."""

    first: Rect
    last: Rect

    def at(self, progress: float) -> Rect:
        """Where it lies at a `progress` of 0 to 1. A zoom grows by the same factor each moment, as a lens' does."""
        eased = ease(progress)
        growth = self.last.width / self.first.width
        share = eased if math.isclose(growth, 1) else (growth**eased - 1) / (growth - 1)
        first, last = self.first, self.last
        return Rect(
            first.left + (last.left - first.left) * share,
            first.top + (last.top - first.top) * share,
            first.width + (last.width - first.width) * share,
            first.height + (last.height - first.height) * share,
        )

    def seen(self, canvas: Canvas) -> Rect:
        """The part of the picture, in shares of its sides, that is on the canvas at some time."""
        lefts, tops, rights, bottoms = [], [], [], []
        for rect in (self.first, self.last):
            lefts.append(max(0.0, -rect.left / rect.width))
            tops.append(max(0.0, -rect.top / rect.height))
            rights.append(min(1.0, (canvas.width - rect.left) / rect.width))
            bottoms.append(min(1.0, (canvas.height - rect.top) / rect.height))
        left, top = min(lefts), min(tops)
        return Rect(left, top, max(rights) - left, max(bottoms) - top)

    @property
    def largest(self) -> Rect:
        """The placement in which the picture is largest."""
        return max(self.first, self.last, key=lambda rect: rect.width)


@dataclass(frozen=True, slots=True)
class Framing:
    picture: Course
    fill: Course | None
    """The course of the blurred fill behind the picture; None where the picture covers the canvas."""


def ease(progress: float) -> float:
    """0 to 1 over 0 to 1: slow, fast, slow, with neither a stop nor a jump in speed or acceleration."""
    return progress - EASE * math.sin(2 * math.pi * progress) / (2 * math.pi)


def frame(width: int, height: int, canvas: Canvas, motion: Motion, seconds: float) -> Framing:
    """The framing of a picture of `width` × `height` whose motion takes `seconds`.

    A picture that fits the canvas closely covers it, cut at its edges. Any other stands whole in front of a fill made
    of itself, except where a pan goes along its length: that travels over it.
    """
    covering = max(canvas.width / width, canvas.height / height)
    cropped = 1 - (canvas.width / (width * covering)) * (canvas.height / (height * covering))
    size = (width * covering, height * covering)
    axis = _axis(motion)
    if axis is not None:
        side = (canvas.width, canvas.height)[axis]
        slack = size[axis] - side
        if slack < LEAST_TRAVEL * side and cropped <= MOST_CROPPED:
            growth = (1 + LEAST_TRAVEL) * side / size[axis]
            size = (size[0] * growth, size[1] * growth)
            slack = size[axis] - side
        if slack >= LEAST_TRAVEL * side * 0.999:
            return Framing(_pan(size, canvas, motion, min(slack, FASTEST_TRAVEL * side * seconds)), None)
    elif cropped <= MOST_CROPPED:
        return Framing(_move(size, canvas, motion, ZOOM, 0), None)
    whole = min(canvas.width / width, canvas.height / height)
    fitting = (width * whole, height * whole)
    filling = (size[0] * FILL_OVERLAP, size[1] * FILL_OVERLAP)
    drift = 0.0
    if axis is not None:
        side = (canvas.width, canvas.height)[axis]
        drift = min(DRIFT * side, side - fitting[axis])
    return Framing(
        _move(fitting, canvas, motion, ZOOM, drift),
        _move(filling, canvas, motion, FILL_ZOOM, 0 if axis is None else FILL_DRIFT * side),
    )


def _axis(motion: Motion) -> int | None:
    """0 for a pan to a side, 1 for a pan up or down."""
    if motion in (Motion.PAN_LEFT, Motion.PAN_RIGHT):
        return 0
    return 1 if motion in (Motion.PAN_UP, Motion.PAN_DOWN) else None


def _move(size: tuple[float, float], canvas: Canvas, motion: Motion, zoom: float, travel: float) -> Course:
    small = _centred(size, canvas)
    large = _centred((size[0] * zoom, size[1] * zoom), canvas)
    if motion is Motion.ZOOM_IN:
        return Course(small, large)
    if motion is Motion.ZOOM_OUT:
        return Course(large, small)
    if motion is Motion.STILL:
        return Course(small, small)
    return _pan(size, canvas, motion, travel)


def _pan(size: tuple[float, float], canvas: Canvas, motion: Motion, travel: float) -> Course:
    """A picture of `size` that moves by `travel` around the canvas' centre, against the way of the view."""
    way = {
        Motion.PAN_LEFT: (0.5, 0.0),
        Motion.PAN_RIGHT: (-0.5, 0.0),
        Motion.PAN_UP: (0.0, 0.5),
        Motion.PAN_DOWN: (0.0, -0.5),
    }[motion]
    right, down = way[0] * travel, way[1] * travel
    middle = _centred(size, canvas)
    return Course(
        Rect(middle.left - right, middle.top - down, *size),
        Rect(middle.left + right, middle.top + down, *size),
    )


def _centred(size: tuple[float, float], canvas: Canvas) -> Rect:
    return Rect((canvas.width - size[0]) / 2, (canvas.height - size[1]) / 2, *size)
