"""A job from wherever it stands to its end: a video, a few words, or one sentence with a Retry button.

queued → uploading → prompting → rendering → delivering → done | failed | cancelled
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace

import structlog

from core.actions import Action, Verb
from core.chat import Button, ChatGone, MediaGone, MediaTooLarge, Message
from core.jobs.delivering import delivering
from core.jobs.job import Job, Kind, Stage
from core.jobs.mailbox import LeaseLost
from core.jobs.progress import painted
from core.jobs.prompting import prompting
from core.jobs.rendering import rendering
from core.jobs.run import Run
from core.jobs.uploading import UploadFailed, uploading
from core.media import BadFile
from core.nemo import errors
from core.nemo.answers import Session
from core.quick import first_choices
from core.texts.problems import Problem, sentence

log = structlog.get_logger(__name__)


_EXPECTED = (errors.NemoError, BadFile, MediaTooLarge, MediaGone, Problem)
"""What may go wrong without a fault of ours: the log needs no traceback of it."""


async def work(run: Run) -> Job:
    """Do the job and post its outcome. → its last record, for the mailbox.

    Cancellation passes through with the record as it stands: the caller knows whether the person wanted it
    (`cancelled`) or the process ends and another goes on.
    """
    try:
        async with painted(run.progress, run.desk.sleep):
            outcome = await _stages(run)
        return await _settle(run, outcome, Stage.DONE)
    except (asyncio.CancelledError, LeaseLost):
        raise
    except ChatGone:
        return replace(run.job, stage=Stage.FAILED, problem="the chat is gone")
    except Exception as error:  # noqa: BLE001 - whatever it was, the person hears of it
        return await _fail(run, error)
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)


async def cancelled(run: Run) -> Job:
    """End a job that the person no longer wants: free what it holds and say so."""
    job = run.job
    if job.stage is Stage.RENDERING and job.render is not None:
        try:
            await run.desk.nemo.stop_render(job.render, identity=run.identity)
        except errors.NemoError as error:
            log.warning("render_not_stopped", job=job.id, reason=str(error))
    text = run.say("Cancelled. The photo is still here: say what you would like instead.")
    return await _settle(run, Message(text), Stage.CANCELLED)


async def _stages(run: Run) -> Message | None:
    """→ what the progress message becomes; None where the video has taken its place."""
    run.progress.show(run.say("Starting"), 0.0)
    message = await run.progress.post(run.job.request)
    await run.desk.clips.remember_message(run.job.chat, message, run.job.clip)
    await run.record(progress_message=message)
    if run.job.video_message is not None:
        return None
    session = await _prepared(run)
    match run.job.kind:
        case Kind.UPLOAD:
            return _what_now(run)
        case Kind.EDIT if not run.job.export or not _has_news(run.job):
            return _words(run)
        case _:
            await delivering(run, session, await rendering(run, session))
            return None


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


def _has_news(job: Job) -> bool:
    """Whether the turn made something to render: a request that changed nothing is answered in words."""
    return bool(job.changes) or not job.reply


def _words(run: Run) -> Message:
    job = run.job
    text = "\n".join([*run.notes, *([job.reply] if job.reply else job.changes)])
    buttons = () if job.export else (Button(run.say("Make the video"), Action(Verb.EXPORT, job.clip).encode()),)
    return Message(text or run.say("Nothing changed. Say what the video should be like."), buttons)


def _what_now(run: Run) -> Message:
    count = len(run.job.uploads)
    text = (
        run.say("Got it. What should happen with this photo?")
        if count == 1
        else run.say("Got {count} photos. What should happen with them?", count=count)
    )
    return Message(text, first_choices(run.job.clip, run.job.language))


async def _fail(run: Run, error: Exception) -> Job:
    job = run.job
    name = ""
    if isinstance(error, UploadFailed):
        name, cause = error.name, error.error
    else:
        cause = error
    if isinstance(cause, _EXPECTED):
        log.warning("job_failed", job=job.id, stage=job.stage.value, reason=str(cause))
    else:
        log.error("job_failed", job=job.id, stage=job.stage.value, reason=str(cause), exc_info=cause)
    text = sentence(cause, job.language, web_url=run.desk.nemo.options.web_url, name=name)
    # The same file would be refused again: another one is what helps.
    retry = Button(run.say("Retry"), Action(Verb.RETRY, job.id).encode())
    buttons = () if isinstance(error, UploadFailed) else (retry,)
    run.job = replace(job, problem=text)
    return await _settle(run, Message("\n".join([*run.notes, text]), buttons), Stage.FAILED)


async def _settle(run: Run, message: Message | None, stage: Stage) -> Job:
    """The progress message's end. A chat that cannot be reached is no reason to do the work again."""
    try:
        shown = await run.progress.settle(message, run.job.request)
        if shown is not None:
            await run.desk.clips.remember_message(run.job.chat, shown, run.job.clip)
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a platform's library raises
        log.warning("outcome_not_shown", job=run.job.id, chat=run.job.chat.key, reason=repr(error))
    return replace(run.job, stage=stage, before=None)
