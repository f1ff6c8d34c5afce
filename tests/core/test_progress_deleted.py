"""A message of the bot's that a person deleted: what became of the job is said all the same, and nothing else is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.web.files import Files
from bots.web.outbox import LIMITS, TranscriptOutbox
from core.actions import Action, Verb
from core.chat import ChatRef, Limits, Message, OutcomeUnknown
from core.jobs.desk import new_id
from core.jobs.job import Job, Kind, Stage
from core.jobs.mailbox import Turn
from core.jobs.pipeline import work
from core.jobs.places import show_place
from core.jobs.progress import Progress, painted
from core.jobs.run import Run
from core.jobs.worker import Worker
from core.store.transcripts import Entry, Transcripts
from tests.core.conversing import ALICE, BOB, PLATFORM, Backend, House, Room, Said, housed
from tests.counterparts.answers import refusal
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Answer, Broken
from tests.waiting import wait_until


def scripted(house: House) -> ScriptedNemo:
    assert house.backend.nemo is not None
    return house.backend.nemo


async def deleted(room: Room, entry: Entry) -> None:
    assert await room.house.transcripts.remove(room.chat, entry.id) is not None


async def renders(room: Room, words: str, photo: Path) -> Said:
    """Asked for, and at a render that goes on until the service says otherwise."""
    scripted(room.house).stages = ("processing",)
    said = await room.say(words, photo)

    async def rendering() -> bool:
        return any(job.request == said.id and job.stage is Stage.RENDERING for job in await room.jobs())

    await wait_until(rendering, what="it is rendered")
    return said


async def test_a_progress_message_that_was_deleted_is_followed_by_what_went_wrong(cloud: House, photo: Path) -> None:
    room = cloud.private()
    said = await renders(room, "fly", photo)
    job = (await room.jobs())[0]
    progress = await room.progress(said)
    await deleted(room, progress)
    scripted(cloud).stages = ("failed",)
    failed = await room.outcome(said)
    assert (failed.reply_to, [button.label for button in failed.message.buttons]) == (said.id, ["Retry"])
    await room.settled()
    ended = await cloud.mailbox.job(job.id)
    assert ended is not None
    assert (ended.stage, ended.progress_message) == (Stage.FAILED, failed.id)
    assert await cloud.clips.of_message(room.chat, failed.id) == job.clip
    scripted(cloud).stages = ("completed",)
    await room.press(failed, "Retry")
    await room.settled()
    assert [entry.reply_to for entry in await room.videos()] == [said.id]
    assert failed.id not in [entry.id for entry in await room.entries()], "it goes with the video"


async def test_a_video_comes_though_its_progress_message_was_deleted(cloud: House, photo: Path) -> None:
    room = cloud.private()
    said = await renders(room, "fly", photo)
    await deleted(room, await room.progress(said))
    scripted(cloud).stages = ("completed",)
    await room.video(said)
    assert [entry.video is not None for entry in await room.answers(said)] == [True]


class Watched(TranscriptOutbox):
    """A chat whose edits are counted."""

    def __init__(self, redis: Redis, folder: Path, limits: Limits = LIMITS) -> None:
        self.log, files = Transcripts(redis, time.time), Files(folder / "files", new_id)
        super().__init__(PLATFORM, self.log, files, clock=time.time, new_id=new_id, limits=limits)
        self.edits = 0

    async def edit(self, chat: ChatRef, message_id: str, message: Message) -> bool:
        self.edits += 1
        return await super().edit(chat, message_id, message)


async def test_a_progress_message_that_was_deleted_is_edited_no_more(redis: Redis, tmp_path: Path) -> None:
    chat = ChatRef(PLATFORM, "a" * 32)
    outbox = Watched(redis, tmp_path, replace(LIMITS, edit_interval=0.0))
    progress = Progress(outbox, Job(new_id(), Kind.EXPORT, chat, ALICE, "clip", 0.0, "en"))
    shown = await progress.post(None)
    asleep = asyncio.Event()

    async def sleep(seconds: float) -> None:
        asleep.set()

    async with painted(progress, sleep):
        progress.show("Rendering", 0.1)
        await asyncio.wait_for(asleep.wait(), 5)
        await outbox.remove(chat, shown)
        before = outbox.edits
        for percent in range(20, 40):
            progress.show("Rendering", percent / 100)
            for _ in range(3):
                await redis.ping()
    assert outbox.edits == before + 1, "it was looked for once"
    assert await progress.settle(Message("It failed."), None) != shown
    history = await outbox.log.history(chat, 10)
    assert [entry.message.text for entry in history.entries] == ["It failed."]


async def test_a_place_is_not_told_where_its_message_was_deleted(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    async with housed(nemo, redis, tmp_path) as house:
        room = house.private()
        said = await room.say("fly", photo)
        await deleted(room, await room.progress(said))
        before = await room.texts()
        (job,) = await room.jobs()
        await show_place(house.desk.outboxes[PLATFORM], house.mailbox, house.clips, job, 3)
        assert await room.texts() == before


async def first_turn(house: House) -> Turn:
    await house.mailbox.open()

    async def taken() -> Turn | None:
        for entry, chat in await house.mailbox.next_entries(1, 0.1):
            return await house.mailbox.take(entry, chat)
        return None

    turn = await wait_until(taken)
    assert turn is not None
    return turn


async def hopeless(house: House, photo: Path) -> tuple[Room, Said]:
    """A job that is going to fail, and whose progress message somebody has deleted."""
    scripted(house).always("upload", Answer(refusal(4001, "unsupported")))
    room = house.private()
    said = await room.say("fly", photo)
    await deleted(room, await room.progress(said))
    return room, said


async def test_a_worker_that_ends_after_it_said_it_anew_leaves_it_said_once(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    async with housed(nemo, redis, tmp_path) as house:
        room, said = await hopeless(house, photo)
        turn = await first_turn(house)
        ended = await work(Run(house.desk, turn))
        (failed,) = await room.answers(said)
        assert (ended.stage, ended.progress_message) == (Stage.FAILED, failed.id)
        await house.mailbox.hand_over(turn)
        async with house.working():
            await room.settled()
        assert [entry.id for entry in await room.answers(said)] == [failed.id]


class Held(Watched):
    """A chat whose last words stand there, and whose sender never hears of it."""

    posted = False

    async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
        stands = await super().send(chat, message, reply_to=reply_to)
        if message.fraction is None and reply_to is not None:
            self.posted = True
            await asyncio.Event().wait()
        return stands


async def test_a_worker_that_ends_while_it_says_it_anew_loses_nothing(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    async with housed(nemo, redis, tmp_path) as house:
        room, said = await hopeless(house, photo)
        held = Held(redis, tmp_path)
        async with house.working(Worker(replace(house.desk, outboxes={PLATFORM: held}), 1, 0.0)):
            await wait_until(lambda: held.posted)
        assert len(await room.jobs()) == 1
        async with house.working():
            await room.settled()
        answers = await room.answers(said)
        assert 1 <= len(answers) <= 2
        assert len({entry.message for entry in answers}) == 1


class Unanswering(Watched):
    """A chat that gives no answer to the first last word, though it shows it."""

    is_first = True

    async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
        stands = await super().send(chat, message, reply_to=reply_to)
        if message.fraction is None and reply_to is not None and self.is_first:
            self.is_first = False
            raise OutcomeUnknown("no answer")
        return stands


async def test_a_last_word_without_an_answer_is_said_again(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    others = {PLATFORM: Unanswering(redis, tmp_path)}
    async with housed(nemo, redis, tmp_path, others=others) as house:
        scripted(house).always("prompt", Answer(refusal(2001, "no credits")))
        room = house.group()
        said = await room.say("fly", photo, by=BOB)
        await deleted(room, await room.progress(said))
        async with house.working():
            await room.settled()
        last = (await room.answers(said))[-1]
        await room.press(last, "Retry", by=BOB)
        assert [job.request for job in await room.jobs()] == [said.id]


@pytest.fixture
async def stalled(nemo: Backend, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    async with housed(nemo, redis, tmp_path) as house, house.working():
        scripted(house).always("upload", Broken("stall"))
        yield house
        scripted(house).always("upload", None)


async def test_a_cancel_is_answered_though_the_progress_messages_were_deleted(stalled: House, photo: Path) -> None:
    room = stalled.private()
    said = [await room.say(words, photo) for words in ("fly", "swim")]
    for each in said:
        await deleted(room, await room.progress(each))
    await room.say(command="cancel")
    for each in said:
        assert (await room.outcome(each)).message.text.startswith("Cancelled.")
    await room.settled()


async def test_nothing_is_said_after_a_chat_was_forgotten(stalled: House, photo: Path) -> None:
    room = stalled.private()
    said = await room.say("fly", photo)
    await room.progress(said)

    async def uploading() -> bool:
        return [job.stage for job in await room.jobs()] == [Stage.UPLOADING]

    await wait_until(uploading)
    forgotten = await room.say(command="forget")
    await room.settled()
    assert [entry.reply_to for entry in await room.entries()] == [forgotten.id]


async def test_the_question_what_to_do_is_asked_once_though_its_message_was_deleted(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path, other_photo: Path
) -> None:
    async with housed(nemo, redis, tmp_path) as house:
        room = house.private()
        first = await room.say("", photo)
        await deleted(room, await room.progress(first))
        async with house.working():
            asked = await room.outcome(first)
            assert asked.message.text == "Got it. What should happen with this photo?"
            await room.settled()
            second = await room.say("", other_photo)
            again = await room.outcome(second)
            await room.settled()
        assert again.message.text == "Got 2 photos. What should happen with them?"
        assert asked.id not in [entry.id for entry in await room.entries()], "one question for all of them"


async def test_a_button_of_a_message_that_is_gone_is_answered(cloud: House) -> None:
    room = cloud.private()
    await room.press_raw("b-gone", Action(Verb.RETRY, "abcdefghijkl").encode())
    assert room.pressed == "That was too long ago. Please send the photo again."
    await room.press_raw("b-gone", Action(Verb.AUTO_EXPORT, "chat", "off").encode())
    assert await room.texts() == ["A video is made only on /export."]
