"""Looking at a clip: a timeline is drawn and decoded again, and what it shows is measured."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from darkroom.render.clip import render
from darkroom.render.colour import Planes
from darkroom.render.view import View
from darkroom.timeline import Canvas, Motion, Shot, Timeline, Title

Frame = npt.NDArray[np.uint8]
"""Y, U and V of one frame, below each other."""

SMALL = Canvas(216, 384)


@dataclass(frozen=True)
class Clip:
    path: Path
    canvas: Canvas
    frames: tuple[Frame, ...]

    def luma(self, number: int) -> Frame:
        return self.frames[number][: self.canvas.height]

    def rgb(self, number: int) -> npt.NDArray[np.uint8]:
        with av.open(str(self.path)) as container:
            for at, frame in enumerate(container.decode(video=0)):
                if at == number:
                    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
        raise AssertionError(f"the clip has no frame {number}")


@dataclass(frozen=True)
class Stream:
    codec: str
    pixels: str
    rate: Fraction | None
    times: tuple[Fraction, ...]
    """Seconds of each frame."""
    duration: Fraction
    colours: tuple[int, int, int, int]
    """Primaries, transfer, matrix and range, as ITU-T H.273 numbers them (range: 1 limited)."""


def draw(
    out: Path,
    photos: Sequence[tuple[Path, Motion, int]],
    canvas: Canvas = SMALL,
    titles: Sequence[Title] = (),
) -> Clip:
    """The clip of shots given as photo, motion and milliseconds."""
    shots = tuple(Shot(str(number), path.name, length, motion) for number, (path, motion, length) in enumerate(photos))
    files: Mapping[str, Path] = {str(number): path for number, (path, _, _) in enumerate(photos)}
    render(Timeline(canvas, shots, tuple(titles)), files, out, lambda share: None)
    with av.open(str(out)) as container:
        frames = tuple(np.asarray(frame.to_ndarray(), np.uint8) for frame in container.decode(video=0))
    return Clip(out, canvas, frames)


def stream(path: Path) -> Stream:
    with av.open(str(path)) as container:
        video = container.streams.video[0]
        frames = list(container.decode(video))
        context = video.codec_context
        assert container.duration is not None
        return Stream(
            context.name,
            str(context.pix_fmt),
            video.average_rate,
            tuple((frame.pts or 0) * Fraction(frame.time_base or 1) for frame in frames),
            Fraction(container.duration, 1_000_000),
            (
                int(frames[0].color_primaries),
                int(frames[0].color_trc),
                int(frames[0].colorspace),
                int(frames[0].color_range),
            ),
        )


def different(one: Clip, other: Clip) -> list[int]:
    """The numbers of the frames in which two clips are not the same to the last bit."""
    pairs = enumerate(zip(one.frames, other.frames, strict=True))
    return [number for number, (mine, theirs) in pairs if not np.array_equal(mine, theirs)]


def distance(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    """The mean difference of two pictures, in levels of 0 to 255."""
    return float(np.abs(one.astype(np.int16) - other).mean())


def similarity(before: Frame, after: Frame) -> npt.NDArray[np.float64]:
    """How the middle of one frame lies in another: its shift (x, y) in pixels, and its growth."""
    height, width = before.shape
    part = np.s_[height // 2 - 72 : height // 2 + 72, width // 2 - 72 : width // 2 + 72]
    before, after = before[part], after[part]
    height, width = before.shape
    matrix = np.eye(2, 3, dtype=np.float32)
    stop = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 40, 1e-6)
    _, found = cv2.findTransformECC(before, after, matrix, cv2.MOTION_AFFINE, stop)
    turned = np.asarray(found, np.float64)
    middle = np.array([width / 2, height / 2])
    shift = turned[:, :2] @ middle + turned[:, 2] - middle
    growth = float(np.sqrt(abs(np.linalg.det(turned[:, :2]))))
    return np.array([*shift, growth])


def drawn(photo: Path, motion: Motion, count: int, canvas: Canvas = SMALL) -> list[Frame]:
    """The luma of a shot's frames as they are drawn, before any encoder."""
    view = View(photo, canvas, motion, count)
    half = (canvas.height // 2, canvas.width // 2)
    target = Planes(*(np.zeros(shape, np.uint8) for shape in ((canvas.height, canvas.width), half, half)))
    lumas = []
    for number in range(count):
        view.draw(number, target)
        lumas.append(target.y.copy())
    view.close()
    return lumas


def steps(lumas: Sequence[Frame]) -> npt.NDArray[np.float64]:
    """From each frame to the next: shift to the right, shift down, growth."""
    return np.array([similarity(one, other) for one, other in itertools.pairwise(lumas)])
