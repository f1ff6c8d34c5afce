"""Real servers' bytes through the client: whole, cut anywhere, in any pieces. What must come out stands in a data file.

The recordings lie beside the repository (`../shared/sse-captures`) or where SSE_CAPTURES says. Without them these tests
are skipped, except in CI.
"""

from __future__ import annotations

import asyncio
import os
import tomllib
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.nemo.envelope import parse_object
from core.nemo.errors import Interrupted, NemoError
from core.nemo.stream import read_events
from core.nemo.turn import Ended, Progress, Turn, TurnEnded, TurnEvent, finish, step
from tests.core.nemo.conftest import Bench, benched
from tests.core.nemo.screen import Screen, letters, turn_of
from tests.counterparts.agents import replay
from tests.counterparts.sockets import Broken

ROOT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("SSE_CAPTURES") or ROOT.parent / "shared" / "sse-captures")
ROWS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("captures.toml").read_text("utf-8"))["capture"]
NAMES = [row["file"] for row in ROWS]

SMALL = 450
"""Bytes up to which a recording is really broken at every offset, one run each."""


@pytest.fixture(autouse=True, scope="module")
def recordings() -> None:
    if not FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the recorded streams are missing: {FOLDER}")
        pytest.skip(f"no recorded streams at {FOLDER}; SSE_CAPTURES names another folder")


def recorded(row: dict[str, Any]) -> bytes:
    return (FOLDER / f"{row['file']}.sse").read_bytes()


def final(row: dict[str, Any]) -> str:
    return letters(*row["texts"], row.get("unfinished", ""))


def lost() -> Interrupted:
    return Interrupted("prompt", accepted=None)


async def pieces(data: Iterable[bytes], error: NemoError | None = None) -> AsyncIterator[bytes]:
    for piece in data:
        yield piece
    if error is not None:
        raise error


def assert_outcome(row: dict[str, Any], turn: Turn, screen: Screen) -> None:
    assert list(turn.texts) == screen.passages == row["texts"]
    assert turn.unfinished == screen.growing == row.get("unfinished", "")
    assert list(turn.tools) == row.get("tools", [])
    assert list(turn.state_delta) == row.get("state", [])
    assert turn.ended == row["ended"]
    error = turn.error
    assert (None if error is None else type(error).__name__) == row.get("error")
    if error is not None:
        assert (error.code, error.detail) == (row.get("code"), row.get("message", ""))
        assert error.accepted is True or row.get("broken")
    screen.check(final(row))


def assert_cut(row: dict[str, Any], turn: Turn, screen: Screen, whole: bool) -> None:
    """A turn whose connection was lost: cut, unless all of it had come and its last frame said that it was over."""
    assert turn.ended == (row["ended"] if whole and row.get("settled") else Ended.CUT)
    assert final(row).startswith(screen.letters)
    assert row["texts"][: len(turn.texts)] == list(turn.texts)
    assert letters(*turn.texts, turn.unfinished) == screen.letters


def test_every_recording_has_its_row() -> None:
    found = sorted(f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.sse"))
    assert sorted(NAMES) == found


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
async def test_whole_and_byte_by_byte(row: dict[str, Any]) -> None:
    data, error = recorded(row), lost() if row.get("broken") else None
    for chunks in ([data], [data[at : at + 1] for at in range(len(data))]):
        screen = Screen()
        assert_outcome(row, await turn_of(pieces(chunks, error), screen), screen)


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
async def test_lost_at_every_offset(row: dict[str, Any]) -> None:
    """The state before each byte is the one that a connection lost there leaves: a step's values do not change."""
    data, now, screen, checked = recorded(row), Progress(), Screen(), 0

    def lose(offset: int) -> None:
        nonlocal checked
        turn, shown = finish(now, lost())
        there = Screen(screen.passages[:], screen.growing)
        there.show(shown)
        assert_cut(row, turn, there, offset == len(data))
        checked += 1

    async def bytewise() -> AsyncIterator[bytes]:
        for offset in range(len(data)):
            lose(offset)
            yield data[offset : offset + 1]
        lose(len(data))

    async for event in read_events(bytewise()):
        now, shown = step(now, event)
        screen.show(shown)
    assert checked == len(data) + 1
    screen.check(final(row))


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
async def test_broken_and_ended_at_offsets(row: dict[str, Any]) -> None:
    """Broken for real: a small recording at every offset, a large one around the ends of its frames.

    A body that ends in order within a frame is cut as well, wherever that can be seen: the frame's JSON has begun.
    """
    data = recorded(row)
    for offset in range(len(data) + 1) if len(data) <= SMALL else seams(data):
        screen = Screen()
        turn = await turn_of(pieces([data[:offset]], lost()), screen)
        assert_cut(row, turn, screen, offset == len(data))
        screen = Screen()
        turn = await turn_of(pieces([data[:offset]]), screen)
        assert final(row).startswith(screen.letters)
        assert (turn.ended is Ended.CUT) is is_visibly_cut(data[:offset])


def is_visibly_cut(data: bytes) -> bool:
    frame = data.rpartition(b"\n\n")[2]
    if not frame.startswith(b"data: {") or b'"error":' in frame:
        return False
    return parse_object(frame.removeprefix(b"data: ")) is None


def seams(data: bytes) -> list[int]:
    ends = [at for at in range(len(data)) if data.startswith(b"\n\n", at)]
    return sorted({min(len(data), max(0, end + shift)) for end in ends for shift in (-2, -1, 0, 1, 2, 3, 8, 40)})


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_in_any_pieces(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(ROWS))
    whole = recorded(row)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(whole)), max_size=12)))
    chunks = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    screen = Screen()
    turn = asyncio.run(turn_of(pieces(chunks, lost() if row.get("broken") else None), screen))
    assert_outcome(row, turn, screen)


@given(st.data())
@settings(max_examples=120, deadline=None)
def test_with_bytes_changed_taken_out_or_put_in(data: st.DataObject) -> None:
    """Whatever becomes of the bytes, nothing but the client's own errors comes out, and no passage twice in a row."""
    row = data.draw(st.sampled_from(ROWS))
    whole = bytearray(recorded(row))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole)))
        taken = data.draw(st.integers(0, 3))
        whole[at : at + taken] = data.draw(st.binary(max_size=3) | st.sampled_from([b"\n", b"\n\n", b"\r", b'"', b"{"]))
    screen = Screen()
    asyncio.run(turn_of(pieces([bytes(whole)]), screen))
    assert all(one != other for one, other in zip(screen.passages, screen.passages[1:], strict=False))


async def followed(bench: Bench, screen: Screen) -> Turn:
    turn = None
    async with aclosing(bench.client.prompt(bench.session, "go")) as events:
        async for event in events:
            assert turn is None, "an event after the end"
            shown: list[TurnEvent] = [event]
            screen.show(shown)
            if isinstance(event, TurnEnded):
                turn = event.turn
    assert turn is not None
    return turn


async def test_over_a_socket_as_recorded() -> None:
    async with benched() as bench:
        for row in ROWS:
            data = recorded(row)
            bench.nemo.agent = replay(data)
            if row.get("broken"):
                bench.nemo.script("prompt", Broken("close", len(data)))
            screen = Screen()
            assert_outcome(row, await followed(bench, screen), screen)
        assert bench.nemo.count("prompt") == len(ROWS)
        assert bench.clock.waits == []


@pytest.mark.parametrize("how", ["reset", "close"])
async def test_over_a_socket_that_is_lost(how: str) -> None:
    async with benched() as bench:
        sent = 0
        for row in ROWS:
            data = recorded(row)
            bench.nemo.agent = replay(*(data[at : at + 100] for at in range(0, len(data), 100)))
            for offset in sorted({0, 1, len(data) // 3, len(data) // 2, max(0, len(data) - 1), len(data)}):
                if offset > len(data):
                    continue
                bench.nemo.script("prompt", Broken(how, offset))
                screen = Screen()
                turn = await followed(bench, screen)
                assert_cut(row, turn, screen, offset == len(data))
                assert turn.error is None or turn.error.accepted is True
                sent += 1
        assert bench.nemo.count("prompt") == sent
