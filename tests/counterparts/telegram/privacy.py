"""What a bot with privacy mode sees of a group: a message in, whether it is delivered out.

The published rule (https://core.telegram.org/bots/features#privacy-mode): commands explicitly meant for the bot,
general commands if the bot was the last to send a message to the group, messages sent via the bot, and replies to
messages implicitly or explicitly meant for it; besides, every service message. A mere mention is not delivered, and
administrators see everything.
"""

from __future__ import annotations

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.entities import cut


def is_delivered(message: Json, *, username: str, reply_was_meant: bool, other_bot_was_last: bool) -> bool:
    """`reply_was_meant`: the message answers one by the bot, or one that was meant for it."""
    if message.get("via_bot", {}).get("username") == username or reply_was_meant:
        return True
    commands = _commands(message)
    if any(command.lower().endswith(f"@{username.lower()}") for command in commands):
        return True
    return not other_bot_was_last and any("@" not in command for command in commands)


def mentions(message: Json, username: str) -> bool:
    """Whether the words name the bot, which does not deliver them."""
    return f"@{username.lower()}" in (each.lower() for each in _words(message, "mention"))


def _commands(message: Json) -> list[str]:
    return _words(message, "bot_command")


def _words(message: Json, kind: str) -> list[str]:
    place, entities = ("text", "entities") if "text" in message else ("caption", "caption_entities")
    return [cut(message[place], each) for each in message.get(entities, []) if each["type"] == kind]
