"""An answer's status, headers and body: what it stands for. The rules that no single call shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.nemo import wire
from core.nemo.envelope import decode, retry_after
from core.nemo.errors import NemoError, NoCredits, RateLimited

NOW = 1_790_000_000.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Mon, 21 Sep 2026 14:14:10 GMT", 50.0),
        ("Mon, 21 Sep 2026 14:13:00 GMT", 0.0),
        ("Mon, 99 Sep 2026 14:13:00 GMT", None),
    ],
)
def test_retry_after(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds


@pytest.mark.parametrize("name", ["bind", "bind_id"])
@pytest.mark.parametrize("nested", [True, False])
def test_the_id_for_the_registration_link(name: str, nested: bool) -> None:
    about = {name: 7}
    body = json.dumps({"code": 2001, **({"data": about} if nested else about)}).encode()
    with pytest.raises(NoCredits) as caught:
        decode("prompt", 200, {}, body, NOW)
    assert caught.value.bind_id == "7"
    assert wire.register_link("https://x/", caught.value.bind_id) == "https://x/register?bind=7"


def test_a_code_in_words_and_a_code_as_text() -> None:
    assert decode("state", 200, {}, b'{"code": "OK"}', NOW) == {"code": "OK"}
    with pytest.raises(RateLimited):
        decode("state", 200, {}, b'{"code": "429"}', NOW)


@given(st.integers(200, 599), st.binary(max_size=60) | st.text(max_size=30).map(lambda text: json.dumps(text).encode()))
def test_any_answer_is_data_or_an_error_of_ours(status: int, body: bytes) -> None:
    try:
        answer = decode("state", status, {"retry-after": "x"}, body, NOW)
    except NemoError as error:
        raised = error.call
    else:
        raised = "state" if isinstance(answer, dict) and status < 300 else ""
    assert raised == "state"


@pytest.mark.parametrize("depth", [10, 100_000])
def test_json_that_is_nested_without_end(depth: int) -> None:
    with pytest.raises(NemoError):
        decode("state", 200, {}, b"[" * depth, NOW)


@pytest.mark.parametrize(
    ("installed", "platform"),
    [
        ("/home/p/.clawhub/skills/x/.venv", "clawhub"),
        ("/home/p/.cursor/skills/x", "cursor"),
        ("/home/p/.cursor/other", "unknown"),
        ("/opt/.clawhub/x", "unknown"),
    ],
)
def test_where_it_was_installed_from(installed: str, platform: str) -> None:
    assert wire.skill_platform(Path(installed), Path("/home/p")) == platform
