"""What Discord answers when it does not do what it is asked, in its own form and words.

{"code": …, "message": …, "errors": {…}}: https://discord.com/developers/docs/reference#error-messages; codes and words:
https://discord.com/developers/docs/topics/opcodes-and-status-codes#json.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.counterparts.telegram.bodies import Json


class Refused(Exception):
    """A request that is answered with an error. `body`: instead of Discord's JSON, e.g. a proxy's page."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: Json | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = body
        self.answer: Json = {"message": message, "code": code, **(extra or {})}
        if errors:
            self.answer["errors"] = errors


class Breach(Refused):
    """A request that no bot should make: it breaks the description or a published limit. `problems`: for the test."""

    def __init__(self, problems: list[str], errors: Json | None = None) -> None:
        super().__init__(
            400, 50035, "Invalid Form Body", errors=errors or {"_errors": [_error("INVALID", problems[0])]}
        )
        self.problems = problems


def breach(field: str, code: str, message: str) -> Breach:
    """One field that is wrong. `field`: its way through the body, "components.0.label"."""
    errors: Json = {"_errors": [_error(code, message)]}
    for name in reversed(field.split(".")):
        errors = {name: errors}
    return Breach([f"{field}: {message}"], errors)


def _error(code: str, message: str) -> Json:
    return {"code": code, "message": message}


def missing_access() -> Refused:
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    return Refused(403, 50013, "Missing Permissions")


def unknown(what: str) -> Refused:
    """404 for a Channel, Guild, Message, User, Interaction, Webhook, Member or application command."""
    return Refused(404, _UNKNOWN[what], f"Unknown {what}")


_UNKNOWN = {
    "Channel": 10003,
    "Guild": 10004,
    "Member": 10007,
    "Message": 10008,
    "User": 10013,
    "Webhook": 10015,
    "Interaction": 10062,
    "application command": 10063,
}


def flooded(seconds: float, scope: str = "user") -> Refused:
    """https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit. `scope`: user, global or shared.

    `Via` tells Discord's own answer from one of the proxy before it, and discord.py looks for it.
    """
    is_global = scope == "global"
    headers = {"Retry-After": str(max(1, round(seconds))), "X-RateLimit-Scope": scope, "Via": "1.1 google"}
    if is_global:
        headers["X-RateLimit-Global"] = "true"
    extra = {"retry_after": seconds, "global": is_global}
    refused = Refused(429, 0, "You are being rate limited.", extra=extra, headers=headers)
    del refused.answer["code"]
    return refused


def too_large(form: str) -> Refused:
    """An upload over the limit: "413", "413 html", "413 empty" or "400"."""
    words = "Request entity too large"
    match form:
        case "413":
            return Refused(413, 40005, words)
        case "400":
            return Refused(400, 40005, words)
        case "413 html":
            page = b"<html><head><title>413 Request Entity Too Large</title></head><body></body></html>"
            return Refused(413, 0, words, body=page, headers={"Content-Type": "text/html"})
        case "413 empty":
            return Refused(413, 0, words, body=b"", headers={"Content-Type": "text/plain"})
    raise AssertionError(form)
