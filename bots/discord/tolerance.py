"""discord.py, made to bear what it takes for impossible: answers and dispatches that are not quite Discord's.

Without it a single dispatch that lacks a field ends the connection of all shards, and an answer whose type names its
charset is no JSON. What cannot be read is told of in one line and left.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import aiohttp
import discord
import discord.http
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.webhook import async_ as webhooks

from bots.discord import filling
from bots.discord.faults import Unanswered

log = structlog.get_logger(__name__)

_ODD = (LookupError, TypeError, ValueError, AttributeError, AssertionError)
"""What reading a payload raises that is not as it should be."""

_PASSING = frozenset({401, 408, 429})


def read_any_json() -> None:
    """For every client of this process from then on: an answer is JSON whatever follows its type, and by its looks."""
    discord.http.json_or_text = _json_or_text
    webhooks.json_or_text = _json_or_text  # type: ignore[attr-defined]


class TolerantClient(discord.Client):
    """`login` raises `Unanswered` for an answer that cannot be read, and goes on without what is not told of the
    application: its id is then the bot's own, as it is for all that were made since 2016.
    """

    knows_flags = True
    """Whether it was told what its application may."""

    async def login(self, token: str) -> None:
        asked = self.http.static_login

        async def filled(token: str) -> Any:
            data = await asked(token)
            filling.account(data)  # type: ignore[arg-type]
            return data

        self.http.static_login = filled  # type: ignore[method-assign]
        try:
            await super().login(token)
        except _ODD:
            raise Unanswered("the answer is none of Discord's") from None
        finally:
            self.http.static_login = asked  # type: ignore[method-assign]

    async def application_info(self) -> discord.AppInfo:
        data = await self._told_of_application()
        self.knows_flags = "flags" in data
        filling.application(data)
        return discord.AppInfo(self._connection, data)  # type: ignore[arg-type]

    async def _told_of_application(self) -> dict[str, Any]:
        for path in ("/oauth2/applications/@me", "/applications/@me"):
            try:
                data: Any = await self.http.request(Route("GET", path))
            except discord.HTTPException as error:
                if error.status >= 500 or error.status in _PASSING:
                    raise
            else:
                if isinstance(data, dict) and data.get("id"):
                    return data
        log.warning("application_not_told")
        assert self.user is not None
        return {"id": str(self.user.id)}

    async def give_up(self, shard: int | None) -> None:
        """Close a connection whose session has not begun: the library forgets it, and would keep it alive for ever."""
        await self._latest[shard].close()

    def _get_state(self, **options: Any) -> Any:
        state: Any = super()._get_state(**options)
        self._latest: dict[int | None, DiscordWebSocket] = {}
        for event, parse in state.parsers.items():
            state.parsers[event] = _leniently(event, parse, lambda: state.application_id)
        create = state.create_message

        def created(*, channel: Any, data: Any) -> discord.Message:
            filling.message(data)
            message: discord.Message = create(channel=channel, data=data)
            return message

        state.create_message = created
        remember = state._update_references

        def update(socket: DiscordWebSocket) -> None:
            _hear_leniently(socket)
            self._latest[socket.shard_id] = socket
            remember(socket)

        state._update_references = update
        return state


async def parent_of(client: discord.Client, channel: int) -> int | None:
    """The channel that a thread is in; None for what is no thread, or of which nothing is told.

    Raises the library's errors.
    """
    try:
        told: Any = await client.http.get_channel(channel)
    except (discord.NotFound, discord.Forbidden):
        return None
    if not isinstance(told, dict) or told.get("type") not in filling.THREADS:
        return None
    return int(told.get("parent_id") or 0) or None


def _leniently(event: str, parse: Callable[[Any], None], application: Callable[[], int]) -> Callable[[Any], None]:
    def parse_filled(data: Any) -> None:
        if event == "INTERACTION_CREATE":
            data.setdefault("application_id", application())
        filling.fill(event, data)
        parse(data)

    return parse_filled


def _hear_leniently(socket: DiscordWebSocket) -> None:
    """What this connection receives is made whole, or left."""
    receive = socket.received_message

    async def received(message: str | bytes, /) -> None:
        text = _text(socket, message)
        if text is None:
            return
        begins = '"READY"' in text or '"RESUMED"' in text
        try:
            await receive(_begun(socket, text) if begins else text)
        except _ODD as error:
            reason = f"{type(error).__name__}: {error}"[:100]
            if begins and socket.session_id is None:
                raise Unanswered(f"the gateway's READY is none of Discord's ({reason})") from None
            log.warning("dispatch_left", reason=reason)

    socket.received_message = received  # type: ignore[method-assign]


def _text(socket: DiscordWebSocket, message: str | bytes) -> str | None:
    """None while more of it is to come. Raises `Unanswered`."""
    if isinstance(message, str):
        return message
    try:
        return socket._decompressor.decompress(message)
    except (zlib.error, UnicodeDecodeError):
        raise Unanswered("the gateway's stream cannot be read") from None


def _begun(socket: DiscordWebSocket, text: str) -> str:
    """READY and RESUMED as the library wants them; it reads some of them before its parsers are asked."""
    heard = json.loads(text)
    match heard.get("t"):
        case "READY":
            shard = (socket.shard_id or 0, socket.shard_count or 1)
            filling.ready(heard["d"], shard=shard, gateway=str(socket.gateway.with_query(None)))
            heard.setdefault("s", socket.sequence)
        case "RESUMED":
            heard["d"] = heard.get("d") or {}
        case _:
            return text
    return json.dumps(heard)


async def _json_or_text(response: aiohttp.ClientResponse) -> Any:
    text = await response.text(encoding="utf-8")
    if response.content_type == "application/json" and text:
        return json.loads(text)
    if text.startswith(("{", "[")) and response.content_type != "text/html":
        with suppress(ValueError):
            return json.loads(text)
    return text
