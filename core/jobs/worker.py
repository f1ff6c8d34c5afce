"""The worker: takes chats from the stream, holds their leases, and runs their jobs, many chats side by side.

async with asyncio.TaskGroup() as tasks:
    tasks.create_task(worker.run())
    …
    worker.stop()   # hands over what does not end within the grace
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable

import structlog

from core.chat import ChatRef, Message
from core.jobs.desk import Desk
from core.jobs.job import Job
from core.jobs.mailbox import LEASE_SECONDS, LeaseLost, Mailbox, Turn, Unreadable
from core.jobs.pipeline import cancelled, work
from core.jobs.run import Run
from core.store.connection import BLOCK, STORE_AWAY
from core.texts import speaker

log = structlog.get_logger(__name__)

HEARTBEAT = 0.5
"""Seconds between two renewals of a lease; each also tells whether the person has cancelled."""

_AWAY_WAIT = 0.5


class Worker:
    """`at_once`: jobs side by side at the most. `grace`: seconds that running jobs get to end when it stops."""

    def __init__(self, desk: Desk, at_once: int, grace: float) -> None:
        self._desk = desk
        self._mailbox: Mailbox = desk.mailbox
        self._at_once = at_once
        self._grace = grace
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped. Redis away is waited for; nothing else ends it."""
        await self._until_answered(self._mailbox.open)
        reader = asyncio.create_task(self._read())
        try:
            await self._stopping.wait()
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            if self._running:
                await asyncio.wait(self._running, timeout=self._grace)
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _until_answered(self, call: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await call()
            except STORE_AWAY as error:
                log.warning("store_away", reason=type(error).__name__)
                await asyncio.sleep(_AWAY_WAIT)
            else:
                return

    async def _read(self) -> None:
        next_look = 0.0
        loop = asyncio.get_running_loop()
        while True:
            free = self._at_once - len(self._running)
            if free <= 0:
                await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                continue
            try:
                entries = []
                if loop.time() >= next_look:
                    entries = await self._mailbox.abandoned_entries(free)
                    next_look = loop.time() + LEASE_SECONDS / 3
                entries = entries or await self._mailbox.next_entries(free, BLOCK)
            except STORE_AWAY as error:
                log.warning("store_away", reason=type(error).__name__)
                await asyncio.sleep(_AWAY_WAIT)
                continue
            except Exception:
                log.exception("reading_broke")
                await asyncio.sleep(_AWAY_WAIT)
                continue
            for entry, chat in entries:
                task = asyncio.create_task(self._serve(entry, chat))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _serve(self, entry: str, chat: ChatRef) -> None:
        """One turn of a chat."""
        try:
            turn = await self._mailbox.take(entry, chat)
            if turn is None:
                return
            with structlog.contextvars.bound_contextvars(job=turn.job.id, chat=chat.key):
                await self._turn(turn)
        except LeaseLost:
            log.warning("lease_lost", chat=chat.key)
        except Unreadable as lost:
            await self._say_lost(lost)
        except STORE_AWAY as error:
            # The entry stays with this worker's pending ones and is claimed when it was idle long enough.
            log.warning("turn_left", chat=chat.key, reason=type(error).__name__)
        except Exception:
            log.exception("turn_broke", chat=chat.key)

    async def _say_lost(self, lost: Unreadable) -> None:
        """A job that only another version can read ends with a sentence, in the language that can be known: ours."""
        outbox = self._desk.outboxes[lost.chat.platform]
        say = speaker("en")
        sentence = Message(say("That was too long ago. Please send the photo again."))
        if lost.progress is None:
            await outbox.send(lost.chat, sentence)
        else:
            await outbox.edit(lost.chat, lost.progress, sentence)

    async def _turn(self, turn: Turn) -> None:
        run = Run(self._desk, turn)
        began = self._desk.clock()
        log.info("job_taken", kind=turn.job.kind.value, stage=turn.job.stage.value)
        task = asyncio.create_task(work(run))
        try:
            wanted = await self._hold(turn, task)
            if wanted:
                ended = task.result()
            else:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
                ended = await cancelled(run)
            await self._end(turn, ended)
            log.info("job_ended", outcome=ended.stage.value, seconds=round(self._desk.clock() - began, 1))
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self._mailbox.hand_over(turn)
            raise
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            shutil.rmtree(run.folder, ignore_errors=True)

    async def _hold(self, turn: Turn, task: asyncio.Task[Job]) -> bool:
        """Renew the lease until the task is done (True) or the person wants it cancelled (False).

        Raises `LeaseLost`. While Redis is away the work goes on: it writes nothing without its lease.
        """
        while True:
            try:
                if await self._mailbox.renew(turn):
                    return False
            except STORE_AWAY as error:
                log.warning("lease_not_renewed", reason=type(error).__name__)
            done, _ = await asyncio.wait({task}, timeout=HEARTBEAT)
            if done:
                return True

    async def _end(self, turn: Turn, ended: Job) -> None:
        await self._until_answered(lambda: self._mailbox.end(turn, ended))
