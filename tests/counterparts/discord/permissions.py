"""Who may do what where: roles, owners and overwrites in, a set of bits out.

https://discord.com/developers/docs/topics/permissions#permission-overwrites
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

BITS = {
    "ADMINISTRATOR": 1 << 3,
    "MANAGE_CHANNELS": 1 << 4,
    "MANAGE_GUILD": 1 << 5,
    "ADD_REACTIONS": 1 << 6,
    "VIEW_CHANNEL": 1 << 10,
    "SEND_MESSAGES": 1 << 11,
    "MANAGE_MESSAGES": 1 << 13,
    "EMBED_LINKS": 1 << 14,
    "ATTACH_FILES": 1 << 15,
    "READ_MESSAGE_HISTORY": 1 << 16,
    "MENTION_EVERYONE": 1 << 17,
    "USE_EXTERNAL_EMOJIS": 1 << 18,
    "USE_APPLICATION_COMMANDS": 1 << 31,
    "MANAGE_THREADS": 1 << 34,
    "CREATE_PUBLIC_THREADS": 1 << 35,
    "CREATE_PRIVATE_THREADS": 1 << 36,
    "SEND_MESSAGES_IN_THREADS": 1 << 38,
    "USE_EXTERNAL_APPS": 1 << 50,
}
ALL = reduce(or_, BITS.values())


def bits(names: Iterable[str]) -> int:
    """Raises KeyError for a name that Discord does not have."""
    return reduce(or_, (BITS[name] for name in names), 0)


EVERYONE = bits(
    [
        "ADD_REACTIONS",
        "VIEW_CHANNEL",
        "SEND_MESSAGES",
        "EMBED_LINKS",
        "ATTACH_FILES",
        "READ_MESSAGE_HISTORY",
        "USE_EXTERNAL_EMOJIS",
        "USE_APPLICATION_COMMANDS",
        "CREATE_PUBLIC_THREADS",
        "CREATE_PRIVATE_THREADS",
        "SEND_MESSAGES_IN_THREADS",
        "USE_EXTERNAL_APPS",
    ]
)
"""What a new guild allows everyone."""
PRIVATE = bits(
    ["VIEW_CHANNEL", "SEND_MESSAGES", "EMBED_LINKS", "ATTACH_FILES", "READ_MESSAGE_HISTORY", "ADD_REACTIONS"]
)
"""In direct messages."""
USER_INSTALLED = bits(["EMBED_LINKS", "ATTACH_FILES", "MENTION_EVERYONE", "USE_EXTERNAL_EMOJIS"])
"""`app_permissions` where the bot itself is no member
(https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object)."""


@dataclass(slots=True)
class Overwrite:
    """`kind`: 0 for a role, 1 for a member."""

    kind: int
    allow: int = 0
    deny: int = 0

    def change(self, allow: int, deny: int) -> None:
        self.allow = (self.allow | allow) & ~deny
        self.deny = (self.deny | deny) & ~allow


def overwritten(
    base: int, overwrites: dict[int, Overwrite], *, everyone: int, roles: Iterable[int], member: int
) -> int:
    """A member's bits in a channel from those in the guild. `everyone`: the id of that role, which is the guild's."""
    if base & BITS["ADMINISTRATOR"]:
        return ALL
    own = [overwrites[role] for role in roles if role in overwrites]
    steps = [
        [overwrites[everyone]] if everyone in overwrites else [],
        own,
        [overwrites[member]] if member in overwrites else [],
    ]
    for step in steps:
        base &= ~reduce(or_, (each.deny for each in step), 0)
        base |= reduce(or_, (each.allow for each in step), 0)
    return base
