"""Words under several photos: one clip or one each, what for which photo, and whether it joins the clip there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.intents import each_separately, joins_timeline, per_photo_instructions
from core.intents.photos import MOST_PHOTOS


@pytest.mark.parametrize(
    "text",
    [
        "animate them separately",
        "one by one please",
        "a video for each photo",
        "make each its own clip",
        "separate videos",
        "one clip each",
        "分别做成视频",
        "每张照片做一个视频",
        "一张一张来",
        "各做一个",
        "1: zoom in, 2: pan left",
        "第一张放大，第二张左移",
    ],
)
def test_asks_for_one_clip_a_photo(text: str) -> None:
    assert each_separately(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "make a slideshow",
        "zoom in on each",
        "do not do them separately",
        "all in one video, not one by one",
        "2 seconds each",
        "每张两秒",
        "不要分别做",
        "合成一个视频",
        "separate the title from the music",
    ],
)
def test_asks_for_one_clip_of_all(text: str) -> None:
    assert not each_separately(text)


@pytest.mark.parametrize(
    ("text", "each"),
    [
        ("1: zoom in, 2: pan left", {1: "zoom in", 2: "pan left"}),
        ("1. zoom in\n2. pan left\n3. still", {1: "zoom in", 2: "pan left", 3: "still"}),
        ("photo 1 zoom in, photo 2 pan left", {1: "zoom in", 2: "pan left"}),
        ("the first photo zooms in, the second photo pans left", {1: "zooms in", 2: "pans left"}),
        ("第一张放大，第二张左移", {1: "放大", 2: "左移"}),
        ("1: zoom in, 2: pan left, both vertical", {1: "zoom in, both vertical", 2: "pan left, both vertical"}),
        ("1: zoom in, 2: pan left, 3 seconds", {1: "zoom in, 3 seconds", 2: "pan left, 3 seconds"}),
        ("1: zoom in, 1 second, 2: pan left, 2 seconds", {1: "zoom in, 1 second", 2: "pan left, 2 seconds"}),
        ("第一张推近，第二张左移，竖屏", {1: "推近, 竖屏", 2: "左移, 竖屏"}),
        ("Photo 1: zoom in. Photo 2: pan left", {1: "zoom in", 2: "pan left"}),
        ("First photo zoom in, second photo pan left", {1: "zoom in", 2: "pan left"}),
        ("First: zoom in, Second: pan left", {1: "zoom in", 2: "pan left"}),
        ("1: zoom in, 2: same as photo 1", {1: "zoom in", 2: "same as photo 1"}),
        ("photo 2: slower", {2: "slower"}),
        ("1：放大，2：左移", {1: "放大", 2: "左移"}),
        ("第一张加标题“你好，世界”，第二张左移", {1: "加标题“你好，世界”", 2: "左移"}),
        ("1 and 2: zoom in, 3: pan left", {1: "zoom in", 2: "zoom in", 3: "pan left"}),
        ("1-3: zoom in, 4: still", {1: "zoom in", 2: "zoom in", 3: "zoom in", 4: "still"}),
        ("zoom in on the first photo, pan left on the second photo", {1: "zoom in", 2: "pan left"}),
    ],
)
def test_each_photo_gets_its_words(text: str, each: dict[int, str]) -> None:
    assert per_photo_instructions(text) == each


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zoom in",
        "make it 9:16",
        "5 seconds, then 3 seconds",
        "at 0:03 pan left",
        "2: pan left, 3: zoom in",
        "1: zoom in",
        "in the first 2 seconds zoom in, in the last second fade",
        "3.5 seconds",
        "999: a, 1000: b",
    ],
)
def test_other_numbers_tell_no_photos_apart(text: str) -> None:
    assert per_photo_instructions(text) == {}


@given(st.text(alphabet="123456789 .:,-第一二三张photo和and\nzom", max_size=60))
def test_any_text_gives_photos_that_can_be(text: str) -> None:
    for place, words in per_photo_instructions(text).items():
        assert 1 <= place <= MOST_PHOTOS
        assert words.strip() == words != ""


@pytest.mark.parametrize(
    "text",
    [
        "add this",
        "add this photo at the end",
        "include these too",
        "put this after the first one",
        "this goes last",
        "append another photo",
        "加上这张",
        "把这张也加进去",
        "这张放在最后",
        "插入这几张照片",
    ],
)
def test_joins_the_clip_there_is(text: str) -> None:
    assert joins_timeline(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zoom in",
        "add this text",
        "add a title",
        "add music",
        "add this song title",
        "make a video",
        "加标题",
        "加上这段文字",
        "加一首音乐",
        "把音乐加进去",
    ],
)
def test_starts_a_clip_of_its_own(text: str) -> None:
    assert not joins_timeline(text)
