"""Who is who without accounts: each browser is a private chat of its own, known by a secret in a cookie.

In come a request's cookie and headers, out goes the chat and the person. The chat's id is a digest of the secret: a
chat's id in a log or a file name opens nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from starlette.responses import Response

from core.chat import ChatRef, Person

PLATFORM = "web"
COOKIE = "stillreel"
_YEAR = 365 * 24 * 3600
_SECRET = re.compile(r"[0-9a-f]{32}")


def secret_of(cookies: Mapping[str, str]) -> str | None:
    """The visitor's secret, None for a new visitor."""
    secret = cookies.get(COOKIE, "")
    return secret if _SECRET.fullmatch(secret) else None


def chat_of(secret: str) -> ChatRef:
    return ChatRef(PLATFORM, hashlib.sha256(secret.encode()).hexdigest()[:32])


def person_of(chat: ChatRef, accept_language: str) -> Person:
    """The one person of a private chat, with the language that their browser asks for first."""
    first = re.split(r"[,;]", accept_language)[0].strip()
    return Person(id=chat.chat, language="" if first == "*" else first[:35], is_admin=True)


def remember(response: Response, secret: str, *, encrypted: bool) -> None:
    """Keep the secret in the visitor's browser for a year from now."""
    response.set_cookie(COOKIE, secret, max_age=_YEAR, path="/", httponly=True, samesite="strict", secure=encrypted)
