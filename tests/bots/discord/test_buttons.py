"""What stands in a button, and what a press of it gives back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.discord.buttons import components, custom_id, read_custom_id
from core.actions import Action, Verb
from core.chat import ACTION_BYTES, Button

ACTIONS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1).filter(
    lambda text: len(text.encode()) <= ACTION_BYTES
)
JOBS = st.none() | st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=32)


@given(JOBS, ACTIONS)
def test_a_custom_id_is_read_as_it_was_written(job: str | None, action: str) -> None:
    written = custom_id(job, action)
    assert 1 <= len(written) <= 100
    read = read_custom_id(written)
    assert read is not None
    assert read[1] == action
    assert read[0] in {job, None}


def test_a_jobs_longest_action_keeps_the_job() -> None:
    action = Action(Verb.EDIT, "a" * 12, "w" * (ACTION_BYTES - 15)).encode()
    assert len(action) == ACTION_BYTES
    assert read_custom_id(custom_id("j" * 12, action)) == ("j" * 12, action)


@pytest.mark.parametrize(
    "text", ["", "stillreel", "stillreel:job", "stillreel::x.job.", "other:job:x.job.", "stillreel:j:"]
)
def test_what_is_no_button_of_ours(text: str) -> None:
    assert read_custom_id(text) is None


def test_a_button_looks_as_what_it_does() -> None:
    buttons = [Button("Cancel", "x.job."), Button("Retry", "r.job."), Button("Slower", "e.clip.slower")]
    (row,) = components(buttons)
    assert [part["style"] for part in row["components"]] == [4, 1, 2], "danger, primary, secondary"


@pytest.mark.parametrize(
    ("count", "widths"), [(0, []), (1, [1]), (5, [5]), (6, [3, 3]), (7, [5, 2]), (11, [4, 4, 3]), (30, [5] * 5)]
)
def test_rows_are_full_and_hold_no_button_alone(count: int, widths: list[int]) -> None:
    rows = components([Button(f"{number}", f"e.clip.{number}") for number in range(count)])
    assert [len(row["components"]) for row in rows] == widths
