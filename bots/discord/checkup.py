"""What is to be said of Discord's settings: settings come in, remarks go out. Nothing is changed at Discord."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import discord
import yarl

from bots.discord.account import Account, Me, Starts, links, starts
from bots.discord.faults import own
from bots.discord.hosts import proxy_to
from bots.remarks import Remark
from core.settings import DiscordSettings, shard_ids

_SECONDS = 15.0

FEW_STARTS = 50
"""Sessions that may still be begun today, below which it is worth knowing: of 1000 for most bots."""

CONTENT_FOR_OPERATORS = (
    "the message content intent is off: commands, “Animate this”, mentions and direct messages work; what does not "
    "mention the bot is not shown to it, not even the picture that a mention replies to. To change that: "
    "discord.com/developers, Bot, Privileged Gateway Intents"
)


async def checkup(settings: DiscordSettings) -> list[Remark]:
    if settings.token is None:
        return [Remark("Discord", True, "off (DISCORD_TOKEN is not set)")]
    account = Account(settings)
    try:
        try:
            async with asyncio.timeout(_SECONDS):
                client, me = await account.client(), await account.me()
                advised = await starts(client)
        except discord.LoginFailure:
            text = f"{settings.api_url} does not know the token. Copy it again from discord.com/developers, Bot."
            return [Remark("DISCORD_TOKEN", False, text)]
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            why = f"no answer within {_SECONDS:g} s" if isinstance(error, TimeoutError) else str(own(error))
            text = f"{settings.api_url} cannot be reached ({why}). Check the network, HTTPS_PROXY and DISCORD_API_URL."
            return [Remark("Discord", False, text)]
        assert client.application is not None
        return [*_account(client.application, me), *_shards(settings, advised), await _gateway(settings)]
    finally:
        await account.close()


def _account(application: discord.AppInfo, me: Me) -> list[Remark]:
    to_server, to_own = links(me.application)
    remarks = [
        Remark("Discord", True, f"answers as {me.name}; add it to a server with {to_server}"),
        Remark("Discord", True, f"or to your own account with {to_own}"),
    ]
    if not me.reads_all:
        remarks.append(Remark("Discord messages", None, CONTENT_FOR_OPERATORS))
    if application.interactions_endpoint_url:
        text = (
            "an Interactions Endpoint URL is set, so that no command comes here. Remove it at discord.com/developers."
        )
        remarks.append(Remark("Discord commands", False, text))
    if application.user_integration_config is None:
        text = "it cannot be added to one's own account: discord.com/developers, Installation, User Install"
        remarks.append(Remark("Discord commands", None, text))
    return remarks


def _shards(settings: DiscordSettings, advised: Starts) -> list[Remark]:
    remarks = []
    ids, count = shard_ids(settings.shard_ids), settings.shard_count or advised.shards
    if ids and settings.shard_count is None:
        text = (
            "not set beside DISCORD_SHARD_IDS: processes may count differently. Set it to the same number everywhere."
        )
        remarks.append(Remark("DISCORD_SHARD_COUNT", None, text))
    if any(each >= count for each in ids):
        text = f"there are {count} shards, from 0 to {count - 1}. Correct it, or DISCORD_SHARD_COUNT."
        remarks.append(Remark("DISCORD_SHARD_IDS", False, text))
    elif count < advised.shards:
        text = f"Discord advises {advised.shards} shards; {count} may be too few"
        remarks.append(Remark("DISCORD_SHARD_COUNT", None, text))
    if advised.remaining is not None and advised.remaining < FEW_STARTS:
        text = f"only {advised.remaining} more connections may be begun today: does something restart it all the time?"
        remarks.append(Remark("Discord gateway", None, text))
    return remarks


async def _gateway(settings: DiscordSettings) -> Remark:
    """A connection up to the gateway's first word; no session is begun."""
    about, url = "DISCORD_GATEWAY_URL", yarl.URL(settings.gateway_url).with_query(v=10, encoding="json")
    try:
        async with (
            asyncio.timeout(_SECONDS),
            aiohttp.ClientSession() as http,
            http.ws_connect(url, proxy=proxy_to(settings)) as socket,
        ):
            hello: Any = await socket.receive_json()
    except (aiohttp.ClientError, OSError, TypeError, ValueError) as error:
        text = f"{settings.gateway_url} cannot be reached ({type(error).__name__}). Check the network and the setting."
        return Remark(about, False, text)
    if hello.get("op") != _HELLO:
        return Remark(about, False, f"{settings.gateway_url} is no gateway of Discord's. Correct the setting.")
    return Remark(about, True, f"{settings.gateway_url} answers")


_HELLO = 10
