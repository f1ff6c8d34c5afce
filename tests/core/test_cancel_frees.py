"""What a cancelled job held is free within two seconds, at each stage: files, streams, renders, and its turn."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.web.outbox import LIMITS, TranscriptOutbox
from core.chat import ChatRef, Message
from core.jobs.desk import new_id
from core.jobs.job import Stage
from core.jobs.worker import Worker
from core.nemo.errors import RenderFailed
from core.store.shares import Shares
from tests.core.conversing import BOB, PLATFORM, Backend, House, Room, Said, housed
from tests.counterparts.agents import Project, partial
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Broken
from tests.waiting import wait_until

FELT = 2.0

ONE = Shares(jobs_in_all=1)
"""One turn for everybody: whoever comes next begins only when what was cancelled has given it back."""


def scripted(house: House) -> ScriptedNemo:
    assert house.backend.nemo is not None
    return house.backend.nemo


@pytest.fixture
async def cloud(nemo: Backend, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    async with housed(nemo, redis, tmp_path, shares=ONE) as house, house.working():
        yield house


async def _at(room: Room, stage: Stage) -> None:
    async def there() -> bool:
        return any(job.stage is stage for job in await room.jobs())

    await wait_until(there, 20, what=f"the job is {stage}")


async def _cancelled(room: Room, said: Said) -> None:
    """Press Cancel: it is felt in time, and nothing is left of the job."""
    job = next(job for job in await room.jobs() if job.request == said.id)
    begun = time.monotonic()
    await room.press(await room.progress(said), "Cancel")
    assert (await room.outcome(said, FELT)).message.text.startswith("Cancelled.")

    async def gone() -> bool:
        files = list(room.house.desk.spool.glob(f"{job.id}-*"))
        return not files and job.id not in [each.id for each in await room.jobs()]

    await wait_until(gone, FELT, what="neither job nor files of it are there")
    assert time.monotonic() - begun < FELT
    ended = await room.house.mailbox.job(job.id)
    assert ended is not None
    assert ended.stage is Stage.CANCELLED
    assert await room.videos() == []


async def _turn_is_free(house: House, photo: Path) -> None:
    """Another chat gets its video."""
    other = house.private(BOB)
    await other.video(await other.say("walk", photo))


async def test_item_1_cancel_while_queued_frees_the_place(cloud: House, photo: Path) -> None:
    scripted(cloud).always("upload", Broken("stall"))
    first, second, third = cloud.group("first"), cloud.private(), cloud.group("third")
    holds = await first.say("fly", photo)
    await _at(first, Stage.UPLOADING)
    await wait_until(lambda: scripted(cloud).count("upload"))
    scripted(cloud).always("upload", None)  # the next chat's begins as soon as this one's place is free
    waits = await second.say("swim", photo)
    behind = await third.say("run", photo)
    assert (await third.progress(behind)).message.text == "Waiting: 2 before this one"
    await _cancelled(second, waits)
    assert [job.request for job in await first.jobs()] == [holds.id], "the one at work goes on"
    await _cancelled(first, holds)
    await third.video(behind)
    assert scripted(cloud).prompts == ["run"]


async def test_item_1_cancel_while_queued_without_any_worker_is_felt_too(
    nemo: Backend, redis: Redis, photo: Path, tmp_path: Path
) -> None:
    async with housed(nemo, redis, tmp_path, shares=ONE) as house:
        room = house.private()
        said = await room.say("fly", photo)
        await room.say(command="cancel")
        assert (await room.outcome(said, FELT)).message.text == "Cancelled."
        assert await room.jobs() == ()
        async with house.working():
            await _turn_is_free(house, photo)
        assert scripted(house).prompts == ["walk"]


async def test_item_1_cancel_while_uploading_frees_the_upload(cloud: House, photo: Path) -> None:
    scripted(cloud).always("upload", Broken("stall"))
    room = cloud.private()
    said = await room.say("fly", photo)
    await _at(room, Stage.UPLOADING)
    await wait_until(lambda: scripted(cloud).count("upload"))
    await _cancelled(room, said)
    scripted(cloud).always("upload", None)
    await _turn_is_free(cloud, photo)
    assert scripted(cloud).prompts == ["walk"]


async def test_item_1_cancel_while_prompting_frees_the_stream(cloud: House, photo: Path) -> None:
    heard_to_the_end = asyncio.Event()

    async def endless(words: str, project: Project) -> AsyncIterator[bytes]:
        try:
            while True:
                yield partial("I think about it. ")
                await asyncio.sleep(0.02)
        finally:
            heard_to_the_end.set()

    agent, scripted(cloud).agent = scripted(cloud).agent, endless
    room = cloud.private()
    said = await room.say("fly", photo)
    await wait_until(lambda: scripted(cloud).prompts)
    await _cancelled(room, said)
    async with asyncio.timeout(FELT):
        await heard_to_the_end.wait()
    scripted(cloud).agent = agent
    await _turn_is_free(cloud, photo)


async def test_item_1_cancel_while_rendering_stops_the_export(
    darkroom_url: str, redis: Redis, photo: Path, tmp_path: Path
) -> None:
    async with housed(Backend("darkroom", darkroom_url), redis, tmp_path, shares=ONE) as house, house.working():
        room = house.private()
        said = await room.say("make it 60 seconds long", photo)
        render = await _rendering(house, room)
        await _cancelled(room, said)
        await _is_stopped(house, render)
        await _turn_is_free(house, photo)


async def test_item_1_cancel_while_delivering_frees_the_file(cloud: House, photo: Path) -> None:
    scripted(cloud).always("file", Broken("stall", 0.5))
    room = cloud.private()
    said = await room.say("fly", photo)
    await _at(room, Stage.DELIVERING)
    await wait_until(lambda: list(cloud.desk.spool.rglob("video.mp4.part")))
    await _cancelled(room, said)
    scripted(cloud).always("file", None)
    await _turn_is_free(cloud, photo)


async def test_item_1_cancel_while_redis_is_away_is_felt_when_it_is_back(cloud: House, photo: Path) -> None:
    scripted(cloud).always("upload", Broken("stall"))
    room = cloud.private()
    said = await room.say("fly", photo)
    await _at(room, Stage.UPLOADING)
    shown = await room.progress(said)
    away = 1.0
    await cloud.redis.client_pause(int(away * 1000))
    begun = time.monotonic()
    await room.press(shown, "Cancel")
    assert time.monotonic() - begun >= away / 2, "it was away"
    assert (await room.outcome(said, FELT)).message.text.startswith("Cancelled.")
    await room.settled(FELT)
    assert time.monotonic() - begun < away + FELT
    scripted(cloud).always("upload", None)


class Slow(TranscriptOutbox):
    """A platform that takes its time over each edit."""

    def __init__(self, house: House) -> None:
        super().__init__(PLATFORM, house.transcripts, house.files, clock=time.time, new_id=new_id, limits=LIMITS)
        self.let_go = asyncio.Event()
        self.let_go.set()

    async def edit(self, chat: ChatRef, message_id: str, message: Message) -> bool:
        await self.let_go.wait()
        return await super().edit(chat, message_id, message)


async def test_item_1_cancel_while_the_platform_is_slow_still_stops_the_export(
    darkroom_url: str, redis: Redis, photo: Path, tmp_path: Path
) -> None:
    async with housed(Backend("darkroom", darkroom_url), redis, tmp_path) as house:
        slow = Slow(house)
        worker = Worker(replace(house.desk, outboxes={PLATFORM: slow}), 8, 0.5)
        async with house.working(worker):
            room = house.private()
            said = await room.say("make it 60 seconds long", photo)
            render = await _rendering(house, room)
            shown = await room.progress(said)
            slow.let_go.clear()
            await room.press(shown, "Cancel")
            await _is_stopped(house, render)
            assert (await room.progress(said)).id == shown.id, "nothing could be shown yet"
            slow.let_go.set()
            assert (await room.outcome(said, FELT)).message.text.startswith("Cancelled.")
            await room.settled(FELT)


async def _rendering(house: House, room: Room) -> str:
    """The id of the room's render, once the backend draws it."""
    await _at(room, Stage.RENDERING)
    render = (await room.jobs())[0].render
    assert render is not None

    async def drawn() -> bool:
        return bool((await house.client.render_status(render)).progress)

    await wait_until(drawn, 20, what="the backend draws it")
    return render


async def _is_stopped(house: House, render: str) -> None:
    async def stopped() -> bool:
        try:
            found = await house.client.render_status(render)
        except RenderFailed as failed:
            return failed.reason == "cancelled"
        return found.reason == "cancelled"

    await wait_until(stopped, FELT, what="the export is stopped")
