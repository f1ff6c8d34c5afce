"""Who is let in: the operator's lists of chats and people, from the settings and from the commands /allow and /block.

Names are `platform:id`, of a person or of a chat (without its thread). Where anybody is on the list of those let in,
everybody else is kept out; who is blocked is kept out whatever else is said. Operators always come in. A chat that goes
on under another id takes with it what was said of it under the old one.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis

from core.chat import ChatRef
from core.store.connection import chat_key, key

TOLD_SECONDS = 24 * 3600
"""For which somebody who is kept out is not told so again."""

FORMER_SECONDS = 365 * 24 * 3600
"""For which a chat's former names are kept after anybody wrote there: the settings may still name it by one."""

FORMER = "formerly"
"""The end of the key of a chat's former names."""

_NAME = re.compile(r"[a-z]+:[^\s:|,]+")


class List(StrEnum):
    ALLOW = "allow"
    BLOCK = "block"


class Standing(StrEnum):
    OPEN = "open"
    BLOCKED = "blocked"
    NOT_LET_IN = "not let in"


def is_name(text: str) -> bool:
    """Whether a text is a name of these lists."""
    return _NAME.fullmatch(text) is not None


class Lists:
    """`allow`, `block`, `operators`: what the settings say; what the commands say is kept in Redis beside it."""

    def __init__(
        self,
        redis: Redis,
        *,
        allow: Collection[str] = (),
        block: Collection[str] = (),
        operators: Collection[str] = (),
    ) -> None:
        self._redis = redis
        self._fixed = {List.ALLOW: frozenset(allow), List.BLOCK: frozenset(block)}
        self._operators = frozenset(operators)

    def is_operator(self, platform: str, person: str) -> bool:
        return f"{platform}:{person}" in self._operators

    async def standing(self, chat: ChatRef, person: str) -> Standing:
        """Whether this person is let in, in this chat."""
        if self.is_operator(chat.platform, person):
            return Standing.OPEN
        names = [f"{chat.platform}:{person}", _name(chat)]
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.smismember(_list(List.BLOCK), names)
            pipe.smismember(_list(List.ALLOW), names)
            pipe.scard(_list(List.ALLOW))
            pipe.getex(_former(chat), ex=FORMER_SECONDS)
            blocked, allowed, count, former = await pipe.execute()
        names += str(former or "").split()
        if any(blocked) or not self._fixed[List.BLOCK].isdisjoint(names):
            return Standing.BLOCKED
        fixed = self._fixed[List.ALLOW]
        if (count or fixed) and not any(allowed) and fixed.isdisjoint(names):
            return Standing.NOT_LET_IN
        return Standing.OPEN

    async def tell(self, chat: ChatRef, person: str) -> bool:
        """True once a day for each person in a private chat, or for each group (`person` is "" there)."""
        return bool(await self._redis.set(chat_key(chat, "kept-out", person), "1", nx=True, ex=TOLD_SECONDS))

    async def names(self, which: List) -> tuple[str, ...]:
        """Everybody on a list, in order."""
        found = cast("set[str]", await self._redis.smembers(_list(which)))
        return tuple(sorted(self._fixed[which] | found))

    async def fixed(self, which: List, names: Collection[str]) -> tuple[str, ...]:
        """Those of the names that the settings say, by these or by former ones: no command takes them off."""
        found = [name for name in names if not self._fixed[which].isdisjoint({name, *await self._formerly(name)})]
        return tuple(sorted(found))

    async def _formerly(self, name: str) -> list[str]:
        return str(await self._redis.get(_former(ChatRef.parse(name))) or "").split()

    async def add(self, which: List, names: Collection[str]) -> None:
        await self._redis.sadd(_list(which), *names)

    async def remove(self, which: List, names: Collection[str]) -> None:
        await self._redis.srem(_list(which), *names)


async def carry_over(redis: Redis, old: ChatRef, new: ChatRef) -> None:
    """What is said of a chat is said of it under its new id. May be done twice."""
    before, now = _name(old), _name(new)
    for which in List:
        if await redis.sismember(_list(which), before):
            await redis.sadd(_list(which), now)
            await redis.srem(_list(which), before)
    earlier = str(await redis.get(_former(old)) or "").split()
    await redis.set(_former(new), " ".join([*earlier, before]), ex=FORMER_SECONDS)


def _name(chat: ChatRef) -> str:
    return f"{chat.platform}:{chat.chat}"


def _former(chat: ChatRef) -> str:
    return chat_key(ChatRef(chat.platform, chat.chat), FORMER)


def _list(which: List) -> str:
    return key("list", which.value)
