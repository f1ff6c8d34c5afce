"""The stage *delivering*: the MP4 is fetched and posted to the chat, once."""

from __future__ import annotations

import asyncio

import structlog

from core.actions import Action, Verb
from core.chat import Button, Message, Video
from core.jobs.job import Job, Stage
from core.jobs.rendering import digest
from core.jobs.run import Run
from core.media import BadFile, video_facts
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
    size = (await asyncio.to_thread(path.stat)).st_size
    if size > run.outbox.limits.video:
        raise Problem(
            run.say(
                "The video has {size} MB, and this chat takes {limit} MB. Ask for a shorter one.",
                size=round(size / 2**20),
                limit=run.outbox.limits.video // 2**20,
            ),
            again=False,
        )
    run.progress.show(run.say("Posting the video"), (low + high) / 2)
    video = Video(path, f"stillreel-{job.clip}.mp4", size, facts.width, facts.height, facts.duration)
    caption = _caption(run, video, await _claim_link(run, session), await run.prices())
    message = await run.outbox.post_video(job.chat, video, caption, job=job.id, reply_to=job.request)
    # Recorded last: whoever finds it recorded has nothing left to do.
    await run.desk.clips.remember_message(job.chat, message, job.clip)
    await run.desk.clips.keep_delivery(job.clip, Delivery(digest(job.draft), job.render))
    await run.record(video_message=message)


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
