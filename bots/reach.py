"""What a platform's listener acts with, and what follows from losing a chat."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import structlog

from core.chat import ChatRef, Outbox, Person, Talk
from core.jobs.job import Stage
from core.jobs.mailbox import Mailbox
from core.store.connection import STORE_AWAY
from core.store.notes import Notes
from core.store.people import People

log = structlog.get_logger(__name__)


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


async def language_for(reach: Reach, chat: ChatRef, person: Person) -> str:
    """The language that was chosen for the chat, else the person's, as a BCP 47 tag.

    Also where what was chosen cannot be read: a fault is told all the same. Raises what the store raises while away.
    """
    try:
        chosen = await reach.people.language(chat)
    except STORE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the record
        log.warning("language_not_read", chat=chat.key, reason=type(error).__name__)
        chosen = None
    return chosen or person.language
