"""How the core speaks to chats without a server of their own: into their transcript, with files beside it.

In come the core's calls (`core.chat.Outbox`), out go entries of the transcript and stored videos. It holds no
connection to a page: any process that reaches the same Redis and the same files can post to any chat.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bots.web.files import MOST_BYTES, FileGone, Files
from core.chat import ChatRef, Limits, Media, MediaGone, MediaKind, Message, Video
from core.store.transcripts import Author, Entry, PostedVideo, Transcripts

LIMITS = Limits(fetch=MOST_BYTES, video=2 * 1024**3, text=16_000, caption=16_000, edit_interval=0.3)
"""A page has no narrow limits; these keep one message readable and the feed of changes calm."""


class TranscriptOutbox:
    """The outbox of one platform (`web`, `shell`). `clock` gives seconds since the epoch, `new_id` an unused id."""

    def __init__(
        self,
        platform: str,
        transcripts: Transcripts,
        files: Files,
        *,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        limits: Limits = LIMITS,
    ) -> None:
        self.platform = platform
        self._transcripts = transcripts
        self._files = files
        self._clock = clock
        self._new_id = new_id
        self._limits = limits

    @property
    def limits(self) -> Limits:
        return self._limits

    async def video_limit(self, chat: ChatRef) -> int:
        """The same in every chat."""
        return self._limits.video

    @asynccontextmanager
    async def open(self, media: Media) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of an uploaded file. Raises `MediaGone`, also for a link: those are not ours to fetch."""
        if media.kind is MediaKind.LINK:
            raise MediaGone(media.ref)
        try:
            async with self._files.open(media.ref) as chunks:
                yield chunks
        except FileGone as error:
            raise MediaGone(media.ref) from error

    async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
        return await self._transcripts.append(chat, self._entry(message, reply_to=reply_to))

    async def edit(self, chat: ChatRef, message_id: str, message: Message) -> bool:
        return await self._transcripts.replace(chat, message_id, message)

    async def remove(self, chat: ChatRef, message_id: str) -> None:
        entry = await self._transcripts.remove(chat, message_id)
        if entry is not None and entry.video is not None:
            await self._files.delete(chat, entry.video.ref)

    async def post_video(
        self, chat: ChatRef, video: Video, caption: Message, *, job: str, reply_to: str | None = None
    ) -> str:
        """Keep a copy of the video and post it; a job that has its video in the chat posts nothing.

        Raises `OSError` where the copy cannot be kept.
        """
        posted = await self._transcripts.posted(chat, job)
        if posted is not None:
            return posted
        copy = await self._files.put_copy(chat, video.name, video.path)
        shown = PostedVideo(copy.ref, copy.name, copy.size, video.width, video.height, video.duration)
        entry = self._entry(caption, reply_to=reply_to, video=shown)
        stands = await self._transcripts.append(chat, entry, job=job)
        if stands != entry.id:
            await self._files.delete(chat, copy.ref)
        return stands

    async def forget(self, chat: ChatRef) -> None:
        """Delete a chat's messages and files, on both sides of the conversation."""
        await self._transcripts.forget(chat)
        await self._files.forget(chat)

    def _entry(self, message: Message, *, reply_to: str | None, video: PostedVideo | None = None) -> Entry:
        return Entry(
            id=f"b{self._new_id()}",
            at=self._clock(),
            author=Author.BOT,
            message=message,
            video=video,
            reply_to=reply_to,
        )
