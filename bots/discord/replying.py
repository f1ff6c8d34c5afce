"""What is said through an interaction's token: to the person alone, or in the place of the acknowledgement.

Every call raises `Unsent`; the token ends after 15 minutes.
"""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
from discord.http import Route

from bots.discord.asked import Asked
from bots.discord.drafts import EPHEMERAL
from bots.discord.faults import Refused, own, unreadable
from bots.discord.patience import patiently

_LOADING = 1 << 7
_NO_MENTIONS: dict[str, list[str]] = {"parse": []}
_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = f"{_WEBHOOK}/messages/@original"
_NOT_FOUND = 404


async def tell(client: discord.Client, asked: Asked, text: str) -> None:
    """A sentence for the person alone, after the acknowledgement; it takes the place of one that is still to come."""
    body = {"content": text, "flags": EPHEMERAL, "allowed_mentions": _NO_MENTIONS}
    await _call(client, "POST", _WEBHOOK, asked, body)


async def acknowledgement(client: discord.Client, asked: Asked) -> int | None:
    """The id of the message that acknowledged it; None where it was not acknowledged. Discord away is waited for.

    Raises `Refused` where the token has ended.
    """
    try:
        shown = await patiently(lambda: _call(client, "GET", _ORIGINAL, asked))
    except Refused as refused:
        if refused.status == _NOT_FOUND:
            return None
        raise
    try:
        return int(shown["id"])
    except (LookupError, TypeError, ValueError):
        raise unreadable(None) from None


async def conclude(client: discord.Client, asked: Asked, text: str) -> None:
    """The acknowledgement says this, where nothing was said in its place."""
    shown = await _call(client, "GET", _ORIGINAL, asked)
    if not isinstance(shown, dict):
        raise unreadable(None)
    flags = shown.get("flags")
    if not shown.get("content") if flags is None else flags & _LOADING:
        await _call(client, "PATCH", _ORIGINAL, asked, {"content": text, "allowed_mentions": _NO_MENTIONS})


async def _call(
    client: discord.Client, method: str, path: str, asked: Asked, body: dict[str, Any] | None = None
) -> Any:
    route = Route(method, path, webhook_id=asked.application, webhook_token=asked.token)
    try:
        return await (client.http.request(route) if body is None else client.http.request(route, json=body))
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        raise own(error) from None
    except (LookupError, TypeError, ValueError):
        raise unreadable(None) from None
