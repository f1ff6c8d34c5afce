"""How the core speaks to Telegram: an `Outbox` over a bare bot. It holds no connection that another process lacks.

What cannot be sent yet (a flood, a network that is away) waits here; what was sent and not answered is never sent again
by itself. A group that became a supergroup is followed to its new id.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any, TypeVar

import httpx
import structlog
from telegram import InputFile, LinkPreviewOptions, ReplyParameters
from telegram.constants import ChatAction
from telegram.error import ChatMigrated, NetworkError, TelegramError

from bots.telegram import faults
from bots.telegram.bot import MEDIA_SECONDS, TelegramBot, telegram_bot
from bots.telegram.buttons import keyboard
from bots.telegram.concessions import conceding
from bots.telegram.files import TelegramFiles
from bots.telegram.limits import ACTION_SECONDS, CAPTION, LOCAL, PUBLIC, TEXT
from bots.telegram.thumbnail import thumbnail
from bots.telegram.updates import PLATFORM
from core.chat import (
    ChatGone,
    ChatRef,
    Limits,
    Media,
    MediaGone,
    MediaKind,
    MediaTooLarge,
    Message,
    Video,
    VideosForbidden,
    VideoTooLarge,
    elsewhere,
    place_of,
)
from core.settings import TelegramSettings
from core.store.connection import Store
from core.store.notes import Notes
from core.store.people import EVENT_MEMORY
from core.texts.lengths import cut

log = structlog.get_logger(__name__)

T = TypeVar("T")

PATIENCE = 900.0
"""Seconds for which a message waits for a network that is away."""

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0

_OVER = "✓"
"""What is left of a message that cannot be taken away."""

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@asynccontextmanager
async def telegram_outbox(settings: TelegramSettings, redis: Store) -> AsyncIterator[TelegramOutbox]:
    """The outbox of the bot whose token the settings hold."""
    async with telegram_bot(settings) as bot:
        outbox = TelegramOutbox(bot, settings, Notes(redis, PLATFORM))
        try:
            yield outbox
        finally:
            await outbox.close()


class TelegramOutbox:
    """`notes` remembers which job's video stands where."""

    def __init__(self, bot: TelegramBot, settings: TelegramSettings, notes: Notes) -> None:
        self._bot = bot
        self._notes = notes
        self._limits = LOCAL if settings.local else PUBLIC
        self._files = TelegramFiles(bot, settings, self._limits.fetch)

    async def close(self) -> None:
        await self._files.close()

    @property
    def limits(self) -> Limits:
        return self._limits

    async def video_limit(self, chat: ChatRef) -> int:
        """The same in every chat: it is the server's."""
        return self._limits.video

    @asynccontextmanager
    async def open(self, media: Media) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a file that was sent. Raises `MediaTooLarge`, `MediaGone`, the latter also for a link."""
        if media.kind is MediaKind.LINK:
            raise MediaGone(media.ref)
        if media.size is not None and media.size > self._limits.fetch:
            raise MediaTooLarge(self._limits.fetch)
        async with self._files.open(media.ref) as chunks:
            yield chunks

    async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
        async def call(place: dict[str, Any], reply: ReplyParameters | None) -> str:
            sent = await conceding(
                self._bot.send_message,
                text=cut(message.text, TEXT) or "…",
                reply_markup=keyboard(message.buttons),
                reply_parameters=reply,
                link_preview_options=_NO_PREVIEW,
                **place,
            )
            return str(sent.message_id)

        return await self._posted(chat, reply_to, call)

    async def edit(self, chat: ChatRef, message_id: str, message: Message) -> bool:
        """A message that says so already is no error. A flooded edit waits; no message takes its place.

        → False where it is gone, can no longer be edited, or stayed behind in a group that has moved.
        """
        place, number = place_of(chat, message_id)
        text = cut(message.text, TEXT) or "…"

        async def call() -> None:
            try:
                await conceding(
                    self._bot.edit_message_text,
                    text=text,
                    chat_id=int(place.chat),
                    message_id=int(number),
                    reply_markup=keyboard(message.buttons),
                    link_preview_options=_NO_PREVIEW,
                    rate_limit_args=message.fraction is not None,
                )
            except TelegramError as error:
                if not faults.has_no_text(error):
                    raise
                await conceding(
                    self._bot.edit_message_caption,
                    chat_id=int(place.chat),
                    message_id=int(number),
                    caption=cut(message.text, CAPTION),
                    reply_markup=keyboard(message.buttons),
                )

        return await self._changed(call)

    async def remove(self, chat: ChatRef, message_id: str) -> None:
        place, number = place_of(chat, message_id)

        async def call() -> None:
            await self._bot.delete_message(int(place.chat), int(number))

        if not await self._changed(call):
            await self.edit(chat, message_id, Message(_OVER, fraction=1.0))

    async def post_video(
        self, chat: ChatRef, video: Video, caption: Message, *, job: str, reply_to: str | None = None
    ) -> str:
        """Post the video; a job whose video was answered for before posts nothing.

        Raises `VideoTooLarge`, `VideosForbidden`, and `OutcomeUnknown` where the video went up and no answer came: it
        may stand in the chat.
        """
        posted = await self._notes.read(f"posted:{job}")
        if posted is not None:
            return posted
        small = await asyncio.to_thread(thumbnail, video.path)
        source = await asyncio.to_thread(video.path.open, "rb")

        async def call(place: dict[str, Any], reply: ReplyParameters | None) -> str:
            try:
                sent = await conceding(
                    self._bot.send_video,
                    # Read while it goes out, not before; the HTTP client rewinds it when it must go again.
                    video=InputFile(source, filename=video.name, read_file_handle=False),
                    duration=max(1, round(video.duration)),
                    width=video.width,
                    height=video.height,
                    thumbnail=small,
                    supports_streaming=True,
                    caption=cut(caption.text, CAPTION),
                    reply_markup=keyboard(caption.buttons),
                    reply_parameters=reply,
                    read_timeout=MEDIA_SECONDS,
                    **place,
                )
            except NetworkError as error:
                if isinstance(error.__cause__, httpx.HTTPError) and source.tell() < video.size:
                    raise faults.CutShort(faults.told(error)) from None
                raise
            return str(sent.message_id)

        try:
            # sendChatAction: "channel chats and channel direct messages chats aren't supported".
            in_channel = await self._notes.read(channel_note(chat)) is not None
            async with nullcontext() if in_channel else _acting(self._bot, chat):
                message = await self._posted(chat, reply_to, call)
        finally:
            await asyncio.to_thread(source.close)
        await self._notes.keep(f"posted:{job}", message, EVENT_MEMORY)
        return message

    async def forget(self, chat: ChatRef) -> None:
        """Nothing of the chat's is kept here: messages stay with Telegram, where its people can delete them."""

    async def _posted(
        self,
        chat: ChatRef,
        reply_to: str | None,
        call: Callable[[dict[str, Any], ReplyParameters | None], Awaitable[str]],
    ) -> str:
        """Post something new, also to a group that has moved. Raises what `_own` gives."""
        reply = None if reply_to is None else ReplyParameters(int(reply_to), allow_sending_without_reply=True)
        try:
            try:
                return await self._persistently(lambda: call(_place(chat), reply), faults.never_arrived)
            except ChatMigrated as moved:
                new = ChatRef(PLATFORM, str(moved.new_chat_id))
            # Its messages have new ids, and a group has no topics: there is nothing to answer any more.
            return elsewhere(new, await self._persistently(lambda: call(_place(new), None), faults.never_arrived))
        except TelegramError as error:
            raise _own(error) from None

    async def _changed(self, call: Callable[[], Awaitable[None]]) -> bool:
        """Change what is there; doing it twice does no harm. → False where it is gone, or its group has moved.

        Raises `ChatGone`, `Unsent`.
        """

        async def done() -> None:
            # The status of such an answer says that it was done.
            with suppress(faults.AnswerUnreadable):
                await call()

        try:
            await self._persistently(done, faults.transient)
        except ChatMigrated:
            return False
        except TelegramError as error:
            if faults.message_gone(error):
                return False
            if not faults.unchanged(error):
                raise _own(error) from None
        return True

    async def _persistently(self, call: Callable[[], Awaitable[T]], again: Callable[[TelegramError], bool]) -> T:
        """Call until it is answered, for as long as `again` says that it may be called once more."""
        loop = asyncio.get_running_loop()
        end, pause = loop.time() + PATIENCE, _FIRST_PAUSE
        while True:
            try:
                return await call()
            except TelegramError as error:
                if not again(error) or loop.time() + pause > end:
                    raise
                log.warning("telegram_away", reason=faults.told(error))
            await asyncio.sleep(pause)
            pause = min(_LONGEST_PAUSE, pause * 2)


def channel_note(chat: ChatRef) -> str:
    """The note that says that a chat is a channel: its id does not tell."""
    return f"channel:{chat.chat}"


@asynccontextmanager
async def _acting(bot: TelegramBot, chat: ChatRef) -> AsyncIterator[None]:
    """ "Sending a video…" above the chat while the block runs; nothing hangs on whether it is shown."""

    async def show() -> None:
        while True:
            try:
                await bot.send_chat_action(action=ChatAction.UPLOAD_VIDEO, **_place(chat))
            except TelegramError as error:
                log.debug("no_chat_action", reason=faults.told(error))
            await asyncio.sleep(ACTION_SECONDS)

    showing = asyncio.create_task(show(), name="chat action")
    try:
        yield
    finally:
        showing.cancel()
        await asyncio.wait({showing})


def _place(chat: ChatRef) -> dict[str, Any]:
    """Where a message goes. The General topic is named by no thread; `updates` makes none of it."""
    place: dict[str, Any] = {"chat_id": int(chat.chat)}
    if chat.thread is not None:
        place["message_thread_id"] = int(chat.thread)
    return place


def _own(error: TelegramError) -> Exception:
    """The library's error as the core's, or as one of ours that holds no token."""
    if faults.too_big_to_post(error):
        return VideoTooLarge()
    if faults.videos_forbidden(error):
        return VideosForbidden(faults.told(error))
    if faults.chat_gone(error):
        return ChatGone(faults.told(error))
    if faults.transient(error) and not faults.never_arrived(error):
        return faults.OutcomeUnknown(faults.told(error))
    return faults.Unsent(faults.told(error))
