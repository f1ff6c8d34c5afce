"""The shapes of the event stream, against captured streams of the agent kit's own server, and the rules of pieces."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.agent import Step
from darkroom.events import PIECE, Said, Voice, failure, frame, pieces
from tests.darkroom.visitor import frames
from tests.recordings import recording

OPTIONAL = {"nodeInfo", "usageMetadata", "finishReason", "partial", "turnComplete", "content"}
"""What only some of the kit's events carry, or only some of its versions."""

STEPS = st.lists(
    st.builds(Step, st.text(min_size=1), st.dictionaries(st.text(), st.integers() | st.text()), st.text()), max_size=4
)
STATES = st.sampled_from([{}, {"draft": {"t": [], "canvas": {"width": 2, "height": 2}}}])


def said(steps: list[Step], text: str, state: Mapping[str, Any], *, streaming: bool) -> list[dict[str, Any]]:
    count = itertools.count()
    voice = Voice("e-1", lambda: f"{next(count)}", lambda: 1.5)
    events = voice.events(Said(steps, text, state), streaming=streaming)
    return frames(b"".join(map(frame, events)))


def captured(name: str) -> list[dict[str, Any]]:
    return frames(recording(f"adk-2.13.0/{name}"))


def shape(value: object) -> object:
    """The names and types of a JSON value, for a comparison of two."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else type(value).__name__


ALL_CAPTURES = ("tool", "text_stream", "text_nostream", "silent", "state")


@settings(max_examples=40, deadline=None)
@given(STEPS, st.text(), STATES, st.booleans())
def test_every_event_has_the_fields_of_the_kits_events_and_no_others(
    steps: list[Step], text: str, state: Mapping[str, Any], streaming: bool
) -> None:
    theirs = [event for name in ALL_CAPTURES for event in captured(name)]
    known = set().union(*theirs)
    needed = set.intersection(*(set(event) for event in theirs)) - OPTIONAL
    for event in said(steps, text, state, streaming=streaming):
        assert needed <= set(event) <= known
        assert set(event["actions"]) == set(theirs[0]["actions"])


def test_a_step_has_the_shape_of_a_captured_call_and_response() -> None:
    calls = captured("silent")
    ours = said([Step("trim", {}, "done")], "", {"draft": {"t": []}}, streaming=False)
    assert len(ours) == 2
    for mine, theirs in zip(ours, calls, strict=True):
        theirs.pop("nodeInfo")
        for event in (mine, theirs):
            for part in event["content"]["parts"]:
                part.get("functionResponse", {}).pop("response", None)
        assert shape(mine) == shape(theirs)
    assert (
        ours[0]["content"]["parts"][0]["functionCall"]["id"] == ours[1]["content"]["parts"][0]["functionResponse"]["id"]
    )


def test_texts_have_the_shape_of_captured_partials_and_their_whole() -> None:
    ours = said([], "Sure, I trimmed the clip to 10 s. Done.", {}, streaming=True)
    theirs = captured("text_stream")
    for event in theirs:
        event.pop("nodeInfo")
    assert all(shape(event) == shape(theirs[0]) for event in ours[:-1])
    assert [event.get("partial") for event in ours] == [True, True, None]
    assert ours[-1]["content"]["role"] == theirs[-1]["content"]["role"] == "model"


def test_a_changed_state_without_a_step_has_the_shape_of_a_captured_one() -> None:
    (theirs,) = captured("state")
    theirs.pop("nodeInfo")
    theirs["actions"]["stateDelta"] = {}
    (ours,) = said([], "", {"draft": None}, streaming=False)
    assert ours["actions"].pop("stateDelta") == {"draft": None}
    assert shape({**ours, "actions": {**ours["actions"], "stateDelta": {}}}) == shape(theirs)


def test_a_failure_has_the_shape_of_a_captured_one() -> None:
    theirs = captured("raise_midstream")[-1]
    (ours,) = frames(frame(failure("The change could not be made.", 1.5)))
    assert shape(ours) == shape(theirs)


@settings(max_examples=40, deadline=None)
@given(STEPS, st.text(), STATES, st.booleans())
def test_the_state_is_told_once_and_the_text_whole_at_the_end(
    steps: list[Step], text: str, state: Mapping[str, Any], streaming: bool
) -> None:
    events = said(steps, text, state, streaming=streaming)
    deltas = [event["actions"]["stateDelta"] for event in events if event["actions"]["stateDelta"]]
    assert deltas == ([state] if state else [])
    partial = [event["content"]["parts"][0]["text"] for event in events if event.get("partial")]
    assert "".join(partial) == (text if streaming else "")
    if text:
        assert events[-1]["content"]["parts"] == [{"text": text}]
        assert events[-1]["turnComplete"] is True


@settings(deadline=None)
@given(st.text(max_size=300))
def test_pieces_make_up_the_text_again_and_are_short(text: str) -> None:
    assert "".join(pieces(text)) == text
    assert all(0 < len(piece) <= PIECE for piece in pieces(text))


def test_pieces_break_between_words() -> None:
    assert pieces("Made it five seconds long and set the title.") == [
        "Made it five seconds ",
        "long and set the title.",
    ]


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\n", "\r", "\ud800", "完"])
def test_a_frame_is_one_line_of_ascii_whatever_it_says(sign: str) -> None:
    wire = frame({"text": f"one{sign}two"})
    assert wire.isascii()
    assert wire.startswith(b"data: {")
    assert wire.endswith(b"}\n\n")
    assert wire.count(b"\n") == 2
    assert b"\r" not in wire
    assert json.loads(wire[6:]) == {"text": f"one{sign}two"}
