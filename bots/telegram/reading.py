"""Answers and updates that the library can read. An update that it cannot (a newer or an older server's) is passed
over, not asked for again and again: Telegram's JSON comes in, the same goes out without it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import structlog
from telegram import Update
from telegram.request import BaseRequest, HTTPXRequest, RequestData

from bots.telegram.answers import understood
from bots.telegram.faults import AnswerUnreadable
from bots.telegram.gaps import filled

log = structlog.get_logger(__name__)

_UNREADABLE = (TypeError, ValueError, KeyError, AttributeError)
"""What the library's constructors raise for what is missing or of another type."""


def readable(update: dict[str, Any]) -> dict[str, Any]:
    """The update, or only its id. Raises KeyError, TypeError or ValueError for what is no update at all."""
    number = int(update["update_id"])
    try:
        Update.de_json(update, None)
    except _UNREADABLE:
        return _filled(update, number)
    return update


def _filled(update: dict[str, Any], number: int) -> dict[str, Any]:
    whole: dict[str, Any] = filled(update)
    try:
        Update.de_json(whole, None)
    except _UNREADABLE as error:
        kinds = ", ".join(sorted(set(update) - {"update_id"}))
        log.warning("update_not_readable", update=number, kind=kinds, reason=type(error).__name__)
        return {"update_id": number}
    return whole


class Request(HTTPXRequest):
    """The library's request, for answers that are not all Telegram's own."""

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        status, body = await super().do_request(
            url, method, request_data, read_timeout, write_timeout, connect_timeout, pool_timeout
        )
        return understood(url.rpartition("/")[2], status, body)

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """What `do_request` gave: a JSON object."""
        return _parsed(payload, filled)


class UpdatesRequest(Request):
    """The request for updates, whose answers hold readable ones alone."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        return _parsed(payload, _updates)


def _parsed(payload: bytes, read: Callable[[Any], Any]) -> dict[str, Any]:
    """`read`: what the result becomes, where there is one."""
    answer: dict[str, Any] = json.loads(payload.decode("utf-8", "replace"))
    if "result" in answer:
        answer["result"] = read(answer["result"])
    return answer


def _updates(found: object) -> list[dict[str, Any]]:
    """Raises `AnswerUnreadable` for what is no list of them."""
    if not isinstance(found, list):
        raise AnswerUnreadable
    updates = []
    for update in found:
        try:
            updates.append(readable(update))
        except _UNREADABLE:
            # It has no number by which it could be asked for or passed over.
            log.warning("update_without_number")
    return updates
