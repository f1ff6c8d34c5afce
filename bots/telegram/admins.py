"""Who manages a group: asked of Telegram where it matters, and remembered for a minute."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from telegram.constants import ChatMemberStatus
from telegram.error import TelegramError

from bots.telegram import faults
from bots.telegram.bot import TelegramBot
from core.chat import ChatKind, ChatRef, Incoming, Person

log = structlog.get_logger(__name__)

MEMORY_SECONDS = 60.0

_MANY = 10_000
_MANAGE = (ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR)


class Admins:
    """`clock`: seconds of any steady clock."""

    def __init__(self, bot: TelegramBot, clock: Callable[[], float]) -> None:
        self._bot = bot
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, bool]] = {}

    async def manages(self, chat: ChatRef, person: Person) -> bool:
        """Whether the person is an administrator. Telegram away, or a person who left, counts as no."""
        now = self._clock()
        known = self._known.get((chat.chat, person.id))
        if known is not None and known[0] > now:
            return known[1]
        try:
            member = await self._bot.get_chat_member(int(chat.chat), int(person.id))
        except TelegramError as error:
            log.warning("admin_not_known", chat=chat.key, reason=faults.told(error))
            return False
        if len(self._known) > _MANY:
            self._known.clear()
        self._known[chat.chat, person.id] = (now + MEMORY_SECONDS, member.status in _MANAGE)
        return member.status in _MANAGE


def matters(incoming: Incoming) -> bool:
    """Whether an answer depends on it: on words or commands in a group, which may change its settings or end jobs.

    A command may come with the photo that it answers.
    """
    is_asked_for = incoming.command is not None or not incoming.media
    return incoming.chat_kind is not ChatKind.PRIVATE and not incoming.person.is_admin and is_asked_for
