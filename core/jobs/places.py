"""Telling the waiting their place: a job and how many are before it come in, its progress message says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from core.chat import Message, Outbox
from core.jobs.desk import Desk
from core.jobs.job import Job, Stage
from core.jobs.mailbox import Mailbox
from core.jobs.progress import place
from core.store.clips import Clips
from core.texts import speaker

log = structlog.get_logger(__name__)

BEHIND_THE_HEAD = 10
"""How many jobs behind the one at work are told their place."""

_PATIENCE = 10.0
"""Seconds that telling one place may take: it is only a number, and others wait to be told theirs."""


async def show_place(outbox: Outbox, mailbox: Mailbox, clips: Clips, job: Job, before: int) -> None:
    """In the job's progress message, which is posted where there was none yet. Raises what the outbox raises.

    Nothing is said where somebody has deleted it: it is only a number.
    """
    waiting = place(job, before)
    if job.progress_message is None:
        message = await outbox.send(job.chat, waiting, reply_to=job.request)
        await clips.remember_message(job.chat, message, job.clip)
        if not await mailbox.note_progress(job, message):
            await outbox.remove(job.chat, message)
        return
    if not await outbox.edit(job.chat, job.progress_message, waiting):
        return
    now = await mailbox.job(job.id)
    if now is not None and now.stage is Stage.CANCELLED:
        await outbox.edit(job.chat, job.progress_message, Message(speaker(job.language)("Cancelled.")))


async def tell(desk: Desk, places: Iterable[tuple[Job, int]]) -> None:
    """Show all of them, side by side. One that cannot be shown is overtaken by the next."""
    await asyncio.gather(*(_told(desk, job, before) for job, before in places if job.chat.platform in desk.outboxes))


async def _told(desk: Desk, job: Job, before: int) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await show_place(desk.outboxes[job.chat.platform], desk.mailbox, desk.clips, job, before)
    except Exception as error:  # noqa: BLE001 - whatever a platform's library raises: it is only a number
        log.warning("place_not_shown", job=job.id, reason=type(error).__name__)
