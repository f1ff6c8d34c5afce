"""Exports: submitted as the state gave them, followed to their end, however the readings fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.nemo.answers import RenderStage, RenderStatus
from core.nemo.errors import (
    BadRequest,
    Interrupted,
    NemoError,
    RenderFailed,
    RenderTimeout,
    RenderUnknown,
    ServerFault,
)
from tests.core.nemo.conftest import Bench, benched
from tests.counterparts.answers import BAD_GATEWAY, BROKEN_JSON, TOO_MANY, coded, page
from tests.counterparts.sockets import Altered, Answer, Broken, Reply, reply_json

DRAFT: dict[str, Any] = {
    "t": [{"tt": 0, "sg": [{"d": 5000, "st": 0.1, "m": {"name": "日落 \u2028", "half": "\ud83d", "none": None}}]}],
    "x": [1.0, 10**20, -0.0, True, {"": []}],
}


async def submitted(bench: Bench) -> None:
    bench.nemo.projects[bench.session.session_id].draft = DRAFT
    await bench.client.submit_render("render_1", bench.session, DRAFT)


async def followed(bench: Bench) -> list[RenderStatus]:
    return [status async for status in bench.client.follow_render("render_1")]


async def test_from_the_state_to_the_file_as_it_came() -> None:
    async with benched() as bench:
        bench.nemo.projects[bench.session.session_id].draft = DRAFT
        state = await bench.client.state(bench.session)
        assert state.draft is not None
        await bench.client.submit_render("render_1", bench.session, state.draft)
        assert bench.nemo.of("render")[0].body == {
            "id": "render_1",
            "sessionId": bench.session.session_id,
            "draft": DRAFT,
            "output": {"format": "mp4", "quality": "high"},
        }
        stages = [status.stage for status in await followed(bench)]
        assert stages == [RenderStage.PENDING, RenderStage.PROCESSING, RenderStage.COMPLETED]
        assert bench.clock.waits == [30, 30]


@pytest.mark.parametrize(("asked", "waits"), [(2, 2), (0, 0.2), (45, 45)])
async def test_retry_after_is_obeyed(asked: float, waits: float) -> None:
    async with benched(poll_after=asked) as bench:
        await submitted(bench)
        assert [status.retry_after for status in await followed(bench)] == [asked] * 3
        assert bench.clock.waits == [waits, waits]


async def test_a_wait_beyond_the_end_is_cut_short() -> None:
    async with benched(poll_after=86400, stages=["processing"]) as bench:
        await submitted(bench)
        with pytest.raises(RenderTimeout):
            await followed(bench)
        assert bench.clock.waits == [900]
        assert bench.nemo.count("render_status") == 2


async def test_slow_after_ten_readings_and_over_after_the_time_allowed() -> None:
    async with benched(stages=["processing"]) as bench:
        await submitted(bench)
        seen: list[bool] = []

        async def follow() -> None:
            async for status in bench.client.follow_render("render_1"):
                seen.append(status.slow)

        with pytest.raises(RenderTimeout):
            await follow()
        assert seen == [False] * 10 + [True] * 21
        assert sum(bench.clock.waits) == 900


async def test_time_that_the_readings_take_counts_too() -> None:
    async with benched(stages=["processing"]) as bench:
        await submitted(bench)
        bench.clock.passing = 60
        with pytest.raises(RenderTimeout):
            await followed(bench)
        # Each reading takes a minute here, beside the half one between two of them.
        assert bench.nemo.count("render_status") < 20


@pytest.mark.parametrize(
    "fault", [BAD_GATEWAY, Broken("reset"), Broken("close", 0.5), BROKEN_JSON, Answer(page(200)), coded(500)]
)
async def test_a_reading_that_breaks_is_left_out(fault: Answer | Broken) -> None:
    async with benched() as bench:
        await submitted(bench)
        bench.nemo.script("render_status", None, fault, fault)
        stages = [status.stage for status in await followed(bench)]
        assert stages[0] is RenderStage.PENDING
        assert bench.nemo.count("render_status") == len(stages) + 2
        assert stages[-1] is RenderStage.COMPLETED
        assert all(record.target.endswith("/render_1") for record in bench.nemo.of("render_status"))
        assert set(bench.clock.waits) == {30}


async def test_readings_that_never_come_end_in_time() -> None:
    async with benched() as bench:
        await submitted(bench)
        bench.nemo.always("render_status", BAD_GATEWAY)
        with pytest.raises(RenderTimeout):
            await followed(bench)
        assert (bench.nemo.count("render_status"), sum(bench.clock.waits)) == (31, 900)


async def test_an_id_that_never_arrived_can_be_submitted() -> None:
    async with benched() as bench:
        with pytest.raises(RenderUnknown):
            await followed(bench)
        with pytest.raises(RenderUnknown):
            await bench.client.render_status("render_1")
        assert bench.nemo.counts == {"render_status": 2}
        await submitted(bench)
        assert (await followed(bench))[-1].stage is RenderStage.COMPLETED


async def test_a_4xx_is_not_repeated() -> None:
    async with benched() as bench:
        await submitted(bench)
        bench.nemo.script("render_status", Answer(Reply(400, b"no")))
        with pytest.raises(BadRequest):
            await followed(bench)
        bench.nemo.script("render_status", TOO_MANY)
        await followed(bench)
        assert bench.nemo.count("render_status") == 1 + 1 + 3


@pytest.mark.parametrize(
    ("answer", "detail", "reason"),
    [
        ({"status": "failed"}, "", None),
        ({"status": "FAILED", "error": "no disk"}, "no disk", None),
        ({"status": "error", "error": {"message": "bad font", "reason": "fonts"}}, "bad font", "fonts"),
        ({"status": "cancelled", "message": "stopped", "reason": "stopped"}, "stopped", "stopped"),
        ({"code": 0, "data": {"status": "failed", "message": "m"}}, "m", None),
    ],
)
async def test_failed(answer: dict[str, Any], detail: str, reason: str | None) -> None:
    async with benched() as bench:
        bench.nemo.always("render_status", Answer(reply_json(answer)))
        with pytest.raises(RenderFailed) as caught:
            await followed(bench)
        assert (caught.value.detail, caught.value.reason) == (detail, reason)
        assert (await bench.client.render_status("render_1")).stage is RenderStage.FAILED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"status": "processing", "progress": 0.25}, (RenderStage.PROCESSING, 0.25, None)),
        ({"status": "processing", "progress": "7"}, (RenderStage.PROCESSING, 1.0, None)),
        ({"status": "queued", "progress": {}}, (RenderStage.PROCESSING, None, None)),
        ({"status": "completed", "output": {"url": "http://x/y"}}, (RenderStage.COMPLETED, None, "http://x/y")),
        ({"status": "completed", "output": "http://x/y"}, (RenderStage.COMPLETED, None, None)),
        ({"status": "completed", "output": {"url": ["x"]}}, (RenderStage.COMPLETED, None, None)),
        ({"status": 200, "data": {"status": "completed"}}, (RenderStage.COMPLETED, None, None)),
        ({"code": 0, "data": {"status": "completed", "output": {"url": "u"}}}, (RenderStage.COMPLETED, None, "u")),
    ],
)
async def test_what_the_contract_leaves_open(answer: dict[str, Any], expected: tuple[object, ...]) -> None:
    async with benched() as bench:
        bench.nemo.always("render_status", Answer(reply_json(answer)))
        status = await bench.client.render_status("render_1")
        assert (status.stage, status.progress, status.url) == expected


@pytest.mark.parametrize("fault", [Broken("reset"), BAD_GATEWAY, Broken("close", 0.3)])
async def test_a_submission_is_never_repeated_on_a_guess(fault: Answer | Broken) -> None:
    async with benched() as bench:
        bench.nemo.always("render", fault)
        with pytest.raises((Interrupted, ServerFault)) as caught:
            await submitted(bench)
        assert caught.value.accepted is None
        assert bench.nemo.count("render") == 1


async def test_ids_stand_escaped_in_a_path() -> None:
    async with benched() as bench:
        session = replace(bench.session, session_id="../../a?b#c d/猫")
        with pytest.raises(NemoError):
            await bench.client.state(session)
        assert bench.nemo.records[0].call == "state"
        assert bench.nemo.records[0].target.endswith("/..%2F..%2Fa%3Fb%23c%20d%2F%E7%8C%AB/latest")


async def test_unknown_fields_are_kept_and_ignored() -> None:
    async with benched() as bench:
        bench.nemo.script(
            "credits", Altered(lambda answer: {**answer, "data": {**answer["data"], "gold": 1, "total": []}})
        )
        credits_ = await bench.client.credits()
        assert (credits_.available, credits_.total) == (100, None)
