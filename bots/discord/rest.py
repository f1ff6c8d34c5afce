"""Discord's REST routes through discord.py, without a gateway. Routes and bodies come in, the answers' JSON goes out.

The client logs in with the first call, so that no program needs Discord to start. Rate limits are discord.py's affair.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from discord.http import Route

from bots.discord.faults import Unanswered, own, unreadable
from bots.discord.hosts import point_at, proxy_to
from bots.discord.tolerance import TolerantClient
from core.settings import DiscordSettings

Json = dict[str, Any]

Places = Mapping[str, int | str]
"""What stands in a path's braces."""

_TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=15)

_UPLOAD_TIMEOUT = aiohttp.ClientTimeout(total=1800, sock_connect=15, sock_read=120)
"""100 MiB over a line of half a megabit a second; `sock_read` counts from when all of it is out."""

_FLOODED = 429


@dataclass(frozen=True, slots=True)
class Upload:
    path: Path
    name: str
    mime: str


@asynccontextmanager
async def discord_rest(settings: DiscordSettings) -> AsyncIterator[DiscordRest]:
    """Raises nothing: the network is touched by its calls alone."""
    point_at(settings)
    rest = DiscordRest(settings)
    try:
        yield rest
    finally:
        await rest.close()


class DiscordRest:
    def __init__(self, settings: DiscordSettings) -> None:
        assert settings.token is not None
        self._settings = settings
        self._token = settings.token
        self._client: discord.Client | None = None
        self._login = asyncio.Lock()

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def me(self) -> int:
        """The bot's own id as an author. Raises `Unsent`."""
        try:
            client = await self._logged_in()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise own(error) from None
        assert client.user is not None
        return client.user.id

    async def call(
        self, method: str, path: str, places: Places, *, body: Json | None = None, query: Json | None = None
    ) -> Any:
        """`path`: "/channels/{channel_id}/messages", with its `places` by name. → the answer's JSON, "" for none.

        Raises `Unsent`: `Refused`, `NotNow`, `Unanswered`. discord.py makes the call again after a 5xx: what has
        no nonce may be done twice.
        """
        more: Json = {} if body is None else {"json": body}
        return await self._answer(_route(method, path, places), _Tries(), params=query, timeout=_TIMEOUT, **more)

    async def upload(
        self, method: str, path: str, places: Places, file: Upload, *, body: Json, query: Json | None = None
    ) -> Any:
        """As `call`, with a file that is read from disk as it goes out. Made again only after a flood's answer."""
        tries = _Tries()
        attached = await asyncio.to_thread(_Attached, file, tries)
        described = body | {"attachments": [attached.to_dict(0)]}
        try:
            return await self._answer(
                _route(method, path, places),
                tries,
                files=[attached],
                form=[
                    {"name": "payload_json", "value": json.dumps(described), "content_type": "application/json"},
                    {
                        "name": "files[0]",
                        "value": attached.fp,
                        "filename": attached.filename,
                        "content_type": file.mime,
                    },
                ],
                params=query,
                timeout=_UPLOAD_TIMEOUT,
            )
        finally:
            await asyncio.to_thread(attached.close)

    async def _answer(self, route: Route, tries: _Tries, **how: Any) -> Any:
        try:
            client = await self._logged_in()
            return await client.http.request(route, trace_request_ctx=tries, **how)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            raise own(error) from None
        except (ValueError, KeyError):
            raise unreadable(tries.status) from None

    async def _logged_in(self) -> discord.Client:
        async with self._login:
            if self._client is None:
                client = TolerantClient(
                    intents=discord.Intents(guilds=True),  # without them it warns, also where no gateway is
                    max_messages=None,
                    proxy=proxy_to(self._settings),
                    http_trace=_noting_answers(),
                )
                try:
                    await client.login(self._token)
                except BaseException:
                    # A second login of the same client would leave its first session open.
                    await client.close()
                    raise
                self._client = client
        return self._client


def message_id(answer: Any) -> int:
    """The id of the message that an answer is. Raises `Unanswered` for what is no answer of Discord's."""
    try:
        return int(answer["id"])
    except (TypeError, KeyError, ValueError):
        raise Unanswered("the answer is none of Discord's") from None


def _route(method: str, path: str, places: Places) -> Route:
    return Route(method, path, metadata=None, **places)


class _Tries:
    """What the last try of a call was answered; None where it was not."""

    status: int | None = None


class _Attached(discord.File):
    """A file of a call that discord.py may not repeat by itself where it may have been done: after a 5xx."""

    __slots__ = ("_tries",)

    def __init__(self, file: Upload, tries: _Tries) -> None:
        super().__init__(file.path, file.name)
        self._tries = tries

    def reset(self, *, seek: int | bool = True) -> None:
        """Called before each try, with its number."""
        if seek and self._tries.status != _FLOODED:
            raise Unanswered(f"Discord has a problem of its own ({self._tries.status})")
        self._tries.status = None
        super().reset(seek=seek)


def _noting_answers() -> aiohttp.TraceConfig:
    trace = aiohttp.TraceConfig()

    async def note(
        _session: aiohttp.ClientSession, context: SimpleNamespace, answered: aiohttp.TraceRequestEndParams
    ) -> None:
        if isinstance(context.trace_request_ctx, _Tries):
            context.trace_request_ctx.status = answered.response.status

    trace.on_request_end.append(note)
    return trace
