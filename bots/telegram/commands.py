"""The commands in Telegram's menus, for each kind of chat and each language; written only when they have changed."""

from __future__ import annotations

import hashlib
import json

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)

from bots.telegram.bot import TelegramBot
from bots.telegram.words import descriptions
from core.store.notes import Notes
from core.texts import LANGUAGES

_KEEP = 365 * 24 * 3600
_DEFAULT = "en"
"""The language of the list for whoever speaks none of ours."""


async def register(bot: TelegramBot, notes: Notes) -> None:
    """Set every list. Raises the library's errors: the caller tries again."""
    lists = [
        (scope, "" if language == _DEFAULT else language, descriptions(language, private=private, admin=admin))
        for scope, private, admin in _scopes()
        for language in LANGUAGES
    ]
    record = json.dumps([(scope.type, language, commands) for scope, language, commands in lists])
    digest = hashlib.sha256(record.encode()).hexdigest()
    name = f"commands:{bot.token.partition(':')[0]}"
    if await notes.read(name) == digest:
        return
    for scope, language, commands in lists:
        await bot.set_my_commands(
            [BotCommand(command, text) for command, text in commands], scope=scope, language_code=language or None
        )
    await notes.write(name, digest, _KEEP)


def _scopes() -> tuple[tuple[BotCommandScope, bool, bool], ...]:
    """Scope, whether it is of private chats, whether it is of administrators."""
    return (
        (BotCommandScopeAllPrivateChats(), True, True),
        (BotCommandScopeAllGroupChats(), False, False),
        (BotCommandScopeAllChatAdministrators(), False, True),
    )
