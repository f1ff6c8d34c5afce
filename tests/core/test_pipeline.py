"""Jobs that somebody else began, sessions that the backend has lost, and what goes wrong: each ends in a sentence."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.web.outbox import LIMITS
from core.jobs.job import Job, Stage
from core.jobs.mailbox import Mailbox
from core.jobs.worker import Worker
from tests import clips
from tests.core.conversing import BOB, Backend, House, Room, housed
from tests.core.test_fit import noisy
from tests.counterparts.agents import Project, called, editor, frame, partial, said
from tests.counterparts.answers import BAD_GATEWAY, coded
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Broken
from tests.waiting import wait_until


def scripted(house: House) -> ScriptedNemo:
    assert house.backend.nemo is not None
    return house.backend.nemo


async def _stage(room: Room, stage: Stage) -> Job:
    async def there() -> Job | None:
        return next((job for job in await room.jobs() if job.stage is stage), None)

    found = await wait_until(there, 10, what=f"the job is {stage}")
    assert found is not None
    return found


async def _handed_over(house: House, room: Room, stage: Stage, and_then: Callable[[], object] = lambda: True) -> Job:
    """Let a worker bring the chat's job to this stage and wait for what follows; end that worker in the midst of it."""
    async with house.working(Worker(house.desk, 8, 0.0)):
        await _stage(room, stage)
        await wait_until(and_then)
    return (await room.jobs())[0]


@pytest.fixture
async def idle_house(nemo: Backend, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    """A process without a worker, against the scripted service."""
    async with housed(nemo, redis, tmp_path) as house:
        yield house


async def test_a_job_found_in_prompting_is_never_prompted_again(idle_house: House, photo: Path) -> None:
    house, nemo = idle_house, scripted(idle_house)
    finish = asyncio.Event()

    async def slow(words: str, project: Project) -> AsyncIterator[bytes]:
        yield called("edit")
        await finish.wait()
        async for each in editor(words, project):
            yield each

    nemo.agent = slow
    room = house.private()
    asked = await room.say("fly", photo)
    found = await _handed_over(house, room, Stage.PROMPTING, lambda: nemo.prompts)
    assert found.before is not None
    assert nemo.prompts == ["fly"]
    project = next(iter(nemo.projects.values()))
    project.add(0, "hills", 1000)  # the turn went on without its listener
    finish.set()
    async with house.working():
        video = await room.video(asked)
    assert nemo.prompts == ["fly"]
    assert "Video hills (0-1s)" in video.message.text


async def test_a_prompt_that_left_no_trace_ends_in_a_retry_that_only_a_press_sends(
    idle_house: House, photo: Path
) -> None:
    house, nemo = idle_house, scripted(idle_house)

    async def lost(words: str, project: Project) -> AsyncIterator[bytes]:
        yield partial("I ")
        await asyncio.sleep(60)

    nemo.agent = lost
    room = house.private()
    asked = await room.say("fly", photo)
    await _handed_over(house, room, Stage.PROMPTING)
    nemo.agent = editor
    async with house.working():
        failed = await room.outcome(asked)
        assert failed.message.text == (
            "The video service gave no answer to this request. Press Retry to send it again."
        )
        assert [button.label for button in failed.message.buttons] == ["Retry"]
        assert nemo.prompts == ["fly"]
        await room.press(failed, "Retry")
        await room.press(failed, "Retry")
        await room.settled()
        await room.video(asked)
    assert nemo.prompts == ["fly", "fly"], "two presses are one retry"


async def test_a_job_found_in_prompting_whose_session_has_ended_is_not_prompted_in_a_new_one(
    idle_house: House, photo: Path
) -> None:
    house, nemo = idle_house, scripted(idle_house)

    async def lost(words: str, project: Project) -> AsyncIterator[bytes]:
        yield partial("I ")
        await asyncio.sleep(60)

    nemo.agent = lost
    room = house.private()
    asked = await room.say("fly", photo)
    found = await _handed_over(house, room, Stage.PROMPTING)
    await house.clips.drop_session(found.clip)
    async with house.working():
        failed = await room.outcome(asked)
    assert [button.label for button in failed.message.buttons] == ["Retry"]
    assert nemo.prompts == ["fly"]
    assert nemo.count("session") == 1


async def test_a_job_found_in_rendering_goes_on_with_its_id(idle_house: House, photo: Path) -> None:
    house, nemo = idle_house, scripted(idle_house)
    nemo.stages = ("processing",)
    room = house.private()
    asked = await room.say("fly", photo)
    found = await _handed_over(house, room, Stage.RENDERING)
    nemo.stages = ("completed",)
    async with house.working():
        await room.video(asked)
    assert list(nemo.renders) == [found.render]
    assert nemo.count("render") == 1


async def test_a_job_whose_video_is_posted_is_not_posted_again(idle_house: House, photo: Path) -> None:
    house, nemo = idle_house, scripted(idle_house)
    room = house.private()
    asked = await room.say("fly", photo)
    async with house.working():
        video = await room.video(asked)
    job = (await _history(house, room, video.id))[0]
    again = replace(job, stage=Stage.DELIVERING, video_message=None)
    await house.redis.delete(f"sr:job:{job.id}")
    assert await house.mailbox.put(again) == 0
    async with house.working():
        await room.settled()
    assert [entry.id for entry in await room.videos()] == [video.id]
    assert nemo.count("render") == 1


async def _history(house: House, room: Room, message: str) -> list[Job]:
    keys = [key async for key in house.redis.scan_iter("sr:job:*")]
    jobs = [await Mailbox(house.redis).job(str(key).rpartition(":")[2]) for key in keys]
    return [job for job in jobs if job is not None and job.video_message == message]


async def test_a_lost_session_is_replaced_and_the_photos_are_uploaded_again(cloud: House, photo: Path) -> None:
    nemo, room = scripted(cloud), cloud.private()
    await room.video(await room.say("fly", photo))
    nemo.projects.clear()
    video = await room.video(await room.say("swim"))
    assert "The timeline starts anew, because its session had ended." in video.message.text
    assert nemo.count("session") == 2
    assert [upload.name for upload in nemo.uploads] == ["hills.jpg", "hills.jpg"]
    assert nemo.prompts == ["swim"]


async def test_an_export_of_a_lost_session_says_that_the_timeline_starts_anew(cloud: House, photo: Path) -> None:
    nemo, room = scripted(cloud), cloud.private()
    await room.video(await room.say("fly", photo))
    nemo.projects.clear()
    answer = await room.outcome(await room.say("export"))
    assert answer.message.text.splitlines() == [
        "The timeline starts anew, because its session had ended.",
        "There is nothing on the timeline yet. Say what the video should be like.",
    ]
    assert answer.message.buttons == (), "trying again would not help"
    await room.video(await room.say("fly"))


async def test_a_session_lost_after_its_turn_is_asked_anew_only_by_a_press(cloud: House, photo: Path) -> None:
    nemo, room = scripted(cloud), cloud.private()
    nemo.script("render", coded(1002))
    asked = await room.say("fly", photo)
    failed = await room.outcome(asked)
    assert "no longer has this clip" in failed.message.text
    assert nemo.prompts == ["fly"]
    await room.press(failed, "Retry")
    await room.settled()
    await room.video(asked)
    assert nemo.prompts == ["fly", "fly"]
    assert nemo.count("upload") == 2


@pytest.mark.parametrize(
    ("call", "code", "expected"),
    [
        (
            "prompt",
            2001,
            "The credits are used up. Register here to go on: https://studio.example/register?bind=bind-7",
        ),
        ("render", 402, "does not include exports. Register or upgrade at https://studio.example/register?bind=bind-7"),
        ("upload", 4001, "hills.jpg is of a kind that cannot be used. Send one of: JPG"),
        ("upload", 4002, "hills.jpg is too large: at most 200 MB"),
        ("prompt", 429, "has too much to do right now. Press Retry in a minute."),
        ("prompt", 400, "did not take this request"),
    ],
)
async def test_an_error_is_one_sentence_and_its_retry_helps(
    cloud: House, photo: Path, call: str, code: int, expected: str
) -> None:
    nemo, room = scripted(cloud), cloud.private()
    nemo.always(call, coded(code))
    asked = await room.say("fly", photo)
    failed = await room.outcome(asked)
    assert expected in failed.message.text
    assert "nmv_usr" not in failed.message.text
    labels = [button.label for button in failed.message.buttons]
    assert labels == ([] if call == "upload" else ["Retry"])
    nemo.always(call, None)
    if labels:
        await room.press(failed, "Retry")
        await room.settled()
        await room.video(asked)
        assert nemo.prompts == ["fly"], "what was refused or done already is not sent twice"


async def test_credits_that_end_in_the_middle_of_a_turn_are_told_beside_what_was_said(
    cloud: House, photo: Path
) -> None:
    async def broke(words: str, project: Project) -> AsyncIterator[bytes]:
        project.add(0, "hills", 1000)
        yield said("The hills move.")
        yield frame({"errorCode": "RESOURCE_EXHAUSTED", "errorMessage": "no credits left", "author": "nemo_agent"})

    scripted(cloud).agent = broke
    room = cloud.private()
    video = await room.video(await room.say("fly", photo))
    assert "The hills move." in video.message.text
    assert "register?bind=bind-7" in video.message.text


async def test_a_stream_that_breaks_is_recovered_from_the_state(cloud: House, photo: Path) -> None:
    nemo, room = scripted(cloud), cloud.private()
    nemo.script("prompt", Broken("reset", 300))

    async def cut(words: str, project: Project) -> AsyncIterator[bytes]:
        project.add(0, "hills", 1000)
        for _ in range(20):
            yield called("edit_timeline")
            await asyncio.sleep(0)

    nemo.agent = cut
    video = await room.video(await room.say("fly", photo))
    assert "Timeline (" in video.message.text
    assert nemo.prompts == ["fly"]


async def test_a_backend_that_is_away_is_one_sentence_with_a_retry(cloud: House, photo: Path) -> None:
    nemo, room = scripted(cloud), cloud.private()
    nemo.always("session", BAD_GATEWAY)
    asked = await room.say("fly", photo)
    failed = await room.outcome(asked)
    assert "Nothing was lost: press Retry" in failed.message.text
    nemo.always("session", None)
    await room.press(failed, "Retry")
    await room.settled()
    await room.video(asked)


async def test_only_the_person_who_asked_or_an_admin_may_retry_in_a_group(cloud: House, photo: Path) -> None:
    nemo, room = scripted(cloud), cloud.group()
    nemo.always("session", BAD_GATEWAY)
    asked = await room.say("fly", photo)
    failed = await room.outcome(asked)
    nemo.always("session", None)
    await room.press(failed, "Retry", by=BOB)
    assert await room.jobs() == ()
    await room.press(failed, "Retry")
    await room.settled()
    await room.video(asked)


async def test_a_retry_that_must_wait_says_so_in_its_own_message(cloud: House, photo: Path) -> None:
    nemo, room = scripted(cloud), cloud.private()
    nemo.script("session", BAD_GATEWAY)
    asked = await room.say("fly", photo)
    failed = await room.outcome(asked)
    go_on = asyncio.Event()

    async def slow(words: str, project: Project) -> AsyncIterator[bytes]:
        await go_on.wait()
        async for each in editor(words, project):
            yield each

    nemo.agent = slow
    other = await room.say("swim", photo)
    await _stage(room, Stage.PROMPTING)
    await room.press(failed, "Retry")
    waiting = await room.progress(asked, "Waiting: 1 before")
    assert waiting.id == failed.id
    go_on.set()
    await room.video(other)
    await room.video(asked)


async def test_nobody_cancels_or_retries_a_job_from_another_chat(cloud: House, photo: Path) -> None:
    nemo, room, strangers = scripted(cloud), cloud.private(), cloud.private(BOB)
    nemo.always("session", Broken("stall"))
    asked = await room.say("fly", photo)
    progress = await room.progress(asked, "Setting up…")
    await strangers.press_raw(progress.id, progress.message.buttons[0].action)
    nemo.always("session", BAD_GATEWAY)
    await room.press(progress, "Cancel")
    await room.outcome(asked)
    failed = await room.outcome(again := await room.say("fly", photo))
    nemo.always("session", None)
    await strangers.press_raw(failed.id, failed.message.buttons[0].action)
    assert await room.jobs() == ()
    assert (await room.outcome(again)).id == failed.id
    assert nemo.prompts == []


async def test_a_video_too_large_for_the_chat_is_made_smaller_and_the_person_told(
    nemo: Backend, redis: Redis, photo: Path, tmp_path: Path
) -> None:
    large = noisy(tmp_path / "large.mp4", 40)
    most = large.stat().st_size // 4
    async with housed(nemo, redis, tmp_path, limits=replace(LIMITS, video=most)) as house, house.working():
        scripted(house).video.content = large
        room = house.private()
        video = await room.video(await room.say("fly", photo))
        assert video.video is not None
        assert video.video.size <= most
        assert "it was made smaller, since this chat takes" in video.message.text
        await house.files.fetch(video.video.ref, tmp_path / "fitted.mp4")
        fitted = clips.clip(tmp_path / "fitted.mp4")
        assert fitted.frames == 40
        assert (fitted.width, fitted.height) == (video.video.width, video.video.height)


async def test_a_video_that_cannot_be_made_to_fit_is_said_to_be_too_large(
    nemo: Backend, redis: Redis, photo: Path, tmp_path: Path
) -> None:
    async with housed(nemo, redis, tmp_path, limits=replace(LIMITS, video=2000)) as house, house.working():
        scripted(house).video.content = noisy(tmp_path / "large.mp4", 40)
        room = house.private()
        answer = await room.outcome(await room.say("fly", photo))
        # The cloud's file can be fetched by the person; darkroom's lies behind the operator's own address.
        assert re.search(r"this chat takes \d+ KB\. Fetch it: http://\S+/files/render_\S+", answer.message.text)
        assert answer.video is None
