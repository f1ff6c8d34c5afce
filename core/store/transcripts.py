"""The message log of chats on platforms without a server of their own: the web chat and the shell.

In come a chat's messages as they are said, edited and removed; out go pages of history and a live feed of changes,
to any number of followers in any process. What happens to a log is decided atomically by `transcripts.lua`, over six
keys of the chat that share a hash tag:

    seq      the cursor of the last change, a count that grows by one with each
    fixed    hash, message id → JSON of what never changes (time, author, files, video)
    words    hash, message id → JSON of what an edit replaces (text, buttons, fraction)
    order    sorted set of message ids by the cursor at which they were posted
    changes  stream of the last changes, one entry a cursor
    jobs     hash, job → id of the message that holds its video
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import Redis

from core.chat import Button, ChatRef, Media, MediaKind, Message
from core.store.bell import Bell
from core.store.connection import key

KEEP = 30 * 24 * 3600
"""Seconds for which a log is kept after its last message."""

MOST_ENTRIES = 2000
"""The newest messages of a chat that are kept."""

MOST_CHANGES = 500
"""Changes that a follower can be behind before it has to read the log anew."""

_CHANNEL = key("transcript", "changed")
_SCRIPT = files("core.store").joinpath("transcripts.lua").read_text("utf-8")
_BATCH = 200
_CURSOR_DIGITS = 19


class Author(StrEnum):
    PERSON = "person"
    BOT = "bot"


@dataclass(frozen=True, slots=True)
class PostedVideo:
    """A video in the log; `ref` is what the platform's file store knows it by."""

    ref: str
    name: str
    size: int
    """Bytes."""
    width: int
    height: int
    duration: float
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One message of the log. `id` is the writer's choice, unique within the chat."""

    id: str
    at: float
    """Seconds since the epoch."""
    author: Author
    message: Message
    media: tuple[Media, ...] = ()
    video: PostedVideo | None = None
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A page of the log, oldest message first; following on from `cursor` misses nothing and repeats nothing."""

    entries: tuple[Entry, ...]
    cursor: str
    earlier: bool
    """Whether the log goes further back."""


class ChangeKind(StrEnum):
    APPEND = "append"
    REPLACE = "replace"
    REMOVE = "remove"
    RELOAD = "reload"
    """Changes were missed for good (too far behind, forgotten, expired): read the history again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the log. `entry` is the whole message after it, None for REMOVE and RELOAD."""

    kind: ChangeKind
    cursor: str
    id: str = ""
    entry: Entry | None = None


class Transcripts:
    """The logs in one Redis. `clock` gives seconds since the epoch. Redis' own errors pass through."""

    def __init__(
        self,
        redis: Redis,
        clock: Callable[[], float],
        *,
        keep: int = KEEP,
        most_entries: int = MOST_ENTRIES,
        most_changes: int = MOST_CHANGES,
    ) -> None:
        self._redis = redis
        self._clock = clock
        self._keep = keep
        self._most_entries = most_entries
        self._most_changes = most_changes
        self._script = redis.register_script(_SCRIPT)
        self._bell = Bell(redis, _CHANNEL)

    async def append(self, chat: ChatRef, entry: Entry, *, job: str | None = None) -> str:
        """Post a message; returns the id under which it stands.

        Posting an id again changes nothing. With `job`, that is the message which holds the job's video: a job that
        has one already keeps it, and its id is returned instead.
        """
        return str(
            await self._call(
                chat,
                "append",
                *self._announced(chat),
                self._most_entries,
                entry.id,
                _fixed_json(entry),
                _words_json(entry.message),
                job or "",
            )
        )

    async def replace(self, chat: ChatRef, entry_id: str, message: Message) -> bool:
        """Give a message another text, buttons and fraction; False where it is gone."""
        return bool(await self._call(chat, "replace", *self._announced(chat), entry_id, _words_json(message)))

    async def remove(self, chat: ChatRef, entry_id: str) -> Entry | None:
        """Take a message out and return it; None where it is gone."""
        found = await self._call(chat, "remove", *self._announced(chat), entry_id)
        return _entry(entry_id, *found) if found else None

    async def find(self, chat: ChatRef, entry_id: str) -> Entry | None:
        _, fixed, words, *_ = _keys(chat)
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.hget(fixed, entry_id)
            pipe.hget(words, entry_id)
            found = await pipe.execute()
        return _entry(entry_id, *found) if found[0] and found[1] else None

    async def posted(self, chat: ChatRef, job: str) -> str | None:
        """Id of the message that holds this job's video."""
        found = await cast("Awaitable[str | None]", self._redis.hget(_keys(chat)[5], job))
        return None if found is None else str(found)

    async def history(self, chat: ChatRef, limit: int, before: str | None = None) -> History:
        """The last `limit` messages, or the last ones before the message `before`."""
        cursor, earlier, flat = await self._call(chat, "history", limit, before or "")
        entries = tuple(_entry(*flat[index : index + 3]) for index in range(0, len(flat), 3))
        return History(entries, str(cursor), bool(earlier))

    async def follow(self, chat: ChatRef, after: str) -> AsyncGenerator[Change, None]:
        """Every change after a cursor, as it happens. Ends after RELOAD, never otherwise.

        All followers of one `Transcripts` share one connection. Close the generator (`contextlib.aclosing`) when
        leaving early.
        """
        async with self._bell.heard(chat.key) as ring:
            while True:
                ring.clear()
                changes = await self._since(chat, after)
                for change in changes:
                    yield change
                    after = change.cursor
                    if change.kind is ChangeKind.RELOAD:
                        return
                if not changes:
                    await ring.wait()

    async def forget(self, chat: ChatRef) -> None:
        """Delete the log and everything kept with it; followers are told to reload."""
        await self._call(chat, "forget", _CHANNEL, chat.key)

    async def _since(self, chat: ChatRef, after: str) -> list[Change]:
        seq, _, _, _, changes, _ = _keys(chat)
        known = int(after) if after.isascii() and after.isdigit() and len(after) <= _CURSOR_DIGITS else -1
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.get(seq)
            pipe.xrange(changes, min=f"({max(known, 0)}-0", max="+", count=_BATCH)
            last, records = await pipe.execute()
        now_at = int(last or 0)
        if not records:
            return [] if now_at == known else [Change(ChangeKind.RELOAD, str(now_at))]
        found = [(int(cursor.partition("-")[0]), fields) for cursor, fields in records]
        if found[0][0] != known + 1:
            return [Change(ChangeKind.RELOAD, str(now_at))]
        return [_change(cursor, fields) for cursor, fields in found]

    def _announced(self, chat: ChatRef) -> tuple[str, str, int]:
        return _CHANNEL, chat.key, self._most_changes

    async def _call(self, chat: ChatRef, name: str, *arguments: str | int) -> Any:
        clock = int(self._clock() * 1000)
        return await self._script(keys=list(_keys(chat)), args=[name, clock, self._keep, *arguments])


def _keys(chat: ChatRef) -> tuple[str, str, str, str, str, str]:
    seq, fixed, words, order, changes, jobs = (
        key("transcript", f"{{{chat.key}}}", part) for part in ("seq", "fixed", "words", "order", "changes", "jobs")
    )
    return seq, fixed, words, order, changes, jobs


def _change(cursor: int, fields: dict[str, str]) -> Change:
    # A message that was removed again before this is read still has its earlier changes in the stream.
    entry = _entry(fields["id"], fields["fixed"], fields["words"]) if fields["words"] else None
    return Change(ChangeKind(fields["kind"]), str(cursor), fields["id"], entry)


def _fixed_json(entry: Entry) -> str:
    kept = {
        "at": entry.at,
        "author": entry.author.value,
        "media": [asdict(media) for media in entry.media],
        "video": asdict(entry.video) if entry.video else None,
        "reply_to": entry.reply_to,
    }
    return json.dumps(kept, ensure_ascii=False)


def _words_json(message: Message) -> str:
    return json.dumps(asdict(message), ensure_ascii=False)


def _entry(entry_id: str, fixed: str, words: str) -> Entry:
    kept, said = json.loads(fixed), json.loads(words)
    return Entry(
        id=entry_id,
        at=kept["at"],
        author=Author(kept["author"]),
        message=Message(said["text"], tuple(Button(**button) for button in said["buttons"]), said["fraction"]),
        media=tuple(Media(**{**media, "kind": MediaKind(media["kind"])}) for media in kept["media"]),
        video=PostedVideo(**kept["video"]) if kept["video"] else None,
        reply_to=kept["reply_to"],
    )
