"""That a job's video is posted once: what was begun and what is there, remembered beyond a process's life."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bots.discord.faults import Unsent
from core.store.notes import Notes
from core.store.people import EVENT_MEMORY


@dataclass(frozen=True, slots=True)
class Begun:
    """A post that was begun at `at` (seconds since the epoch), and whose outcome nobody has recorded."""

    at: float
    channel: int | None
    """Where it can be looked for; None: it went through a webhook, whose messages cannot be listed."""


class Once:
    def __init__(self, notes: Notes, clock: Callable[[], float]) -> None:
        self._notes = notes
        self._clock = clock

    async def posted(self, job: str) -> str | None:
        """The core's id of the message that the job's video is."""
        return await self._notes.read(f"posted:{job}")

    async def keep_posted(self, job: str, message: str) -> None:
        await self._notes.write(f"posted:{job}", message, EVENT_MEMORY)

    async def begun(self, job: str) -> Begun | None:
        note = await self._notes.read(f"posting:{job}")
        if note is None:
            return None
        at, _, channel = note.partition(" ")
        return Begun(float(at), int(channel) if channel else None)

    @asynccontextmanager
    async def posting(self, job: str | None, channel: int | None) -> AsyncIterator[None]:
        """Remember for the time of the block that the job's video goes out; nothing where there is no job.

        What was begun before, and may be there, keeps its time. It stays remembered where the block is left without an
        outcome: the process ends.
        """
        if job is None:
            yield
            return
        await self._notes.claim(f"posting:{job}", f"{self._clock()} {channel or ''}".strip(), EVENT_MEMORY)
        try:
            yield
        except Unsent:
            await self.failed(job)
            raise

    async def failed(self, job: str) -> None:
        """It is surely not there, or only the person can see whether it is, and is told so."""
        await self._notes.remove(f"posting:{job}")
