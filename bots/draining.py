"""Out of a platform's inbox: each parcel to the adapter that understands it, the parcels of a chat in order, chats side
by side.

A parcel that the adapter has dealt with leaves the inbox, also where it broke: the adapter says what became of it. Only
the store's absence leaves it there, to be taken again when its lease ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import structlog

from core.store.connection import STORE_AWAY
from core.store.inbox import Inbox, Parcel

log = structlog.get_logger(__name__)

_MOST = 100
_LOOK_SECONDS = 2.0
"""Between two looks into the inbox when nothing is known to be due: another process may have left something."""

_AWAY_SECONDS = 0.5


class Draining:
    """`act` deals with one parcel; `clock`: seconds since the epoch, as the inbox counts them."""

    def __init__(self, inbox: Inbox, act: Callable[[Parcel], Awaitable[None]], clock: Callable[[], float]) -> None:
        self._inbox = inbox
        self._act = act
        self._clock = clock
        self._news = asyncio.Event()
        self._held: dict[str, Parcel] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._running: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something new is in the inbox."""
        self._news.set()

    async def run(self) -> None:
        """Deal with what comes until cancelled; what is unfinished then stays in the inbox."""
        renewing = asyncio.create_task(self._renew(), name="inbox leases")
        try:
            while True:
                self._news.clear()
                try:
                    parcels = await self._inbox.take(_MOST)
                    due = None if parcels else await self._inbox.next_due()
                except STORE_AWAY as error:
                    log.warning("store_away", reason=type(error).__name__)
                    await asyncio.sleep(_AWAY_SECONDS)
                    continue
                except Exception:
                    log.exception("inbox_broke")
                    await asyncio.sleep(_AWAY_SECONDS)
                    continue
                for parcel in parcels:
                    self._begin(parcel)
                if not parcels:
                    wait = _LOOK_SECONDS if due is None else min(_LOOK_SECONDS, max(0.01, due - self._clock()))
                    await self._wait_for_news(wait)
        finally:
            for task in (renewing, *self._running):
                task.cancel()
            await asyncio.gather(renewing, *self._running, return_exceptions=True)

    async def _wait_for_news(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            pass

    def _begin(self, parcel: Parcel) -> None:
        # Locks let in whoever came first: the parcels of a chat keep their order.
        turn = self._turns.setdefault(parcel.chat.key, asyncio.Lock())
        self._held[parcel.name] = parcel
        task = asyncio.create_task(self._deal_with(parcel, turn), name="update")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _deal_with(self, parcel: Parcel, turn: asyncio.Lock) -> None:
        try:
            async with turn:
                try:
                    await self._act(parcel)
                except STORE_AWAY:
                    raise
                except Exception:
                    log.exception("update_failed", chat=parcel.chat.key)
            await self._inbox.done(parcel)
        except STORE_AWAY as error:
            # It is due again when its lease ends.
            log.warning("update_left", chat=parcel.chat.key, reason=type(error).__name__)
        finally:
            self._held.pop(parcel.name, None)

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._inbox.lease_seconds / 3)
            try:
                await self._inbox.renew(list(self._held.values()))
            except STORE_AWAY as error:
                log.warning("leases_not_renewed", reason=type(error).__name__)
            except Exception:
                log.exception("renewing_broke")
