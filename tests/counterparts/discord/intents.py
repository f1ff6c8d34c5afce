"""What a bot asks to be told, and what its application was allowed to ask.

https://discord.com/developers/docs/events/gateway#gateway-intents
"""

from __future__ import annotations

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = {"members": GUILD_MEMBERS, "presences": GUILD_PRESENCES, "message_content": MESSAGE_CONTENT}
HIGHEST = 1 << 26
"""The first bit that no intent has."""


def application_flags(privileged: frozenset[str]) -> int:
    """GATEWAY_…_LIMITED: what an application in fewer than 100 guilds was allowed in its settings."""
    limited = {"presences": 1 << 13, "members": 1 << 15, "message_content": 1 << 19}
    return sum(bit for name, bit in limited.items() if name in privileged)


def is_told(intents: int, event: str, *, is_guild: bool) -> bool:
    """https://discord.com/developers/docs/events/gateway#list-of-intents"""
    if event == "INTERACTION_CREATE":
        return True
    if event.startswith("MESSAGE_"):
        return bool(intents & (GUILD_MESSAGES if is_guild else DIRECT_MESSAGES))
    if event.startswith("GUILD_MEMBER_"):
        return bool(intents & GUILD_MEMBERS)
    return bool(intents & GUILDS)
