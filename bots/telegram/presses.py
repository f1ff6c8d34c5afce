"""The answer to a press: Telegram shows the button at work until it comes.

It comes when the press was dealt with, with an alert for whoever may not press that button; and empty after two
seconds, whatever becomes of the press. A flood delays it and holds up nothing else of the chat. An answer that is
too late, or the second one, is no error: with several processes, one may have taken the press in and another dealt with
it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from telegram.error import TelegramError

from bots.telegram import faults
from bots.telegram.bot import TelegramBot
from bots.telegram.limits import ALERT
from core.texts.lengths import cut

log = structlog.get_logger(__name__)

PATIENCE = 2.0
"""Seconds until a press that is still being dealt with is answered, and for which the chat waits for the answer."""

ANSWER_SECONDS = 30.0
"""Until an answer is given up: Telegram says "query is too old" then."""


class PressAnswers:
    """Queries by the ids that Telegram gave them."""

    def __init__(self, bot: TelegramBot, patience: float = PATIENCE) -> None:
        self._bot = bot
        self._patience = patience
        self._expected: dict[str, asyncio.Task[None]] = {}
        self._on_their_way: set[asyncio.Task[Any]] = set()

    def expect(self, query: str) -> None:
        """A press has come."""
        if query not in self._expected:
            self._expected[query] = asyncio.create_task(self._in_time(query), name="answer to a press")

    async def give(self, query: str, refusal: str | None) -> bool:
        """The press was dealt with; `refusal` is for the presser's eyes alone. → False where it is not seen."""
        waiting = self._expected.pop(query, None)
        if waiting is not None:
            waiting.cancel()
        answer = asyncio.create_task(self._answer(query, refusal), name="answer to a press")
        self._hold(answer)
        await asyncio.wait({answer}, timeout=self._patience)
        return not answer.done() or answer.result()

    async def close(self) -> None:
        """Nothing is answered any more."""
        tasks = [*self._expected.values(), *self._on_their_way]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _in_time(self, query: str) -> None:
        await asyncio.sleep(self._patience)
        if (mine := self._expected.pop(query, None)) is not None:
            self._hold(mine)
        await self._answer(query, None)

    def _hold(self, answer: asyncio.Task[Any]) -> None:
        self._on_their_way.add(answer)
        answer.add_done_callback(self._on_their_way.discard)

    async def _answer(self, query: str, refusal: str | None) -> bool:
        text = None if refusal is None else cut(refusal, ALERT)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._bot.answer_callback_query(query, text, show_alert=True if text else None)
        except TimeoutError:
            log.info("press_not_answered", reason="no answer from Telegram")
        except TelegramError as error:
            if not faults.query_too_old(error):
                log.info("press_not_answered", reason=faults.told(error))
        else:
            return True
        return False
