"""A job from wherever it stands to its end: a video, a few words, or one sentence with a Retry button.

queued → uploading → prompting → rendering → delivering → done | failed | cancelled
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from core.actions import Action, Verb
from core.chat import (
    Button,
    ChatGone,
    MediaGone,
    MediaTooLarge,
    Message,
    NotDone,
    OutcomeUnknown,
    VideosForbidden,
    place_of,
)
from core.jobs.delivering import delivering, suggested
from core.jobs.job import Job, Kind, Stage
from core.jobs.mailbox import LeaseLost
from core.jobs.places import BEHIND_THE_HEAD, tell
from core.jobs.progress import painted
from core.jobs.prompting import prompting
from core.jobs.rendering import rendering
from core.jobs.run import Run
from core.jobs.uploading import UploadFailed, uploading
from core.media import BadFile
from core.nemo import errors
from core.nemo.answers import Session
from core.quick import first_choices, next_choices
from core.replies import account
from core.store.connection import STORE_AWAY, StoreFull
from core.texts.lengths import cut
from core.texts.problems import Problem, is_disk_full, sentence

log = structlog.get_logger(__name__)

_STOP_SECONDS = 5.0
"""For stopping an export that nobody wants any more."""

_AWAY_WAIT = 1.0
"""Seconds between two looks whether what is away is back."""

_EXPECTED = (errors.NemoError, BadFile, MediaTooLarge, MediaGone, NotDone, OutcomeUnknown, VideosForbidden, Problem)
"""What may go wrong without a fault of ours: the log needs no traceback of it."""

_THEIRS = (errors.BadRequest, OutcomeUnknown)
"""Failures that the day's quota does not get back: of what was asked for, or after the video was made and sent."""


async def work(run: Run) -> Job:
    """Do the job and post its outcome. → its last record, for the mailbox.

    Cancellation passes through with the record as it stands: the caller knows whether the person wanted it
    (`cancelled`) or the process ends and another goes on.
    """
    try:
        if _is_too_old(run):
            return await _expire(run)
        async with painted(run.progress, run.desk.sleep):
            outcome = await _through(run)
        return await _settle(run, outcome, Stage.DONE)
    except (asyncio.CancelledError, LeaseLost):
        raise
    except ChatGone:
        return replace(run.job, stage=Stage.FAILED, problem="the chat is gone")
    except Exception as error:  # noqa: BLE001 - whatever it was, the person hears of it
        return await _fail(run, error)
    finally:
        run.clear()


async def cancelled(run: Run) -> Job:
    """End a job that the person no longer wants: say so, and free what it holds at the backend."""
    job = run.job
    if job.video_message is not None:
        return await _settle(run, None, Stage.DONE)
    if all(upload.done for upload in job.uploads):
        text = run.say("Cancelled. The photo is still here: say what you would like instead.")
    else:
        text = run.say("Cancelled. Send the photo again when you like.")
    run.job = replace(job, gives_back=job.stage is Stage.QUEUED)
    # Side by side: a chat that is slow to show it is no reason to let the render go on.
    last_word = None if await _is_forgotten(run) else Message(text)
    ended, _ = await asyncio.gather(_settle(run, last_word, Stage.CANCELLED), _stop_render(run))
    return ended


async def _is_forgotten(run: Run) -> bool:
    """Whether the chat was forgotten since the job was asked for: nothing of it is to be said there any more."""
    job = run.job
    try:
        return job.request is not None and await run.desk.clips.of_message(job.chat, job.request) is None
    except STORE_AWAY:
        return False


async def _stop_render(run: Run) -> None:
    """Free what the job holds at the backend."""
    job = run.job
    if job.stage is not Stage.RENDERING or job.render is None:
        return
    try:
        async with asyncio.timeout(_STOP_SECONDS):
            await run.desk.nemo.stop_render(job.render, identity=run.identity)
    except (errors.NemoError, TimeoutError) as error:
        log.warning("render_not_stopped", job=job.id, reason=str(error))


def _is_too_old(run: Run) -> bool:
    """Whether nobody expects the job any more: it was asked for before a long outage."""
    age = run.desk.clock() - run.job.created
    return run.desk.max_age is not None and age > run.desk.max_age and run.job.video_message is None


async def _expire(run: Run) -> Job:
    """Not done unasked: the person is told, and may have it done all the same."""
    log.warning("job_expired", job=run.job.id, created=run.job.created, stage=run.job.stage.value)
    text = run.say("This was asked for too long ago to be made unasked. Press Retry to have it made now.")
    await _stop_render(run)
    run.job = replace(run.job, problem=text, gives_back=True, expired=True)
    return await _settle(run, Message(text, (_retry(run),)), Stage.FAILED)


def _retry(run: Run) -> Button:
    return Button(run.say("Retry"), Action(Verb.RETRY, run.job.id).encode())


async def _through(run: Run) -> Message | None:
    """The stages, begun again from the record after an outage: of the store, or of a backend that was not reached."""
    waited = 0.0  # for the backend alone: the store's absence is waited out
    while True:
        try:
            return await _stages(run)
        except StoreFull as error:
            # Begun again when it has taken a record: each round may open a session that it could not keep.
            log.warning("stages_wait", job=run.job.id, reason=type(error).__name__)
            await run.record()
        except STORE_AWAY as error:
            log.warning("stages_wait", job=run.job.id, reason=type(error).__name__)
        except (errors.Unreachable, errors.Interrupted) as error:
            # A second session does no harm; whatever else may have arrived is not sent again.
            is_harmless = isinstance(error, errors.Unreachable) or error.call == "session"
            if not is_harmless or waited >= run.desk.away_patience:
                raise
            log.warning("stages_wait", job=run.job.id, reason=str(error))
            run.progress.wait(run.say("Waiting for the video service"))
            if run.job.stage is Stage.PROMPTING and error.call == "prompt":
                await run.record(stage=Stage.UPLOADING, before=None)
            waited += _AWAY_WAIT
        await run.desk.sleep(_AWAY_WAIT)


async def _stages(run: Run) -> Message | None:
    """→ what the progress message becomes; None where the video has taken its place."""
    run.progress.show(run.say("Starting"), 0.0)
    message = await run.progress.post(run.job.request)
    # At once: a process that ends before this leaves a message behind that nobody knows of.
    await run.record(progress_message=message)
    await run.desk.clips.remember_message(*place_of(run.job.chat, message), run.job.clip)
    if run.job.video_message is not None:
        return None
    # The chat's other jobs have one fewer before them now.
    await tell(run.desk, await run.desk.mailbox.behind_the_head(run.job.chat, BEHIND_THE_HEAD))
    session = await _prepared(run)
    match run.job.kind:
        case Kind.UPLOAD:
            return await _what_now(run)
        case Kind.EDIT if not run.job.export or not run.job.news:
            return await _words(run)
        case _:
            await _made(run, session)
            return None


async def _made(run: Run, session: Session) -> None:
    """Rendered and posted. A session that the backend has lost meanwhile takes its timeline with it."""
    try:
        status = await rendering(run, session)
    except errors.SessionNotFound:
        await run.desk.clips.drop_session(run.job.clip)
        if run.job.kind is not Kind.EXPORT:
            # The words were accepted there, and are not sent again unasked: Retry does.
            raise
        await run.record(stage=Stage.UPLOADING, render=None, draft=None)
        session = await uploading(run)
        status = await rendering(run, session)
    await delivering(run, session, status)


async def _prepared(run: Run) -> Session:
    """Uploaded and prompted, in a session that lives; a session that the backend has lost is replaced once.

    Not where a prompt may have been accepted in the lost session: that one is never sent again unasked.
    """
    try:
        return await _prepare(run)
    except errors.SessionNotFound as error:
        if run.job.stage is Stage.PROMPTING and error.call != "prompt":
            raise errors.Interrupted("prompt", accepted=None) from error
        await run.desk.clips.drop_session(run.job.clip)
        await run.record(stage=Stage.UPLOADING, before=None, render=None)
        return await _prepare(run)


async def _prepare(run: Run) -> Session:
    job = run.job
    if job.render is not None and job.session_id is not None:
        kept = await run.desk.clips.session(job.clip)
        known = kept is not None and kept.session_id == job.session_id
        return kept if kept is not None and known else Session(job.session_id, identity=run.identity)
    session = await uploading(run)
    if job.kind is Kind.EDIT and not run.job.turn_over:
        await prompting(run, session)
    return session


async def _words(run: Run) -> Message:
    """What the turn said and changed, with the way to its video and the next steps."""
    job = run.job
    parts = [*run.notes, job.reply, await _credits_line(run)]
    text = cut("\n".join(part for part in parts if part), run.outbox.limits.text)
    buttons = suggested(job)
    if not job.export and (job.news or job.changes):
        costs = await run.prices()
        make = Button(run.say("Make the video"), Action(Verb.EXPORT, job.clip).encode())
        cost = costs.edit if costs else 0
        steps = next_choices(job.clip, job.language, None, cost, music=run.desk.claim_links)
        buttons = (make, *buttons, *steps)
    return Message(text or run.say("Nothing changed. Say what the video should be like."), buttons)


async def _credits_line(run: Run) -> str:
    """What the account has left, where the backend told the person to look there."""
    if not run.job.show_credits:
        return ""
    try:
        return account(await run.desk.nemo.credits(identity=run.identity), run.say)
    except errors.NemoError as error:
        log.warning("no_credits_line", job=run.job.id, reason=str(error))
        return ""


async def _what_now(run: Run) -> Message | None:
    """The question what should happen with the photos: one for all of them, by the last job that brings some.

    None where another job of the clip is waiting already: that one asks, or answers.
    """
    job, clips = run.job, run.desk.clips
    if any(other.clip == job.clip for other in (await run.desk.mailbox.unfinished(job.chat))[1:]):
        return None
    count = len(await clips.media(job.clip))
    ask = (
        run.say("Got it. What should happen with this photo?")
        if count == 1
        else run.say("Got {count} photos. What should happen with them?", count=count)
    )
    costs = await run.prices()
    price = costs.generate if costs else 0
    if job.progress_message is not None:
        earlier = await clips.keep_question(job.chat, job.clip, job.progress_message)
        if earlier is not None and earlier != job.progress_message:
            await run.outbox.remove(job.chat, earlier)
    return Message("\n".join([*run.notes, ask]), first_choices(job.clip, job.language, price))


async def _fail(run: Run, error: Exception) -> Job:
    job = run.job
    name = ""
    if isinstance(error, UploadFailed):
        name, cause = error.name, error.error
    else:
        cause = error
    if isinstance(cause, OutcomeUnknown) and job.stage is not Stage.DELIVERING:
        # It was a message that went out without an answer, and no video yet.
        error = cause = NotDone(str(cause))
    if is_disk_full(cause):
        log.error("disk_full", job=job.id, stage=job.stage.value, where=_whose_disk(run, cause))
    elif isinstance(cause, _EXPECTED):
        log.warning("job_failed", job=job.id, stage=job.stage.value, reason=str(cause))
    else:
        log.error("job_failed", job=job.id, stage=job.stage.value, reason=str(cause), exc_info=cause)
    web_url = run.desk.nemo.options.web_url
    text = sentence(cause, job.language, web_url=web_url, name=name, bind_id=await _bind_id(run))
    # The same file would be refused again: another one is what helps.
    helps = not isinstance(error, UploadFailed) and not (isinstance(error, Problem) and not error.again)
    buttons = (_retry(run),) if helps else ()
    ours = isinstance(cause, MediaGone) or (helps and not isinstance(error, _THEIRS))
    run.job = replace(job, problem=text, gives_back=ours)
    return await _settle(run, Message("\n".join([*run.notes, text]), buttons), Stage.FAILED)


def _whose_disk(run: Run, error: Exception) -> str:
    return "the backend's" if isinstance(error, errors.NemoError) else str(run.desk.spool)


async def _bind_id(run: Run) -> str | None:
    """For the link under which the account is registered. A failure is told without it rather than not at all."""
    try:
        session = await run.desk.clips.session(run.job.clip)
    except STORE_AWAY:
        return None
    return None if session is None else session.bind_id


async def _settle(run: Run, message: Message | None, stage: Stage) -> Job:
    """The progress message's end. A chat that cannot be reached is no reason to do the work again."""
    try:
        while True:
            try:
                await _show(run, message, stage)
            except STORE_AWAY as error:
                # The chat page's messages lie in the store too: nobody is left without the outcome.
                log.warning("outcome_waits", job=run.job.id, reason=type(error).__name__)
                await run.desk.sleep(_AWAY_WAIT)
            else:
                break
    except (asyncio.CancelledError, LeaseLost):
        raise
    except Exception as error:  # noqa: BLE001 - whatever a platform's library raises
        log.warning("outcome_not_shown", job=run.job.id, chat=run.job.chat.key, reason=repr(error))
    return replace(run.job, stage=stage, before=None)


async def _show(run: Run, message: Message | None, stage: Stage) -> None:
    """The last word, where the progress was shown. May be done twice."""
    shown = await run.progress.settle(message, run.job.request)
    if shown is None:
        return
    if shown != run.job.progress_message:
        await _is_now_at(run, shown, asks=run.job.kind is Kind.UPLOAD and stage is Stage.DONE)
    await run.desk.clips.remember_message(*place_of(run.job.chat, shown), run.job.clip)


async def _is_now_at(run: Run, message: str, *, asks: bool) -> None:
    """The last word was said anew. At once: whoever takes the job up after this one must not say it once more.

    `asks`: it is the question what should happen with the photos.
    """
    if asks:
        await run.desk.clips.keep_question(run.job.chat, run.job.clip, message)
    await run.record(progress_message=message)
