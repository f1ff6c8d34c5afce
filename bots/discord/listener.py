"""The bot on Discord, for as long as a block lasts: what happens there, to the conversation.

Settings, the store and the core's parts come in. Discord away delays it and ends nothing; a token that Discord does not
know is raised as `TokenRefused` before the block begins.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TypeVar

import aiohttp
import discord
import structlog

from bots.discord.account import Account, starts
from bots.discord.brevity import tell_briefly
from bots.discord.client import Gateway, Shards
from bots.discord.commands import register
from bots.discord.faults import own
from bots.discord.handling import Handling
from bots.discord.hosts import proxy_to
from bots.discord.intake import Intake
from bots.discord.marks import Marks
from bots.discord.places import PLATFORM, channel_of
from bots.draining import Draining
from bots.excuses import Excuses
from bots.reach import Reach
from core.chat import ChatRef
from core.settings import DiscordSettings, shard_ids
from core.store.connection import STORE_AWAY, Store
from core.store.inbox import LEASE_SECONDS, Inbox
from core.store.notes import Notes
from core.store.turns import Turns

log = structlog.get_logger(__name__)

T = TypeVar("T")

_FIRST_SECONDS = 5.0
"""For which a start waits for Discord's first answer; then it goes on in the background."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
"""Between two tries to begin: Discord allows 1000 IDENTIFYs a day."""

_STEADY_SECONDS = 300.0
"""After which a connection counts as a good one: the next pause is a short one again."""


class TokenRefused(Exception):
    """Discord does not know the token."""


@asynccontextmanager
async def listening(
    settings: DiscordSettings, redis: Store, reach: Reach, *, alone: bool, lease_seconds: float = LEASE_SECONDS
) -> AsyncIterator[None]:
    """Listen while the block runs. `alone`: no other process listens over this store. Raises `TokenRefused`."""
    assert settings.token is not None
    tell_briefly()
    inbox = Inbox(redis, PLATFORM, time.time, lambda: uuid.uuid4().hex, lease_seconds)
    async with AsyncExitStack() as stack:
        account = Account(settings)
        stack.push_async_callback(account.close)
        await _first_answer(account)
        if alone:
            await inbox.free_all()
        serving = asyncio.create_task(_serve(settings, redis, reach, inbox, account), name="discord")
        serving.add_done_callback(_tell)
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.wait({serving})


async def _first_answer(account: Account) -> None:
    """Raises `TokenRefused`; Discord away is no error."""
    try:
        async with asyncio.timeout(_FIRST_SECONDS):
            await account.client()
    except discord.LoginFailure:
        raise TokenRefused from None
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        log.warning("discord_away", reason=str(own(error)))


async def _serve(settings: DiscordSettings, redis: Store, reach: Reach, inbox: Inbox, account: Account) -> None:
    client = await _until_done(account.client, "discord_away")
    me = await account.me()
    shards = await _until_done(lambda: _shards(settings, client), "discord_away")
    notes, turns = Notes(redis, PLATFORM), Turns(redis)
    marks = Marks(notes, f"{me.id}/{shards.count}")
    draining = Draining(inbox, Handling(client, me, reach, time.time).handle, time.time)

    async def tell(chat: ChatRef, text: str) -> None:
        await client.get_partial_messageable(channel_of(chat)).send(text)

    excuses = Excuses(tell)
    intake = Intake(inbox, marks, excuses, draining.wake)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(draining.run())
            tasks.create_task(intake.run())
            tasks.create_task(marks.run())
            pause = _FIRST_PAUSE
            while True:
                began = time.monotonic()
                gateway = Gateway(me, shards, intake, marks, notes, turns, proxy=proxy_to(settings))
                try:
                    await _one_life(gateway, settings, notes, turns, me.application)
                except discord.PrivilegedIntentsRequired:
                    log.warning("message_content_refused", reason="it is not enabled for this bot at Discord")
                    me = replace(me, reads_all=False)
                except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                    log.warning("discord_away", reason=str(own(error)))
                except Exception:
                    log.exception("discord_broke")
                if time.monotonic() - began > _STEADY_SECONDS:
                    pause = _FIRST_PAUSE
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
    finally:
        await excuses.close()
        await marks.write()


async def _one_life(gateway: Gateway, settings: DiscordSettings, notes: Notes, turns: Turns, application: int) -> None:
    """Until the connection is beyond repair. Raises what the library raises."""
    assert settings.token is not None
    async with gateway:
        await gateway.login(settings.token)
        registering = asyncio.create_task(
            _until_done(lambda: register(gateway.tree, notes, turns, application), "commands_not_set")
        )
        try:
            await gateway.connect()
        finally:
            registering.cancel()
            await asyncio.wait({registering})


async def _shards(settings: DiscordSettings, client: discord.Client) -> Shards:
    """Raises the library's errors."""
    advised = await starts(client)
    count = settings.shard_count or advised.shards
    return Shards(shard_ids(settings.shard_ids) or range(count), count, advised.buckets)


async def _until_done(call: Callable[[], Awaitable[T]], failing: str) -> T:
    """Call until it goes well; `failing` names the line of the log that tells of each failure."""
    pause = _FIRST_PAUSE
    while True:
        try:
            return await call()
        except STORE_AWAY as error:
            log.warning(failing, reason=type(error).__name__)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning(failing, reason=str(own(error)))
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 2)


def _tell(serving: asyncio.Task[None]) -> None:
    """A listener never ends by itself: if it does, the log says so at once."""
    if not serving.cancelled() and serving.exception() is not None:
        log.error("discord_ended", exc_info=serving.exception())
