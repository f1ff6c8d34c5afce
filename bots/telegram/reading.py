"""Updates that the library can read. One that it cannot (a newer or an older server's) is passed over, not asked for
again and again: Telegram's JSON comes in, the same goes out without it.
"""

from __future__ import annotations

from typing import Any

import structlog
from telegram import Update
from telegram.request import HTTPXRequest

log = structlog.get_logger(__name__)

_UNREADABLE = (TypeError, ValueError, KeyError, AttributeError)
"""What the library's constructors raise for what is missing or of another type."""


def readable(update: dict[str, Any]) -> dict[str, Any]:
    """The update, or only its id. Raises KeyError, TypeError or ValueError for what is no update at all."""
    number = int(update["update_id"])
    try:
        Update.de_json(update, None)
    except _UNREADABLE as error:
        kinds = ", ".join(sorted(set(update) - {"update_id"}))
        log.warning("update_not_readable", update=number, kind=kinds, reason=type(error).__name__)
        return {"update_id": number}
    return update


class UpdatesRequest(HTTPXRequest):
    """The library's request for updates, whose answers hold readable ones alone."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        answer = HTTPXRequest.parse_json_payload(payload)
        result = answer.get("result")
        if isinstance(result, list):
            answer["result"] = [readable(update) for update in result]
        return answer
