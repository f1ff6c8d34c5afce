"""Messages of Discord → what they mean for the bot. Pure: a message in, a record for the inbox out.

Addressed are, in a server: a mention of the bot or of its own role, and a reply to a message of its own; in direct
messages everything. Left alone: its own and other bots' messages, webhooks, what Discord itself says, edits.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Iterable
from dataclasses import replace

import discord

from bots.discord import permissions
from bots.discord.account import Me
from bots.discord.files import ref_of
from bots.discord.parcels import Alone, Lacking, Record, Said, Unread
from bots.discord.places import chat_of
from core.chat import ChatKind, ChatRef, Incoming, Media, MediaKind, Person

_SPOKEN = (discord.MessageType.default, discord.MessageType.reply)
_KINDS = {"image": MediaKind.PHOTO, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_SHOWN = frozenset({MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.LINK})
"""What can be meant by "animate this"."""

_COMMAND = re.compile(r"/([a-z]+)(?:\s+|$)", re.IGNORECASE)
_RAISED_TIER = 2
"""The boost level from which a server's members may upload more than everywhere."""


def meaning(message: discord.Message, me: Me) -> Record | None:
    """What a message asks of the bot. None: nothing."""
    if message.author.bot or message.webhook_id is not None or message.type not in _SPOKEN:
        return None
    is_direct = guild_of(message) is None
    named, words = _words(message, me)
    answered = _answered(message)
    if not (is_direct or named or (isinstance(answered, discord.Message) and answered.author.id == me.id)):
        return None
    chat, is_placed = place_of(message.channel)
    media = _media(message)
    if not (is_direct or named or me.reads_all or message.content or media):
        return Unread(chat, str(message.id))
    command, words = _command(words)
    incoming = Incoming(
        event=str(message.id),
        chat=chat,
        person=_person(message, is_admin=is_direct or _manages(message)),
        message=str(message.id),
        chat_kind=ChatKind.PRIVATE if is_direct else ChatKind.GROUP,
        text=words,
        command=command,
        media=media,
    )
    lacks = _missing(message)
    if lacks:
        return Lacking(incoming, lacks)
    limit = message.guild.filesize_limit if message.guild and message.guild.premium_tier >= _RAISED_TIER else None
    if isinstance(answered, discord.Message):
        joined = with_answered(incoming, answered, me)
        return joined if isinstance(joined, Unread) else Said(joined, is_placed, None, limit)
    return Said(incoming, is_placed, answered, limit)


def acknowledged(message: discord.Message, me: Me) -> int | None:
    """The interaction of a command that this message of the bot's shows to all as taken on; None: it shows none."""
    asked = message.interaction_metadata
    if message.author.id != me.id or asked is None or asked.original_response_message_id is not None:
        return None
    return asked.id if asked.type is discord.InteractionType.application_command else None


def left_alone(message: discord.Message) -> Alone:
    """For an acknowledgement that nothing followed."""
    language = "" if message.guild is None else str(message.guild.preferred_locale)
    return Alone(place_of(message.channel)[0], str(message.id), language)


def guild_of(message: discord.Message) -> int | None:
    """The server in which it stands, known to the library or not; None for direct messages."""
    if message.guild is not None:
        return message.guild.id
    return message.channel.guild_id if isinstance(message.channel, discord.PartialMessageable) else None


def with_answered(incoming: Incoming, answered: discord.Message, me: Me) -> Incoming | Unread:
    """A message with the one that it answers: in a server, "@bot animate this" takes another's picture."""
    if incoming.media or incoming.chat_kind is ChatKind.PRIVATE or answered.author.id == me.id:
        return replace(incoming, reply_to=str(answered.id))
    pictures = pictures_of(answered)
    if pictures:
        return replace(incoming, media=pictures)
    if not me.reads_all and not answered.content and not answered.embeds:
        return Unread(incoming.chat, incoming.message, picture=True)
    return replace(incoming, reply_to=str(answered.id))


def pictures_of(message: discord.Message) -> tuple[Media, ...]:
    """What of a message can be animated: its pictures and films, else what its links show."""
    found = tuple(item for item in _media(message) if item.kind in _SHOWN)
    if found:
        return found
    embeds = (*message.embeds, *(embed for part in message.message_snapshots for embed in part.embeds))
    links = dict.fromkeys(link for link in map(_picture_in, embeds) if link)
    return tuple(Media(link, MediaKind.LINK, link) for link in links)


def _picture_in(embed: discord.Embed) -> str | None:
    """The address of the picture that an embed shows: a link's own, one that a bot drew into it, or a page's."""
    return embed.url if embed.type == "image" else embed.image.url or embed.thumbnail.url


def media_of(attachment: discord.Attachment, channel: int | None, message: int | None) -> Media:
    """A file, by reference to the message that it stands in; one of a command's options stands in none."""
    guessed = mimetypes.guess_type(attachment.filename)[0] or ""
    told = attachment.content_type or guessed
    kind = told if told.partition("/")[0] in _KINDS else guessed or told
    return Media(
        ref_of(channel, message, attachment.id, attachment.url),
        _KINDS.get(kind.partition("/")[0], MediaKind.FILE),
        attachment.filename,
        kind.partition(";")[0],
        attachment.size or None,
    )


def place_of(channel: object) -> tuple[ChatRef, bool]:
    """The chat of a channel, and whether that is sure: a thread that the library does not know is told from no other
    channel."""
    assert isinstance(channel, discord.abc.Snowflake)
    if isinstance(channel, discord.Thread):
        return chat_of(channel.id, channel.parent_id), True
    return chat_of(channel.id), not (isinstance(channel, discord.PartialMessageable) and channel.guild_id is not None)


def _words(message: discord.Message, me: Me) -> tuple[bool, str]:
    """Whether the bot is mentioned, and the words without that."""
    roles = [str(role.id) for role in message.role_mentions if role.tags is not None and role.tags.bot_id == me.id]
    mention = re.compile(rf"<@(?:!?{me.id}{''.join(f'|&{role}' for role in roles)})>")
    text = message.content or "\n".join(part.content for part in message.message_snapshots)
    named = bool(roles) or any(user.id == me.id for user in message.mentions)
    return named, re.sub(r"[^\S\n]{2,}", " ", mention.sub(" ", text)).strip(" ,:，：\n\t")


def _command(words: str) -> tuple[str | None, str]:
    """A command that was typed as text, and its arguments."""
    found = _COMMAND.match(words)
    return (None, words) if found is None else (found[1].lower(), words[found.end() :].strip())


def _answered(message: discord.Message) -> discord.Message | int | None:
    """What a message answers: the message, or its id where it did not come along."""
    reference = message.reference
    if reference is None or reference.type is not discord.MessageReferenceType.default or reference.message_id is None:
        return None
    if isinstance(reference.resolved, discord.Message):
        return reference.resolved
    return None if isinstance(reference.resolved, discord.DeletedReferencedMessage) else reference.message_id


def _media(message: discord.Message) -> tuple[Media, ...]:
    """The files of a message in their order, and of those that it forwards; then its stickers."""
    found = list(_files(message.attachments, message))
    stickers = list(message.stickers)
    for part in message.message_snapshots:
        found += _files(part.attachments, message)
        stickers += part.stickers
    for sticker in stickers:
        found.append(Media(ref_of(None, None, None, sticker.url), MediaKind.STICKER, sticker.name))
    return tuple(found)


def _files(attachments: Iterable[discord.Attachment], message: discord.Message) -> Iterable[Media]:
    return (media_of(attachment, message.channel.id, message.id) for attachment in attachments)


def _person(message: discord.Message, *, is_admin: bool) -> Person:
    """A message does not say what its author's Discord speaks; a server does."""
    author, guild = message.author, message.guild
    language = "" if guild is None else str(guild.preferred_locale)
    return Person(str(author.id), author.display_name, language, is_admin)


def _manages(message: discord.Message) -> bool:
    if not isinstance(message.author, discord.Member):
        return False
    held = permissions.held_in(message.channel, message.author) or message.author.guild_permissions
    return permissions.manages(held)


def _missing(message: discord.Message) -> tuple[str, ...]:
    own = None if message.guild is None else message.guild.me
    return () if own is None else permissions.missing_in(message.channel, own)
