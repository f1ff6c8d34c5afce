"""discord.py's own clients for tests of this counterpart: one that listens at the gateway, and a bare HTTP client.

The package itself does not import this module: a test that wants it says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import discord
import httpx
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.counterparts.discord.server import Discord

Made = discord.Interaction[discord.Client]


class Listener(discord.AutoShardedClient):
    """`heard`: each message of somebody else. `said`: the bot's own as the gateway tells it."""

    def __init__(self, intents: discord.Intents, **options: Any) -> None:
        super().__init__(intents=intents, guild_ready_timeout=0.0, max_messages=None, **options)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.said: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.tree = app_commands.CommandTree(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library waits five seconds before it identifies again, which this server does not ask for."""

    async def on_message(self, message: discord.Message) -> None:
        assert self.user is not None
        await (self.said if message.author.id == self.user.id else self.heard).put(message)


@asynccontextmanager
async def listening(
    served: Discord,
    *,
    message_content: bool = True,
    prepare: Callable[[Listener], None] | None = None,
    online: int = 1,
    **options: Any,
) -> AsyncIterator[Listener]:
    """A client of the gateway that is READY with so many shards. `prepare` adds its commands, which are then synced.

    `options`: of `AutoShardedClient`, such as `shard_ids` and `shard_count`.
    """
    intents = discord.Intents.default()
    intents.message_content = message_content
    async with pointed(served):
        client = Listener(intents, **options)
        if prepare is not None:
            prepare(client)
        await client.login(served.token)
        if prepare is not None:
            await client.tree.sync()
        connecting = asyncio.create_task(client.connect())
        already = len(served.gateway.ready)
        try:
            await served.online(already + online)
            yield client
        finally:
            await client.close()
            connecting.cancel()
            with suppress(asyncio.CancelledError):
                await connecting


@asynccontextmanager
async def pointed(served: Discord) -> AsyncIterator[None]:
    """discord.py has no option for another host: what it has instead is set, and set back."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = served.api_url, yarl.URL(served.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


def bare(served: Discord, *, token: str | None = None) -> httpx.AsyncClient:
    """An HTTP client with the bot's token and without a library's knowledge."""
    headers = {"Authorization": f"Bot {token or served.token}"}
    return httpx.AsyncClient(base_url=served.api_url, headers=headers, verify=False, trust_env=False)
