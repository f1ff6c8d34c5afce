"""What a chat is told, once for each time that the store is away: its message is kept, and is dealt with by itself.

Whoever asked is remembered here and not in the store, which is away; the adapter's `tell` needs no store either.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.chat import ChatRef, Incoming, Press
from core.texts import closest

log = structlog.get_logger(__name__)

_SENTENCES = {
    "en": "I cannot write anything down for the moment. Your message is kept, and I go on by myself.",
    "zh": "我暂时无法记录内容。你的消息不会丢，恢复后我会自动继续。",
}


class Excuses:
    """`tell` posts a text to a chat; what it raises is logged: a second try would come too late."""

    def __init__(self, tell: Callable[[ChatRef, str], Awaitable[None]]) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._telling: set[asyncio.Task[None]] = set()

    def make(self, asked: Incoming | Press) -> None:
        """Tell whoever asked for something. Never waits."""
        if asked.chat.key in self._told or (isinstance(asked, Incoming) and not asked.addressed):
            return
        self._told.add(asked.chat.key)
        task = asyncio.create_task(self._excuse(asked), name="excuse")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    def over(self) -> None:
        """The store is back."""
        self._told.clear()

    async def close(self) -> None:
        for task in self._telling:
            task.cancel()
        await asyncio.gather(*self._telling, return_exceptions=True)

    async def _excuse(self, asked: Incoming | Press) -> None:
        try:
            await self._tell(asked.chat, _SENTENCES[closest(asked.person.language)])
        except Exception as error:  # noqa: BLE001 - whatever a platform's library raises
            log.info("not_excused", chat=asked.chat.key, reason=type(error).__name__)
