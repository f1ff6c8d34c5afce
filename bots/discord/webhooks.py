"""Answers through an interaction's webhook, for as long as its token lives: drafts go out, message ids come back.

There is no nonce here and no list of what was posted: what was lost on the way is not sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from bots.discord import faults
from bots.discord.asked import TOKEN_SECONDS, Asked
from bots.discord.buttons import Json
from bots.discord.drafts import Draft, body, ephemeral
from bots.discord.faults import Refused
from bots.discord.limits import smaller
from bots.discord.once import Once
from bots.discord.patience import patiently
from bots.discord.rest import DiscordRest, message_id
from core.chat import ChatGone, Message, VideoTooLarge
from core.store.notes import Notes

_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_MESSAGE = _WEBHOOK + "/messages/{message_id}"
_ORIGINAL = _WEBHOOK + "/messages/@original"


class TokenOver(Exception):
    """The interaction can no longer be answered through its webhook."""


class Webhooks:
    """`notes` say for which interactions the first answer was given, by whatever process."""

    def __init__(self, rest: DiscordRest, notes: Notes, once: Once, clock: Callable[[], float]) -> None:
        self._rest = rest
        self._notes = notes
        self._once = once
        self._clock = clock

    async def post(self, asked: Asked, draft: Draft) -> int:
        """→ the message's id. The first private answer takes the acknowledgement's place.

        Raises `TokenOver`, `ChatGone`, `VideoTooLarge`, `Unanswered`, `Unsent`.
        """
        if self._is_over(asked):
            raise TokenOver
        try:
            async with self._once.posting(draft.job, None):
                return await self._posted(asked, draft)
        except Refused as refused:
            raise _own(refused, draft) from None

    async def edit(self, asked: Asked, message: int, to: Message) -> bool:
        """→ False where it is gone. Raises `TokenOver`, `Unsent`."""
        return await self._changed("PATCH", asked, message, body(to))

    async def remove(self, asked: Asked, message: int) -> None:
        """One that is gone is no error. Raises as `edit`."""
        await self._changed("DELETE", asked, message, None)

    async def _posted(self, asked: Asked, draft: Draft) -> int:
        post = draft.body
        if asked.private and await self._notes.claim(f"first:{asked.interaction}", "1", TOKEN_SECONDS):
            try:
                return await self._sent("PATCH", _ORIGINAL, asked, draft, post)
            except Refused as refused:
                if not faults.message_gone(refused):
                    raise
        return await self._sent("POST", _WEBHOOK, asked, draft, ephemeral(post) if asked.private else post)

    async def _sent(self, method: str, path: str, asked: Asked, draft: Draft, post: Json) -> int:
        query = {"wait": "true"} if method == "POST" else None
        upload, places = draft.upload, _places(asked)

        async def call() -> int:
            if upload is None:
                return message_id(await self._rest.call(method, path, places, body=post, query=query))
            return message_id(await self._rest.upload(method, path, places, upload, body=post, query=query))

        return await patiently(call, harmless=inf if method == "PATCH" else 0.0)

    async def _changed(self, method: str, asked: Asked, message: int, change: Json | None) -> bool:
        if self._is_over(asked):
            raise TokenOver
        places = _places(asked) | {"message_id": message}
        try:
            await patiently(lambda: self._rest.call(method, _MESSAGE, places, body=change))
        except Refused as refused:
            if not faults.message_gone(refused):
                raise _own(refused, None) from None
            return False
        return True

    def _is_over(self, asked: Asked) -> bool:
        return self._clock() >= asked.created + TOKEN_SECONDS


def _places(asked: Asked) -> dict[str, int | str]:
    return {"webhook_id": asked.application, "webhook_token": asked.token}


def _own(refused: Refused, draft: Draft | None) -> Exception:
    if faults.token_over(refused) or refused.code == faults.MOST_FOLLOW_UPS:
        return TokenOver()
    if draft is not None and draft.video is not None and faults.too_large(refused):
        return VideoTooLarge(smaller(draft.video.size))
    return ChatGone(str(refused)) if faults.chat_gone(refused) else refused
