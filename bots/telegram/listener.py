"""The bot on Telegram, for as long as a block lasts: updates in, to the conversation.

Settings, the store and the core's parts come in. Telegram away delays it and ends nothing; a token that Telegram does
not know is raised as `TokenRefused`, a webhook port that is taken as `WebhookPortTaken`, before the block begins.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager

import structlog
from telegram import User
from telegram.error import InvalidToken, TelegramError

from bots.draining import Draining
from bots.excuses import Excuses
from bots.reach import Reach
from bots.serving import bind
from bots.telegram import commands, faults, webhook
from bots.telegram.addressing import Me
from bots.telegram.admins import Admins
from bots.telegram.bot import TelegramBot, telegram_bot
from bots.telegram.handling import Handling
from bots.telegram.intake import Intake
from bots.telegram.polling import poll, until_done
from bots.telegram.presses import PressAnswers
from bots.telegram.updates import PLATFORM
from core.chat import ChatRef
from core.settings import TelegramSettings
from core.store.connection import Store
from core.store.inbox import Inbox

log = structlog.get_logger(__name__)

_FIRST_SECONDS = 5.0
"""For which a start waits for Telegram's first answer; then it goes on in the background."""


class TokenRefused(Exception):
    """Telegram does not know the token."""


class WebhookPortTaken(Exception):
    """The webhook's address cannot be listened on; the text says why."""


@asynccontextmanager
async def listening(
    settings: TelegramSettings,
    redis: Store,
    reach: Reach,
    *,
    alone: bool,
    lease_seconds: float,
    operators: Collection[str] = (),
) -> AsyncIterator[None]:
    """Listen while the block runs. `alone`: no other process listens over this store. `operators`: ids of people.

    Raises `TokenRefused`, `WebhookPortTaken`.
    """
    inbox = Inbox(redis, PLATFORM, time.time, lambda: uuid.uuid4().hex, lease_seconds)
    async with AsyncExitStack() as stack:
        bound = None
        if settings.webhook_url is not None:
            try:
                bound = await asyncio.to_thread(bind, settings.webhook_host, settings.webhook_port)
            except OSError as error:
                raise WebhookPortTaken(error.strerror or str(error)) from error
            stack.enter_context(bound)
        bot = await stack.enter_async_context(telegram_bot(settings))
        account = await _first_answer(bot)
        if alone:
            await inbox.free_all()

        async def serve() -> None:
            who = account or await _account(bot)
            me = Me(who.id, who.username or "")
            sees_all = bool(who.can_read_all_group_messages)
            presses = PressAnswers(bot)
            handling = Handling(bot, me, reach, Admins(bot, time.monotonic), presses, sees_all=sees_all)
            draining = Draining(inbox, handling.handle, time.time)

            async def tell(chat: ChatRef, text: str) -> None:
                thread = None if chat.thread is None else int(chat.thread)
                await bot.send_message(int(chat.chat), text, message_thread_id=thread)

            excuses = Excuses(tell)
            intake = Intake(me, inbox, presses, excuses, draining.wake)
            log.info("telegram_listens", bot=me.username, by="polling" if bound is None else "webhook")
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(draining.run())
                    tasks.create_task(
                        until_done(lambda: commands.register(bot, reach.notes, operators), "commands_not_set")
                    )
                    if bound is None:
                        tasks.create_task(poll(bot, intake.take_in, intake.excuse))
                    else:
                        async with webhook.listening_for_telegram(bot, settings, bound, intake.take_in):
                            await until_done(lambda: webhook.announce(bot, settings), "webhook_not_set")
                            await asyncio.Event().wait()
            finally:
                await presses.close()
                await excuses.close()

        serving = asyncio.create_task(serve(), name="telegram")
        serving.add_done_callback(_tell)
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.wait({serving})


async def _first_answer(bot: TelegramBot) -> User | None:
    """The bot's account; None where Telegram cannot be reached now. Raises `TokenRefused`."""
    try:
        async with asyncio.timeout(_FIRST_SECONDS):
            return await bot.get_me()
    except InvalidToken:
        raise TokenRefused from None
    except (TelegramError, TimeoutError) as error:
        log.warning("telegram_away", reason=faults.told(error) if isinstance(error, TelegramError) else "no answer")
        return None


async def _account(bot: TelegramBot) -> User:
    found: list[User] = []

    async def ask() -> None:
        found.append(await bot.get_me())

    await until_done(ask, "telegram_away")
    return found[0]


def _tell(serving: asyncio.Task[None]) -> None:
    """A listener never ends by itself: if it does, the log says so at once."""
    if not serving.cancelled() and serving.exception() is not None:
        log.error("telegram_ended", exc_info=serving.exception())
