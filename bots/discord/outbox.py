"""How the core speaks to Discord: an `Outbox` over REST alone. It holds no connection that another process lacks.

An answer goes to the channel as a message of the bot's. Where the bot is no member of it, or the answer is for one
person alone, it goes through the interaction's webhook, and once that is over to the person's direct messages.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import structlog

from bots.discord.asked import Asked, keep_answer, limit, recall, way
from bots.discord.channels import Archived, Channels
from bots.discord.drafts import Draft, nonce_of, to_person
from bots.discord.faults import Refused, Unanswered, chat_gone
from bots.discord.files import DiscordFiles
from bots.discord.limits import FETCH_BYTES, LIMITS, NONCE, NONCE_SECONDS, largest_video
from bots.discord.once import Once
from bots.discord.patience import Unseen, patiently
from bots.discord.places import PLATFORM, MessageId, channel_of, message_id
from bots.discord.rest import DiscordRest, discord_rest
from bots.discord.rest import message_id as id_of
from bots.discord.webhooks import TokenOver, Webhooks
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
    VideoTooLarge,
)
from core.settings import DiscordSettings
from core.store.connection import Store
from core.store.notes import Notes

log = structlog.get_logger(__name__)

_REFUSAL_SECONDS = 24 * 3600
"""For which a channel's refusal of a video is remembered: its server may be boosted later."""

_MOVED_SECONDS = 30 * 24 * 3600


@asynccontextmanager
async def discord_outbox(
    settings: DiscordSettings, redis: Store, *, clock: Callable[[], float] = time.time
) -> AsyncIterator[DiscordOutbox]:
    """The outbox of the bot whose token the settings hold. Nothing is asked of Discord before it is needed."""
    async with discord_rest(settings) as rest:
        outbox = DiscordOutbox(rest, Notes(redis, PLATFORM), clock)
        try:
            yield outbox
        finally:
            await outbox.close()


class DiscordOutbox:
    """`notes` remember what was asked how, and which job's video stands where. `clock`: seconds since the epoch."""

    def __init__(self, rest: DiscordRest, notes: Notes, clock: Callable[[], float]) -> None:
        self._rest = rest
        self._notes = notes
        self._clock = clock
        self._once = Once(notes, clock)
        self._channels = Channels(rest, self._once, clock)
        self._webhooks = Webhooks(rest, notes, self._once, clock)
        self._files = DiscordFiles(rest, FETCH_BYTES, clock)

    async def close(self) -> None:
        await self._files.close()

    @property
    def limits(self) -> Limits:
        return LIMITS

    async def video_limit(self, chat: ChatRef) -> int:
        """What Discord says of the channel, less what it has refused there."""
        channel = channel_of(chat)
        refused = await self._notes.read(f"refused:{channel}")
        return largest_video(await limit(self._notes, channel), None if refused is None else int(refused))

    @asynccontextmanager
    async def open(self, media: Media) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of a file that was posted. Raises `MediaTooLarge`, `MediaGone`, the latter also for a link."""
        if media.kind is MediaKind.LINK:
            raise MediaGone(media.ref)
        if media.size is not None and media.size > FETCH_BYTES:
            raise MediaTooLarge(FETCH_BYTES)
        async with self._files.open(media.ref) as chunks:
            yield chunks

    async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
        """Raises `ChatGone`, also where it could only be said in direct messages, and those are closed."""
        return str(await self._answer(chat, Draft(message, secrets.token_hex(NONCE // 2)), reply_to))

    async def edit(self, chat: ChatRef, message_id: str, message: Message) -> bool:
        """→ False where it is gone. A flooded edit waits; no message takes its place.

        What is there and can no longer be edited (its webhook is over, its thread archived) stays as it is while it is
        progress; a last word is said anew.
        """
        where = await self._now_at(message_id)
        try:
            return await self._edited(chat, where, message)
        except (Archived, TokenOver) as error:
            if message.fraction is None:
                await self._say_anew(chat, where, message, error)
            return True

    async def remove(self, chat: ChatRef, message_id: str) -> None:
        where = await self._now_at(message_id)
        if where.message is None:
            return
        asked = await self._asked(where)
        try:
            if where.interaction is None:
                await self._channels.remove(where.direct or channel_of(chat), where.message)
            elif asked is not None:
                await self._webhooks.remove(asked, where.message)
        except Archived:
            return
        except TokenOver:
            if asked is not None and _in_channel(asked):
                await self._channels.remove(channel_of(chat), where.message)

    async def post_video(
        self, chat: ChatRef, video: Video, caption: Message, *, job: str, reply_to: str | None = None
    ) -> str:
        """Post the video, unless this job's is there already.

        Raises `ChatGone` as `send`, `VideoTooLarge`, `VideosForbidden`, and `OutcomeUnknown` where the video went out,
        no answer came, and looking into the channel does not tell.
        """
        there = await self._once.posted(job) or await self._begun_before(chat, job)
        if there is None:
            draft = Draft(caption, nonce_of(job), job, video)
            try:
                there = str(await self._answer(chat, draft, reply_to))
            except VideoTooLarge:
                await self._notes.write(f"refused:{channel_of(chat)}", str(video.size), _REFUSAL_SECONDS)
                raise
        await self._once.keep_posted(job, there)
        return there

    async def forget(self, chat: ChatRef) -> None:
        """Nothing of the chat's is kept here but ids, which end by themselves."""

    async def _answer(self, chat: ChatRef, draft: Draft, reply_to: str | None) -> MessageId:
        """Post something new, by the way that there is. Raises `ChatGone`, `VideoTooLarge`, `Unsent`."""
        answered = await self._way_into(chat) if reply_to is None else message_id(reply_to)
        asked = await self._asked(answered)
        if asked is not None:
            # It replies to the bot's own acknowledgement, or to anybody's picture: whoever asked is called by name.
            is_calling = draft.video is not None and not asked.direct and not asked.private
            draft = replace(draft, rings=False, calls=asked.person if is_calling else None)
        if asked is None or _in_channel(asked):
            reply = answered.message if answered.interaction is None and answered.direct is None else None
            return MessageId(
                await self._channels.post(channel_of(chat), draft, reply_to=reply if asked is None else asked.answers)
            )
        try:
            return await self._known(MessageId(await self._webhooks.post(asked, draft), interaction=asked.interaction))
        except TokenOver:
            return await self._in_direct_messages(asked, draft.to_person(channel_of(chat)))

    async def _way_into(self, chat: ChatRef) -> MessageId:
        """What is said of itself in a channel that is not the bot's goes through what was last asked there."""
        return MessageId(None, interaction=await way(self._notes, channel_of(chat)))

    async def _in_direct_messages(self, asked: Asked, draft: Draft) -> MessageId:
        try:
            opened = await patiently(
                lambda: self._rest.call("POST", "/users/@me/channels", {}, body={"recipient_id": str(asked.person)})
            )
        except Refused as refused:
            raise ChatGone(str(refused)) if chat_gone(refused) else refused from None
        direct = id_of(opened)
        return await self._known(MessageId(await self._channels.post(direct, draft), direct=direct))

    async def _known(self, where: MessageId) -> MessageId:
        assert where.message is not None
        await keep_answer(self._notes, where.message, str(where))
        return where

    async def _begun_before(self, chat: ChatRef, job: str) -> str | None:
        """The message of a post that an earlier process began; None where it may be begun anew.

        Raises `Unanswered` where that cannot be told.
        """
        begun = await self._once.begun(job)
        if begun is None:
            return None
        try:
            found = await self._channels.find(begun, job)
        except Unseen:
            if begun.channel is not None and self._clock() < begun.at + NONCE_SECONDS:
                return None
            await self._once.failed(job)
            raise Unanswered("the video was on its way when the program ended") from None
        if found is None:
            await self._once.failed(job)
            return None
        # What is in another channel was begun in direct messages.
        is_direct = begun.channel != channel_of(chat)
        return str(await self._known(MessageId(found, direct=begun.channel)) if is_direct else MessageId(found))

    async def _edited(self, chat: ChatRef, where: MessageId, message: Message) -> bool:
        """Raises `ChatGone`, `Archived`, `TokenOver`, `Unsent`."""
        if where.message is None:
            return False
        if where.direct is not None:
            return await self._channels.edit(where.direct, where.message, to_person(message, channel_of(chat)))
        if where.interaction is None:
            return await self._channels.edit(channel_of(chat), where.message, message)
        asked = await self._asked(where)
        if asked is None:
            # The way to it is forgotten, after days.
            return False
        try:
            return await self._webhooks.edit(asked, where.message, message)
        except TokenOver:
            if _in_channel(asked):
                return await self._channels.edit(channel_of(chat), where.message, message)
            if not asked.private:
                raise
            return True

    async def _say_anew(self, chat: ChatRef, where: MessageId, message: Message, error: Exception) -> None:
        """What an edit was to say, where nothing can be edited any more."""
        log.info("said_anew", chat=chat.key, reason=type(error).__name__)
        # The same words for the same message are said once.
        draft = Draft(message, f"anew.{where.message}"[:NONCE])
        new = await self._answer(chat, draft, str(where))
        await self._notes.write(f"moved:{where}", str(new), _MOVED_SECONDS)

    async def _now_at(self, message: str) -> MessageId:
        """Where a message's words stand by now."""
        return message_id(await self._notes.read(f"moved:{message}") or message)

    async def _asked(self, where: MessageId) -> Asked | None:
        return None if where.interaction is None else await recall(self._notes, where.interaction)


def _in_channel(asked: Asked) -> bool:
    """Whether answers are ordinary messages that all can see."""
    return asked.is_member and not asked.private
