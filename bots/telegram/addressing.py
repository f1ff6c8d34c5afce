"""Whether a message of a group or channel means the bot. Telegram's messages come in, plain answers go out.

Addressed are: a command for this bot, a mention of it in text or caption, a reply to a message of its own. A command
that names another bot, or that this bot does not have and nobody addressed to it, is none of its business.

Telegram marks commands and names in a text. Where nothing at all is marked, as servers for tests may leave it, they
are found by their looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from telegram import Chat, Message, MessageEntity
from telegram.constants import ChatID

from core.texts.lengths import units

_COMMAND = re.compile(r"/[a-z]\w{0,31}(?:@\w+)?(?=\s|$)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Me:
    """The bot's own account."""

    id: int
    username: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """A message's words, without what addresses the bot."""

    text: str
    command: str | None = None
    """The command at the very beginning, or behind the bot's name there; without slash and name."""
    named: bool = False
    """The bot is mentioned, or its name stands behind the command."""
    for_another: bool = False
    """The command names another bot."""


def spoken(message: Message, me: Me) -> Spoken:
    """The words of a text or caption; links behind words are written out."""
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or _by_looks(text, me)
    encoded = text.encode("utf-16-le")
    command: str | None = None
    named = for_another = False
    cuts: list[tuple[int, int, str]] = []
    for entity in sorted(entities, key=lambda each: each.offset):
        start, end = entity.offset, entity.offset + entity.length
        said = encoded[2 * start : 2 * end].decode("utf-16-le", "ignore")
        match entity.type:
            case MessageEntity.BOT_COMMAND if command is None and not _without(cuts, encoded[: 2 * start]):
                name, _, bot = said.removeprefix("/").partition("@")
                command = name.lower()
                mine = bot.casefold() == me.username.casefold()
                named = named or (bool(bot) and mine)
                for_another = bool(bot) and not mine
                cuts.append((start, end, ""))
            case MessageEntity.MENTION if said.removeprefix("@").casefold() == me.username.casefold():
                named = True
                cuts.append((start, end, ""))
            case MessageEntity.TEXT_MENTION if entity.user is not None and entity.user.id == me.id:
                named = True
                cuts.append((start, end, ""))
            case MessageEntity.TEXT_LINK if entity.url:
                cuts.append((end, end, f" {entity.url} "))
    return Spoken(_without(cuts, encoded), command, named, for_another)


def _without(cuts: list[tuple[int, int, str]], encoded: bytes) -> str:
    """The text (UTF-16) with other words in some places, and without what stands around a name."""
    for start, end, instead in sorted(cuts, reverse=True):
        encoded = encoded[: 2 * start] + instead.encode("utf-16-le") + encoded[2 * end :]
    return encoded.decode("utf-16-le", "ignore").strip(" ,:，：\n\t")


def _by_looks(text: str, me: Me) -> list[MessageEntity]:
    """The command at the text's beginning, and the bot's name in it."""
    found = [(MessageEntity.BOT_COMMAND, match) for match in [_COMMAND.match(text)] if match]
    if me.username:
        name = re.compile(rf"(?<![\w@./])@{re.escape(me.username)}(?!\w)", re.IGNORECASE)
        found += [(MessageEntity.MENTION, match) for match in name.finditer(text)]
    return [MessageEntity(kind, units(text[: match.start()]), units(match.group())) for kind, match in found]


def answered(message: Message) -> Message | None:
    """The message that this one answers. In a topic, every message "answers" the one that opened it: that is none."""
    other = message.reply_to_message
    return None if other is None or other.forum_topic_created is not None else other


def speaks_as(message: Message) -> Chat | None:
    """The chat in whose name it was said: a channel, or the group itself by an administrator who hides behind it."""
    author = message.from_user
    hidden = author is not None and author.id == ChatID.ANONYMOUS_ADMIN
    return message.sender_chat or (message.chat if hidden else None)


def automatic(message: Message) -> bool:
    """Whether nobody wrote it here: a channel's post that its discussion group got, or a message from another bot."""
    author = message.from_user
    by_bot = author is not None and author.is_bot and speaks_as(message) is None
    return bool(message.is_automatic_forward) or by_bot
