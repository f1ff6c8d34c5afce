"""What happened at Discord into the inbox, in the order in which it came; and how far each shard is in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bots.discord.marks import Marks
from bots.discord.parcels import Record, Said, written
from bots.excuses import Excuses
from core.store.connection import STORE_AWAY
from core.store.inbox import Inbox

log = structlog.get_logger(__name__)

_AWAY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Came:
    event: str
    record: Record | None
    shard: int | None = None
    """Whose message it is."""


class Intake:
    """`arrived` is called after something new is in the inbox."""

    def __init__(self, inbox: Inbox, marks: Marks, excuses: Excuses, arrived: Callable[[], None]) -> None:
        self._inbox = inbox
        self._marks = marks
        self._excuses = excuses
        self._arrived = arrived
        self._unkept: dict[str, Record] = {}
        """What was taken and is not in the inbox yet."""
        self._waiting: asyncio.Queue[_Came] = asyncio.Queue()

    def take_message(self, shard: int, message: int, record: Record | None) -> None:
        """A message of a shard, whether it means anything (`record`) or not. Never waits."""
        if record is not None:
            self._unkept[str(message)] = record
        self._waiting.put_nowait(_Came(str(message), record, shard))

    def take_change(self, event: str, record: Record) -> None:
        """Something else that Discord tells but once. `event` names it. Never waits."""
        self._waiting.put_nowait(_Came(event, record))

    async def keep(self, event: str, record: Record) -> bool:
        """Into the inbox at once. → False where this event was there before. Raises what the store raises."""
        is_new = await self._inbox.put(event, record.chat, event, written(record))
        if is_new:
            self._arrived()
        return is_new

    async def run(self) -> None:
        """Keep what was taken, one after the other, until cancelled; the store's absence is waited for."""
        while True:
            came = await self._waiting.get()
            await self._marks.write_direct()
            if came.record is not None:
                await self._surely(came.event, came.record)
                self._unkept.pop(came.event, None)
            if came.shard is not None:
                self._marks.saw(came.shard, int(came.event))
            self._waiting.task_done()

    async def settled(self) -> None:
        """Everything that was taken so far is kept."""
        await self._waiting.join()

    async def _surely(self, event: str, record: Record) -> None:
        while True:
            try:
                await self.keep(event, record)
            except STORE_AWAY as error:
                log.warning("store_away", reason=type(error).__name__)
                for each in self._unkept.values():
                    if isinstance(each, Said):
                        self._excuses.make(each.incoming)
                await asyncio.sleep(_AWAY_SECONDS)
            except Exception:
                log.exception("message_not_kept", chat=record.chat.key)
                return
            else:
                self._excuses.over()
                return
