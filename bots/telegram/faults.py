"""What an error of the Bot API means. The library's errors come in, plain answers go out.

Telegram tells errors apart by their words alone; those below are the Bot API server's own (github.com/tdlib/
telegram-bot-api, and the answers of api.telegram.org).
"""

from __future__ import annotations

import httpx
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError

from core import chat


class Unsent(chat.NotDone):
    """The Bot API could not be reached, or did not do it. Without the library's text, which may hold the token."""


class OutcomeUnknown(Unsent, chat.OutcomeUnknown):
    """The request went out and no answer came: it may or may not have had its effect."""


class NoSuchMethod(TelegramError):
    """The server does not know the method: not every server knows all of them."""

    def __init__(self, method: str) -> None:
        super().__init__(f"the server does not know {method}")


class AnswerUnreadable(NetworkError):
    """The server did what was asked, as its status says, and what else it says cannot be read."""

    def __init__(self) -> None:
        super().__init__("the answer cannot be read")


class CutShort(NetworkError):
    """The connection ended before the whole request was out: it had no effect."""


_GONE = (
    "chat not found",
    "user not found",
    "user is deactivated",
    "group chat was deactivated",
    "peer_id_invalid",
    "have no rights to send",
    "not enough rights to send",
    "need administrator rights in the channel",
    "chat_write_forbidden",
    "chat_restricted",
    "chat_send_",
    "message thread not found",
    "topic_closed",
    "topic_deleted",
)

_NO_VIDEOS = ("not enough rights to send video", "chat_send_videos_forbidden", "chat_send_media_forbidden")

_TOO_LARGE = ("entity too large", "content too large", "too big")

_IN_VAIN = ("timed out", "gateway timeout", "gateway time-out")


def chat_gone(error: TelegramError) -> bool:
    """Blocked, removed, muted, deleted: nothing can be said there any more."""
    return isinstance(error, Forbidden) or (isinstance(error, BadRequest) and _says(error, _GONE))


def message_gone(error: TelegramError) -> bool:
    """The message that was to be changed is not there, or cannot be changed, for whatever reason Telegram has."""
    refused = isinstance(error, BadRequest) and not chat_gone(error) and not unchanged(error)
    return refused or isinstance(error, NoSuchMethod)


def videos_forbidden(error: TelegramError) -> bool:
    """Words may be said there, and no video may be posted."""
    return isinstance(error, BadRequest | Forbidden) and _says(error, _NO_VIDEOS)


def too_big_to_post(error: TelegramError) -> bool:
    """The server takes no request of this size (413), or no such file."""
    return isinstance(error, NetworkError) and _says(error, _TOO_LARGE)


def query_too_old(error: TelegramError) -> bool:
    """The press was answered before, or so long ago that nobody waits for an answer."""
    return isinstance(error, BadRequest) and _says(error, ("query is too old", "query_id_invalid"))


def unchanged(error: TelegramError) -> bool:
    return isinstance(error, BadRequest) and _says(error, ("message is not modified",))


def has_no_text(error: TelegramError) -> bool:
    """The message is a video: it has a caption instead."""
    return isinstance(error, BadRequest) and _says(error, ("there is no text in the message",))


def too_big_to_fetch(error: TelegramError) -> bool:
    return isinstance(error, BadRequest) and _says(error, ("file is too big",))


def never_arrived(error: TelegramError) -> bool:
    """The request certainly had no effect, and may go again as it is."""
    if isinstance(error, CutShort | AnswerUnreadable):
        return isinstance(error, CutShort)
    cause = error.__cause__
    if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.WriteTimeout):
        return True
    # An answer that is none of the above: 5xx. Behind a gateway that waited in vain, it may have been done.
    return transient(error) and cause is None and not too_big_to_post(error) and not _says(error, _IN_VAIN)


def transient(error: TelegramError) -> bool:
    """It may go well next time."""
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


def told(error: TelegramError) -> str:
    """For the log and for messages of our own errors: what Telegram said, or the kind of the network's error."""
    cause = error.__cause__
    if cause is None or isinstance(error, RetryAfter | BadRequest | Forbidden | InvalidToken):
        return error.message
    return f"{type(error).__name__} ({type(cause).__name__})"


def _says(error: TelegramError, words: tuple[str, ...]) -> bool:
    said = error.message.lower()
    return any(word in said for word in words)
