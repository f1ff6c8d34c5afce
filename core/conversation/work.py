"""From a message to a job in the chat's mailbox, and out of it again."""

from __future__ import annotations

from dataclasses import replace

import structlog

from core.chat import Incoming, Media, Message
from core.conversation.means import Heard, Means
from core.jobs.job import Job, Kind, Stage, Upload, derived_id
from core.jobs.places import show_place
from core.store.connection import STORE_AWAY
from core.texts import speaker

log = structlog.get_logger(__name__)


def clip_of(incoming: Incoming, number: int = 0) -> str:
    """The clip that a message begins, or the `number`-th of several."""
    return derived_id("clip", incoming.chat.platform, incoming.event, str(number))


def job_of(
    means: Means,
    heard: Heard,
    kind: Kind,
    clip: str,
    words: str = "",
    media: tuple[Media, ...] = (),
    *,
    number: int = 0,
    export: bool = True,
) -> Job:
    """The job that a message asks for; the same one for the same message."""
    incoming = heard.incoming
    return Job(
        id=derived_id(incoming.chat.platform, incoming.event, str(number)),
        kind=kind,
        chat=incoming.chat,
        person=incoming.person,
        clip=clip,
        created=means.clock(),
        language=heard.language,
        request=incoming.message,
        prompt=words,
        uploads=tuple(Upload(item) for item in media),
        export=export,
    )


async def put(means: Means, job: Job) -> None:
    """Into the mailbox first: nothing is said of a job that could still be lost.

    A job that is next is shown by its worker; one that must wait, also for a worker to come, is shown here, in its
    progress message if it has one.
    Raises `Refused` where no share is left for it.
    """
    if job.request is not None:
        await means.clips.remember_message(job.chat, job.request, job.clip)
    before = await means.mailbox.put(job)
    if before or not await means.mailbox.is_worked_on():
        try:
            await show_place(means.outboxes[job.chat.platform], means.mailbox, means.clips, job, before)
        except STORE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a platform's library raises: the job is kept all the same
            log.warning("place_not_shown", job=job.id, reason=type(error).__name__)


async def cancel(means: Means, job: Job) -> None:
    """End a job: at once where it waits, else by its worker, which looks twice a second."""
    ended = replace(job, stage=Stage.CANCELLED)
    if not await means.mailbox.cancel(job, ended):
        return
    outbox, message = means.outboxes[job.chat.platform], Message(speaker(job.language)("Cancelled."))
    # It may have got its message a moment ago.
    now = await means.mailbox.job(job.id) or job
    shown = now.progress_message or job.progress_message
    if shown is None or not await outbox.edit(job.chat, shown, message):
        await outbox.send(job.chat, message, reply_to=job.request)
