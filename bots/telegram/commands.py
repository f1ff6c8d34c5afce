"""The commands in Telegram's menus, for each kind of chat, for each operator, and in each language; written only when
they have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
)
from telegram.error import BadRequest

from bots.telegram import faults
from bots.telegram.bot import TelegramBot
from bots.telegram.words import descriptions, descriptions_for_operators
from core.store.notes import Notes
from core.texts import LANGUAGES

log = structlog.get_logger(__name__)

_KEEP = 365 * 24 * 3600
_DEFAULT = "en"
"""The language of the list for whoever speaks none of ours."""

_List = tuple[BotCommandScope, str, tuple[tuple[str, str], ...]]
"""Where it is shown, in which language, and what: command and description."""


async def register(bot: TelegramBot, notes: Notes, operators: Collection[str]) -> None:
    """Set every list. Raises the library's errors: the caller tries again.

    `operators`: ids of people. One who never wrote to the bot has no chat with it: it is tried again at the next start.
    """
    await _set(
        bot,
        notes,
        "commands",
        [
            (scope, language, descriptions(language, private=private, admin=admin))
            for scope, private, admin in _scopes()
            for language in LANGUAGES
        ],
    )
    for person in sorted(operators):
        lists = [(BotCommandScopeChat(person), each, descriptions_for_operators(each)) for each in LANGUAGES]
        try:
            await _set(bot, notes, f"commands-{person}", lists)
        except BadRequest as error:
            log.info("operator_without_commands", person=person, reason=faults.told(error))


async def _set(bot: TelegramBot, notes: Notes, name: str, lists: Iterable[_List]) -> None:
    """`name`: of the note that says how they were set last."""
    lists = [(scope, "" if language == _DEFAULT else language, commands) for scope, language, commands in lists]
    record = json.dumps([(scope.type, language, commands) for scope, language, commands in lists])
    digest = hashlib.sha256(record.encode()).hexdigest()
    note = f"{name}:{bot.token.partition(':')[0]}"
    if await notes.read(note) == digest:
        return
    for scope, language, commands in lists:
        await bot.set_my_commands(
            [BotCommand(command, text) for command, text in commands], scope=scope, language_code=language or None
        )
    await notes.write(note, digest, _KEEP)


def _scopes() -> tuple[tuple[BotCommandScope, bool, bool], ...]:
    """Scope, whether it is of private chats, whether it is of administrators."""
    return (
        (BotCommandScopeAllPrivateChats(), True, True),
        (BotCommandScopeAllGroupChats(), False, False),
        (BotCommandScopeAllChatAdministrators(), False, True),
    )
