"""What a platform's listener acts with, and what follows from losing a chat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.chat import ChatRef, Outbox, Talk
from core.jobs.job import Stage
from core.jobs.mailbox import Mailbox
from core.store.notes import Notes
from core.store.people import People


@dataclass(frozen=True, slots=True)
class Reach:
    talk: Talk
    outbox: Outbox
    mailbox: Mailbox
    people: People
    notes: Notes


async def end_jobs(reach: Reach, chat: ChatRef) -> None:
    """End the jobs of a chat that threw the bot out, and of its topics: nobody would see what they make."""
    await end_jobs_in(reach, await reach.people.places(chat))


async def end_jobs_in(reach: Reach, places: Iterable[ChatRef]) -> None:
    """End the jobs of just these chats and topics."""
    for place in places:
        for job in reversed(await reach.mailbox.unfinished(place)):
            await reach.mailbox.cancel(job, replace(job, stage=Stage.CANCELLED))
