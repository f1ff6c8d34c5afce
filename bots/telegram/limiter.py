"""When a request to the Bot API may go: a pace for each chat, a pace for all, and floods obeyed chat by chat.

`Pace` is pure: times come in and go out, in seconds of any steady clock. `FairLimiter` waits by it, for the library. A
request that Telegram answers with "retry after" waits that long and goes again, and with it whatever else is for the
same chat; other chats go on. Nothing is ever sent in the place of what waits.

The pace holds for one process. Several that post with the same token may together be too fast: floods are obeyed then.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

import structlog
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bots.telegram.limits import (
    ALL_MESSAGES,
    ALL_SECONDS,
    CHAT_BURST,
    CHAT_SECONDS,
    GROUP_EDITS,
    GROUP_MESSAGES,
    GROUP_SECONDS,
)

log = structlog.get_logger(__name__)

JSONDict = dict[str, Any]

_GRACE = 0.1
"""Seconds beyond what a flood answer asks for: its number is rounded."""

_FILES = frozenset({"sendVideo"})

_MANY_CHATS = 1000

_AHEAD = (CHAT_BURST - 1) * CHAT_SECONDS
"""Seconds by which a chat may be ahead of its pace."""


@dataclass(slots=True)
class _Chat:
    even: float = 0.0
    """When the chat would be even with its pace: what was booked so far, spread over one a second."""
    minor_free: float = 0.0
    flood_end: float = 0.0
    booked: deque[float] = field(default_factory=lambda: deque(maxlen=GROUP_MESSAGES))


class Pace:
    """Who may send when. A booking counts whether or not it is used."""

    def __init__(self) -> None:
        self._chats: dict[int | str, _Chat] = {}
        self._all: deque[float] = deque(maxlen=ALL_MESSAGES)
        self._most = _MANY_CHATS

    def minor(self, chat: int | str, now: float) -> float:
        """When a change of little weight may queue for its place; a group's are spaced, to leave room for messages."""
        state = self._chat(chat, now)
        if not is_group(chat):
            return now
        when = max(now, state.minor_free)
        state.minor_free = when + GROUP_SECONDS / GROUP_EDITS
        return when

    def book(self, chat: int | str, now: float) -> float:
        """When the chat's next message may go; its place is taken."""
        state = self._chat(chat, now)
        when = max(now, state.even - _AHEAD, state.flood_end)
        if is_group(chat) and len(state.booked) == GROUP_MESSAGES:
            when = max(when, state.booked[0] + GROUP_SECONDS)
        state.booked.append(when)
        state.even = max(state.even, when) + CHAT_SECONDS
        return when

    def book_among_all(self, now: float) -> float | None:
        """None: go now, the place is taken. Else when to ask again."""
        if len(self._all) == ALL_MESSAGES and self._all[0] + ALL_SECONDS > now:
            return self._all[0] + ALL_SECONDS
        self._all.append(now)
        return None

    def flooded(self, chat: int | str, now: float, seconds: float) -> None:
        """Telegram wants no more from this chat for so long, and no burst right after it."""
        state = self._chat(chat, now)
        state.flood_end = max(state.flood_end, now + seconds)
        state.even = max(state.even, state.flood_end + _AHEAD)

    def flood_end(self, chat: int | str) -> float:
        state = self._chats.get(chat)
        return 0.0 if state is None else state.flood_end

    def _chat(self, chat: int | str, now: float) -> _Chat:
        if len(self._chats) > self._most:
            past = now - GROUP_SECONDS
            self._chats = {key: kept for key, kept in self._chats.items() if kept.even > past}
            self._most = max(_MANY_CHATS, 2 * len(self._chats))
        return self._chats.setdefault(chat, _Chat())


def is_group(chat: int | str) -> bool:
    """Groups and channels have negative ids, or names."""
    return isinstance(chat, str) or chat < 0


class FairLimiter(BaseRateLimiter[bool]):
    """The library's limiter over a `Pace`. `rate_limit_args=True` marks a change of little weight."""

    def __init__(self, clock: Callable[[], float], sleep: Callable[[float], Awaitable[None]]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._pace = Pace()
        self._orders: WeakValueDictionary[int | str | None, asyncio.Lock] = WeakValueDictionary()

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: bool | None,
    ) -> bool | JSONDict | list[JSONDict]:
        """Call `callback` when it may be called, again after each flood answer, and give its result."""
        chat = _number(data.get("chat_id"))
        if endpoint == "sendChatAction":
            return await self._action(chat, callback, args, kwargs)
        counts = _counts(endpoint)
        if chat is not None and rate_limit_args:
            await self._until(self._pace.minor(chat, self._clock()))
        # One word after the other in a chat: what follows must know whether there was a flood. A file takes minutes.
        in_order = chat is not None and counts and endpoint not in _FILES
        async with self._orders.setdefault(chat, asyncio.Lock()) if in_order else nullcontext():
            while True:
                if chat is not None:
                    await self._turn(chat, counts=counts)
                try:
                    return await callback(*args, **kwargs)
                except RetryAfter as flood:
                    seconds = seconds_of(flood)
                    log.warning("telegram_flood", chat=chat, call=endpoint, seconds=seconds)
                    if chat is None:
                        await self._sleep(seconds + _GRACE)
                    else:
                        self._pace.flooded(chat, self._clock(), seconds + _GRACE)

    async def _turn(self, chat: int | str, *, counts: bool) -> None:
        while True:
            now = self._clock()
            await self._until(self._pace.book(chat, now) if counts else self._pace.flood_end(chat))
            # A flood may have come while this one waited for its place.
            if self._pace.flood_end(chat) > self._clock():
                continue
            if not counts:
                return
            while (later := self._pace.book_among_all(self._clock())) is not None:
                await self._until(later)
            return

    async def _action(
        self, chat: int | str | None, callback: Callable[..., Coroutine[Any, Any, Any]], args: Any, kwargs: Any
    ) -> bool:
        """ "Sending a video…" is worth no wait: it is left out while the chat is flooded."""
        if chat is not None and self._pace.flood_end(chat) > self._clock():
            return True
        try:
            return bool(await callback(*args, **kwargs))
        except RetryAfter as flood:
            if chat is not None:
                self._pace.flooded(chat, self._clock(), seconds_of(flood) + _GRACE)
            return True

    async def _until(self, when: float) -> None:
        wait = when - self._clock()
        if wait > 0:
            await self._sleep(wait)


def seconds_of(flood: RetryAfter) -> float:
    """For how long Telegram wants nothing more."""
    after = flood.retry_after
    return after if isinstance(after, int | float) else after.total_seconds()


def _number(chat: object) -> int | str | None:
    if isinstance(chat, str) and chat.removeprefix("-").isdecimal():
        return int(chat)
    return chat if isinstance(chat, int | str) else None


def _counts(endpoint: str) -> bool:
    """Whether Telegram counts the call among a chat's messages."""
    return endpoint.startswith(("send", "edit", "copy", "forward"))
