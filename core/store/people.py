"""What is remembered about chats and people: language, switches, first contact; and which updates were handled."""

from __future__ import annotations

import re

from redis.asyncio import Redis

from core.chat import ChatRef
from core.store.connection import chat_key, key, texts
from core.store.lists import FORMER, carry_over

EVENT_MEMORY = 24 * 3600
"""Seconds for which a handled update is remembered."""

KEEP = 365 * 24 * 3600
"""Seconds for which a chat's preferences are kept after they were last needed, and that it was met."""

MOVE_MEMORY = 30 * 24 * 3600
"""Seconds for which it is remembered where a chat went: longer than a Retry button works."""

_OF_THE_MAILBOX = frozenset({"mail", "lease"})
_OF_THE_OPERATOR = frozenset({FORMER})
_NAMES_A_CLIP = frozenset({"clip", "clip-of", "waiting", "message"})

_MOVES = frozenset({"met", "preferences", "clip", "clip-of", "waiting"})

# KEYS: what the chats have used of a day's quota (core/jobs/mailbox.lua). ARGV: the chat before, the chat now.
_USED_GOES_ALONG = """
local used = redis.call('zscore', KEYS[1], ARGV[1])
if not used then return end
redis.call('zrem', KEYS[1], ARGV[1])
redis.call('zincrby', KEYS[1], used, ARGV[2])
"""


class People:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._used_goes_along = redis.register_script(_USED_GOES_ALONG)

    async def handled(self, platform: str, event: str) -> bool:
        """Whether this update was handled before, by whatever process."""
        return bool(await self._redis.exists(key("event", platform, event)))

    async def mark_handled(self, platform: str, event: str) -> None:
        await self._redis.set(key("event", platform, event), "1", ex=EVENT_MEMORY)

    async def first_contact(self, chat: ChatRef) -> bool:
        """True once for each chat."""
        return bool(await self._redis.set(chat_key(chat, "met"), "1", nx=True, ex=KEEP))

    async def language(self, chat: ChatRef) -> str | None:
        name = chat_key(chat, "preferences")
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hget(name, "language")
            pipe.expire(name, KEEP)
            value, _ = await pipe.execute()
        return None if value is None else str(value)

    async def set_language(self, chat: ChatRef, language: str) -> None:
        await self._prefer(chat, "language", language)

    async def exports_by_itself(self, chat: ChatRef) -> bool:
        """Whether a video is made after each edit (the default) or only on /export."""
        return bool(await self._redis.hget(chat_key(chat, "preferences"), "export") != "ask")

    async def set_exports_by_itself(self, chat: ChatRef, wanted: bool) -> None:
        await self._prefer(chat, "export", "self" if wanted else "ask")

    async def _prefer(self, chat: ChatRef, what: str, value: str) -> None:
        name = chat_key(chat, "preferences")
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hset(name, what, value)
            pipe.expire(name, KEEP)
            await pipe.execute()

    async def places(self, chat: ChatRef) -> tuple[ChatRef, ...]:
        """The chat and those of its threads that anything is kept about."""
        begins = key("chat", chat.key)
        found = {chat}
        async for name in self._redis.scan_iter(match=_literally(begins) + "*", count=500):
            place = ChatRef.parse(str(name).removeprefix(key("chat", "")).partition("|")[0])
            if (place.platform, place.chat) == (chat.platform, chat.chat):
                found.add(place)
        return tuple(sorted(found, key=lambda place: place.key))

    async def migrate(self, old: ChatRef, new: ChatRef) -> None:
        """The chat goes on under another id: its preferences and clips go with it, unless the new one has its own.
        Whether it is let in goes along, too, and what it has used of its quota.

        Its messages do not: those of the new chat are counted anew, and an old number would mean another message. Its
        mailbox stays, for the worker that holds it.
        """
        own = chat_key(old)
        await carry_over(self._redis, old, new)
        await self._redis.set(chat_key(old, "moved"), new.key, ex=MOVE_MEMORY)
        async for day in self._redis.scan_iter(match=_literally(key("used", "")) + "*:chats", count=500):
            await self._used_goes_along(keys=[day], args=[old.key, new.key])
        # A scan may find a key twice.
        for name in {str(found) async for found in self._redis.scan_iter(match=_literally(own) + "*", count=500)}:
            rest = name.removeprefix(own)
            if rest.partition(":")[0] in _MOVES:
                await self._redis.renamenx(name, chat_key(new, rest))

    async def now_at(self, chat: ChatRef) -> ChatRef:
        """Where the chat goes on: under another id where it has moved."""
        new = await self._redis.get(chat_key(chat, "moved"))
        return chat if new is None else ChatRef.parse(str(new))

    async def forget(self, chat: ChatRef) -> None:
        """Remove what is kept about the chat: preferences, message → clip, and its clips with their sessions.

        Its mailbox stays: a job at work ends by being cancelled, not by losing its record. So does what tells whether
        it is let in.
        """
        own = chat_key(chat)
        clips: set[str] = set()
        async for name in self._redis.scan_iter(match=_literally(own) + "*", count=500):
            kind = name.removeprefix(own).partition(":")[0]
            if kind in _OF_THE_MAILBOX | _OF_THE_OPERATOR:
                continue
            if kind in _NAMES_A_CLIP:
                clips.update(filter(None, texts([await self._redis.get(name)])))
            await self._redis.delete(name)
        for clip in clips:
            await self._redis.delete(*(key("clip", clip, part) for part in ("session", "media", "delivery", "owner")))


def _literally(text: str) -> str:
    """The text as a pattern of Redis that matches nothing else."""
    return re.sub(r"([\\*?\[\]^-])", r"\\\1", text)
