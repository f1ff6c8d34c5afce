"""Who may talk to the page's server at all, and what every answer carries.

Rules over header values, and one ASGI layer that applies them before anything else sees a request: the name that
was asked for (against DNS rebinding), where a request that changes something came from (against forged requests),
and the headers that keep the page to itself.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

FILE_POLICY = "default-src 'none'; sandbox"
"""For what people uploaded: nothing in it may run, wherever it is opened."""

_SECURITY_HEADERS = {
    "content-security-policy": PAGE_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "cache-control": "no-store",
}

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


def names_served(host: str, more: Collection[str]) -> frozenset[str] | None:
    """The names under which a server bound to `host` answers; None where it answers to any.

    Bound to loopback, nobody but this machine's browsers reaches it, and a foreign name means that some web page
    has pointed its own name here. Bound to a network without a list, its names cannot be known.
    """
    listed = frozenset(name.strip().strip("[]").lower() for name in more if name.strip())
    if _is_loopback(host):
        return _LOOPBACK_NAMES | {host.lower()} | listed
    return listed | _LOOPBACK_NAMES if listed else None


def host_name(header: str) -> str:
    """The name in a Host header, without port and brackets, in lower case; empty where it is no such header."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def from_our_page(headers: Headers) -> bool:
    """Whether a request that changes something comes from this server's own page, or from no browser at all.

    Browsers say so in Sec-Fetch-Site, older ones in Origin; a client that sends neither is not a browser that could
    be led to forge a request.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower() != ""


class Guard:
    """The layer around the application. Answers 421 to a foreign name and 403 to a foreign page."""

    def __init__(self, app: ASGIApp, names: frozenset[str] | None) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        await (refusal or self._app)(scope, receive, send_guarded)

    def _refusal(self, method: str, headers: Headers) -> ASGIApp | None:
        name = host_name(headers.get("host", ""))
        if self._names is not None and name not in self._names:
            return PlainTextResponse(
                "This server does not answer to that name. Add it to WEB_ALLOWED_HOSTS if it is yours.\n", 421
            )
        if method not in ("GET", "HEAD") and not from_our_page(headers):
            return PlainTextResponse("This request did not come from the chat page. Open the page itself.\n", 403)
        return None


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
