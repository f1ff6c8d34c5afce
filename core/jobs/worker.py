"""The worker: takes chats from the stream, holds their leases, and runs their jobs, many chats side by side.

async with asyncio.TaskGroup() as tasks:
    tasks.create_task(worker.run())
    …
    worker.stop()   # hands over what does not end within the grace
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from contextlib import suppress
from typing import Any

import structlog

from core.chat import ChatRef, Message
from core.jobs.desk import Desk
from core.jobs.job import Job
from core.jobs.keeping import Hold, Keeping
from core.jobs.mailbox import Held, LeaseLost, Mailbox, Turn, Unreadable
from core.jobs.pipeline import cancelled, work
from core.jobs.places import BEHIND_THE_HEAD, tell
from core.jobs.run import Run
from core.store.connection import BLOCK, STORE_AWAY, StoreFull
from core.texts import speaker

log = structlog.get_logger(__name__)

TELL_EVERY = 3.0
"""As often as platforms let one message be edited."""

_TOLD_A_CHAT, _TOLD_CHATS = 3, 20
"""How many jobs of how many chats are told their place; those further back are told when they come nearer."""

_AWAY_WAIT = 0.5

_BACK_WAIT = 1.5
"""Seconds after an outage of the store before a chat is taken, whose lease may have lapsed in it: whoever was at work
writes down first what it has done meanwhile. Its calls are repeated once a second."""

_PASS_ON_WAIT = 1.0
"""Seconds until a chat that this worker cannot reach is offered to the others again."""

_HAND_OVER_SECONDS = 1.0
"""For giving a chat to others; where the store does not answer, its entry is claimed after a lease's time."""


class Worker:
    """`at_once`: jobs side by side at the most. `grace`: seconds that running jobs get to end when it stops.

    `tell_every`: seconds between two looks for who waits and is to be told another place.
    """

    def __init__(self, desk: Desk, at_once: int, grace: float, tell_every: float = TELL_EVERY) -> None:
        self._desk = desk
        self._mailbox: Mailbox = desk.mailbox
        self._at_once = at_once
        self._grace = grace
        self._tell_every = tell_every
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()
        self._keeping = Keeping(desk.mailbox)
        self._unreached: set[str] = set()
        self._is_full = False

    def stop(self) -> None:
        self._stopping.set()

    async def run(self) -> None:
        """Work until stopped. Redis away is waited for; nothing else ends it."""
        await self._until_answered(self._mailbox.open)
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._tell_places())]
        keeping = asyncio.create_task(self._keeping.run())
        try:
            await self._stopping.wait()
        finally:
            await _over(tasks)
            if self._running:
                await asyncio.wait(self._running, timeout=self._grace)
            await _over(self._running)
            await _over([keeping])

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
        told: type[Exception] | None = None
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
                    next_look = loop.time() + self._mailbox.lease_seconds / 3
                entries = entries or await self._mailbox.next_entries(free, BLOCK)
            except STORE_AWAY as error:
                if isinstance(error, StoreFull):
                    self._tell_full(error)
                elif told is not type(error):
                    log.warning("store_away", reason=type(error).__name__)
                told = type(error)
                await asyncio.sleep(_AWAY_WAIT)
                continue
            except Exception:
                log.exception("reading_broke")
                await asyncio.sleep(_AWAY_WAIT)
                continue
            if told is not None:
                log.info("store_back")
                told = None
                await asyncio.sleep(_BACK_WAIT)
            for entry, chat in entries:
                task = asyncio.create_task(self._serve(entry, chat))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _tell_places(self) -> None:
        """Those who wait while every worker is busy, or every turn is given, see their place move."""
        while True:
            await asyncio.sleep(self._tell_every)
            try:
                places = await self._mailbox.waiting(
                    _TOLD_A_CHAT, _TOLD_CHATS, self._desk.outboxes, behind=BEHIND_THE_HEAD
                )
                self._is_full = False
                await tell(self._desk, places)
            except StoreFull as error:
                # Where it is its memory that is full, reading goes on, and only writing shows it.
                self._tell_full(error)
            except STORE_AWAY as error:
                log.warning("places_not_told", reason=type(error).__name__)
            except Exception:
                log.exception("places_broke")

    def _tell_full(self, error: StoreFull) -> None:
        """The operator hears of it once for each time: whoever waits looks twice a second."""
        if not self._is_full:
            log.error("disk_full", where="the store's", reason=str(error))
        self._is_full = True

    async def _serve(self, entry: str, chat: ChatRef) -> None:
        """One turn of a chat."""
        try:
            if chat.platform not in self._desk.outboxes:
                await self._pass_on(entry, chat)
                return
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

    async def _pass_on(self, entry: str, chat: ChatRef) -> None:
        """Leave a chat to the workers that can post there; the operator hears once of each such platform."""
        if chat.platform not in self._unreached:
            self._unreached.add(chat.platform)
            reason = "this worker has no token for it, and leaves its chats to other workers"
            log.error("platform_not_reached", platform=chat.platform, reason=reason)
        try:
            await asyncio.sleep(_PASS_ON_WAIT)
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_HAND_OVER_SECONDS):
                    await self._mailbox.pass_on(entry, chat)

    async def _say_lost(self, lost: Unreadable) -> None:
        """A job that only another version can read ends with a sentence, in the language that can be known: ours."""
        outbox = self._desk.outboxes[lost.chat.platform]
        say = speaker("en")
        sentence = Message(say("That was too long ago. Please send the photo again."))
        try:
            if lost.progress is None or not await outbox.edit(lost.chat, lost.progress, sentence):
                await outbox.send(lost.chat, sentence)
        except Exception as error:  # noqa: BLE001 - whatever a platform's library raises
            log.warning("outcome_not_shown", job=lost.job, chat=lost.chat.key, reason=type(error).__name__)

    async def _turn(self, turn: Turn) -> None:
        run = Run(self._desk, turn)
        began = self._desk.clock()
        log.info("job_taken", kind=turn.job.kind.value, stage=turn.job.stage.value)
        try:
            with self._keeping.holding(turn) as hold:
                # One that another worker left may be unwanted already.
                unwanted = await self._is_unwanted(turn)
                ended = None if unwanted else await self._held(hold, work(run), hold.unwanted)
                if ended is None:
                    ended = await self._held(hold, cancelled(run))
                assert ended is not None
                await self._end(turn, ended)
            log.info("job_ended", outcome=ended.stage.value, seconds=round(self._desk.clock() - began, 1))
        except LeaseLost:
            # Another worker has it, or the store came back empty: then only this one knows of the job.
            await self._mailbox.put_back(run.job)
            raise
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(_HAND_OVER_SECONDS):
                    await self._mailbox.hand_over(turn)
            raise
        finally:
            run.clear()

    async def _held(
        self, hold: Hold, doing: Coroutine[Any, Any, Job], until: asyncio.Event | None = None
    ) -> Job | None:
        """Do it for as long as the lease is held. → its outcome, None where `until` was set before it ended.

        Raises `LeaseLost`.
        """
        task = asyncio.create_task(doing)
        signs = [asyncio.create_task(sign.wait()) for sign in (hold.lost, until) if sign is not None]
        try:
            await asyncio.wait({task, *signs}, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            if hold.lost.is_set():
                raise LeaseLost
            return None
        finally:
            for each in (task, *signs):
                each.cancel()
            await asyncio.gather(task, *signs, return_exceptions=True)

    async def _is_unwanted(self, turn: Turn) -> bool:
        """Whether the person wants the job cancelled already. Raises `LeaseLost`."""
        try:
            (held,) = await self._mailbox.renew([turn])
        except STORE_AWAY as error:
            log.warning("lease_not_renewed", reason=type(error).__name__)
            return False
        if held is Held.LOST:
            raise LeaseLost
        return held is Held.UNWANTED

    async def _end(self, turn: Turn, ended: Job) -> None:
        await self._until_answered(lambda: self._mailbox.end(turn, ended))


async def _over(tasks: Collection[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
