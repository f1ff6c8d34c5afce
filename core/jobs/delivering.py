"""The stage *delivering*: the MP4 is fetched and posted to the chat, once."""

from __future__ import annotations

import asyncio
import math
import threading
from pathlib import Path

import structlog

from core.actions import Action, Verb
from core.chat import Button, Message, Video
from core.fit import DoesNotFit, fit
from core.jobs.job import Job, Stage
from core.jobs.rendering import digest
from core.jobs.run import Run
from core.media import BadFile, VideoFacts, video_facts
from core.nemo import errors
from core.nemo.answers import RenderStatus, Session
from core.quick import next_choices
from core.replies import Prices
from core.store.clips import Delivery
from core.texts.problems import Problem
from core.timeline import summary

DELIVER_SHARE = (0.95, 1.0)

_LONGEST_LABEL = 40
_MOST_STEPS = 4
"""Buttons under a video."""

log = structlog.get_logger(__name__)


async def delivering(run: Run, session: Session, status: RenderStatus) -> None:
    """Post the finished render's file with its caption and buttons, and remember what was delivered."""
    job = run.job
    assert job.render is not None
    assert job.draft is not None
    await run.record(stage=Stage.DELIVERING)
    low, high = DELIVER_SHARE
    run.progress.show(run.say("Fetching the video"), low)
    path = run.folder / "video.mp4"
    await run.desk.nemo.download(
        status,
        path,
        lambda part: run.progress.show(run.say("Fetching the video"), low + (high - low) * part / 2),
        identity=run.identity,
    )
    try:
        facts = await asyncio.to_thread(video_facts, path)
    except BadFile as error:
        raise errors.BadAnswer("download", accepted=None, reason="no_video") from error
    path, facts = await _fitting(run, path, facts)
    size = (await asyncio.to_thread(path.stat)).st_size
    run.progress.show(run.say("Posting the video"), (low + high) / 2)
    video = Video(path, f"stillreel-{job.clip}.mp4", size, facts.width, facts.height, facts.duration)
    caption = _caption(run, video, await _claim_link(run, session), await run.prices())
    message = await run.outbox.post_video(job.chat, video, caption, job=job.id, reply_to=job.request)
    # Recorded last: whoever finds it recorded has nothing left to do.
    await run.desk.clips.remember_message(job.chat, message, job.clip)
    await run.desk.clips.keep_delivery(job.clip, Delivery(digest(job.draft), job.render))
    await run.record(video_message=message)


async def _fitting(run: Run, path: Path, facts: VideoFacts) -> tuple[Path, VideoFacts]:
    """The video itself, or one encoded anew where the chat does not let so large a one through; the person is told."""
    size, most = (await asyncio.to_thread(path.stat)).st_size, run.outbox.limits.video
    if size <= most:
        return path, facts
    sizes = {"size": math.ceil(size / 2**20), "limit": most // 2**20}
    low, high = DELIVER_SHARE
    given_up = threading.Event()
    loop = asyncio.get_running_loop()

    def show(part: float) -> None:
        if given_up.is_set():
            raise _GivenUp
        text = run.say("Making the video small enough for this chat")
        loop.call_soon_threadsafe(run.progress.show, text, (low + high) / 2 + (high - low) * part / 4)

    try:
        smaller = run.folder / "smaller.mp4"
        found = await asyncio.to_thread(fit, path, smaller, most, show)
    except DoesNotFit as error:
        sentence = run.say("The video has {size} MB, and this chat takes {limit} MB. Ask for a shorter one.", **sizes)
        raise Problem(sentence, again=False) from error
    finally:
        given_up.set()
    run.notes.append(
        run.say("The video had {size} MB; it was made smaller, since this chat takes {limit} MB.", **sizes)
    )
    return smaller, found


class _GivenUp(Exception):
    """The job ended while its video was encoded anew."""


async def _claim_link(run: Run, session: Session) -> str | None:
    """A video is not held back for want of its link."""
    if not run.desk.claim_links:
        return None
    try:
        return await run.desk.nemo.claim_link(session)
    except errors.NemoError as error:
        log.warning("no_claim_link", reason=str(error))
        return None


def suggested(job: Job) -> tuple[Button, ...]:
    """The edits that the backend proposed, as buttons."""
    return tuple(
        Button(
            words if len(words) <= _LONGEST_LABEL else words[: _LONGEST_LABEL - 1] + "…",
            Action(Verb.SUGGESTION, job.id, str(place)).encode(),
        )
        for place, words in enumerate(job.suggestions)
    )


def _caption(run: Run, video: Video, claim_link: str | None, costs: Prices | None) -> Message:
    """What was said and changed, and the timeline, within the platform's length; what one must know is never cut."""
    job = run.job
    assert job.draft is not None
    parts = [*run.notes, job.reply, summary(job.draft, job.language)]
    text = "\n".join(part for part in parts if part)
    must = [costs.sentence(run.say) if costs else ""]
    if claim_link is not None:
        must.append(run.say("Keep this project: {link}", link=claim_link))
    tail = "".join(f"\n{line}" for line in must if line)
    most = run.outbox.limits.caption - len(tail)
    steps = next_choices(job.clip, job.language, (video.width, video.height), costs.edit if costs else 0)
    return Message(
        (text if len(text) <= most else text[: most - 1] + "…") + tail, (*suggested(job), *steps)[:_MOST_STEPS]
    )
