"""How the view moves: smoothly, all the time, and the way that was asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from darkroom.render.framing import DRIFT, MOST_CROPPED, ZOOM, Course, ease, frame
from darkroom.timeline import Canvas, Motion
from tests.darkroom.render.watching import SMALL, different, draw, drawn, steps

CANVAS = Canvas(360, 640)

RIGHT, DOWN, GROWTH = 0, 1, 2


@pytest.mark.parametrize(
    ("motion", "measure", "sign"),
    [
        (Motion.ZOOM_IN, GROWTH, 1),
        (Motion.ZOOM_OUT, GROWTH, -1),
        (Motion.PAN_LEFT, RIGHT, 1),
        (Motion.PAN_RIGHT, RIGHT, -1),
        (Motion.PAN_UP, DOWN, 1),
        (Motion.PAN_DOWN, DOWN, -1),
    ],
)
def test_each_frame_is_a_little_farther_the_right_way(motion: Motion, measure: int, sign: int, tall: Path) -> None:
    went = steps(drawn(tall, motion, 45))
    speed = _speed(went, measure) * sign
    assert speed.min() > 0.2, "it never stands still"
    # What is measured differs a little from one kind of processor to another.
    assert np.abs(np.diff(speed)).max() < 0.12 * speed.max(), "its speed never jumps"
    assert np.sqrt(np.mean((speed - _smoothed(speed)) ** 2)) < 0.04
    assert speed[22] > 1.3 * speed[0], "it begins gently"
    assert speed[22] > 1.3 * speed[-1], "it ends gently"
    others = [across for across in (RIGHT, DOWN) if across != measure]
    assert np.abs(went[:, others]).max() < 0.1, "it goes no other way"


def test_the_motion_is_still_smooth_when_the_clip_is_decoded(tall: Path, tmp_path: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(tall, Motion.PAN_RIGHT, 1500)])
    speed = -steps([clip.luma(number) for number in range(45)])[:, RIGHT]
    assert speed.min() > 0.3
    assert np.abs(np.diff(speed)).max() < 0.4
    assert np.sqrt(np.mean((speed - _smoothed(speed)) ** 2)) < 0.1


def _speed(went: npt.NDArray[np.float64], measure: int) -> npt.NDArray[np.float64]:
    """Pixels a frame; of a zoom those at the canvas' upper end."""
    return (went[:, GROWTH] - 1) * (SMALL.height / 2) if measure == GROWTH else went[:, measure]


def _smoothed(speed: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    at = np.arange(len(speed))
    return np.asarray(np.polyval(np.polyfit(at, speed, 6), at), np.float64)


def test_a_still_shot_stands_still(tall: Path) -> None:
    first, *others = drawn(tall, Motion.STILL, 30)
    assert all(np.array_equal(first, other) for other in others)


def test_the_ease_goes_from_0_to_1_and_never_stops_or_jumps() -> None:
    at = np.linspace(0, 1, 301)
    speed = np.diff([ease(float(progress)) for progress in at]) * 300
    assert (ease(0), ease(1)) == (0, 1)
    assert speed.min() > 0.5
    assert np.abs(np.diff(speed)).max() < 0.02


@pytest.mark.parametrize("motion", list(Motion))
@pytest.mark.parametrize("size", [(400, 300), (300, 400), (300, 300), (900, 1600), (4000, 500), (1, 900), (361, 640)])
def test_no_motion_shows_the_end_of_a_picture_that_covers_the_canvas(size: tuple[int, int], motion: Motion) -> None:
    framing = frame(*size, CANVAS, motion, 3)
    covering = framing.picture if framing.fill is None else framing.fill
    for progress in (0, 0.25, 0.5, 1):
        rect = covering.at(progress)
        assert rect.left <= 1e-6
        assert rect.top <= 1e-6
        assert rect.right >= CANVAS.width - 1e-6
        assert rect.bottom >= CANVAS.height - 1e-6
        assert rect.width / rect.height == pytest.approx(size[0] / size[1])


@pytest.mark.parametrize("size", [(400, 300), (300, 300), (1600, 900)])
def test_a_picture_of_another_shape_is_seen_whole(size: tuple[int, int]) -> None:
    framing = frame(*size, CANVAS, Motion.ZOOM_IN, 3)
    assert framing.fill is not None
    first, last = framing.picture.at(0), framing.picture.at(1)
    assert first.width == pytest.approx(CANVAS.width)
    assert (first.left, first.bottom) == pytest.approx((0, (CANVAS.height + first.height) / 2))
    assert last.width == pytest.approx(CANVAS.width * ZOOM)


def test_a_cameras_portrait_covers_a_telephones_screen() -> None:
    assert MOST_CROPPED > 1 - (9 / 16) / (3 / 4)
    assert frame(300, 400, CANVAS, Motion.ZOOM_IN, 3).fill is None


def test_a_pan_along_a_long_picture_travels_over_it_as_far_as_its_time_allows() -> None:
    def travelled(seconds: float) -> float:
        course = frame(1600, 900, CANVAS, Motion.PAN_LEFT, seconds).picture
        return course.last.left - course.first.left

    assert frame(1600, 900, CANVAS, Motion.PAN_LEFT, 9).fill is None
    assert travelled(9) == pytest.approx(640 * 16 / 9 - 360)
    assert travelled(1) == pytest.approx(CANVAS.width / 2)


def test_a_pan_across_a_picture_of_another_shape_drifts_within_the_canvas() -> None:
    course = frame(400, 300, CANVAS, Motion.PAN_UP, 3).picture
    assert course.last.top - course.first.top == pytest.approx(DRIFT * CANVAS.height)
    assert course.first.top > 0
    assert course.last.bottom < CANVAS.height


def test_a_zoom_grows_by_the_same_factor_each_moment_of_even_time() -> None:
    course = frame(360, 640, CANVAS, Motion.ZOOM_IN, 3).picture
    assert isinstance(course, Course)
    assert course.at(0.5).width == pytest.approx(360 * ZOOM**0.5)


def test_zooming_in_backwards_is_zooming_out(tall: Path, tmp_path: Path) -> None:
    within = draw(tmp_path / "in.mp4", [(tall, Motion.ZOOM_IN, 500)])
    out = draw(tmp_path / "out.mp4", [(tall, Motion.ZOOM_OUT, 500)])
    for number in (0, 7, 14):
        difference = np.abs(within.luma(number).astype(np.int16) - out.luma(14 - number))
        assert difference.mean() < 3
    assert different(within, out) != []
