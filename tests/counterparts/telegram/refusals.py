"""What Telegram answers when it does not do what it is asked, in its own words.

The words are those of the Bot API server (github.com/tdlib/telegram-bot-api, Client.cpp) and of TDLib.
"""

from __future__ import annotations

from tests.counterparts.telegram.bodies import Json


class Refused(Exception):
    """A request that is answered with an error. `parameters`: the answer's ResponseParameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    @property
    def answer(self) -> Json:
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return answer | ({"parameters": self.parameters} if self.parameters else {})


class Breach(Refused):
    """A request that no bot should make: it breaks the description or a published limit. `what`: for the test."""

    def __init__(self, what: str, answer: str, code: int = 400) -> None:
        super().__init__(code, f"Bad Request: {answer}" if code == 400 else answer)
        self.what = what


def bad_request(what: str) -> Refused:
    return Refused(400, f"Bad Request: {what}")


def forbidden(what: str) -> Refused:
    return Refused(403, f"Forbidden: {what}")


def conflict(what: str) -> Refused:
    return Refused(409, f"Conflict: {what}")


def flooded(seconds: int) -> Refused:
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
