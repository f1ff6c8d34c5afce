"""Drafts in words: the rows of `timeline.toml`, and drafts that nobody would have thought of."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.nemo.answers import State
from core.timeline import changes, exportable, summary, tracks

_TABLE = tomllib.loads(Path(__file__).with_name("timeline.toml").read_text("utf-8"))


def _rows(kind: str) -> list[Any]:
    return [pytest.param(row, id=row["name"]) for row in _TABLE[kind]]


@pytest.mark.parametrize("row", _rows("summary"))
def test_a_draft_is_summed_up_as_its_row_says(row: dict[str, Any]) -> None:
    draft = json.loads(row["draft"])
    for language in ("en", "zh"):
        if language in row:
            assert summary(draft, language) == row[language]
    assert exportable(draft) is not row["en"].startswith("There is nothing")


@pytest.mark.parametrize("row", _rows("change"))
def test_a_change_is_told_as_its_row_says(row: dict[str, Any]) -> None:
    before, after = (State.model_validate(json.loads(row[when])) for when in ("before", "after"))
    for language in ("en", "zh"):
        if language in row:
            assert changes(before, after, language) == row[language]


def test_many_changes_are_cut_short() -> None:
    pieces = [{"d": 1000, "m": {"name": f"piece {n}"}} for n in range(30)]
    after = State(draft={"t": [{"tt": 0, "sg": pieces}]})
    told = changes(State(), after, "en")
    assert len(told) == 13
    assert told[-1] == "… and 18 more changes."


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["t", "tt", "sg", "d", "st", "m", "name", "text", "volume", "canvas", "width", "height"])
            | st.text(max_size=4),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
_SEGMENT = st.fixed_dictionaries({}, optional={"d": _ANY, "st": _ANY, "m": _ANY})
_TRACK = st.fixed_dictionaries({}, optional={"tt": st.sampled_from([0, 1, 7]) | _ANY, "sg": st.lists(_SEGMENT | _ANY)})
_DRAFT = st.fixed_dictionaries({}, optional={"t": st.lists(_TRACK | _ANY, max_size=4) | _ANY, "canvas": _ANY})
_STATE = st.fixed_dictionaries(
    {}, optional={"draft": _DRAFT | _ANY, "video_infos": _ANY, "generated_media": _ANY, "canvas_config": _ANY}
)


@settings(max_examples=150, deadline=None)
@given(_STATE, _STATE)
def test_no_state_is_too_odd(before: dict[str, Any], after: dict[str, Any]) -> None:
    old, new = State.model_validate(before), State.model_validate(after)
    for language in ("en", "zh"):
        told = changes(old, new, language)
        assert all(isinstance(line, str) and line for line in told)
        assert summary(new.draft or {}, language)
    assert exportable(new.draft or {}) or not tracks(new.draft)


@settings(max_examples=50, deadline=None)
@given(_STATE)
def test_a_state_does_not_differ_from_itself(state: dict[str, Any]) -> None:
    same = State.model_validate(json.loads(json.dumps(state)))
    if json.dumps(state).find("NaN") < 0:
        assert changes(same, State.model_validate(json.loads(json.dumps(state))), "en") == []
