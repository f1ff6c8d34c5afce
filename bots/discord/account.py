"""Who the bot is at Discord: asked of Discord over REST, before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import discord
from discord.http import Route

from bots.discord.hosts import point_at, proxy_to
from bots.discord.tolerance import TolerantClient
from core.settings import DiscordSettings


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account. `reads_all`: it gets the words of messages that do not address it."""

    id: int
    name: str
    application: int
    reads_all: bool


@dataclass(frozen=True, slots=True)
class Starts:
    """What Discord says of beginning sessions: how many shards it advises, how many may begin at the same time, and how
    many more today (None: it does not say).
    """

    shards: int = 1
    buckets: int = 1
    remaining: int | None = None


class Account:
    """A client over REST alone, which logs in when it is first needed. Whoever makes it closes it."""

    def __init__(self, settings: DiscordSettings) -> None:
        point_at(settings)
        self._settings = settings
        self._client: TolerantClient | None = None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def client(self) -> TolerantClient:
        """Raises what the library raises: `discord.LoginFailure` for a token that Discord does not know."""
        if self._client is None:
            assert self._settings.token is not None
            client = TolerantClient(
                intents=discord.Intents(guilds=True), max_messages=None, proxy=proxy_to(self._settings)
            )
            try:
                await client.login(self._settings.token)
            except BaseException:
                await client.close()
                raise
            self._client = client
        return self._client

    async def me(self) -> Me:
        """Raises as `client`."""
        client = await self.client()
        assert client.application is not None
        assert client.user is not None
        flags = client.application.flags
        # Where nobody says whether it may, it asks for it, and does without when that is refused.
        told = client.knows_flags
        reads_all = not told or flags.gateway_message_content or flags.gateway_message_content_limited
        return Me(client.user.id, client.user.display_name, client.application.id, reads_all)


async def starts(client: discord.Client) -> Starts:
    """Raises the library's errors. A server that does not say is begun at with one shard."""
    try:
        told: Any = await client.http.request(Route("GET", "/gateway/bot"))
    except (discord.NotFound, discord.Forbidden):
        return Starts()
    told = told if isinstance(told, dict) else {}
    limit = told.get("session_start_limit") or {}
    remaining = limit.get("remaining")
    return Starts(
        int(told.get("shards") or 1),
        int(limit.get("max_concurrency") or 1),
        None if remaining is None else int(remaining),
    )


def intents(*, reads_all: bool) -> discord.Intents:
    """What the gateway is asked for. Discord refuses `message_content` where the application was not given it."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=reads_all)


def links(application: int) -> tuple[str, str]:
    """Where the bot is added to a server, and to one's own account."""
    allowed = discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        attach_files=True,
        read_message_history=True,
    )
    server: dict[str, str | int] = {
        "scope": "bot applications.commands",
        "permissions": allowed.value,
        "integration_type": 0,
    }
    own: dict[str, str | int] = {"scope": "applications.commands", "integration_type": 1}
    return _link(application, server), _link(application, own)


def _link(application: int, query: dict[str, str | int]) -> str:
    return f"https://discord.com/oauth2/authorize?{urlencode({'client_id': application, **query})}"
