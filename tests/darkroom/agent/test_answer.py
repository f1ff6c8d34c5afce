"""The agent's turn as a whole: what it says, in which language, what it keeps for undo, and that it never fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from darkroom.agent import Answer, Photo, Situation, answer
from darkroom.agent.answer import applied
from darkroom.agent.edit import Applied, Said, Stage
from darkroom.agent.history import MOST_STEPS
from darkroom.agent.prompt import HAN, LONGEST_PROMPT
from darkroom.limits import LONGEST, MOST_SHOTS, check
from darkroom.timeline import LANDSCAPE, PORTRAIT, SQUARE, Motion, Place, Shot, Timeline, Title, from_draft, to_draft
from tests.darkroom.agent.scenes import CLIP, PAST, new_clip, on_clip

PHOTO = Photo("b", "b.jpg", 1000, 1000)


def test_without_a_photo_the_agent_asks_for_one() -> None:
    said = answer("zoom in", Situation())
    assert (said.timeline, said.past, said.steps) == (None, (), ())
    assert said.text.startswith("Send a photo first")
    assert answer("放大", Situation()).text.startswith("请先发一张照片")


def test_a_photo_gets_a_clip_even_where_nothing_was_understood() -> None:
    said = answer("blorf the quux", new_clip())
    assert said.timeline is not None
    assert [(shot.file, shot.duration, shot.motion) for shot in said.timeline.shots] == [("f1", 5_000, Motion.ZOOM_IN)]
    assert said.text.startswith("Done: made a clip of your photo: 5 seconds, zoom in, 16:9 (1920×1080).")
    assert said.text.endswith("I did not understand “blorf the quux”.")


def test_what_the_agent_can_do_is_told_only_where_nothing_was_done() -> None:
    assert answer("add music", on_clip()).text.count("I can set the length") == 1
    assert answer("blorf and add music", on_clip()).text.count("I can set the length") == 1
    assert answer("zoom in, blorf, add music", on_clip()).text == (
        "Done: set the motion to zoom in. Not available here yet: music. I did not understand “blorf”."
    )
    assert "I can set the length" in answer("zoom in. what can you do?", on_clip()).text


def test_small_talk_is_answered_in_one_sentence_and_never_beside_something_else() -> None:
    assert answer("thanks!", on_clip()).text == "You're welcome! Tell me if anything should change."
    assert answer("thanks! zoom in", on_clip()).text == "Done: set the motion to zoom in."
    assert answer("thanks!", Situation()).text.startswith("Send a photo first")
    assert "blorf" in answer("thanks! blorf", on_clip()).text


def test_starting_over_goes_back_to_the_first_version() -> None:
    earlier = replace(PAST, canvas=SQUARE)
    for prompt in ("start over", "重新来一遍"):
        said = answer(prompt, on_clip(CLIP, (earlier, PAST)))
        assert (said.timeline, said.past) == (earlier, ())


def test_waiting_photos_join_the_clip_that_is_there() -> None:
    said = answer("add this one, zoom in on all", Situation(timeline=CLIP, waiting=(PHOTO,)))
    assert said.timeline is not None
    assert [shot.file for shot in said.timeline.shots] == ["a", "b"]
    assert said.timeline.canvas == CLIP.canvas
    assert said.past == (CLIP,)
    assert "added the photo" in said.text


@pytest.mark.parametrize(
    ("prompt", "language", "chinese"),
    [
        ("放大", "en", True),
        ("zoom in", "zh-CN", False),
        ('title "你好"', "zh-CN", False),
        ("标题“Hello”", "en", True),
        ("“你好”", "en", False),
        ("“Hello”", "zh", True),
        ("9:16", "zh-Hans", True),
        ("9:16", "", False),
        ("", "zh", True),
        ("放大 zoom", "en", True),
    ],
)
def test_the_answer_speaks_the_language_of_the_prompt(prompt: str, language: str, chinese: bool) -> None:
    assert ("好了：" in answer(prompt, new_clip(language=language)).text) is chinese


def test_files_that_cannot_be_used_are_named() -> None:
    said = answer("zoom out", replace(new_clip(), unusable=("beach.mp4", "song.mp3")))
    assert "cannot be used here yet" in said.text
    assert "beach.mp4, song.mp3" in said.text
    alone = answer("", Situation(unusable=("beach.mp4",)))
    assert "beach.mp4" in alone.text
    assert "Send a photo first" in alone.text


def test_each_edit_is_a_step_that_json_can_hold() -> None:
    prompt = (
        'undo, 8 seconds, zoom out, vertical, title "Hi" throughout, remove the title, add 2 seconds, photo 1 for 3s'
    )
    said = answer(prompt, Situation(timeline=CLIP, past=(PAST,), waiting=(PHOTO,)))
    steps = json.loads(json.dumps([(step.tool, dict(step.args), step.result) for step in said.steps], allow_nan=False))
    assert steps[0][:2] == ["undo", {"steps": 1}]
    assert {tool for tool, _, _ in steps} == {
        *("undo", "arrange_photos", "set_duration", "set_canvas", "set_motion", "add_title", "remove_title")
    }
    assert all(result for _, _, result in steps)


def test_undo_goes_back_one_turn_at_a_time() -> None:
    first = answer("zoom out, 8 seconds", new_clip())
    second = answer("title “Hi”", _next(first))
    third = answer("square", _next(second))
    assert third.past == (first.timeline, second.timeline)
    back = answer("undo", _next(third))
    assert (back.timeline, back.past) == (second.timeline, (first.timeline,))
    assert back.text.startswith("Done: undid the last change (now 8 seconds, zoom out")
    again = answer("undo", _next(back))
    assert (again.timeline, again.past) == (first.timeline, ())
    nothing = answer("undo", _next(again))
    assert (nothing.timeline, nothing.past, nothing.text) == (first.timeline, (), "There is nothing to undo.")


@pytest.mark.parametrize("prompt", ["undo the last two changes", "undo twice", "撤销两步", "undo everything"])
def test_undo_of_several_turns(prompt: str) -> None:
    earlier = replace(PAST, canvas=SQUARE)
    said = answer(prompt, on_clip(CLIP, (earlier, PAST)))
    assert (said.timeline, said.past) == (earlier, ())


def test_undo_and_another_wish_in_one_prompt() -> None:
    said = answer("undo that and make it 8 seconds", on_clip(CLIP, (PAST,)))
    assert said.timeline is not None
    assert (said.timeline.shots[0].motion, said.timeline.duration) == (Motion.PAN_LEFT, 8_000)
    assert said.past == (PAST,)


def test_a_turn_that_changes_nothing_leaves_nothing_to_undo() -> None:
    for prompt in ("add music", "make it 6 seconds", "blorf", "thanks", ""):
        said = answer(prompt, on_clip(CLIP, (PAST,)))
        assert (said.timeline, said.past) == (CLIP, (PAST,))
        assert said.text


def test_what_undo_goes_back_to_is_bounded() -> None:
    past = tuple(replace(PAST, shots=(replace(PAST.shots[0], duration=1_000 + at),)) for at in range(MOST_STEPS + 5))
    said = answer("zoom in", on_clip(CLIP, past))
    assert said.past == (*past[-MOST_STEPS + 1 :], CLIP)


def test_a_prompt_that_is_too_long_is_read_in_part_and_that_is_said() -> None:
    said = answer("zoom out " + "please " * LONGEST_PROMPT + "8 seconds", new_clip())
    assert said.timeline is not None
    assert (said.timeline.shots[0].motion, said.timeline.duration) == (Motion.ZOOM_OUT, 5_000)
    assert f"first {LONGEST_PROMPT} characters" in said.text


def test_an_edit_that_leaves_the_bounds_of_a_clip_is_left_out_and_said() -> None:
    @dataclass(frozen=True)
    class Endless:
        tool = "endless"
        stage = Stage.LENGTH
        args: Mapping[str, object]

        def apply(self, timeline: Timeline) -> Applied:
            shots = (replace(timeline.shots[0], duration=LONGEST + 1),)
            return Applied(replace(timeline, shots=shots), Said("made it endless", "无尽"))

    kept = applied(Endless({}), CLIP)
    assert kept.timeline == CLIP
    assert kept.note is not None
    assert "I left one wish out" in kept.note.en
    assert not kept.said.en


def test_more_photos_than_a_clip_takes() -> None:
    said = answer("2 seconds per photo", new_clip(MOST_SHOTS + 2))
    assert said.timeline is not None
    assert len(said.timeline.shots) == MOST_SHOTS
    assert "2 are left out" in said.text
    assert said.timeline.duration == LONGEST


_WORDS = st.sampled_from(
    [
        "zoom",
        "in",
        "out",
        "pan",
        "left",
        "right",
        "up",
        "down",
        "5",
        "seconds",
        "10s",
        "9:16",
        "1:1",
        "vertical",
        "square",
        "title",
        '"Hi"',
        "'x'",
        "“夏天”",
        "at",
        "the",
        "top",
        "end",
        "first",
        "last",
        "3",
        "seconds",
        "photo",
        "1",
        "2:",
        "1.",
        "each",
        "every",
        "remove",
        "undo",
        "slower",
        "faster",
        "2x",
        "longer",
        "shorter",
        "and",
        "then",
        ",",
        ".",
        ":",
        "!",
        "don't",
        "no",
        "not",
        "swap",
        "second",
        "标题",
        "放大",
        "向左",
        "十秒",
        "前三秒",
        "竖屏",
        "撤销",
        "第一张",
        "最后",
        "去掉",
        "慢一点",
        "音乐",
        "music",
        "with",
        "a",
        "for",
        "from",
        "to",
        "until",
        "middle",
        "0",
        "999999",
        "half",
        "a",
        "minute",
        "1",
        "minute",
        "全程",
        "每张",
        "3秒",
        "to",
        "say",
        "change",
        "another",
        "way",
        "differently",
        "redo",
        "换一种",
        "不喜欢这个动作",
    ]
)
_PROMPTS = st.one_of(
    st.text(max_size=200),
    st.lists(_WORDS, max_size=25).map(" ".join),
    st.lists(_WORDS, max_size=25).map("".join),
)


@st.composite
def _timelines(draw: st.DrawFn) -> Timeline:
    shots = tuple(
        Shot(f"s{at}", f"{at}.jpg", draw(st.integers(1_000, 9_000)), draw(st.sampled_from(Motion)))
        for at in range(draw(st.integers(1, 5)))
    )
    total = sum(shot.duration for shot in shots)
    titles = []
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, total - 500))
        text = draw(st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20))
        titles.append(Title(text, start, draw(st.integers(500, total - start)), draw(st.sampled_from(Place))))
    return Timeline(draw(st.sampled_from((PORTRAIT, LANDSCAPE, SQUARE))), shots, tuple(titles))


_PHOTOS = st.builds(
    Photo,
    st.uuids().map(str),
    st.sampled_from(("a.jpg", "b.png")),
    st.integers(1, 20_000),
    st.integers(1, 20_000),
)
_SITUATIONS = st.builds(
    Situation,
    timeline=st.none() | _timelines(),
    past=st.lists(_timelines(), max_size=3).map(tuple),
    waiting=st.lists(_PHOTOS, max_size=4).map(tuple),
    unusable=st.lists(st.just("a.mp4"), max_size=1).map(tuple),
    language=st.sampled_from(("", "en", "zh-CN", "fr")),
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(prompt=_PROMPTS, situation=_SITUATIONS)
def test_any_words_in_any_situation_leave_a_clip_within_bounds(prompt: str, situation: Situation) -> None:
    said = answer(prompt, situation)
    assert said.text.strip()
    assert len(said.past) <= MOST_STEPS
    json.dumps([dict(step.args) for step in said.steps], allow_nan=False)
    if said.timeline is None:
        assert not situation.waiting
        return
    check(said.timeline, {shot.file for shot in said.timeline.shots})
    assert from_draft(to_draft(said.timeline)) == said.timeline
    assert "one wish out" not in said.text
    assert "有一个要求做不到" not in said.text
    if not situation.language and not HAN.search(prompt):
        assert "好了：" not in said.text


def _next(said: Answer) -> Situation:
    return Situation(timeline=said.timeline, past=said.past)
