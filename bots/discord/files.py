"""Files that people posted, fetched from Discord's CDN piece by piece. A reference comes in, chunks go out.

A link is signed for a day; a fresh one stands in the message that the file is in, for as long as that exists.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from bots.discord.faults import NotNow, Refused, Unsent
from bots.discord.patience import patiently
from bots.discord.rest import DiscordRest
from core.chat import MediaGone, MediaTooLarge

_CHUNK = 256 * 1024
_TIMEOUT = httpx.Timeout(60, connect=10)
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_NO_MESSAGE = "-"
_OVER = frozenset({403, 404, 410})


def ref_of(channel: int | None, message: int | None, attachment: int | None, url: str) -> str:
    """The reference of an attachment: "<channel>.<message>.<attachment> <url>".

    "- <url>" for one that stands in no message that could be fetched, as an option of a slash command.
    """
    if channel is None or message is None or attachment is None:
        return f"{_NO_MESSAGE} {url}"
    return f"{channel}.{message}.{attachment} {url}"


@dataclass(frozen=True, slots=True)
class _Place:
    channel: int
    message: int
    attachment: int


class DiscordFiles:
    """`limit`: bytes of the largest file that is fetched. `clock`: seconds since the epoch."""

    def __init__(self, rest: DiscordRest, limit: int, clock: Callable[[], float]) -> None:
        self._rest = rest
        self._limit = limit
        self._clock = clock
        # One for all files: each would read the certificates anew.
        self._http = httpx.AsyncClient(timeout=_TIMEOUT)

    async def close(self) -> None:
        await self._http.aclose()

    @asynccontextmanager
    async def open(self, ref: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The file's bytes. Raises `MediaTooLarge`, `MediaGone`, and `Unsent` where Discord cannot be reached."""
        place, url = _read_ref(ref)
        answer = None if _is_over(url, self._clock()) else await _asked_for(self._http, url)
        if answer is None and place is not None:
            answer = await _asked_for(self._http, await self._fresh(place))
        if answer is None:
            raise MediaGone("the link is over")
        try:
            if int(answer.headers.get("Content-Length", "0")) > self._limit:
                raise MediaTooLarge(self._limit)
            yield _chunks(answer)
        finally:
            await answer.aclose()

    async def _fresh(self, place: _Place) -> str:
        """The attachment's link as the message has it now. Raises `MediaGone`."""
        try:
            message = await patiently(
                lambda: self._rest.call("GET", _MESSAGE, {"channel_id": place.channel, "message_id": place.message})
            )
        except Refused as refused:
            raise MediaGone(str(refused)) from None
        if not isinstance(message, dict):
            raise Unsent("the answer is none of Discord's")
        forwarded = [each["message"] for each in message.get("message_snapshots") or []]
        for attachment in [each for holder in (message, *forwarded) for each in holder.get("attachments") or []]:
            if attachment["id"] == str(place.attachment):
                return str(attachment["url"])
        raise MediaGone("the message no longer has the file")


def _read_ref(ref: str) -> tuple[_Place | None, str]:
    """Raises `MediaGone` for what is no reference of ours."""
    place, _, url = ref.partition(" ")
    if place == _NO_MESSAGE:
        return None, url
    try:
        channel, message, attachment = map(int, place.split("."))
    except ValueError:
        raise MediaGone("no reference to a file") from None
    return _Place(channel, message, attachment), url


def _is_over(url: str, now: float) -> bool:
    """Reference, "Signed Attachment CDN URLs": `ex` is the time, hexadecimal, after which the link is not good."""
    try:
        return int(parse_qs(urlsplit(url).query)["ex"][0], 16) <= now
    except (KeyError, ValueError):
        return False


async def _asked_for(http: httpx.AsyncClient, url: str) -> httpx.Response | None:
    """The answer with its body still to come; None where the link is over. Raises `MediaGone`, `Unsent`."""

    async def call() -> httpx.Response | None:
        try:
            answer = await http.send(http.build_request("GET", url), stream=True)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol):
            raise MediaGone("no address of a file") from None
        except httpx.HTTPError as error:
            raise NotNow(f"the file could not be fetched ({type(error).__name__})") from None
        if answer.status_code == 200:
            return answer
        await answer.aclose()
        if answer.status_code in _OVER:
            return None
        if answer.status_code == 429 or answer.status_code >= 500:
            raise NotNow(f"the file's address answered {answer.status_code}")
        raise Unsent(f"the file's address answered {answer.status_code}")

    return await patiently(call)


async def _chunks(answer: httpx.Response) -> AsyncIterator[bytes]:
    chunks: Any = answer.aiter_bytes(_CHUNK)
    try:
        async for chunk in chunks:
            yield chunk
    except httpx.HTTPError as error:
        # Its text may quote the address, which is signed.
        raise Unsent(f"the file broke off ({type(error).__name__})") from None
