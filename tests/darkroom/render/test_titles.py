"""Titles: when they show, and that people can read them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from darkroom.render.encoder import GROUP
from darkroom.render.fonts import readable, runs
from darkroom.render.titles import Caption, captions
from darkroom.render.wrapping import wrap
from darkroom.timeline import LANDSCAPE, PORTRAIT, SQUARE, Canvas, Motion, Place, Title, frame_at
from tests.darkroom.render.watching import SMALL, Clip, different, distance, draw

HALF_SECONDS = [(0, 3000), (1500, 1000), (2000, 1500), (3500, 500), (0, 4000), (1000, 3000)]
"""Start and length of titles; the clips here last 4 s."""


@pytest.fixture(scope="module")
def bare(landscape: Path, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return draw(tmp_path_factory.mktemp("bare") / "clip.mp4", [(landscape, Motion.ZOOM_IN, 4000)])


@pytest.mark.parametrize(("start", "length"), HALF_SECONDS)
def test_a_title_changes_the_frames_of_its_time_and_no_other(
    start: int, length: int, bare: Clip, landscape: Path, tmp_path: Path
) -> None:
    title = Title("Hello 世界", start, length)
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.ZOOM_IN, 4000)], titles=[title])
    assert different(bare, clip) == list(range(frame_at(start), frame_at(start + length)))


def test_a_title_at_any_other_time_changes_nothing_that_can_be_seen_outside_of_it(
    bare: Clip, landscape: Path, tmp_path: Path
) -> None:
    title = Title("Hello 世界", 1100, 1233)
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.ZOOM_IN, 4000)], titles=[title])
    first, end = frame_at(1100), frame_at(2333)
    changes = [np.abs(bare.luma(number).astype(np.int16) - clip.luma(number)) for number in range(120)]
    seen = [number for number, change in enumerate(changes) if np.percentile(change, 99.5) > 5]
    assert seen == list(range(first, end))
    assert set(different(bare, clip)) <= set(range(first // GROUP * GROUP, -(-end // GROUP) * GROUP))


def test_a_title_that_begins_with_the_clip_is_there_at_once(bare: Clip, landscape: Path, tmp_path: Path) -> None:
    shots = [(landscape, Motion.ZOOM_IN, 4000)]
    clip = draw(tmp_path / "clip.mp4", shots, titles=[Title("Hello", 0, 3000), Title("World", 2000, 2000, Place.TOP)])
    changes = [distance(bare.luma(number), clip.luma(number)) for number in range(120)]
    assert changes[0] == pytest.approx(changes[30], rel=0.2)
    fading = changes[60:68]
    assert fading == sorted(fading), "one that begins later appears"
    assert fading[0] > changes[50] + 0.15, "and is seen from its first frame on"


@pytest.mark.parametrize("canvas", [PORTRAIT, LANDSCAPE, SQUARE, SMALL, Canvas(64, 64), Canvas(1920, 64)])
@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize(
    "text", ["Hi", "夏", "word " * 23 + "ends", "字" * 120, "W" * 120, "一个 mixed 标题 with 两种 scripts"]
)
def test_a_title_of_any_length_stays_on_the_canvas(text: str, place: Place, canvas: Canvas) -> None:
    (caption,) = captions([Title(text, 0, 1000, place)], canvas, 30)
    height, width = caption.cover.y.shape
    assert caption.left >= 0
    assert caption.top >= 0
    assert caption.left + width <= canvas.width
    assert caption.top + height <= canvas.height
    assert caption.cover.y.max() > 200


@pytest.mark.parametrize("text", ["A day at the lake", "我们在山里的最后一个傍晚", "W" * 30, "Ein Tag mit 你好 am See"])
def test_a_title_keeps_away_from_the_canvas_sides(text: str) -> None:
    (caption,) = captions([Title(text, 0, 1000)], PORTRAIT, 30)
    _, across = np.nonzero(caption.cover.y > 200)
    assert caption.left + across.min() >= PORTRAIT.width * 0.06
    assert caption.left + across.max() <= PORTRAIT.width * 0.94


def test_each_place_is_where_its_name_says() -> None:
    tops = [captions([Title("Here", 0, 1000, place)], PORTRAIT, 30)[0].top for place in Place]
    top, middle, bottom = (share / PORTRAIT.height for share in tops)
    assert top < 0.15 < 0.4 < middle < 0.55 < 0.75 < bottom


def test_titles_at_one_place_and_time_do_not_cover_each_other() -> None:
    for place in Place:
        pair = captions([Title("First", 0, 2000, place), Title("Second one", 1000, 2000, place)], PORTRAIT, 90)
        lines = [_letters(caption) for caption in pair]
        assert lines[0].isdisjoint(lines[1])


def _letters(caption: Caption) -> set[int]:
    """The canvas' rows in which there are letters."""
    down, _ = np.nonzero(caption.cover.y > 220)
    return set((down + caption.top).tolist())


@pytest.mark.parametrize(
    "text", ["Ångström", "湖边的夏天", "こんにちは", "안녕하세요", "Привет", "Γειά", "नमस्ते", "日本語 and 中文"]
)
def test_every_letter_is_drawn_with_a_face_that_has_it(text: str) -> None:
    assert readable(text) == text
    parts = runs(text)
    assert "".join(run.text for run in parts) == text
    assert all(run.face.has(letter) for run in parts for letter in run.text)
    for letter in {letter for run in parts for letter in run.text if not letter.isspace()}:
        face = next(run.face for run in parts if letter in run.text)
        drawn, missing = (bytes(face.sized(60).getmask(text)) for text in (letter, "\U0010fffd"))
        assert drawn != missing, f"{letter} is an empty box"


def test_what_no_face_has_is_left_out() -> None:
    assert readable("Party 🎉🎉 time") == "Party time"
    assert captions([Title("🎉", 0, 1000)], PORTRAIT, 30) == ()


def test_a_title_is_legible_on_white_and_on_black(tmp_path: Path) -> None:
    for name, ground in (("white", 255), ("black", 0)):
        Image.new("RGB", (216, 384), (ground,) * 3).save(tmp_path / f"{name}.png")
        photo = (tmp_path / f"{name}.png", Motion.STILL, 500)
        luma = draw(tmp_path / f"{name}.mp4", [photo], titles=[Title("Legible", 0, 500, Place.MIDDLE)]).luma(7)
        letters, around = np.percentile(luma[172:212, 60:156], [95, 6])
        assert letters - around > 60


def test_lines_part_at_spaces_and_marks_where_they_can() -> None:
    assert wrap("我们在山里的房子，秋天的最后一个傍晚。", 11, len) == ("我们在山里的房子，", "秋天的最后一个傍晚。")
    assert wrap("one two three four", 10, len) == ("one two", "three four")
    assert wrap("short", 10, len) == ("short",)


@pytest.mark.parametrize("width", range(4, 30))
def test_no_line_is_wider_than_its_room_and_no_letter_is_lost(width: int) -> None:
    text = "他说：「我们明天去看海。」 Then they left, 终于！"
    lines = wrap(text, width, len)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(len(line) <= width or " " not in line for line in lines)
    for line, after in itertools.pairwise(lines):
        assert after[0] not in "，。：」！"
        assert line[-1] not in "「"
