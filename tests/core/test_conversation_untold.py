"""What must not get lost where a platform does not show what is said, and what old buttons and asked titles mean."""

from __future__ import annotations

import time
from pathlib import Path

from redis.asyncio import Redis

from bots.web.files import Files
from bots.web.outbox import TranscriptOutbox
from core.actions import Action, Verb
from core.chat import ChatRef, Message, OutcomeUnknown, Video, VideosForbidden
from core.jobs.desk import new_id
from core.store.transcripts import Transcripts
from tests.core.conversing import PLATFORM, Backend, housed
from tests.counterparts.agents import idle


class Deaf(TranscriptOutbox):
    """A platform that gives no answer to the first `times` progress messages, though it shows them."""

    def __init__(self, redis: Redis, folder: Path, times: int) -> None:
        transcripts, files = Transcripts(redis, time.time), Files(folder / "files", new_id)
        super().__init__(PLATFORM, transcripts, files, clock=time.time, new_id=new_id)
        self._left = times

    async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
        shown = await super().send(chat, message, reply_to=reply_to)
        if message.fraction is not None and self._left:
            self._left -= 1
            raise OutcomeUnknown("no answer")
        return shown


async def test_photos_are_taken_though_their_places_cannot_be_shown(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path, other_photo: Path
) -> None:
    deaf = Deaf(redis, tmp_path, times=2)
    async with housed(nemo, redis, tmp_path, others={PLATFORM: deaf}) as house:
        room = house.private()
        await room.say("animate each of them separately", photo, other_photo)
        jobs = await room.jobs()
        assert [len(job.uploads) for job in jobs] == [1, 1]
        assert await house.clips.meant(room.chat, "alice", None) == jobs[1].clip


async def test_a_progress_message_without_an_answer_does_not_end_the_job(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    deaf = Deaf(redis, tmp_path, times=1)
    async with housed(nemo, redis, tmp_path, others={PLATFORM: deaf}) as house, house.working():
        room = house.private()
        said = await room.say("fly", photo)
        await room.settled()
        assert [entry.reply_to for entry in await room.videos()] == [said.id]


async def test_nobody_is_told_of_a_video_that_was_not_sent(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    deaf = Deaf(redis, tmp_path, times=2)
    async with housed(nemo, redis, tmp_path, others={PLATFORM: deaf}) as house, house.working():
        room = house.private()
        failed = await room.outcome(await room.say("fly", photo))
        assert failed.message.text == "Something went wrong on our side. Nothing was lost: press Retry."
        await room.press(failed, "Retry")
        await room.settled()
        assert len(await room.videos()) == 1


async def test_a_button_whose_clip_nobody_knows_any_more_says_so(nemo: Backend, redis: Redis, tmp_path: Path) -> None:
    async with housed(nemo, redis, tmp_path) as house:
        room = house.private()
        for action in (
            Action(Verb.EDIT, "abcdefghijkl", "slower"),
            Action(Verb.EDIT, "abcdefghijkl", "title"),
            Action(Verb.EXPORT, "abcdefghijkl"),
            Action(Verb.SUGGESTION, "abcdefghijkl", "0"),
        ):
            room.pressed = None
            await room.press_raw("m1", action.encode())
            assert room.pressed == "That was too long ago. Please send the photo again."
        assert await room.jobs() == ()


async def test_a_title_goes_to_the_clip_that_it_was_asked_for(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path, other_photo: Path
) -> None:
    async with housed(nemo, redis, tmp_path) as house:
        room = house.private()
        first, second = await room.say("fly", photo), await room.say("swim", other_photo)
        one, two = (job.clip for job in await room.jobs())
        await room.press_raw(first.id, Action(Verb.EDIT, one, "title").encode())
        await room.press_raw(second.id, Action(Verb.EDIT, two, "slower").encode())
        await room.say("Summer in Rome")
        *_, titled = await room.jobs()
        assert (titled.clip, titled.prompt) == (one, "Add the title “Summer in Rome”")


class Closed(TranscriptOutbox):
    """A chat that lets no videos in until it is opened."""

    def __init__(self, redis: Redis, folder: Path) -> None:
        transcripts, files = Transcripts(redis, time.time), Files(folder / "files", new_id)
        super().__init__(PLATFORM, transcripts, files, clock=time.time, new_id=new_id)
        self.is_open = False

    async def post_video(
        self, chat: ChatRef, video: Video, caption: Message, *, job: str, reply_to: str | None = None
    ) -> str:
        if not self.is_open:
            raise VideosForbidden
        return await super().post_video(chat, video, caption, job=job, reply_to=reply_to)


async def test_a_video_that_could_not_be_posted_is_still_news(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    assert nemo.nemo is not None
    closed = Closed(redis, tmp_path)
    async with housed(nemo, redis, tmp_path, others={PLATFORM: closed}) as house, house.working():
        room = house.private()
        assert "allow it" in (await room.outcome(await room.say("fly", photo))).message.text
        closed.is_open = True
        nemo.nemo.agent = idle
        await room.video(await room.say("fly higher"))
        await room.settled()
        answer = await room.outcome(await room.say("fly higher"))
        assert answer.video is None, "what is there is no news"
