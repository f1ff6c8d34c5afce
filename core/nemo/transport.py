"""The leaf that touches the network: a request in, an open response out, httpx's failures turned into ours."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from core.nemo.errors import BadAnswer, Interrupted, TimedOut, Unreachable
from core.nemo.options import NemoOptions

ANSWER_BYTES = 32 * 1024 * 1024
"""The longest JSON answer that is read."""

_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)

# At INFO it writes every URL, and an export's URL may be signed.
logging.getLogger("httpx").setLevel(logging.WARNING)


def open_client(options: NemoOptions) -> httpx.AsyncClient:
    """Follows no redirect and keeps no cookie: either could carry one account's identity to another or elsewhere."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(
        follow_redirects=False,
        cookies=no_cookies,
        verify=_trusted(),
        timeout=httpx.Timeout(options.idle_timeout, connect=options.connect_timeout),
        # Many jobs share the client, each may hold a stream for minutes; and a connection that idled for long may be
        # closed by the other side just when a message goes out on it, which would leave its fate unknown.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=2),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Made once: reading the certificates takes longer than everything else about a client."""
    return httpx.create_ssl_context()


@contextmanager
def failures(call: str) -> Iterator[None]:
    """Turns what httpx raises into `Unreachable`, `TimedOut`, `Interrupted` or `BadAnswer`.

    The cause is left out: a protocol error's text may quote a header, and so a token.
    """
    try:
        yield
    except _NOT_SENT as error:
        raise Unreachable(call, reason=type(error).__name__) from None
    except (UnicodeError, OverflowError, ExceptionGroup):
        # A host that no resolver can be asked for, or a port that no socket has (in a group, from the task that
        # connects): httpx lets these through.
        raise Unreachable(call, reason="address") from None
    except (httpx.TimeoutException, TimeoutError) as error:
        raise TimedOut(call, accepted=None, reason=type(error).__name__) from None
    except httpx.DecodingError:
        raise BadAnswer(call, accepted=None, reason="encoding") from None
    except httpx.TooManyRedirects:
        raise BadAnswer(call, accepted=None, reason="redirect") from None
    except httpx.TransportError as error:
        raise Interrupted(call, accepted=None, reason=type(error).__name__) from None


@asynccontextmanager
async def exchange(http: httpx.AsyncClient, call: str, request: httpx.Request) -> AsyncIterator[httpx.Response]:
    """Send a request and hold its response open; the body is read through `response.aiter_bytes()` inside."""
    with failures(call):
        response = await http.send(request, stream=True)
        try:
            yield response
        finally:
            await response.aclose()


async def whole_body(call: str, response: httpx.Response) -> bytes:
    """The body of a JSON answer. Raises `BadAnswer` where it goes on for too long."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > ANSWER_BYTES:
            raise BadAnswer(call, code=response.status_code, accepted=None, reason="too_long")
    return bytes(body)


@asynccontextmanager
async def time_limit(call: str, seconds: float) -> AsyncIterator[None]:
    """Raises `TimedOut` when the block takes longer, however steadily its bytes drip."""
    with failures(call):
        async with asyncio.timeout(seconds):
            yield
