"""What is too old, too much for the disk, or long over: told in one sentence, and removed after its time."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from core.chat import Message
from core.jobs.job import Stage
from core.jobs.mailbox import KEEP_ENDED
from core.jobs.worker import Worker
from core.nemo.errors import RenderFailed, RenderUnknown
from core.store.connection import StoreFull, connected, key
from core.store.lists import List, Lists
from core.store.server import embedded
from core.store.shares import Shares
from core.store.transcripts import Entry
from core.texts.problems import sentence
from tests.core.conversing import ADMIN, ALICE, BOB, LI, Backend, House, Room, Said, housed
from tests.counterparts.agents import Project, editor
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Answer, reply_json
from tests.disks import fill, small_disk
from tests.waiting import wait_until

HOUR = 3600.0
TOO_OLD = "This was asked for too long ago to be made unasked. Press Retry to have it made now."
NO_ROOM = "There is no room left on this machine's disk. Please tell the operator of this bot."
FULL = Path("/dev/full")

YEAR = 365 * 24 * 3600


def scripted(house: House) -> ScriptedNemo:
    assert house.backend.nemo is not None
    return house.backend.nemo


class Clock:
    """The real one, which can be put on."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def house(nemo: Backend, redis: Redis, tmp_path: Path, clock: Clock) -> AsyncIterator[House]:
    """A process without a worker: nothing is older than a day, and everybody has one clip a day."""
    async with housed(
        nemo, redis, tmp_path, max_age=24 * HOUR, clock=clock, shares=Shares(jobs_in_all=1, quota_person=1)
    ) as house:
        yield house


async def test_item_5_a_job_from_before_a_long_outage_is_reported_as_expired(
    house: House, photo: Path, clock: Clock
) -> None:
    alice, li = house.private(ALICE), house.private(LI)
    asked = await alice.say("fly", photo)
    waiting = await li.say("飞", photo)
    clock.ahead = 24 * HOUR + 1
    async with house.working():
        expired = await alice.outcome(asked)
        assert expired.message.text == TOO_OLD
        assert [button.label for button in expired.message.buttons] == ["Retry"]
        assert (await li.outcome(waiting)).message.text == "这个请求时间太久，没有自动制作。要现在制作，请点“重试”。"
        await li.settled()
        assert scripted(house).count("session") == 0, "nothing was done"
        assert (await house.mailbox.numbers(5)).today["expired", "web"] == 2
        await alice.press(expired, "Retry")
        await alice.settled()
        await alice.video(asked)
        assert scripted(house).prompts == ["fly"]


async def test_item_5_a_job_that_is_not_too_old_goes_on_after_an_outage(
    house: House, photo: Path, clock: Clock
) -> None:
    room = house.private()
    asked = await room.say("fly", photo)
    clock.ahead = 24 * HOUR - 60
    async with house.working():
        await room.video(asked)


async def test_item_5_what_an_expired_job_gave_up_is_given_back(house: House, photo: Path, clock: Clock) -> None:
    """Its quota was of the day on which it was asked for; a new one of that day could be asked for again."""
    room = house.private()
    clock.ahead = -48 * HOUR
    await room.say("fly", photo)
    clock.ahead = 0
    async with house.working():
        await room.settled()
    day = int((time.time() - 48 * HOUR) // 86400)
    assert await house.redis.zscore(key("used", str(day), "people"), "web:alice") == 0


async def test_item_5_an_expired_render_is_stopped(
    darkroom_url: str, redis: Redis, photo: Path, tmp_path: Path, clock: Clock
) -> None:
    backend = Backend("darkroom", darkroom_url)
    async with housed(backend, redis, tmp_path, max_age=24 * HOUR, clock=clock) as house:
        room = house.private()
        asked = await room.say("make it 60 seconds long", photo)

        async def renders() -> str | None:
            """The render's id, once the backend knows it: it is recorded before that."""
            found = await room.jobs()
            if not found or found[0].stage is not Stage.RENDERING or found[0].render is None:
                return None
            with suppress(RenderUnknown):
                await house.client.render_status(found[0].render)
                return found[0].render
            return None

        async with house.working(Worker(house.desk, 8, 0.0)):
            render = await wait_until(renders, 20)
        assert render is not None
        clock.ahead = 25 * HOUR
        async with house.working():
            assert (await room.outcome(asked)).message.text == TOO_OLD
            await room.settled()
        with pytest.raises(RenderFailed) as caught:
            async for _ in house.client.follow_render(render):
                pass
        assert caught.value.reason == "cancelled"


async def test_item_5_a_video_that_was_posted_is_not_reported_as_expired(
    house: House, photo: Path, clock: Clock
) -> None:
    """The worker ended between the video and the record of the job's end."""
    room = house.private()
    await room.say("fly", photo)
    job = (await room.jobs())[0]
    shown = await house.desk.outboxes["web"].send(room.chat, Message("Posting the video", fraction=0.99))
    record = replace(job, stage=Stage.DELIVERING, video_message="v1", progress_message=shown)
    await house.redis.hset(key("job", job.id), "record", record.to_json())
    clock.ahead = 25 * HOUR
    async with house.working():
        await room.settled()
    assert TOO_OLD not in await room.texts()


# Removed after its time.

FOR_GOOD = (
    r"sr:account:.*:client-id",  # each new one costs the address an allowance
    r"sr:(chats|fence|chats:ticket)",  # one of each
    r"sr:list:(allow|block)",  # the operator's
)


async def test_item_5_everything_that_is_kept_of_chats_and_jobs_ends_by_itself(
    nemo: Backend, redis: Redis, photo: Path, tmp_path: Path
) -> None:
    """After videos, failures, cancelled and refused jobs, settings, buttons and strangers: every key has its time."""
    lists = Lists(redis, operators={"web:admin"})
    shares = Shares(jobs_in_all=1, jobs_person=1, quota_person=4, quota_chat=50, queue_person=3)
    async with housed(nemo, redis, tmp_path, shares=shares, lists=lists) as house:
        alice, group = house.private(ALICE), house.group()
        async with house.working():
            video = await alice.video(await alice.say("fly", photo))
            await alice.press(video, "Slower")
            await alice.settled()
            await alice.say("zh", command="language")
            await alice.say("", photo)
            await alice.settled()
            scripted(house).stages = ("failed",)
            await group.outcome(await group.say("swim", photo, by=BOB))
            scripted(house).stages = ("completed",)
            await group.say(command="settings", by=ADMIN)
            await group.press((await group.entries())[-1], "Only", by=ADMIN)
            await house.private(ADMIN).say(command="stats")
            await house.lists.add(List.BLOCK, ["web:li"])
            await house.private(LI).say("飞", photo)
        for words in ("run", "walk", "sit", "jump", "rest"):
            await alice.say(words, photo)
        await alice.say(command="cancel")
        await alice.settled()
    kept: dict[str, int] = {}
    async for name in redis.scan_iter("*"):
        kept[str(name)] = await redis.ttl(name)
    assert len(kept) > 20
    endless = [name for name, seconds in kept.items() if seconds < 0]
    assert [name for name in endless if not any(re.fullmatch(each, name) for each in FOR_GOOD)] == []
    assert max(kept.values()) <= YEAR
    jobs = [seconds for name, seconds in kept.items() if name.startswith("sr:job:")]
    assert len(jobs) >= 6
    assert max(jobs) <= KEEP_ENDED


async def test_item_5_records_are_removed_after_their_time(
    nemo: Backend, redis: Redis, photo: Path, tmp_path: Path
) -> None:
    async with housed(nemo, redis, tmp_path, keep_ended=1) as house:
        room = house.private()
        async with house.working():
            scripted(house).stages = ("failed",)
            failed = await room.outcome(await room.say("fly", photo))
            await room.settled()
        await room.say("swim", photo)
        await room.say(command="cancel")

        async def gone() -> bool:
            return [name async for name in redis.scan_iter("sr:job:*")] == []

        await wait_until(gone, 5, what="no record of a job is left")
        await room.press(failed, "Retry")
        found = await house.transcripts.find(room.chat, failed.id)
        assert found is not None
        assert found.message.text == "That was too long ago. Please send the photo again."


# A full disk.


@pytest.fixture
def full_soon(tmp_path: Path) -> Iterator[Path]:
    """A small disk for the files on their way."""
    with small_disk(tmp_path / "spool") as folder:
        yield folder


async def _fails_for_want_of_room(house: House, room: Room, asked: Said) -> Entry:
    """One sentence to the person, and one line to the operator."""
    with capture_logs() as logs:
        async with house.working():
            failed = await room.outcome(asked)
            await room.settled()
    assert failed.message.text == NO_ROOM
    assert [button.label for button in failed.message.buttons] == ["Retry"]
    (told,) = [entry for entry in logs if entry["log_level"] == "error"]
    assert (told["event"], told["where"]) == ("disk_full", str(house.desk.spool))
    assert "exc_info" not in told
    return failed


async def _goes_on(house: House, room: Room, failed: Entry) -> None:
    async with house.working():
        await room.press(failed, "Retry")
        await room.settled()
    assert len(await room.videos()) == 1
    assert list(house.desk.spool.iterdir()) == []


async def test_item_5_a_full_disk_while_uploading_is_one_sentence(full_soon: Path, house: House, photo: Path) -> None:
    room = house.private()
    asked = await room.say("fly", photo)
    filler = fill(full_soon)
    failed = await _fails_for_want_of_room(house, room, asked)
    filler.unlink()
    await _goes_on(house, room, failed)


async def test_item_5_a_full_disk_while_delivering_is_one_sentence(full_soon: Path, house: House, photo: Path) -> None:
    async def filling(words: str, project: Project) -> AsyncIterator[bytes]:
        async for each in editor(words, project):
            yield each
        fill(full_soon)

    scripted(house).agent = filling
    room = house.private()
    failed = await _fails_for_want_of_room(house, room, await room.say("fly", photo))
    (full_soon / "filler").unlink()
    await _goes_on(house, room, failed)
    assert scripted(house).prompts == ["fly"], "what was done is not done again"


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
async def test_item_5_a_full_disk_is_told_also_where_nobody_may_mount_one(house: House, photo: Path) -> None:
    """The job's file is a way to the device that never has room."""
    room = house.private()
    asked = await room.say("fly", photo)
    token = int(await house.redis.get(key("fence")) or 0) + 1
    folder = house.desk.spool / f"{(await room.jobs())[0].id}-{token}"
    folder.mkdir()
    (folder / "in-0").symlink_to(FULL)
    await _goes_on(house, room, await _fails_for_want_of_room(house, room, asked))


async def test_item_5_a_store_without_room_is_told_to_the_operator_and_the_work_goes_on_after_it(
    full_soon: Path, nemo: Backend, photo: Path, tmp_path: Path
) -> None:
    """The embedded server's own disk: nothing can be recorded, so nothing more is done until it can."""
    let_go = asyncio.Event()

    async def waits(words: str, project: Project) -> AsyncIterator[bytes]:
        await let_go.wait()
        async for each in editor(words, project):
            yield each

    async with (
        embedded(full_soon) as url,
        connected(url) as redis,
        housed(nemo, redis, tmp_path / "elsewhere") as house,
        house.working(),
    ):
        scripted(house).agent = waits
        room = house.private()
        asked = await room.say("fly", photo)
        await wait_until(lambda: scripted(house).prompts)
        with capture_logs() as logs:
            filler = fill(full_soon)

            async def refused() -> bool:
                try:
                    await redis.set("something", bytes(5000))
                except StoreFull:
                    return True
                return False

            await wait_until(refused, 5, what="the store takes nothing more")
            let_go.set()
            await wait_until(lambda: any(each["event"] == "record_waits" for each in logs))
            await wait_until(lambda: any(each["event"] == "disk_full" for each in logs))
        assert [each["where"] for each in logs if each["event"] == "disk_full"] == ["the store's"]
        assert not [each for each in logs if "exc_info" in each]
        filler.unlink()

        async def takes() -> bool:
            return not await refused()

        await wait_until(takes, 10, what="the store writes again")
        await room.video(asked)
        assert scripted(house).prompts == ["fly"]


@pytest.mark.parametrize("call", ["session", "upload", "prompt", "render"])
async def test_item_5_a_full_disk_at_the_backend_is_told_so(house: House, photo: Path, call: str) -> None:
    """As darkroom answers it."""
    no_room = {"code": 507, "message": "there is no room left on the disk", "data": {"reason": "disk_full"}}
    scripted(house).always(call, Answer(reply_json(no_room, 507)))
    room = house.private()
    with capture_logs() as logs:
        async with house.working():
            failed = await room.outcome(await room.say("fly", photo))
            await room.settled()
    assert failed.message.text == NO_ROOM
    assert ("disk_full", "the backend's") in [(each["event"], each.get("where")) for each in logs]
    scripted(house).always(call, None)
    async with house.working():
        await room.press(failed, "Retry")
        await room.settled()
    assert len(await room.videos()) == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_item_5_a_quota_of_the_disk_is_a_full_disk_too(number: int) -> None:
    assert sentence(OSError(number, os.strerror(number)), "en", web_url="") == NO_ROOM
