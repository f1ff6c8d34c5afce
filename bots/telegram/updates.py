"""Updates of the Bot API → what the core understands. Pure: facts in, one `Incoming`, `Press` or event of a chat out.

An album is one message with all its items. Left alone: edited messages, what Telegram writes itself, other bots, and in
groups and channels whatever does not address the bot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, ExternalReplyInfo, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from bots.telegram.addressing import Me, Spoken, answered, automatic, speaks_as, spoken
from bots.telegram.kinds import media_of, said
from bots.telegram.limits import GENERAL_TOPIC
from bots.telegram.words import COMMANDS
from core.actions import decode
from core.chat import ChatKind, ChatRef, Incoming, Media, MediaKind, Person, Press

PLATFORM = "telegram"

ALLOWED = (Update.MESSAGE, Update.CHANNEL_POST, Update.CALLBACK_QUERY, Update.MY_CHAT_MEMBER)
"""The kinds of updates that Telegram is asked for; edits are not among them."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A group became a supergroup: it has another id now."""

    old: ChatRef
    new: ChatRef


@dataclass(frozen=True, slots=True)
class Joined:
    """The bot was added to a group; `language` is that of whoever did it."""

    chat: ChatRef
    language: str
    is_admin: bool


@dataclass(frozen=True, slots=True)
class Left:
    """The bot was removed, blocked or muted."""

    chat: ChatRef


Meaning = Incoming | Press | Moved | Joined | Left


def meaning(updates: Sequence[Update], me: Me) -> Meaning | None:
    """What one parcel of updates means: a single update, or the items of an album. None: nothing for us."""
    first = updates[0]
    if first.callback_query is not None:
        return _press(first.update_id, first.callback_query)
    if first.my_chat_member is not None:
        return _membership(first.my_chat_member)
    messages = [found for found in (update.message or update.channel_post for update in updates) if found is not None]
    if not messages:
        return None
    moved = _move(messages[0])
    if moved is not None:
        return moved
    messages.sort(key=lambda message: message.message_id)
    return _incoming(first.update_id, messages, me)


def _move(message: Message) -> Moved | None:
    """Told in the old group, and as the first of all in the new one: whatever is said there comes after it."""
    here = ChatRef(PLATFORM, str(message.chat.id))
    if message.migrate_to_chat_id is not None:
        return Moved(here, ChatRef(PLATFORM, str(message.migrate_to_chat_id)))
    if message.migrate_from_chat_id is not None:
        return Moved(ChatRef(PLATFORM, str(message.migrate_from_chat_id)), here)
    return None


def chat_of(update: Update) -> ChatRef | None:
    """Where an update belongs; None for what belongs to no chat."""
    query = update.callback_query
    if query is not None:
        return None if query.message is None else _place(query.message.chat, query.message)
    message = update.message or update.channel_post
    if message is not None:
        return _place(message.chat, message)
    return None if update.my_chat_member is None else _place(update.my_chat_member.chat, None)


def album_of(update: Update) -> str | None:
    """The album that an update is an item of."""
    message = update.message or update.channel_post
    return None if message is None else message.media_group_id


_NOT_TAKEN_ALONG = frozenset({MediaKind.STICKER, MediaKind.AUDIO})
"""What a reply "animate this" cannot mean."""


def _incoming(update_id: int, messages: Sequence[Message], me: Me) -> Incoming | None:
    first = messages[0]
    # Of an album, the item with words is what the person said.
    lead = next((message for message in messages if message.caption or message.text), first)
    if automatic(first) or not any(said(message) for message in messages):
        return None
    kind = _kind(first.chat)
    words = spoken(lead, me)
    other = answered(lead)
    if kind is not ChatKind.PRIVATE and not _addressed(words, other, kind, me):
        return None
    media = tuple(item for message in messages for item in media_of(message))
    reply_to = None if other is None else str(other.message_id)
    if not media:
        # "@bot animate this": the photo of another's message is the one that is meant.
        media = _replied_to(lead, other, kind, me)
        reply_to = None if media else reply_to
    return Incoming(
        event=str(update_id) if len(messages) == 1 else f"album-{first.media_group_id}-{first.message_id}",
        chat=_place(first.chat, first),
        person=_author(first, kind),
        message=str(lead.message_id),
        chat_kind=kind,
        text=words.text,
        command=words.command,
        media=media,
        reply_to=reply_to,
    )


def _addressed(words: Spoken, other: Message | None, kind: ChatKind, me: Me) -> bool:
    if words.for_another:
        return False
    if words.named:
        return True
    if words.command is not None:
        return words.command in COMMANDS
    return kind is ChatKind.GROUP and other is not None and _is_mine(other, me)


def _replied_to(message: Message, other: Message | None, kind: ChatKind, me: Me) -> tuple[Media, ...]:
    """The picture that is replied to: another's in this group, or one in another chat. A private chat's own are known
    by their message.
    """
    seen: Message | ExternalReplyInfo | None = other
    if other is None:
        seen = message.external_reply
    elif kind is ChatKind.PRIVATE or _is_mine(other, me):
        return ()
    return () if seen is None else tuple(item for item in media_of(seen) if item.kind not in _NOT_TAKEN_ALONG)


def _is_mine(message: Message, me: Me) -> bool:
    """Whether the bot wrote it. A channel's posts have no author; the bot's own are known by their buttons."""
    if message.from_user is not None:
        return message.from_user.id == me.id
    rows = () if message.reply_markup is None else message.reply_markup.inline_keyboard
    return any(isinstance(button.callback_data, str) and decode(button.callback_data) for row in rows for button in row)


def _press(update_id: int, query: CallbackQuery) -> Press | None:
    if query.message is None or not query.data:
        return None
    chat = query.message.chat
    kind = _kind(chat)
    return Press(
        event=str(update_id),
        chat=_place(chat, query.message),
        person=_person(query.from_user, is_admin=kind is ChatKind.PRIVATE),
        message=str(query.message.message_id),
        action=query.data,
        chat_kind=kind,
    )


def _membership(change: ChatMemberUpdated) -> Joined | Left | None:
    chat = _place(change.chat, None)
    before, now = change.old_chat_member, change.new_chat_member
    if _is_outside(now) or getattr(now, "can_send_messages", True) is False:
        return Left(chat)
    if _is_outside(before) and _kind(change.chat) is ChatKind.GROUP:
        return Joined(chat, change.from_user.language_code or "", now.status == ChatMemberStatus.ADMINISTRATOR)
    return None


def _is_outside(member: ChatMember) -> bool:
    """Who left while restricted stays so, and is no member."""
    return member.status in _OUTSIDE or getattr(member, "is_member", True) is False


_OUTSIDE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def _kind(chat: Chat) -> ChatKind:
    match chat.type:
        case ChatType.PRIVATE:
            return ChatKind.PRIVATE
        case ChatType.CHANNEL:
            return ChatKind.CHANNEL
        case _:
            return ChatKind.GROUP


def _place(chat: Chat, message: object) -> ChatRef:
    """The chat, or its topic. Replies have a thread id as well in some groups: only a topic's counts."""
    thread = getattr(message, "message_thread_id", None) if getattr(message, "is_topic_message", None) else None
    return ChatRef(PLATFORM, str(chat.id), None if thread in (None, GENERAL_TOPIC) else str(thread))


def _author(message: Message, kind: ChatKind) -> Person:
    """Who said it. Where it was said in a chat's name, that chat is the person: a channel, or an anonymous admin."""
    sender = speaks_as(message)
    if sender is None and message.from_user is not None:
        return _person(message.from_user, is_admin=kind is ChatKind.PRIVATE)
    speaker = sender or message.chat
    # Only administrators post in a channel, or in a group's own name.
    return Person(str(speaker.id), speaker.title or "", is_admin=speaker.id == message.chat.id)


def _person(user: User, *, is_admin: bool) -> Person:
    return Person(str(user.id), user.full_name, user.language_code or "", is_admin)
