"""Chat → clip → session: which clip a message means, and what the backend knows it by.

A clip is one video in the making. Its session is the backend's and ends with the account's token, so the session's
part of the record expires then; the clip itself is kept longer, and gets a new session when it is needed again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from redis.asyncio import Redis

from core.chat import ChatRef, Media, MediaKind
from core.nemo.answers import Session
from core.store.connection import chat_key, key, texts

KEEP = 30 * 24 * 3600
"""Seconds for which a clip and the way to it are kept after they were last used."""


_TITLE_SECONDS = 600
"""For which the answer to "what should the title say?" is waited for."""

# KEYS: list. ARGV: record, seconds to keep.
_HOLD = """
if not redis.call('lpos', KEYS[1], ARGV[1]) then redis.call('rpush', KEYS[1], ARGV[1]) end
redis.call('expire', KEYS[1], ARGV[2])
"""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The last delivered video of a clip: delivered again without rendering while the draft is the same."""

    draft: str
    """Digest of the draft that was rendered."""
    render: str
    """Id of the render."""
    is_posted: bool = True
    """Whether the chat has it."""


class Clips:
    """Clips in Redis. The caller's clock: `now` is seconds since the epoch."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._hold = redis.register_script(_HOLD)

    async def current(self, chat: ChatRef) -> str | None:
        """The chat's current clip."""
        return await self._text(chat_key(chat, "clip"))

    async def make_current(self, chat: ChatRef, person: str, clip: str) -> None:
        """Words without a reply now mean this clip, for the chat and for this person in it."""
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(chat_key(chat, "clip"), clip, ex=KEEP)
            pipe.set(chat_key(chat, "clip-of", person), clip, ex=KEEP)
            pipe.set(key("clip", clip, "owner"), person, ex=KEEP, nx=True)
            pipe.expire(key("clip", clip, "owner"), KEEP)
            await pipe.execute()

    async def owner(self, clip: str) -> str | None:
        """Who began the clip; None where that is no longer known."""
        return await self._text(key("clip", clip, "owner"))

    async def leave(self, chat: ChatRef, person: str) -> None:
        """/new: words no longer mean any clip until the next photo."""
        await self._redis.delete(
            chat_key(chat, "clip"),
            chat_key(chat, "clip-of", person),
            chat_key(chat, "waiting", person),
        )

    async def meant(self, chat: ChatRef, person: str, reply_to: str | None) -> str | None:
        """Whose clip words mean: the replied message's, else the speaker's last one here, else the chat's."""
        names = [chat_key(chat, "clip-of", person), chat_key(chat, "clip")]
        if reply_to is not None:
            names.insert(0, chat_key(chat, "message", reply_to))
        return next(filter(None, texts(await self._redis.mget(names))), None)

    async def remember_message(self, chat: ChatRef, message: str, clip: str) -> None:
        """A reply to this message means this clip."""
        await self._redis.set(chat_key(chat, "message", message), clip, ex=KEEP)

    async def of_message(self, chat: ChatRef, message: str) -> str | None:
        return await self._text(chat_key(chat, "message", message))

    async def wait_for_words(self, chat: ChatRef, person: str, clip: str, seconds: int) -> None:
        """Photos of this clip are there and wait for words; more photos within `seconds` join them."""
        await self._redis.set(chat_key(chat, "waiting", person), clip, ex=seconds)

    async def waiting(self, chat: ChatRef, person: str) -> str | None:
        return await self._text(chat_key(chat, "waiting", person))

    async def stop_waiting(self, chat: ChatRef, person: str) -> None:
        await self._redis.delete(chat_key(chat, "waiting", person))

    async def ask_title(self, chat: ChatRef, person: str, clip: str) -> None:
        """The person's next words are the clip's title."""
        await self._redis.set(chat_key(chat, "title", person), clip, ex=_TITLE_SECONDS)

    async def title_asked(self, chat: ChatRef, person: str) -> str | None:
        """The clip whose title this person was asked for."""
        return await self._text(chat_key(chat, "title", person))

    async def stop_asking_title(self, chat: ChatRef, person: str) -> None:
        await self._redis.delete(chat_key(chat, "title", person))

    async def keep_question(self, chat: ChatRef, clip: str, message: str) -> str | None:
        """The message that asks what should happen with the clip's photos. → the earlier one, which this replaces."""
        earlier = await self._redis.set(chat_key(chat, "question", clip), message, ex=KEEP, get=True)
        return None if earlier is None else str(earlier)

    async def session(self, clip: str) -> Session | None:
        """The clip's session, None where it has none or its token has ended."""
        text = await self._text(key("clip", clip, "session"))
        return Session(**json.loads(text)) if text else None

    async def keep_session(self, clip: str, session: Session, now: float) -> None:
        seconds = KEEP if session.expires_at is None else max(1, int(session.expires_at - now))
        await self._redis.set(key("clip", clip, "session"), json.dumps(asdict(session)), ex=seconds)

    async def drop_session(self, clip: str) -> None:
        """The backend no longer knows the session; what was delivered from it is gone with it."""
        await self._redis.delete(key("clip", clip, "session"), key("clip", clip, "delivery"))

    async def add_media(self, clip: str, media: Media) -> None:
        """The clip's session holds this now, at the end where it is new; a session that ends is filled from here."""
        record = json.dumps(asdict(media), ensure_ascii=False, sort_keys=True)
        await self._hold(keys=[key("clip", clip, "media")], args=[record, KEEP])

    async def media(self, clip: str) -> tuple[Media, ...]:
        """All that was uploaded for the clip, in order."""
        records = await self._redis.lrange(key("clip", clip, "media"), 0, -1)
        found = [json.loads(record) for record in records]
        return tuple(Media(**{**media, "kind": MediaKind(media["kind"])}) for media in found)

    async def delivery(self, clip: str) -> Delivery | None:
        text = await self._text(key("clip", clip, "delivery"))
        return Delivery(**json.loads(text)) if text else None

    async def keep_delivery(self, clip: str, delivery: Delivery) -> None:
        await self._redis.set(key("clip", clip, "delivery"), json.dumps(asdict(delivery)), ex=KEEP)

    async def _text(self, name: str) -> str | None:
        value = await self._redis.get(name)
        return None if value is None else str(value)
