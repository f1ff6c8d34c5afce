"""From a message to a job in the chat's mailbox, and out of it again."""

from __future__ import annotations

from dataclasses import replace

from core.chat import Incoming, Media, Message
from core.conversation.means import Heard, Means
from core.jobs.job import Job, Kind, Stage, Upload, derived_id
from core.jobs.progress import place
from core.texts import speaker


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

    A job that is next is shown by its worker; one that must wait is shown here, in its progress message if it has one.
    """
    if job.request is not None:
        await means.clips.remember_message(job.chat, job.request, job.clip)
    before = await means.mailbox.put(job)
    if before == 0:
        return
    outbox = means.outboxes[job.chat.platform]
    waiting = place(job, before)
    if job.progress_message is not None:
        await outbox.edit(job.chat, job.progress_message, waiting)
        return
    message = await outbox.send(job.chat, waiting, reply_to=job.request)
    await means.clips.remember_message(job.chat, message, job.clip)
    if not await means.mailbox.note_progress(job, message):
        await outbox.remove(job.chat, message)


async def cancel(means: Means, job: Job) -> None:
    """End a job: at once where it waits, else by its worker, which looks twice a second."""
    ended = replace(job, stage=Stage.CANCELLED)
    if await means.mailbox.cancel(job, ended) and job.progress_message is not None:
        text = speaker(job.language)("Cancelled.")
        await means.outboxes[job.chat.platform].edit(job.chat, job.progress_message, Message(text))
