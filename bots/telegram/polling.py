"""Updates fetched from Telegram, for as long as the task runs.

Telegram forgets an update when a later one is asked for: that happens only after it is in the inbox.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import structlog
from telegram import Update
from telegram.error import Conflict, RetryAfter, TelegramError

from bots.telegram import faults
from bots.telegram.bot import POLL_SECONDS, TelegramBot
from bots.telegram.limiter import seconds_of
from bots.telegram.updates import ALLOWED
from core.store.connection import STORE_AWAY

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0

QUICK_SECONDS = 1.0
"""An answer that comes sooner and brings nothing new comes from a server that does not wait for updates."""

_REMOVE_SECONDS = 10.0
"""For which updates wait for a webhook to be removed."""

MOST_TRIES = 8
"""With an update that breaks; then it is passed over, about a minute later, so that those after it are not held up."""


async def poll(
    bot: TelegramBot,
    take_in: Callable[[Update], Awaitable[None]],
    excuse: Callable[[Update], None],
    first_pause: float = FIRST_PAUSE,
) -> None:
    """Fetch until cancelled; what goes wrong is logged and tried again, `first_pause` seconds later at first.

    `excuse` is called for each update that comes again because the store is away.
    """
    await _remove_webhook(bot)
    offset: int | None = None
    failed = Counter[int]()
    pause = first_pause
    while True:
        updates: Sequence[Update] = ()
        failing: int | None = None
        wait, asked, before = 0.0, time.monotonic(), offset
        try:
            updates = await bot.get_updates(offset=offset, timeout=POLL_SECONDS, allowed_updates=ALLOWED)
            for update in updates:
                failing = update.update_id
                await take_in(update)
                failing = None
                # Not the highest so far: after a week without updates, Telegram begins anew anywhere.
                offset = update.update_id + 1
            pause = first_pause
            if offset == before and time.monotonic() - asked < QUICK_SECONDS:
                await asyncio.sleep(first_pause)
            continue
        except Conflict as error:
            of_webhook = "webhook" in error.message.lower()
            why = "the updates go to a webhook" if of_webhook else "another program fetches the updates of this bot"
            log.warning("telegram_conflict", reason=why)
            if of_webhook:
                await _remove_webhook(bot)
        except RetryAfter as error:
            wait = seconds_of(error)
            log.warning("telegram_flood", call="getUpdates", seconds=wait)
        except TelegramError as error:
            log.warning("telegram_away", reason=faults.told(error))
        except STORE_AWAY as error:
            log.warning("store_away", reason=type(error).__name__)
            for update in updates:
                if update.update_id >= (offset or 0):
                    excuse(update)
        except Exception:
            log.exception("updates_not_read", update=failing)
            if failing is not None:
                failed[failing] += 1
                if failed[failing] == MOST_TRIES:
                    log.error("update_passed_over", update=failing)  # noqa: TRY400 - the trace stands above
                    offset = failing + 1
                    failed.clear()
        await asyncio.sleep(max(wait, pause))
        if not wait:
            pause = min(LONGEST_PAUSE, pause * 2)


async def _remove_webhook(bot: TelegramBot) -> None:
    """Not tried for long: where it is still set, the request for updates says so."""
    try:
        async with asyncio.timeout(_REMOVE_SECONDS):
            await bot.delete_webhook()
    except (TelegramError, TimeoutError) as error:
        reason = faults.told(error) if isinstance(error, TelegramError) else "no answer"
        log.warning("webhook_not_removed", reason=reason)


async def until_done(call: Callable[[], Awaitable[object]], failing: str) -> None:
    """Call until it goes well, or the server does not know it; `failing` names the line of the log that tells of each
    failure.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            await call()
        except (TelegramError, *STORE_AWAY) as error:
            log.warning(
                failing, reason=faults.told(error) if isinstance(error, TelegramError) else type(error).__name__
            )
            if isinstance(error, faults.NoSuchMethod):
                return
        else:
            return
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE, pause * 2)
