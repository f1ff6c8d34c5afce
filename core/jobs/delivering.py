"""The stage *delivering*: the MP4 is fetched and posted to the chat, once."""

from __future__ import annotations

import asyncio
import math
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import structlog

from core.actions import Action, Verb
from core.chat import Button, Message, Video, VideoTooLarge, place_of
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
from core.texts.lengths import cut, units
from core.texts.problems import Problem
from core.timeline import summary

DELIVER_SHARE = (0.95, 1.0)

_POSTS = 4
"""How often a video is posted, smaller each time, where the chat does not take it."""

_STEPS = tuple(megabytes * 2**20 for megabytes in (50, 25, 20, 10, 8))
"""Bytes that chat platforms have let through, for one that refuses and does not say what it takes."""

_LONGEST_LABEL = 40

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
    link = await _claim_link(run, session)
    # Known from here on: whoever asks for this draft's video again needs no second render.
    delivery = Delivery(digest(job.draft), job.render, is_posted=False)
    await run.desk.clips.keep_delivery(job.clip, delivery)
    message = await _posted(run, Found(path, facts), link, status.url if run.desk.claim_links else None)
    # Recorded when all is done that must be: whoever finds it recorded does nothing more.
    await run.desk.clips.remember_message(*place_of(job.chat, message), job.clip)
    await run.record(video_message=message)
    await run.desk.clips.keep_delivery(job.clip, replace(delivery, is_posted=True))


@dataclass(frozen=True, slots=True)
class Found:
    """A video on its way to the chat."""

    path: Path
    facts: VideoFacts


async def _posted(run: Run, found: Found, link: str | None, url: str | None) -> str:
    """Post the video, made smaller for as long as the chat does not take it. → the message's id.

    `url`: where a person can fetch it themselves, said where nothing else helps.
    """
    job, (low, high) = run.job, DELIVER_SHARE
    whole = await _size(found.path)
    most = await run.outbox.video_limit(job.chat)
    costs = await run.prices()
    for _ in range(_POSTS):
        smaller = await _fitting(run, found, most, whole, url)
        size = await _size(smaller.path)
        run.progress.show(run.say("Posting the video"), (low + high) / 2)
        facts = smaller.facts
        video = Video(smaller.path, f"stillreel-{job.clip}.mp4", size, facts.width, facts.height, facts.duration)
        notes = [] if size == whole else [_made_smaller(run, whole, most)]
        caption = _caption(run, video, notes, link, costs)
        try:
            return await run.outbox.post_video(job.chat, video, caption, job=job.id, reply_to=job.request)
        except VideoTooLarge as refused:
            log.warning("video_refused", job=job.id, size=size, limit=refused.limit)
            most = _next_limit(size, refused.limit)
    raise _too_large(run, whole, most, url)


def _next_limit(size: int, said: int | None) -> int:
    """The limit to try after a video of `size` bytes was refused."""
    if said is not None and said < size:
        return said
    return next((step for step in _STEPS if step < size), size // 2)


async def _fitting(run: Run, found: Found, most: int, whole: int, url: str | None) -> Found:
    """The video itself, or one encoded anew where the chat does not let so large a one through."""
    if whole <= most:
        return found
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
        return Found(smaller, await asyncio.to_thread(fit, found.path, smaller, most, show))
    except DoesNotFit as error:
        raise _too_large(run, whole, most, url) from error
    finally:
        given_up.set()


def _made_smaller(run: Run, whole: int, most: int) -> str:
    return run.say("The video had {size}; it was made smaller, since this chat takes {limit}.", **_sizes(whole, most))


def _too_large(run: Run, whole: int, most: int, url: str | None) -> Problem:
    sizes = _sizes(whole, most)
    if url is not None:
        text = run.say("The video has {size}, and this chat takes {limit}. Fetch it: {url}", **sizes, url=url)
    else:
        text = run.say("The video has {size}, and this chat takes {limit}. Ask for a shorter one.", **sizes)
    return Problem(text, again=False)


def _sizes(whole: int, most: int) -> dict[str, str]:
    """In MB, or in KB where one MB is more than either: then the first is never as small as the second."""
    unit, name = (2**20, "MB") if min(whole, most) >= 2**20 else (2**10, "KB")
    return {"size": f"{math.ceil(whole / unit)} {name}", "limit": f"{most // unit} {name}"}


async def _size(path: Path) -> int:
    return (await asyncio.to_thread(path.stat)).st_size


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


def _caption(run: Run, video: Video, notes: list[str], claim_link: str | None, costs: Prices | None) -> Message:
    """What was said and changed, and the timeline, within the platform's length; what one must know is never cut."""
    job = run.job
    assert job.draft is not None
    parts = [*run.notes, *notes, job.reply, summary(job.draft, job.language)]
    text = "\n".join(part for part in parts if part)
    must = [costs.sentence(run.say) if costs else ""]
    if claim_link is not None:
        must.append(run.say("Keep this project: {link}", link=claim_link))
    tail = "".join(f"\n{line}" for line in must if line)
    most = run.outbox.limits.caption - units(tail)
    size, cost = (video.width, video.height), costs.edit if costs else 0
    steps = next_choices(job.clip, job.language, size, cost, music=run.desk.claim_links)
    return Message(cut(text, most) + tail, (*suggested(job), *steps))
