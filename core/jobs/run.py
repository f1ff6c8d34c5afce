"""One job at work: its record, its progress message, and how its record is written."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog

from core.chat import Outbox
from core.jobs.desk import Desk
from core.jobs.job import Job
from core.jobs.mailbox import Turn
from core.jobs.progress import Progress
from core.nemo.errors import NemoError
from core.replies import CONTRACT_PRICES, Prices, prices
from core.store.connection import STORE_AWAY
from core.texts import Speaker, speaker

log = structlog.get_logger(__name__)

_STORE_WAIT = 1.0
"""Seconds between two tries to write a record while Redis is away."""


class Run:
    def __init__(self, desk: Desk, turn: Turn) -> None:
        self.desk = desk
        self.turn = turn
        self.job: Job = turn.job
        self.outbox: Outbox = desk.outboxes[turn.job.chat.platform]
        self.progress = Progress(self.outbox, turn.job, desk.still_working)
        self.notes: list[str] = []
        """Sentences that the answer begins with."""
        self.say: Speaker = speaker(turn.job.language)
        self._folder = desk.spool / f"{turn.job.id}-{turn.token}"

    @property
    def identity(self) -> str:
        return self.desk.identity(self.job.chat.key)

    @property
    def folder(self) -> Path:
        """This job's own folder for files on their way; removed when the run is over."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def clear(self) -> None:
        """Remove the folder, where there is one. Raises nothing: a full disk makes none and takes no job's end."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def prices(self) -> Prices | None:
        """What work costs here; None where the backend does not say, which holds nothing up."""
        try:
            return prices(await self.desk.nemo.credits(identity=self.identity))
        except NemoError as error:
            log.warning("no_prices", job=self.job.id, reason=str(error))
            return CONTRACT_PRICES if self.desk.claim_links else None

    async def record(self, **changes: Any) -> None:
        """Write the job with these changes before anything else happens. Raises `LeaseLost`.

        While Redis is away it waits: going on unrecorded could do a thing twice.
        """
        job = replace(self.job, **changes)
        while True:
            try:
                await self.desk.mailbox.save(self.turn, job)
            except STORE_AWAY as error:
                log.warning("record_waits", job=job.id, reason=type(error).__name__)
                await self.desk.sleep(_STORE_WAIT)
            else:
                self.job = job
                return
