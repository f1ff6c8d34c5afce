"""Messages of a channel, a thread or direct messages, as the bot itself: drafts go out, message ids come back.

A repeated post is kept away by its nonce, for minutes, and for longer by a look at what stands in the channel.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import discord

from bots.discord import faults
from bots.discord.buttons import Json, jobs_of
from bots.discord.drafts import Draft, body, name_of
from bots.discord.faults import Refused, Unsent
from bots.discord.limits import NONCE_SECONDS, PAGE, smaller
from bots.discord.once import Begun, Once
from bots.discord.patience import Unseen, patiently
from bots.discord.rest import DiscordRest, message_id
from core.chat import ChatGone, Message, VideosForbidden, VideoTooLarge

_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = "/channels/{channel_id}/messages/{message_id}"
_TYPING = "/channels/{channel_id}/typing"

_PAGES = 5
"""Of a channel's last messages, in which a video is looked for."""

_SKEW = 60.0
"""Seconds by which Discord's clock may be behind ours."""


class Archived(Exception):
    """The message stands in an archived thread, where nothing is edited."""


class Channels:
    def __init__(self, rest: DiscordRest, once: Once, clock: Callable[[], float]) -> None:
        self._rest = rest
        self._once = once
        self._clock = clock

    async def post(self, channel: int, draft: Draft, *, reply_to: int | None = None) -> int:
        """→ the message's id. Raises `ChatGone`, `VideoTooLarge`, `VideosForbidden`, `Unsent`."""
        try:
            async with self._once.posting(draft.job, channel):
                return await self._posted(channel, draft, reply_to)
        except Refused as refused:
            raise await self._why(channel, draft, refused) from None

    async def edit(self, channel: int, message: int, to: Message) -> bool:
        """→ False where it is gone. Raises `ChatGone`, `Archived`, `Unsent`."""
        return await self._changed("PATCH", channel, message, body(to))

    async def remove(self, channel: int, message: int) -> None:
        """One that is gone is no error. Raises as `edit`."""
        await self._changed("DELETE", channel, message, None)

    async def find(self, begun: Begun, job: str) -> int | None:
        """The job's video among the channel's messages since then; None: it is surely not there.

        Raises `Unseen` where the history cannot be read, or not so far back.
        """
        if begun.channel is None:
            raise Unseen
        me, before = await patiently(self._rest.me), None
        for _ in range(_PAGES):
            page = await self._page(begun.channel, before)
            for message in page:
                if message["author"]["id"] == str(me) and _is_of(message, job):
                    return int(message["id"])
            if not page:
                break
            before = int(page[-1]["id"])
            if discord.utils.snowflake_time(before) < datetime.fromtimestamp(begun.at - _SKEW, UTC):
                return None
            if len(page) < PAGE:
                return None
        raise Unseen

    async def _page(self, channel: int, before: int | None) -> list[Json]:
        """The newest first. Empty also where the bot may not read the history."""
        query: Json = {"limit": PAGE} if before is None else {"limit": PAGE, "before": before}
        try:
            page = await patiently(lambda: self._rest.call("GET", _MESSAGES, {"channel_id": channel}, query=query))
        except Unsent:
            raise Unseen from None
        if not isinstance(page, list):
            raise Unseen
        return page

    async def _posted(self, channel: int, draft: Draft, reply_to: int | None) -> int:
        post = draft.body | {"nonce": draft.nonce, "enforce_nonce": True}
        if reply_to is not None:
            post["message_reference"] = {"message_id": str(reply_to), "fail_if_not_exists": False}
        upload, place, began = draft.upload, {"channel_id": channel}, Begun(self._clock(), channel)

        async def call() -> int:
            if upload is None:
                return message_id(await self._rest.call("POST", _MESSAGES, place, body=post))
            return message_id(await self._rest.upload("POST", _MESSAGES, place, upload, body=post))

        async def look() -> int | None:
            return await self.find(began, draft.job or "")

        try:
            return await patiently(call, harmless=NONCE_SECONDS, look=None if draft.job is None else look)
        except Refused as refused:
            if reply_to is None or not faults.cannot_reply(refused):
                raise
            return await self._posted(channel, draft, None)

    async def _changed(self, method: str, channel: int, message: int, change: Json | None) -> bool:
        place = {"channel_id": channel, "message_id": message}
        try:
            await patiently(lambda: self._rest.call(method, _MESSAGE, place, body=change))
        except Refused as refused:
            if refused.code == faults.ARCHIVED_THREAD:
                raise Archived from None
            if not faults.message_gone(refused):
                raise ChatGone(str(refused)) if faults.chat_gone(refused) else refused from None
            return False
        return True

    async def _why(self, channel: int, draft: Draft, refused: Refused) -> Exception:
        """A refused post as the core's error."""
        if draft.video is not None and faults.too_large(refused):
            return VideoTooLarge(smaller(draft.video.size))
        if draft.video is not None and refused.code == faults.MISSING_PERMISSIONS and await self._may_write(channel):
            return VideosForbidden(str(refused))
        return ChatGone(str(refused)) if faults.chat_gone(refused) else refused

    async def _may_write(self, channel: int) -> bool:
        try:
            await self._rest.call("POST", _TYPING, {"channel_id": channel})
        except Unsent:
            return False
        return True


def _is_of(message: Json, job: str) -> bool:
    """Whether a message is the job's video, by its buttons or by its file's name."""
    files = [each["filename"] for each in message.get("attachments") or []]
    return bool(files) and (job in jobs_of(message.get("components") or []) or name_of(job) in files)
