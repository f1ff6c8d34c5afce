"""Titles on a clip: when and where they show, what makes way for what, and the bounds of a title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from darkroom.agent import Situation, answer
from darkroom.limits import MOST_TITLES, TITLE_LENGTH
from darkroom.render.fonts import undrawable
from darkroom.timeline import PORTRAIT, Motion, Place, Shot, Timeline, Title, frame_at
from tests.darkroom.agent.scenes import CLIP, new_clip, on_clip, title


def titles(prompt: str, situation: Situation) -> list[str]:
    timeline = answer(prompt, situation).timeline
    assert timeline is not None
    return [title(shown) for shown in timeline.titles]


@pytest.mark.parametrize("marks", ["''", '""', "“”", "‘’", "「」", "『』", "《》", "«»"])
def test_the_words_of_a_title_are_never_read_as_wishes(marks: str) -> None:
    said = answer(f"title {marks[0]}Zoom out, 9:16, 30 seconds, slower, undo{marks[1]}", new_clip())
    assert said.timeline is not None
    assert [shown.text for shown in said.timeline.titles] == ["Zoom out, 9:16, 30 seconds, slower, undo"]
    assert said.timeline.duration == 5_000
    assert said.timeline.shots[0].motion is Motion.ZOOM_IN
    assert said.timeline.canvas != PORTRAIT


def test_apostrophes_are_no_quotation_marks() -> None:
    assert titles("don't zoom, it's my dogs' photo, isn't it", new_clip()) == []


def test_a_prompt_that_is_quoted_whole_is_read_as_a_prompt() -> None:
    said = answer("“turn this into a 10 second video, zoom out”", new_clip())
    assert said.timeline is not None
    assert (said.timeline.duration, said.timeline.titles) == (10_000, ())


@pytest.mark.parametrize(
    ("said", "window"),
    [
        ("", "0-6"),
        ("for the first 3 seconds", "0-3"),
        ("in the last two seconds", "4-6"),
        ("at the start", "0-3"),
        ("at the end for 2 seconds", "4-6"),
        ("from 1 to 4 seconds", "1-4"),
        ("1s-3s", "1-3"),
        ("from 0:02 to 0:05", "2-5"),
        ("from second 2", "2-6"),
        ("after the first 2 seconds", "2-6"),
        ("from 2 seconds until the end", "2-6"),
        ("until second 4", "0-4"),
        ("for 2.5 seconds", "0-2.5"),
        ("throughout", "0-6"),
        ("from start to finish", "0-6"),
        ("for 99 seconds", "0-6"),
        ("from 50 to 60 seconds", "5.5-6"),
        ("from 4 to 1 seconds", "4-4.5"),
        ("前三秒", "0-3"),
        ("最后2秒", "4-6"),
        ("从第1秒到第3秒", "1-3"),
        ("2到5秒", "2-5"),
        ("显示两秒", "0-2"),
        ("从第2秒开始", "2-6"),
        ("从第2秒到最后", "2-6"),
        ("全程", "0-6"),
        ("直到第4秒", "0-4"),
        ("片尾", "3-6"),
        ("for the last second", "5-6"),
        ("in the final second", "5-6"),
        ("during the first second", "0-1"),
        ("for the first half", "0-3"),
        ("only in the second half", "3-6"),
        ("for the second half of the video", "3-6"),
        ("in the middle third", "2-4"),
        ("during the third quarter", "3-4.5"),
        ("halfway through", "3-6"),
        ("until halfway", "0-3"),
        ("in the last half minute", "0-6"),
        ("in the last half second", "5.5-6"),
        ("for the last couple of seconds", "4-6"),
        ("for the first few seconds", "0-3"),
        ("for the first one and a half seconds", "0-1.5"),
        ("for two and a half seconds", "0-2.5"),
        ("from 1 and a half seconds to 3 seconds", "1.5-3"),
        ("for half a second", "0-0.5"),
        ("towards the end", "3-6"),
        ("最后一秒", "5-6"),
        ("第一秒显示", "0-1"),
        ("前半段", "0-3"),
        ("后半段", "3-6"),
        ("在视频的后半部分出现", "3-6"),
        ("最后三分之一", "4-6"),
        ("前几秒", "0-3"),
        ("前半秒", "0-0.5"),
        ("显示一秒半", "0-1.5"),
    ],
)
def test_when_a_title_shows(said: str, window: str) -> None:
    assert titles(f'title "Hi" {said}', on_clip(replace(CLIP, titles=()))) == [f"Hi | {window} bottom"]


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("at the top", "top"),
        ("on top of the video", "top"),
        ("in the middle", "middle"),
        ("centered", "middle"),
        ("at the bottom of the screen", "bottom"),
        ("在画面上方", "top"),
        ("居中", "middle"),
        ("放在底部", "bottom"),
    ],
)
def test_where_a_title_shows(said: str, place: str) -> None:
    assert titles(f'title "Hi" {said}', new_clip()) == [f"Hi | 0-5 {place}"]


def test_a_new_title_takes_the_place_of_one_that_it_would_cover() -> None:
    assert titles('title "New" for the last 2 seconds', on_clip()) == ["New | 4-6 bottom"]


@pytest.mark.parametrize(
    ("prompt", "both"),
    [
        ('add "New" at the top', ["Old | 0-6 bottom", "New | 0-6 top"]),
        ('add "New" from 3 to 6 seconds', ["Old | 0-3 bottom", "New | 3-6 bottom"]),
    ],
)
def test_a_new_title_elsewhere_or_at_another_time_joins(prompt: str, both: list[str]) -> None:
    old = Title("Old", 0, 6_000 if "top" in prompt else 3_000)
    assert titles(prompt, on_clip(replace(CLIP, titles=(old,)))) == both


def test_titles_of_one_prompt_make_room_for_each_other() -> None:
    clip = on_clip(replace(CLIP, titles=()))
    assert titles("title 'A' for the first 5 seconds and 'B' for the last 2 seconds", clip) == [
        "A | 0-4 bottom",
        "B | 4-6 bottom",
    ]
    assert titles("titles 'A', 'B' and 'C'", clip) == ["A | 0-2 bottom", "B | 2-4 bottom", "C | 4-6 bottom"]


def test_a_title_that_covers_the_clip_follows_its_length_and_others_keep_their_time() -> None:
    shown = (Title("All", 0, 6_000), Title("Start", 0, 2_000, Place.TOP), Title("End", 4_000, 2_000, Place.MIDDLE))
    assert titles("make it 10 seconds", on_clip(replace(CLIP, titles=shown))) == [
        "All | 0-10 bottom",
        "Start | 0-2 top",
        "End | 8-10 middle",
    ]


@pytest.mark.parametrize(
    ("shown", "shorter", "longer"),
    [
        (Title("T", 0, 6_000), "0-1", "0-60"),
        (Title("T", 500, 1_500), "0.499-0.999", "0.499-0.999"),
        (Title("T", 0, 1_000), "0-0.999", "0-0.999"),
        (Title("T", 0, 2_000), "0-0.999", "0-0.999"),
        (Title("T", 2_000, 4_000), "0.499-0.999", "0.499-0.999"),
        (Title("T", 5_500, 500), "0.5-1", "59.5-60"),
    ],
    ids=lambda value: f"{value.start}+{value.duration}" if isinstance(value, Title) else None,
)
def test_a_title_that_a_shorter_clip_cut_does_not_grow_with_a_longer_one(
    shown: Title, shorter: str, longer: str
) -> None:
    cut = answer("make it 1 second", on_clip(replace(CLIP, titles=(shown,)))).timeline
    assert cut is not None
    assert [title(one) for one in cut.titles] == [f"T | {shorter} bottom"]
    assert titles("make it 60 seconds", on_clip(cut)) == [f"T | {longer} bottom"]
    assert all(frame_at(one.start + one.duration) == frame_at(1_000) for one in cut.titles)


def test_a_title_told_only_how_long_begins_where_it_did_or_still_ends_with_the_clip() -> None:
    begun = on_clip(replace(CLIP, titles=(Title("T", 1_000, 3_000),)))
    assert titles("show the title for 1 second", begun) == ["T | 1-2 bottom"]
    ending = on_clip(replace(CLIP, titles=(Title("T", 4_000, 2_000),)))
    assert titles("show the title for 1 second", ending) == ["T | 5-6 bottom"]


def test_characters_that_cannot_be_drawn_are_left_out_and_named() -> None:
    def drawing(situation: Situation) -> Situation:
        return replace(situation, undrawable=undrawable)

    bare = drawing(on_clip(replace(CLIP, titles=())))
    assert titles('title "Hi 🎉 there"', bare) == ["Hi there | 0-6 bottom"]
    assert "the title goes without them: 🎉." in answer('title "Hi 🎉 there"', bare).text
    assert titles('title "नमस्ते, 你好, Привет, é"', bare) == ["नमस्ते, 你好, Привет, é | 0-6 bottom"]
    for text in ("مرحبا بالعالم", "שלום", "สวัสดี!", "🎉🎉", "❤️"):
        for prompt in (f'title "{text}"', f'change the title to "{text}"'):
            said = answer(prompt, drawing(on_clip()))
            assert said.timeline == CLIP
            assert "cannot be drawn yet" in said.text
            assert text.rstrip("!") in said.text
            assert "Done" not in said.text
    assert "画不出来" in answer("标题“🎉”", drawing(on_clip())).text
    assert "made a clip of your photo" in answer('title "🎉"', drawing(new_clip())).text
    assert titles('remove the title "Old 🎉"', drawing(on_clip())) == []


def test_which_of_several_titles_is_meant() -> None:
    shown = (Title("A", 0, 3_000), Title("B", 3_000, 3_000), Title("C", 0, 6_000, Place.TOP))
    clip = on_clip(replace(CLIP, titles=shown))
    assert titles("remove the last title", clip) == ["A | 0-3 bottom", "C | 0-6 top"]
    assert titles('remove the title "a"', clip) == ["B | 3-6 bottom", "C | 0-6 top"]
    assert titles("remove the title at the top", clip) == ["A | 0-3 bottom", "B | 3-6 bottom"]
    assert titles("remove all titles", clip) == []
    assert titles('change "B" to "D"', clip) == ["A | 0-3 bottom", "C | 0-6 top", "D | 3-6 bottom"]
    assert titles('remove the title and add "E"', clip) == ["E | 0-6 bottom"]


def test_a_title_that_is_not_there_is_said() -> None:
    assert "There is no title “Nope”." in answer('remove the title "Nope"', on_clip()).text
    bare = on_clip(replace(CLIP, titles=()))
    assert "There is no title to remove." in answer("remove the title", bare).text
    assert "There is no title yet" in answer("move the title to the top", bare).text
    assert "title" not in answer("zoom in, no title", bare).text


def test_the_time_that_a_title_shows_is_made_longer_and_shorter() -> None:
    clip = on_clip(replace(CLIP, titles=(Title("Hi", 1_000, 2_000),)))
    assert titles("make the title last longer", clip) == ["Hi | 1-4 bottom"]
    assert titles("标题显示短一点", clip) == ["Hi | 1-2.333 bottom"]


def test_a_title_that_is_too_long_is_cut_and_that_is_said() -> None:
    said = answer(f'title "{"x" * (TITLE_LENGTH + 1)}"', new_clip())
    assert said.timeline is not None
    assert said.timeline.titles[0].text == "x" * TITLE_LENGTH
    assert f"at most {TITLE_LENGTH} characters" in said.text


def test_one_title_too_many_is_refused() -> None:
    shots = (Shot("a", "a.jpg", 20_000),)
    full = Timeline(PORTRAIT, shots, tuple(Title(str(at), 1_000 * at, 1_000) for at in range(MOST_TITLES)))
    said = answer('add "More" for the last 2 seconds', on_clip(full))
    assert said.timeline == full
    assert f"at most {MOST_TITLES} titles" in said.text


def test_a_title_is_printable_and_on_one_line() -> None:
    assert titles('title "A\u200b \u2028\t B\u00a0C"', new_clip()) == ["A B C | 0-5 bottom"]
