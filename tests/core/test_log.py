"""Logs: one line an event, in two forms, and never a secret in them."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from core.log import configure, without_secrets
from core.settings import LogSettings

SECRETS = (
    "nmv_usr_0123-abc_DEF",
    "clm_0123abc",
    "opaque.operator-token=",
    "123456789:AAF-abcdefghijklmnopqrstuvwxyz01234",
    "p4ssw0rd",
    "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcDE.abcdefghijklmnopqrstuvwxyz0123456789-_",
    "aW50ZXJhY3Rpb246MTIzNDU2Nzg5MDEyMzQ1Njc4OTpBYkNkRWZHaA",
)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


Lines = Callable[[], list[str]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    def read() -> list[str]:
        captured = capsys.readouterr()
        assert captured.out == ""
        return captured.err.splitlines()

    return read


def start(form: Literal["text", "json"], level: Literal["debug", "info", "warning", "error"] = "debug") -> None:
    configure(LogSettings(format=form, level=level))


def test_json_is_one_object_a_line(lines: Lines) -> None:
    start("json")
    structlog.get_logger("a").info("job_done", job="j1", name="照片", lines="a\nb")
    logging.getLogger("library").warning("said %s", "this")
    ours, theirs = map(json.loads, lines())
    assert (ours["event"], ours["job"], ours["name"], ours["level"]) == ("job_done", "j1", "照片", "info")
    assert ours["timestamp"].endswith("Z")
    assert (theirs["event"], theirs["level"]) == ("said this", "warning")


def test_text_names_the_event_and_its_values(lines: Lines) -> None:
    start("text")
    with structlog.contextvars.bound_contextvars(chat="web:a"):
        structlog.get_logger().warning("lease_lost", job="j1")
    (line,) = lines()
    assert "lease_lost" in line
    assert "job=j1" in line
    assert "chat=web:a" in line


def test_what_is_below_the_level_is_not_said(lines: Lines) -> None:
    start("text", "warning")
    structlog.get_logger().info("quiet")
    logging.getLogger("library").info("quiet")
    structlog.get_logger().error("loud")
    assert len(lines()) == 1


def test_libraries_that_would_name_urls_are_quiet(lines: Lines) -> None:
    start("text", "debug")
    logging.getLogger("httpx").info("HTTP Request: GET https://example.org/bot1:abc")
    logging.getLogger("httpcore.http11").debug("send_request_headers")
    assert lines() == []


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_never_appears_wherever_it_stands(lines: Lines, form: Literal["text", "json"]) -> None:
    token, claim, opaque, bot, password, discord, interaction = SECRETS
    start(form)
    log = structlog.get_logger()
    log.info(f"event {token}", value=f"x {claim} y")
    log.info("nested", headers={"Authorization": f"Bearer {opaque}", "list": [token, (claim,)]}, raw=token.encode())
    log.info("url", url=f"redis://ann:{password}@host/0", other=f"https://api.telegram.org/bot{bot}/getMe")
    logging.getLogger("library").warning("header %s and %s", f"bearer {opaque}", {"token": token})
    logging.getLogger("library").warning(
        "flooded: %s", f"https://a.example/api/v10/webhooks/1234/{interaction}/messages/5"
    )
    logging.getLogger("library").warning("late: %s", {f"/interactions/1234/{interaction}/callback": f"Bot {discord}"})
    try:
        raise ValueError(f"refused: Bearer {opaque} {token}")  # noqa: TRY301 - the trace is what is tested
    except ValueError:
        log.exception("broke", claim=claim)
        logging.getLogger("library").exception("broke, too")
    said = "\n".join(lines())
    assert said.count("broke") >= 2
    assert "ValueError" in said
    assert "…" in said or "\\u2026" in said
    for secret in SECRETS:
        assert secret not in said
    assert "host/0" in said
    assert "api.telegram.org" in said


@given(st.text(max_size=40), st.from_regex(r"[\w-]{1,40}", fullmatch=True), st.text(max_size=40))
def test_an_anonymous_token_is_taken_out_of_any_text(before: str, secret: str, after: str) -> None:
    assert f"nmv_usr_{secret}" not in without_secrets(f"{before}nmv_usr_{secret}{after}")


@pytest.mark.parametrize(
    "text", ["", "job_done", "http://127.0.0.1:8080/a", "10:30", "unix:///run/a.sock", "ann@example.org", "bearer"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert without_secrets(text) == text


def test_logs_go_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    start("text")
    structlog.get_logger().info("said")
    assert "said" in capsys.readouterr().err
    assert sys.stdout.writable()
