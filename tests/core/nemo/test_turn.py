"""The rules of a turn over single frames: what is shown, withdrawn, kept as progress, or waited through."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.nemo.errors import BadAnswer, NoCredits, RateLimited, SessionNotFound, TurnFailed
from core.nemo.stream import STREAM_BYTES, AgentEvent, AgentFailure, Heartbeat, parse_event, read_events
from core.nemo.turn import Ended, Progress, Provisional, Said, ToolStarted, Turn, TurnEvent, finish, step
from tests.core.nemo.screen import Screen, letters, turn_of
from tests.counterparts.agents import HEARTBEATS, TROUBLE, answered, called, event, frame, partial, said


async def _chunks(data: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in data:
        yield chunk


def played(*frames: bytes) -> tuple[Turn, Screen]:
    screen = Screen()
    return asyncio.run(turn_of(_chunks(frames), screen)), screen


def events_of(*frames: bytes) -> list[TurnEvent]:
    async def run() -> list[TurnEvent]:
        now = Progress()
        seen: list[TurnEvent] = []
        async for each in read_events(_chunks(frames)):
            now, shown = step(now, each)
            seen += shown
        return [*seen, *finish(now)[1]]

    return asyncio.run(run())


@pytest.mark.parametrize("form", HEARTBEATS)
def test_heartbeats_are_waited_through(form: str) -> None:
    turn, screen = played(partial("a"), HEARTBEATS[form], partial("b"), HEARTBEATS[form])
    assert turn.texts == ("ab",)
    assert screen.seen == ["a", "ab", "ab"]


def test_a_thought_is_a_sign_of_life_and_not_shown() -> None:
    thought = event([{"text": "hm", "thought": True}], partial=True)
    assert events_of(thought) == []
    assert parse_event("", thought.decode().removeprefix("data: ")) == AgentEvent(partial=True)
    assert parse_event("message", "{}") == parse_event("heartbeat", "{}") == Heartbeat()


def test_a_partial_call_is_not_counted_twice() -> None:
    call = {"functionCall": {"name": "cut", "args": {}}}
    named = {"functionCall": {"name": "cut", "args": {}, "id": "c1"}}
    assert events_of(event([call], partial=True), event([call])) == [ToolStarted("cut")]
    assert events_of(event([named], partial=True), event([named])) == [ToolStarted("cut")]
    assert events_of(event([call]), event([call])) == [ToolStarted("cut"), ToolStarted("cut")]


def test_what_the_person_said_is_not_said_to_them() -> None:
    assert events_of(event([{"text": "make it move"}], role="user")) == []
    assert events_of(frame({"content": {"parts": [{"text": "hi"}]}, "author": "user"})) == []


@pytest.mark.parametrize("ending", [said(TROUBLE), partial(TROUBLE), frame({"error": TROUBLE})])
def test_a_trailing_temporary_issue_is_ignored(ending: bytes) -> None:
    turn, screen = played(partial("Done"), said("Done."), ending)
    assert (turn.ended, turn.texts, turn.error) == (Ended.DONE, ("Done.",), None)
    assert all("temporary" not in seen for seen in screen.seen)


def test_a_temporary_issue_that_grows_word_by_word_is_never_seen() -> None:
    turn, screen = played(said("Done."), *(partial(word + " ") for word in TROUBLE.split()), said(TROUBLE))
    assert turn.texts == ("Done.",)
    assert set(screen.seen) == {"Done."}


def test_a_temporary_issue_within_one_answer_and_alone() -> None:
    assert played(said(f"All done. {TROUBLE}"))[0].texts == ("All done.",)
    alone, _ = played(said(TROUBLE))
    assert alone.texts == (TROUBLE,)
    failed, _ = played(frame({"error": TROUBLE}))
    assert (failed.ended, type(failed.error)) == (Ended.ERROR, TurnFailed)


def test_all_passages_once_more_in_one() -> None:
    turn, screen = played(said("One. "), called("x"), answered("x"), said("Two."), said("One. Two."), said("Two."))
    assert turn.texts == ("One.", "Two.")
    screen.check(letters("One.Two."))


def test_a_growing_passage_that_says_it_again_is_withdrawn() -> None:
    _, screen = played(said("Done."), partial("Done"), partial("."), said("Done."))
    assert screen.passages == ["Done."]
    assert screen.growing == ""


@pytest.mark.parametrize(
    ("value", "kind", "code"),
    [
        ({"code": 1002, "message": "gone"}, SessionNotFound, 1002),
        ({"code": 2001}, NoCredits, 2001),
        ({"error": {"code": "2001", "message": "no"}}, NoCredits, 2001),
        ({"error": {"code": 429, "message": "slow"}}, RateLimited, 429),
        ({"errorCode": "RESOURCE_EXHAUSTED", "errorMessage": "quota of the model"}, TurnFailed, "RESOURCE_EXHAUSTED"),
        ({"errorCode": "RESOURCE_EXHAUSTED", "errorMessage": "no credits"}, NoCredits, "RESOURCE_EXHAUSTED"),
        ({"error_code": "SAFETY", "error_message": "no"}, TurnFailed, "SAFETY"),
        ({"error": ["?"]}, TurnFailed, None),
        ({"errorMessage": "only words"}, TurnFailed, None),
    ],
)
def test_errors_in_a_stream(value: dict[str, Any], kind: type[Exception], code: object) -> None:
    turn, _ = played(frame(value))
    assert turn.ended is Ended.ERROR
    assert type(turn.error) is kind
    assert turn.error is not None
    assert (turn.error.code, turn.error.accepted) == (code, True)


@pytest.mark.parametrize("code", ["STOP", "FINISH_REASON_UNSPECIFIED", 0, "", None, False])
def test_codes_that_are_no_errors(code: object) -> None:
    assert played(frame({"errorCode": code}))[0].ended is Ended.SILENT


def test_a_failure_that_is_no_json() -> None:
    broken = b'data: {"error": "he said "no""}\nand went\n\n'
    turn, _ = played(broken)
    assert turn.error is not None
    assert turn.error.detail == 'he said "no"'


@pytest.mark.parametrize("filler", [b" ", b'"', b"}", b" }", b"\\"])
def test_an_endless_broken_failure_takes_no_endless_time(filler: bytes) -> None:
    started = time.perf_counter()
    played(b'data: {"error": ' + filler * 300_000 + b"x\n\n")
    assert time.perf_counter() - started < 2


def test_a_stream_without_an_end_is_given_up() -> None:
    async def run() -> None:
        async def endless() -> AsyncIterator[bytes]:
            for _ in range(STREAM_BYTES // 2**20 + 1):
                yield b":" + b"x" * 2**20

        async for _ in read_events(endless()):
            pass

    with pytest.raises(BadAnswer, match="prompt"):
        asyncio.run(run())


@pytest.mark.parametrize("separator", ["\r\n", "\r", "\n"])
def test_every_line_ending_of_the_format(separator: str) -> None:
    text = (partial("a\u2028b") + said("a\u2028b\x85c")).decode().replace("\n", separator)
    data = ("\ufeff" + text).encode()
    turn, _ = played(*(data[at : at + 1] for at in range(len(data))))
    assert turn.texts == ("a\u2028b\x85c",)


def test_the_last_frame_needs_no_blank_line() -> None:
    turn, _ = played(said("Done.").rstrip(b"\n"))
    assert (turn.ended, turn.texts) == (Ended.DONE, ("Done.",))


def test_bytes_that_are_no_text() -> None:
    assert played(b"data: \xff\xfe\n\n\x80", said("ok"))[0].ended in {Ended.DONE, Ended.SILENT}


def test_after_a_complete_turn_more_may_come() -> None:
    now = Progress()
    for each in (AgentEvent("a", turn_complete=True), AgentEvent(calls=())):
        now, _ = step(now, each)
    assert now.complete
    now, _ = step(now, AgentEvent("b", partial=True))
    assert not now.complete


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["content", "parts", "text", "thought", "functionCall", "functionResponse", "name", "id", "actions",
             "stateDelta", "error", "errorCode", "errorMessage", "code", "message", "partial", "turnComplete", "role"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(JSON, max_size=5))
@settings(max_examples=200, deadline=None)
def test_any_json_is_an_event(values: list[Any]) -> None:
    now = Progress()
    shown: list[TurnEvent] = []
    for value in values:
        each = parse_event("message", json.dumps(value))
        assert isinstance(each, Heartbeat | AgentEvent | AgentFailure)
        now, new = step(now, each)
        shown += new
    turn, last = finish(now)
    texts = [each.text for each in [*shown, *last] if isinstance(each, Said)]
    assert tuple(texts) == turn.texts
    assert all(isinstance(each.text, str) for each in shown if isinstance(each, Provisional))
