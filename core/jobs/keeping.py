"""The leases of a worker, kept: all of them are renewed together twice a second, whatever their number.

A turn goes in for as long as its work lasts; what the store says of it comes out: the person no longer wants the job,
or the lease is lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import structlog

from core.jobs.mailbox import Held, Mailbox, Turn
from core.store.connection import STORE_AWAY

log = structlog.get_logger(__name__)

HEARTBEAT = 0.5
"""Seconds between two renewals; each also tells whether the person has cancelled."""

_AT_ONCE = 250
"""Leases that one call renews: the store does nothing else meanwhile."""


@dataclass(eq=False)
class Hold:
    """One turn that is held."""

    turn: Turn
    unwanted: asyncio.Event = field(default_factory=asyncio.Event)
    lost: asyncio.Event = field(default_factory=asyncio.Event)


class Keeping:
    def __init__(self, mailbox: Mailbox, heartbeat: float = HEARTBEAT) -> None:
        self._mailbox = mailbox
        self._heartbeat = heartbeat
        self._holds: set[Hold] = set()

    @contextmanager
    def holding(self, turn: Turn) -> Iterator[Hold]:
        """Keep the turn's lease while the block runs."""
        hold = Hold(turn)
        self._holds.add(hold)
        try:
            yield hold
        finally:
            self._holds.discard(hold)

    async def run(self) -> None:
        """Renew until cancelled. While the store is away the work goes on: it writes nothing without its lease."""
        while True:
            await asyncio.sleep(self._heartbeat)
            holds = list(self._holds)
            for start in range(0, len(holds), _AT_ONCE):
                await self._renew(holds[start : start + _AT_ONCE])

    async def _renew(self, holds: list[Hold]) -> None:
        try:
            answers = await self._mailbox.renew([hold.turn for hold in holds])
        except STORE_AWAY as error:
            log.warning("leases_not_renewed", reason=type(error).__name__)
            return
        except Exception:
            log.exception("renewing_broke")
            return
        for hold, held in zip(holds, answers, strict=True):
            # A turn that has ended since is no longer held, and nobody looks at these any more.
            match held:
                case Held.UNWANTED:
                    hold.unwanted.set()
                case Held.LOST:
                    hold.lost.set()
                case Held.WANTED:
                    pass
