"""What every clip is, whatever it shows."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image

from darkroom.render.clip import render, spans
from darkroom.render.pictures import BadPicture
from darkroom.timeline import PORTRAIT, Canvas, Motion, Shot, Timeline, Title, frame_at
from tests import photos
from tests.darkroom.render.watching import SMALL, different, distance, draw, stream


def test_a_clip_is_h264_in_420_at_exactly_thirty_frames_a_second(landscape: Path, tmp_path: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.ZOOM_IN, 1500)])
    facts = stream(clip.path)
    assert (facts.codec, facts.pixels, facts.rate) == ("h264", "yuv420p", Fraction(30))
    assert facts.times == tuple(Fraction(number, 30) for number in range(45))
    assert facts.duration == Fraction(3, 2)


def test_a_clip_says_truly_that_its_colours_are_bt709_in_limited_range(landscape: Path, tmp_path: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.STILL, 1000)])
    assert stream(clip.path).colours == (1, 1, 1, 1)


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (190, 120, 60)])
def test_a_colour_comes_out_as_it_went_in(colour: tuple[int, int, int], tmp_path: Path) -> None:
    Image.new("RGB", (90, 160), colour).save(tmp_path / "plain.png")
    clip = draw(tmp_path / "clip.mp4", [(tmp_path / "plain.png", Motion.STILL, 500)], Canvas(90, 160))
    luma, u, v = clip.frames[0][80, 45], clip.frames[0][170, 20], clip.frames[0][210, 20]
    red, green, blue = (value / 255 for value in colour)
    bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert luma == pytest.approx(16 + 219 * bright, abs=2)
    assert u == pytest.approx(128 + 224 * (blue - bright) / 1.8556, abs=2)
    assert v == pytest.approx(128 + 224 * (red - bright) / 1.5748, abs=2)


def test_a_player_may_begin_before_it_has_the_whole_file(landscape: Path, tmp_path: Path) -> None:
    content = draw(tmp_path / "clip.mp4", [(landscape, Motion.ZOOM_IN, 500)]).path.read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("size", [(180, 320), (320, 180), (180, 180), (64, 1000), (250, 66)])
def test_a_clip_has_the_canvas_size(size: tuple[int, int], landscape: Path, tmp_path: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.ZOOM_OUT, 500)], Canvas(*size))
    assert clip.frames[0].shape == (size[1] * 3 // 2, size[0])


def test_five_seconds_at_full_size_are_150_frames(tmp_path: Path) -> None:
    photo = photos.portrait(tmp_path / "photo.jpg", (1500, 2000))
    seen: list[float] = []
    shots = (Shot("a", "photo.jpg", 5000, Motion.ZOOM_IN),)
    render(Timeline(PORTRAIT, shots), {"a": photo}, tmp_path / "clip.mp4", seen.append)
    assert len(stream(tmp_path / "clip.mp4").times) == 150
    assert seen == sorted(seen)
    assert seen[-1] == 1


@pytest.mark.parametrize("lengths", [(1000, 1000), (733, 811, 947), (517,) * 7])
def test_shots_never_drift_from_their_time(lengths: tuple[int, ...]) -> None:
    shown = spans([Shot("a", "a", length) for length in lengths])
    passed = 0
    for span, length in zip(shown, lengths, strict=True):
        middle = frame_at(passed + length // 2)
        assert span.first <= middle < span.end
        passed += length
    for one, other in itertools.pairwise(shown):
        cut = (one.end + other.first) / 2
        assert cut == frame_at(sum(lengths[: shown.index(other)]))
    assert (shown[0].first, shown[-1].end) == (0, frame_at(sum(lengths)))


def test_several_shots_last_exactly_as_long_as_their_sum(landscape: Path, tall: Path, tmp_path: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.PAN_LEFT, 733), (tall, Motion.STILL, 811)])
    assert len(clip.frames) == frame_at(733 + 811)


def test_one_shot_goes_over_into_the_next(landscape: Path, tall: Path, tmp_path: Path) -> None:
    both = draw(tmp_path / "both.mp4", [(landscape, Motion.STILL, 1000), (tall, Motion.STILL, 1000)])
    to_first = [distance(both.luma(number), both.luma(0)) for number in range(20, 40)]
    to_last = [distance(both.luma(number), both.luma(59)) for number in range(20, 40)]
    whole = distance(both.luma(0), both.luma(59))
    assert to_first[0] < 3 < 15 < whole
    assert to_last[-1] < 3
    assert to_first[10] == pytest.approx(whole / 2, rel=0.25)
    assert all(later > earlier - 0.5 for earlier, later in itertools.pairwise(to_first))


def test_the_same_timeline_is_the_same_clip(landscape: Path, tmp_path: Path) -> None:
    one = draw(tmp_path / "one.mp4", [(landscape, Motion.ZOOM_IN, 1000)])
    other = draw(tmp_path / "other.mp4", [(landscape, Motion.ZOOM_IN, 1000)])
    assert different(one, other) == []


def test_a_clip_that_fails_leaves_nothing_behind(landscape: Path, tmp_path: Path) -> None:
    broken = photos.truncated_jpeg(tmp_path / "broken.jpg", (400, 300))
    with pytest.raises(BadPicture) as caught:
        draw(tmp_path / "clip.mp4", [(landscape, Motion.STILL, 500), (broken, Motion.STILL, 500)], SMALL)
    assert caught.value.reason == "damaged"
    assert [path.name for path in tmp_path.iterdir()] == ["broken.jpg"]


def test_a_title_longer_than_the_clip_ends_with_it(landscape: Path, tmp_path: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.ZOOM_IN, 500)], titles=[Title("Long", 0, 9000)])
    assert len(clip.frames) == 15
