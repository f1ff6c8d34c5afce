"""What an error of Discord's API means. The library's errors come in, ours go out, without any token in their text.

The codes are the published ones (Topics, "Opcodes and Status Codes", JSON).
"""

from __future__ import annotations

from contextlib import suppress

import aiohttp
import discord

from core import chat


class Unsent(OSError):
    """Discord could not be reached, or did not do it."""


class Refused(Unsent):
    """Discord answered that it does not do it, and did nothing. `code`: its own number for the reason, 0 for none."""

    def __init__(self, status: int, code: int, told: str) -> None:
        super().__init__(f"{told or 'refused'} ({status}, code {code})")
        self.status = status
        self.code = code


class NotNow(Unsent):
    """It had no effect and may go again as it is, after so many seconds at the soonest."""

    def __init__(self, told: str, seconds: float = 0.0) -> None:
        super().__init__(told)
        self.seconds = seconds


class Unanswered(Unsent, chat.OutcomeUnknown):
    """The request went out and no answer came: it may or may not have had its effect."""


UNKNOWN_CHANNEL = 10003
UNKNOWN_GUILD = 10004
UNKNOWN_MESSAGE = 10008
UNKNOWN_USER = 10013
UNKNOWN_WEBHOOK = 10015
ENTITY_TOO_LARGE = 40005
ACKNOWLEDGED = 40060
MOST_FOLLOW_UPS = 40094
MISSING_ACCESS = 50001
DMS_CLOSED = 50007
NO_TEXT_CHANNEL = 50008
MISSING_PERMISSIONS = 50013
INVALID_TOKEN = 50027
INVALID_RECIPIENTS = 50033
INVALID_FORM = 50035
FILE_TOO_LARGE = 50045
ARCHIVED_THREAD = 50083
NO_MUTUAL_GUILD = 50278
NO_HISTORY = 160002
LOCKED_THREAD = 160005

_GONE = frozenset(
    {UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_USER, MISSING_ACCESS, MISSING_PERMISSIONS, DMS_CLOSED, NO_TEXT_CHANNEL}
    | {INVALID_RECIPIENTS, ARCHIVED_THREAD, NO_MUTUAL_GUILD, LOCKED_THREAD}
)

_TOLD = 200
"""Characters of Discord's own words that are kept."""


def chat_gone(refused: Refused) -> bool:
    """Removed, muted, locked, deleted, closed: nothing can be said there any more."""
    return refused.code in _GONE


def message_gone(refused: Refused) -> bool:
    return refused.code == UNKNOWN_MESSAGE


def too_large(refused: Refused) -> bool:
    """Also as a proxy before Discord says it: with its status alone."""
    return refused.status == 413 or refused.code in {ENTITY_TOO_LARGE, FILE_TOO_LARGE}


def token_over(refused: Refused) -> bool:
    """The interaction can no longer be answered: "Invalid Webhook Token" and its like."""
    return refused.status == 401 or refused.code in {INVALID_TOKEN, UNKNOWN_WEBHOOK}


def cannot_reply(refused: Refused) -> bool:
    """It may go without naming what it answers: the history cannot be read, or that is no message of a person."""
    return refused.code in {NO_HISTORY, INVALID_FORM, UNKNOWN_MESSAGE}


def own(error: Exception) -> Unsent:
    """Anything that a call through discord.py raises. Its text may quote an address, which may hold a token."""
    match error:
        case Unsent():
            return error
        case discord.LoginFailure():
            return Unsent("Discord does not accept DISCORD_TOKEN")
        case discord.RateLimited():
            return NotNow("rate limited", error.retry_after)
        case discord.HTTPException() if error.status == 429:
            return NotNow("rate limited", _retry_after(error))
        case discord.HTTPException() if error.status >= 500:
            return Unanswered(f"Discord has a problem of its own ({error.status})")
        case discord.HTTPException():
            # Without a code it is a proxy's page.
            return Refused(error.status, error.code, error.text[:_TOLD] if error.code else "")
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError() | aiohttp.ClientHttpProxyError():
            return NotNow(f"Discord cannot be reached ({type(error).__name__})")
        case _:
            return Unanswered(f"Discord did not answer ({type(error).__name__})")


def unreadable(status: int | None) -> Unsent:
    """An answer that is neither Discord's JSON nor text: a proxy's. Its status is all that it says."""
    match status:
        case None:
            return Unanswered("Discord did not answer")
        case 429:
            return NotNow("rate limited")
        case _ if 400 <= status < 500:
            return Refused(status, 0, "")
        case _:
            return Unanswered(f"the answer is none of Discord's ({status})")


def _retry_after(error: discord.HTTPException) -> float:
    with suppress(TypeError, ValueError):
        return max(0.0, float(error.response.headers.get("Retry-After", "")))
    return 0.0
