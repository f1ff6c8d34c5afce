"""The shell as a chat: photos on this disk and words go in, progress and the finished videos come out.

It is a platform like the others: what is said goes through the same conversation, jobs and API, into a transcript of a
chat that lasts for one command.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.parts import SHELL, Parts, hex_id
from core.chat import ChatRef, Incoming, Media, Message, Person
from core.store.transcripts import Author, Entry, PostedVideo

_LOOK = 0.2
"""Seconds between two looks whether the chat's jobs are done."""

_MOST_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Made:
    """What a chat came to: `videos` lie in the files of `Parts`, `said` are the bot's last messages."""

    videos: tuple[PostedVideo, ...]
    said: tuple[str, ...]


def language_of_shell(environment: Mapping[str, str]) -> str:
    """The language of this terminal as a BCP 47 tag, by POSIX' order of variables; empty where none is set."""
    value = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    tag = value.split(".")[0].replace("_", "-")
    return "" if tag in ("C", "POSIX") else tag


@asynccontextmanager
async def shell_chat(parts: Parts, language: str) -> AsyncIterator[ShellChat]:
    """A chat for one command; nothing of it stays."""
    chat = ShellChat(parts, ChatRef(SHELL, hex_id()), Person("shell", language=language, is_admin=True))
    try:
        yield chat
    finally:
        await asyncio.shield(chat.forget())


@dataclass(frozen=True, slots=True)
class ShellChat:
    parts: Parts
    chat: ChatRef
    person: Person

    async def make(self, photos: Sequence[Path], words: str, on_progress: Callable[[Message], None]) -> Made:
        """Say it and wait for the end. `on_progress` gets each progress message (its `fraction` is set).

        Cancelled, it cancels what it asked for.
        """
        media = [await self._keep(photo) for photo in photos]
        start = (await self.parts.transcripts.history(self.chat, 1)).cursor
        watching = asyncio.create_task(self._watch(start, on_progress))
        try:
            await self._say(words, media)
            await self._settled()
        except asyncio.CancelledError:
            await asyncio.shield(self._cancel())
            raise
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return await self._made()

    async def save(self, video: PostedVideo, target: Path) -> None:
        """Copy a video out of the chat; the target is there whole or not at all. Raises `OSError`."""
        target = await asyncio.to_thread(target.resolve)
        partial = target.with_name(f".stillreel-{os.getpid()}.part")
        try:
            await self.parts.files.fetch(video.ref, partial)
            await asyncio.to_thread(partial.replace, target)
        finally:
            await asyncio.to_thread(partial.unlink, missing_ok=True)

    async def forget(self) -> None:
        await self.parts.outboxes[SHELL].forget(self.chat)
        await self.parts.people.forget(self.chat)

    async def _keep(self, photo: Path) -> Media:
        stored = await self.parts.files.put_copy(self.chat, photo.name, photo)
        return Media(stored.ref, stored.kind, stored.name, stored.mime, stored.size)

    async def _say(self, words: str, media: Sequence[Media] = (), command: str | None = None) -> None:
        event = hex_id()
        await self.parts.conversation.receive(
            Incoming(
                event=event,
                chat=self.chat,
                person=self.person,
                message=event,
                text=words,
                command=command,
                media=tuple(media),
            )
        )

    async def _cancel(self) -> None:
        await self._say("", command="cancel")
        await self._settled()

    async def _settled(self) -> None:
        """Return when no job of this chat is left; the worker may be another process, which tells nobody."""
        while True:
            if not await self.parts.mailbox.unfinished(self.chat):
                return
            await asyncio.sleep(_LOOK)

    async def _watch(self, after: str, on_progress: Callable[[Message], None]) -> None:
        while True:
            async with aclosing(self.parts.transcripts.follow(self.chat, after)) as changes:
                async for change in changes:
                    after = change.cursor
                    if change.entry is not None and change.entry.message.fraction is not None:
                        on_progress(change.entry.message)

    async def _made(self) -> Made:
        history = await self.parts.transcripts.history(self.chat, _MOST_MESSAGES)
        spoken: list[Entry] = [entry for entry in history.entries if entry.author is Author.BOT]
        return Made(
            tuple(entry.video for entry in spoken if entry.video is not None),
            tuple(entry.message.text for entry in spoken if entry.message.fraction is None),
        )
