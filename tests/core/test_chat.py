"""The words both sides speak: chats' keys, buttons and what they carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actions import Action, Verb, decode
from core.chat import ACTION_BYTES, Button, ChatRef, elsewhere, place_of
from core.jobs.job import derived_id

_PART = st.text(st.characters(exclude_characters=":|", codec="utf-8"), min_size=1, max_size=20)
_WORD = st.text(st.characters(exclude_characters=".", codec="utf-8"), max_size=12)


@given(_PART, _PART, st.none() | _PART)
def test_a_chat_is_found_again_by_its_key(platform: str, chat: str, thread: str | None) -> None:
    ref = ChatRef(platform, chat, thread)
    assert ChatRef.parse(ref.key) == ref


@given(_PART, _PART, st.none() | _PART, st.integers(1))
def test_a_message_is_found_where_it_stands(platform: str, chat: str, thread: str | None, number: int) -> None:
    meant, stands = ChatRef("telegram", "-12"), ChatRef(platform, chat, thread)
    assert place_of(meant, str(number)) == (meant, str(number))
    assert place_of(meant, elsewhere(stands, str(number))) == (stands, str(number))


def test_a_topic_is_a_chat_of_its_own() -> None:
    assert ChatRef("telegram", "-100").key == "telegram:-100"
    assert ChatRef("telegram", "-100", "7").key == "telegram:-100:7"


@given(st.sampled_from(Verb), _WORD.filter(bool), _WORD)
def test_an_action_comes_back_as_it_was_encoded(verb: Verb, target: str, word: str) -> None:
    action = Action(verb, target, word)
    assert decode(action.encode()) == action


@pytest.mark.parametrize("text", ["", "x", "x.", "x.job", "x..", "q.job.", "x.job.word.more", "X.job.", "..", "job"])
def test_a_text_that_is_no_action_of_ours(text: str) -> None:
    assert decode(text) is None


def test_every_action_of_ours_fits_into_a_button() -> None:
    for verb in Verb:
        Button("label", Action(verb, derived_id("any"), "a-quick-edits-long-name").encode())


def test_a_button_takes_no_more_than_the_narrowest_platform() -> None:
    assert Button("label", "字" * (ACTION_BYTES // 3))
    for action in ("", "x" * (ACTION_BYTES + 1), "字" * (ACTION_BYTES // 3 + 1)):
        with pytest.raises(ValueError, match="1 to 64 bytes"):
            Button("label", action)
