"""Who is let in and how much they may have, in words: what is said where a message is not acted on."""

from __future__ import annotations

import math

from core.chat import ChatKind, ChatRef, Press
from core.conversation.means import Heard, Means
from core.store.lists import Standing
from core.store.shares import Refused, Why
from core.texts import Speaker


async def let_in(means: Means, heard: Heard) -> bool:
    """Whether the message is acted on; where it is not, its sender is told so once a day.

    Not in a group that is blocked, and not of a person who is blocked there: others would read it.
    """
    incoming = heard.incoming
    standing = await _standing(means, heard.chat, heard.person)
    if standing is Standing.OPEN:
        return True
    is_private = incoming.chat_kind is ChatKind.PRIVATE
    if (is_private or standing is Standing.NOT_LET_IN) and await means.lists.tell(
        heard.chat, heard.person if is_private else ""
    ):
        await heard.reply(kept_out(standing, heard.chat, heard.person, heard.say, is_private=is_private))
    return False


async def refused_press(means: Means, press: Press, say: Speaker) -> str | None:
    """What is said to whoever may press nothing."""
    standing = await _standing(means, press.chat, press.person.id)
    if standing is Standing.OPEN:
        return None
    is_private = press.chat_kind is ChatKind.PRIVATE
    return kept_out(standing, press.chat, press.person.id, say, is_private=is_private)


async def _standing(means: Means, chat: ChatRef, person: str) -> Standing:
    if chat.platform in means.lists_spare:
        return Standing.OPEN
    return await means.lists.standing(chat, person)


def kept_out(standing: Standing, chat: ChatRef, person: str, say: Speaker, *, is_private: bool) -> str:
    if standing is Standing.BLOCKED:
        return say("The operator of this bot does not let it work for you.")
    name = f"{chat.platform}:{person if is_private else chat.chat}"
    return say("This bot works only for those whom its operator lets in. Ask the operator, naming {name}.", name=name)


def refusal(refused: Refused, say: Speaker, now: float) -> str:
    """One sentence of what is used up and when it is there again. `now`: seconds since the epoch."""
    n = refused.limit
    match refused.why:
        case Why.QUEUE_PERSON:
            return say("As many requests of yours are waiting as may ({n}). Send more when some of them are done.", n=n)
        case Why.QUEUE_CHAT:
            return say(
                "As many requests are waiting in this chat as may ({n}). Send more when some of them are done.", n=n
            )
        case _ if refused.again is None:
            return say("The operator has set the number of videos here to none.")
        case Why.QUOTA_PERSON:
            wait = _span(refused.again - now, say)
            return say(
                "You have had your videos of today ({n} a day); it goes on at 00:00 UTC, in {wait}.", n=n, wait=wait
            )
        case _:
            wait = _span(refused.again - now, say)
            return say(
                "This chat has had its videos of today ({n} a day); it goes on at 00:00 UTC, in {wait}.", n=n, wait=wait
            )


def _span(seconds: float, say: Speaker) -> str:
    hours, minutes = divmod(max(1, math.ceil(seconds / 60)), 60)
    if not hours:
        return say("{minutes} min", minutes=minutes)
    return say("{hours} h {minutes} min", hours=hours, minutes=minutes)
