"""What the stages of a job work with."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.chat import Outbox
from core.jobs.mailbox import Mailbox
from core.jobs.progress import STILL_WORKING
from core.nemo.client import NemoClient
from core.store.clips import Clips

_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def new_id() -> str:
    """12 characters of `[a-z0-9]`, unguessable (62 bits)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


@dataclass(frozen=True, slots=True)
class Desk:
    nemo: NemoClient
    mailbox: Mailbox
    clips: Clips
    outboxes: Mapping[str, Outbox]
    """By platform."""
    spool: Path
    """A folder for files on their way; emptied when the process starts."""
    identity: Callable[[str], str]
    """Chat key → the account that works for it."""
    claim_links: bool
    """Whether each video comes with a link to claim its project: the vendor's cloud has them to give."""
    clock: Callable[[], float]
    """Seconds since the epoch."""
    sleep: Callable[[float], Awaitable[None]]
    make_id: Callable[[], str] = field(default=new_id)
    max_age: float | None = None
    """Seconds after which a job that was not done is not done unasked any more."""
    still_working: float = STILL_WORKING
    """Seconds without news after which the progress says that the work goes on."""
    away_patience: float = 0.0
    """Seconds for which a job waits for a backend that cannot be reached."""
