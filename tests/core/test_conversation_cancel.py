"""/cancel and the Cancel button at each stage of a job: felt within two seconds, and nothing comes afterwards."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.actions import Action, Verb
from core.chat import Button, Message
from core.jobs.job import Stage
from tests.core.conversing import ADMIN, ALICE, BOB, PLATFORM, House, Room, Said
from tests.counterparts.agents import Project, partial
from tests.counterparts.answers import refusal
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Answer, Broken
from tests.waiting import wait_until

FELT = 2.0


async def endless(words: str, project: Project) -> AsyncIterator[bytes]:
    """An agent that is never done."""
    yield partial("I think about it. ")
    while True:
        await asyncio.sleep(0.05)
        yield b": keep-alive\n\n"


def _stalled_agent(nemo: ScriptedNemo) -> None:
    nemo.agent = endless


def _endless_render(nemo: ScriptedNemo) -> None:
    nemo.stages = ("processing",)


@dataclass(frozen=True)
class Case:
    hold: Callable[[ScriptedNemo], None]
    """Keeps the job in the stage."""
    let_go: Callable[[ScriptedNemo], None]
    says: str = "The photo is still here"


CASES = {
    Stage.UPLOADING: Case(
        lambda nemo: nemo.always("upload", Broken("stall")),
        lambda nemo: nemo.always("upload", None),
        "Send the photo again",
    ),
    Stage.PROMPTING: Case(_stalled_agent, lambda nemo: None),
    Stage.RENDERING: Case(_endless_render, lambda nemo: None),
    Stage.DELIVERING: Case(
        lambda nemo: nemo.always("file", Broken("stall", 0.5)), lambda nemo: nemo.always("file", None)
    ),
}


def scripted(house: House) -> ScriptedNemo:
    assert house.backend.nemo is not None
    return house.backend.nemo


async def _reaches(room: Room, stage: Stage) -> None:
    async def there() -> bool:
        return any(job.stage is stage for job in await room.jobs())

    await wait_until(there, 10, what=f"the job is {stage}")


async def _press(room: Room, said: Said) -> None:
    await room.press(await room.progress(said), "Cancel")


async def _type(room: Room, said: Said) -> None:
    await room.say(command="cancel")


@pytest.mark.parametrize("way", [_press, _type])
@pytest.mark.parametrize("stage", CASES)
async def test_a_cancel_is_felt_within_two_seconds(
    cloud: House, photo: Path, stage: Stage, way: Callable[[Room, Said], object]
) -> None:
    case = CASES[stage]
    case.hold(scripted(cloud))
    room = cloud.private()
    said = await room.say("fly", photo)
    await _reaches(room, stage)
    job = (await room.jobs())[0]
    begun = time.monotonic()
    await way(room, said)  # type: ignore[misc]
    answer = await room.outcome(said, FELT)
    assert time.monotonic() - begun < FELT
    assert answer.message.text.startswith("Cancelled.")
    assert case.says in answer.message.text
    await room.settled(FELT)
    ended = await cloud.mailbox.job(job.id)
    assert ended is not None
    assert ended.stage is Stage.CANCELLED
    assert await room.videos() == []
    case.let_go(scripted(cloud))


async def test_a_waiting_job_is_gone_at_once_and_the_one_at_work_goes_on(cloud: House, photo: Path) -> None:
    scripted(cloud).agent = endless
    room = cloud.private()
    first = await room.say("fly", photo)
    await _reaches(room, Stage.PROMPTING)
    second = await room.say("swim", photo)
    waiting = await room.progress(second, "Waiting: 1 before")
    await room.press(waiting, "Cancel")
    assert (await room.outcome(second, FELT)).message.text == "Cancelled."
    assert [job.request for job in await room.jobs()] == [first.id]
    await room.say(command="cancel")
    await room.settled(FELT)
    assert scripted(cloud).prompts == ["fly"]


async def test_cancel_ends_all_of_the_person_s_jobs_and_nobody_else_s(cloud: House, photo: Path) -> None:
    scripted(cloud).agent = endless
    room = cloud.group()
    of_bob = await room.say("swim", photo, by=BOB)
    await _reaches(room, Stage.PROMPTING)
    mine = [await room.say(words, photo) for words in ("fly", "run")]
    shown = await room.progress(of_bob)
    await room.press(shown, "Cancel", by=ALICE)
    await room.say(command="cancel")
    for said in mine:
        assert (await room.outcome(said, FELT)).message.text == "Cancelled."
    assert [job.request for job in await room.jobs()] == [of_bob.id]
    await room.say(command="cancel", by=ADMIN)
    assert (await room.outcome(of_bob, FELT)).message.text.startswith("Cancelled.")


async def test_after_a_cancelled_render_the_same_words_bring_the_video(cloud: House, photo: Path) -> None:
    scripted(cloud).stages = ("processing",)
    room = cloud.private()
    said = await room.say("fly", photo)
    await _reaches(room, Stage.RENDERING)
    await room.say(command="cancel")
    await room.outcome(said, FELT)
    scripted(cloud).stages = ("completed",)
    await room.video(await room.say(command="export"))
    assert scripted(cloud).prompts == ["fly"]


async def test_a_cancelled_render_is_stopped_at_a_backend_that_can(house: House, photo: Path) -> None:
    if house.backend.nemo is not None:
        house.backend.nemo.stages = ("processing",)
    room = house.private()
    said = await room.say("60 seconds", photo)
    await _reaches(room, Stage.RENDERING)
    await room.say(command="cancel")
    assert "The photo is still here" in (await room.outcome(said, FELT)).message.text
    if house.backend.nemo is not None:
        house.backend.nemo.stages = ("completed",)
    await room.video(await room.say("1 second"))
    assert len(await room.videos()) == 1


async def test_a_progress_message_that_no_job_knows_goes_when_it_is_pressed(cloud: House, photo: Path) -> None:
    """It is left where a process was killed between posting it and noting it; the next one posted its own."""
    room = cloud.private()
    said = await room.say("fly", photo)
    job = (await room.jobs())[0]
    cancel = Button("Cancel", Action(Verb.CANCEL, job.id).encode())
    orphan = await cloud.desk.outboxes[PLATFORM].send(room.chat, Message("Starting · 0%", (cancel,), 0.0))
    video = await room.video(said)
    await room.press_raw(orphan, cancel.action)
    assert [entry.id for entry in await room.videos()] == [video.id]
    assert orphan not in [entry.id for entry in await room.entries()]


async def test_the_end_of_a_job_stays_where_its_cancel_button_is_pressed_late(cloud: House, photo: Path) -> None:
    scripted(cloud).always("upload", Answer(refusal(4001, "unsupported")))
    room = cloud.private()
    said = await room.say("fly", photo)
    job = (await room.jobs())[0]
    problem = await room.outcome(said)
    await room.settled()
    await room.press_raw(problem.id, Action(Verb.CANCEL, job.id).encode())
    assert (await room.outcome(said)).message == problem.message
