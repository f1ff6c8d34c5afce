"""How much of the work one person, one chat and all of them together may have, and what is said where it is used up.

Limits come in as numbers; None is any number, and 0 is none. Days are UTC's. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

DAY = 24 * 3600


class Why(StrEnum):
    """Why a job is not taken."""

    QUOTA_PERSON = "quota_person"
    QUOTA_CHAT = "quota_chat"
    QUEUE_PERSON = "queue_person"
    QUEUE_CHAT = "queue_chat"


class Refused(Exception):
    """A job was not taken: `limit` is used up, until `again` (seconds since the epoch) where a clock frees it."""

    def __init__(self, why: Why, limit: int, again: float | None) -> None:
        super().__init__(f"{why}: {limit}")
        self.why = why
        self.limit = limit
        self.again = again


@dataclass(frozen=True, slots=True)
class Shares:
    """The limits. `jobs_…`: at work at the same time, over all processes; a chat's jobs are one at a time anyway.

    `queue_…`: unfinished ones. `quota_…`: edits and new clips a day.
    """

    jobs_in_all: int | None = None
    jobs_person: int | None = None
    queue_person: int | None = None
    queue_chat: int | None = None
    quota_person: int | None = None
    quota_chat: int | None = None
    exempt: frozenset[str] = frozenset({"shell"})
    """Platforms without quotas and queues' limits: whoever has the machine's shell is its operator."""

    def limit(self, why: Why) -> int | None:
        return {
            Why.QUOTA_PERSON: self.quota_person,
            Why.QUOTA_CHAT: self.quota_chat,
            Why.QUEUE_PERSON: self.queue_person,
            Why.QUEUE_CHAT: self.queue_chat,
        }[why]


def refused(why: Why, shares: Shares, now: float) -> Refused:
    """What a person is told of: a day's quota is there again when UTC's next day begins, one of 0 never."""
    limit = shares.limit(why) or 0
    is_quota = why in (Why.QUOTA_PERSON, Why.QUOTA_CHAT)
    return Refused(why, limit, (now // DAY + 1) * DAY if is_quota and limit else None)
