"""Waiting with limits: ticks, silence, the end, and what becomes of a message whose stream broke."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from core.nemo.answers import State
from core.nemo.errors import (
    BadAnswer,
    Interrupted,
    NemoError,
    ServerFault,
    SessionNotFound,
    StreamSilent,
    StreamTimeout,
)
from core.nemo.recovery import fingerprint, recover
from core.nemo.turn import Ended, StillWorking, Turn, TurnEnded, TurnEvent
from core.nemo.watch import watch
from tests.core.nemo.conftest import OPTIONS, Bench, Clock, benched
from tests.counterparts.agents import HEARTBEATS, Project, partial, said
from tests.counterparts.answers import BAD_GATEWAY
from tests.counterparts.sockets import Broken

# watch(), with time as an argument: tenths of seconds stand for minutes


async def after(*steps: tuple[float, str]) -> AsyncGenerator[str, None]:
    for seconds, item in steps:
        await asyncio.sleep(seconds)
        yield item


async def watched(items: AsyncGenerator[str, None], **limits: float) -> list[str]:
    given = {"silence": 5.0, "limit": 10.0, "tick": 5.0, **limits}
    seen: list[str] = []
    patient = given["silence"]
    stream = watch(items, patience=lambda item: None if item == "beat" else patient, **given)
    async with aclosing(stream):
        async for item in stream:
            seen.append("tick" if isinstance(item, StillWorking) else item)
    return seen


async def test_items_come_through_in_order() -> None:
    assert await watched(after((0, "a"), (0, "b"), (0, "c"))) == ["a", "b", "c"]


async def test_ticks_mean_time_and_not_quiet() -> None:
    seen = await watched(after(*[(0.02, "a")] * 30), tick=0.1)
    assert seen.count("a") == 30
    assert 3 <= seen.count("tick") <= 30
    assert seen.index("tick") > 1


async def test_silence_ends_it_although_hearts_beat() -> None:
    beats = after((0, "a"), *[(0.02, "beat")] * 500)
    with pytest.raises(StreamSilent):
        await watched(beats, silence=0.2)


async def test_signs_of_life_prolong_it() -> None:
    assert len(await watched(after(*[(0.1, "a")] * 8), silence=0.6)) == 8


async def test_the_end_comes_however_lively_it_is() -> None:
    with pytest.raises(StreamTimeout):
        await watched(after(*[(0.02, "a")] * 500), limit=0.3)


async def test_a_slow_reader_is_not_the_streams_silence() -> None:
    stream = watch(after((0, "a"), (0, "b")), patience=lambda _: 0.05, silence=0.05, limit=5, tick=9)
    async with aclosing(stream):
        assert await anext(stream) == "a"
        await asyncio.sleep(0.15)
        assert await anext(stream) == "b"


@pytest.mark.parametrize("how", ["left", "cancelled", "silent"])
async def test_the_source_is_closed_in_any_case(how: str) -> None:
    closed = asyncio.Event()
    begun = asyncio.Event()

    async def source() -> AsyncGenerator[str, None]:
        try:
            yield "a"
            begun.set()
            await asyncio.Event().wait()
        finally:
            closed.set()

    async def read() -> None:
        stream = watch(source(), patience=lambda _: 0.05 if how == "silent" else 60, silence=60, limit=60, tick=60)
        async with aclosing(stream):
            async for _ in stream:
                if how == "left":
                    return

    task = asyncio.create_task(read())
    if how == "cancelled":
        await begun.wait()
        task.cancel()
    await asyncio.wait([task])
    assert closed.is_set()


# The same limits over a socket


async def turn(bench: Bench) -> tuple[Turn, list[TurnEvent]]:
    events = [event async for event in bench.client.prompt(bench.session, "go")]
    assert isinstance(events[-1], TurnEnded)
    return events[-1].turn, events


@pytest.mark.parametrize("form", HEARTBEATS)
async def test_a_heartbeat_of_any_form_is_no_sign_of_life(form: str) -> None:
    async def agent(words: str, project: Project) -> AsyncIterator[bytes]:
        yield partial("Working")
        while True:
            yield HEARTBEATS[form]
            await asyncio.sleep(0.02)

    async with benched(replace(OPTIONS, silence_timeout=0.25), agent=agent) as bench:
        ended, events = await turn(bench)
        assert ended.ended is Ended.STALLED
        assert (ended.texts, ended.unfinished) == ((), "Working")
        assert isinstance(ended.error, StreamSilent)
        assert ended.error.accepted is True
        assert len(events) == 3, "a heartbeat was shown"
        assert bench.nemo.count("prompt") == 1


async def test_still_working_and_the_end_over_a_socket() -> None:
    async def agent(words: str, project: Project) -> AsyncIterator[bytes]:
        while True:
            yield said("…")
            await asyncio.sleep(0.02)

    options = replace(OPTIONS, still_working_interval=0.1, stream_timeout=0.45)
    async with benched(options, agent=agent) as bench:
        ended, events = await turn(bench)
        assert ended.ended is Ended.TIMEOUT
        ticks = [event.seconds for event in events if isinstance(event, StillWorking)]
        assert 2 <= len(ticks) <= 4
        assert ticks == sorted(ticks)
        assert bench.nemo.count("prompt") == 1


async def test_a_complete_turn_on_a_stream_that_stays_open() -> None:
    async def agent(words: str, project: Project) -> AsyncIterator[bytes]:
        yield said("Done.", turnComplete=True)
        await asyncio.Event().wait()

    async with benched(replace(OPTIONS, settle_timeout=0.1), agent=agent) as bench:
        ended, _ = await turn(bench)
        assert (ended.ended, ended.texts, ended.error) == (Ended.DONE, ("Done.",), None)


async def test_who_leaves_closes_the_connection() -> None:
    left = asyncio.Event()

    async def agent(words: str, project: Project) -> AsyncIterator[bytes]:
        try:
            while True:
                yield HEARTBEATS["comment"]
                await asyncio.sleep(0.01)
        finally:
            left.set()

    async with benched(agent=agent) as bench:
        events = bench.client.prompt(bench.session, "go")
        async with aclosing(events):
            await anext(events)
        await asyncio.wait_for(left.wait(), 5)


# Recovery


def state(**fields: Any) -> State:
    return State.model_validate(fields)


BEFORE = state(draft={"t": []})
AFTER = state(draft={"t": [{"sg": [1]}]})


async def recovered(*readings: State | NemoError) -> tuple[State | None, list[float]]:
    clock, left = Clock(), list(readings)

    async def read() -> State:
        reading = left.pop(0)
        if isinstance(reading, NemoError):
            raise reading
        return reading

    found = await recover(read, fingerprint(BEFORE), OPTIONS, clock.sleep)
    assert left == []
    return found, clock.waits


async def test_five_unchanged_readings_are_the_end() -> None:
    assert await recovered(*[BEFORE] * 5) == (None, [30, 60, 60, 60, 60])


@pytest.mark.parametrize("unchanged", range(5))
async def test_a_change_is_found(unchanged: int) -> None:
    assert await recovered(*[BEFORE] * unchanged, AFTER) == (AFTER, [30, 60, 60, 60, 60][: unchanged + 1])


async def test_a_reading_that_failed_is_none() -> None:
    fault = ServerFault("state", accepted=None)
    found, waits = await recovered(fault, BEFORE, fault, BEFORE, BEFORE, fault, BEFORE, BEFORE)
    assert (found, waits) == (None, [30, *[60] * 7])


async def test_an_empty_state_is_no_change() -> None:
    """A state that lost all that it held is an answer that broke, not an edit that emptied it."""
    assert await recovered(state(), state(video_infos=None), AFTER) == (AFTER, [30, 60, 60])
    with pytest.raises(BadAnswer):
        await recovered(*[state()] * 5)


async def test_five_failed_readings_and_one_that_is_final() -> None:
    with pytest.raises(Interrupted) as caught:
        await recovered(*(Interrupted("state") for _ in range(5)))
    assert caught.value.accepted is None
    with pytest.raises(SessionNotFound):
        await recovered(BEFORE, SessionNotFound("state"))


async def test_signatures_and_order_are_no_change() -> None:
    one = state(draft={"a": 1, "b": [{"url": "https://x/y?sig=1#a"}]}, generated_media=["http://x/1?t=1"])
    other = state(generated_media=["http://x/1?t=2"], draft={"b": [{"url": "https://x/y?sig=2"}], "a": 1}, new="field")
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one) != fingerprint(state(draft={"a": 2}))


async def test_a_broken_prompt_is_recovered_and_never_sent_again() -> None:
    async def agent(words: str, project: Project) -> AsyncIterator[bytes]:
        project.add(0, "late", 5000)
        yield partial("Working")

    async with benched(agent=agent) as bench:
        before = fingerprint(await bench.client.state(bench.session))
        bench.nemo.script("prompt", Broken("reset", 60))
        bench.nemo.script("state", BAD_GATEWAY, Broken("reset"), BAD_GATEWAY)
        ended, _ = await turn(bench)
        assert ended.is_uncertain
        bench.clock.waits.clear()
        found = await recover(
            lambda: bench.client.state(bench.session), before, bench.client.options, bench.clock.sleep
        )
        assert found is not None
        # Three requests for the first reading with 1 s and 2 s between, then the next reading.
        assert bench.clock.waits == [30, 1, 2, 60]
        assert bench.nemo.prompts == ["go"]
