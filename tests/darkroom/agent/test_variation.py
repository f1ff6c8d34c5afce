"""Another way again and again: which motions follow each other, over pictures of any shape, from any clip."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.agent import Photo, Situation, answer
from darkroom.agent.variation import AnotherWay, ways
from darkroom.timeline import LANDSCAPE, PORTRAIT, SQUARE, Canvas, Motion, Shot, Timeline
from tests.darkroom.agent.scenes import CLIP, PAST, new_clip, on_clip

REDO = "Try it another way"
WIDE, UPRIGHT = 4 / 3, 3 / 4
ACROSS = [Motion.ZOOM_OUT, Motion.PAN_RIGHT, Motion.PAN_LEFT, Motion.ZOOM_IN]
UP_AND_DOWN = [Motion.ZOOM_OUT, Motion.PAN_UP, Motion.PAN_DOWN, Motion.ZOOM_IN]


def clip(*motions: Motion, canvas: Canvas = LANDSCAPE) -> Timeline:
    return Timeline(canvas, tuple(Shot(f"f{at}", f"{at}.jpg", 3_000, motion) for at, motion in enumerate(motions)))


def pressed(situation: Situation, times: int, prompt: str = REDO) -> list[list[Motion]]:
    """The motions of all shots after each of several turns with the same words."""
    seen = []
    for _ in range(times):
        said = answer(prompt, situation)
        assert said.timeline is not None
        assert said.text.startswith(("Done: set ", "好了：镜头改为"))
        seen.append([shot.motion for shot in said.timeline.shots])
        situation = replace(situation, timeline=said.timeline, past=said.past)
    return seen


@pytest.mark.parametrize("prompt", [REDO, "换一种动法再做一次", "another version", "我不喜欢这个动作"])
def test_again_and_again_leads_through_every_motion_that_suits(prompt: str) -> None:
    assert pressed(on_clip(clip(Motion.ZOOM_IN)), 8, prompt) == [[motion] for motion in ACROSS * 2]


def test_what_was_chosen_is_said_in_the_words_language() -> None:
    situation = on_clip(clip(Motion.ZOOM_OUT), (clip(Motion.ZOOM_IN),))
    assert answer(REDO, situation).text == "Done: set the motion to pan right."
    assert answer("换一种动法再做一次", situation).text == "好了：镜头改为向右平移。"
    assert answer(REDO, situation).steps == answer(REDO, situation).steps


def test_an_upright_picture_in_a_wide_frame_is_panned_up_and_down() -> None:
    situation = replace(on_clip(clip(Motion.ZOOM_IN)), shapes={"f0": UPRIGHT})
    assert pressed(situation, 4) == [[motion] for motion in UP_AND_DOWN]


@pytest.mark.parametrize(
    ("shape", "canvas", "pan"),
    [
        (WIDE, PORTRAIT, Motion.PAN_RIGHT),
        (UPRIGHT, PORTRAIT, Motion.PAN_RIGHT),
        (9 / 16, PORTRAIT, Motion.PAN_RIGHT),
        (0.3, PORTRAIT, Motion.PAN_UP),
        (WIDE, SQUARE, Motion.PAN_RIGHT),
        (1, SQUARE, Motion.PAN_RIGHT),
        (UPRIGHT, SQUARE, Motion.PAN_UP),
        (1, LANDSCAPE, Motion.PAN_UP),
        (WIDE, LANDSCAPE, Motion.PAN_UP),
        (16 / 9, LANDSCAPE, Motion.PAN_RIGHT),
        (3, LANDSCAPE, Motion.PAN_RIGHT),
    ],
)
def test_a_pan_goes_along_what_the_frame_cuts_off(shape: float, canvas: Canvas, pan: Motion) -> None:
    assert ways(shape, canvas)[2] is pan


def test_the_frame_that_is_asked_for_beside_it_decides_on_the_pan() -> None:
    before = clip(Motion.ZOOM_OUT, canvas=PORTRAIT)
    situation = replace(on_clip(before, (clip(Motion.ZOOM_IN),)), shapes={"f0": UPRIGHT})
    said = answer("another way and 16:9", situation)
    assert said.timeline == clip(Motion.PAN_UP)


def test_every_photo_goes_its_own_way() -> None:
    situation = replace(on_clip(clip(Motion.STILL, Motion.ZOOM_IN, Motion.PAN_UP)), shapes={"f1": UPRIGHT, "f2": 0.6})
    assert pressed(situation, 3) == [
        [Motion.ZOOM_IN, Motion.ZOOM_OUT, Motion.ZOOM_IN],
        [Motion.ZOOM_OUT, Motion.PAN_UP, Motion.ZOOM_OUT],
        [Motion.PAN_RIGHT, Motion.PAN_DOWN, Motion.PAN_DOWN],
    ]
    said = answer(REDO, situation).text
    assert said == "Done: set photo 1, 3 to zoom in, set photo 2 to zoom out."


def test_a_photo_keeps_its_past_where_others_came_or_went_before_it() -> None:
    earlier = replace(clip(Motion.ZOOM_OUT), shots=(Shot("f1", "1.jpg", 3_000, Motion.ZOOM_OUT),))
    said = answer("photo 2 another way", on_clip(clip(Motion.STILL, Motion.ZOOM_IN), (earlier,)))
    assert said.timeline == clip(Motion.STILL, Motion.PAN_RIGHT)


def test_a_photo_whose_motion_is_named_beside_it_gets_that_one() -> None:
    situation = on_clip(clip(Motion.ZOOM_IN, Motion.ZOOM_IN, Motion.ZOOM_IN))
    said = answer("photo 1 pan down, the others another way", situation)
    assert said.timeline == clip(Motion.PAN_DOWN, Motion.ZOOM_OUT, Motion.ZOOM_OUT)
    assert said.text == "Done: set photo 1 to pan down, set photo 2, 3 to zoom out."
    said = answer("zoom out on all of them, photo 2 another way", situation)
    assert said.timeline == clip(Motion.ZOOM_OUT, Motion.PAN_RIGHT, Motion.ZOOM_OUT)


def test_a_motion_that_is_not_wanted_is_not_chosen() -> None:
    assert pressed(on_clip(clip(Motion.ZOOM_IN)), 3, "another way, but don't zoom") == [
        [Motion.PAN_RIGHT],
        [Motion.PAN_LEFT],
        [Motion.PAN_RIGHT],
    ]
    said = answer("I don't like the zoom, try something else", on_clip(clip(Motion.STILL, Motion.PAN_RIGHT)))
    assert said.timeline == clip(Motion.PAN_RIGHT, Motion.PAN_LEFT)


def test_where_every_motion_that_suits_is_refused_another_one_is_found() -> None:
    refused = frozenset(ACROSS) - {Motion.PAN_LEFT}
    assert AnotherWay(avoided=refused).apply(clip(Motion.PAN_LEFT)).timeline == clip(Motion.PAN_UP)
    said = answer("another way, don't zoom and don't pan", on_clip(clip(Motion.ZOOM_IN)))
    assert said.timeline == clip(Motion.STILL)


def test_the_way_that_was_just_undone_does_not_come_back_at_once() -> None:
    before = clip(Motion.ZOOM_IN)
    said = answer("undo that and try another way", on_clip(clip(Motion.ZOOM_OUT), (before,)))
    assert said.timeline == clip(Motion.PAN_RIGHT)
    assert said.past == (before,)


def test_undo_takes_another_way_back() -> None:
    said = answer(REDO, on_clip(CLIP, (PAST,)))
    assert said.timeline is not None
    assert said.past == (PAST, CLIP)
    assert answer("undo", Situation(timeline=said.timeline, past=said.past)).timeline == CLIP


def test_vague_words_do_not_change_a_photo_that_was_just_sent() -> None:
    said = answer("another one", Situation(timeline=clip(Motion.ZOOM_IN), waiting=(Photo("f1", "1.jpg", 4, 3),)))
    assert said.timeline == clip(Motion.ZOOM_IN, Motion.ZOOM_IN)
    assert said.text == "Done: added the photo."
    assert answer(REDO, new_clip()).text == "Done: set the motion to zoom out."


def test_a_new_photos_shape_is_known_before_the_timeline_holds_it() -> None:
    upright = Photo("f1", "1.jpg", 900, 1600)
    situation = Situation(timeline=clip(Motion.ZOOM_OUT), waiting=(upright,))
    said = answer("another way, no zoom", situation)
    assert said.timeline == clip(Motion.PAN_RIGHT, Motion.PAN_UP)


def test_the_step_tells_what_was_asked_and_what_came_of_it() -> None:
    step = answer("photo 2 another way", on_clip(clip(Motion.ZOOM_IN, Motion.ZOOM_IN))).steps[0]
    assert (step.tool, step.args, step.result) == (
        "set_motion",
        {"motion": "another", "photos": [2]},
        "set photo 2 to zoom out",
    )


def test_without_a_clip_there_is_nothing_to_do_otherwise() -> None:
    assert answer(REDO, Situation()).text.startswith("Send a photo first")


_CLIPS = st.builds(
    lambda motions, canvas: clip(*motions, canvas=canvas),
    st.lists(st.sampled_from(Motion), min_size=1, max_size=4),
    st.sampled_from((PORTRAIT, LANDSCAPE, SQUARE)),
)


@settings(max_examples=60, deadline=None)
@given(
    now=_CLIPS,
    past=st.lists(_CLIPS, max_size=4).map(tuple),
    shapes=st.dictionaries(st.sampled_from(("f0", "f1", "f2")), st.floats(0.1, 10)),
)
def test_no_motion_follows_itself_and_none_comes_back_before_two_others(
    now: Timeline, past: tuple[Timeline, ...], shapes: dict[str, float]
) -> None:
    seen = pressed(Situation(timeline=now, past=past, shapes=shapes), 6)
    for at, before in enumerate(now.shots):
        motions = [before.motion, *(each[at] for each in seen)]
        assert Motion.STILL not in motions[1:]
        for turn in range(1, len(motions)):
            assert motions[turn] not in motions[max(0, turn - 3) : turn]
