"""A file fetched by its address: a URL comes in, its name and its bytes go out, or why it cannot be had.

An address is somebody else's words, and this program stands inside somebody's network: it connects to public addresses
alone. A name is resolved here, every address that it has is checked, and the connection is made to the address that
was checked, so that a name cannot mean another machine a moment later. Redirects go through the same gate.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import unquote

import httpx

MOST_REDIRECTS = 5
_CONNECT = 10.0
"""Seconds for a connection."""
_CHUNK = 256 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_FILENAME = re.compile(r"""filename\*=(?:UTF-8|utf-8)''(?P<coded>[^;\s]+)|filename="?(?P<plain>[^";]+)""")


class LinkRefused(Exception):
    """`reason`: "bad_link", "private_address" or "unreachable"; the text says it in words."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Linked:
    name: str
    chunks: AsyncIterator[bytes]


@asynccontextmanager
async def fetching(address: str, *, allow_private: bool, timeout: float) -> AsyncIterator[Linked]:
    """The file at an address, `timeout` seconds for all of it. Raises `LinkRefused`, also while its chunks are read."""
    try:
        async with asyncio.timeout(timeout), httpx.AsyncClient(follow_redirects=False, timeout=timeout) as client:
            url = _checked(address)
            for _ in range(MOST_REDIRECTS + 1):
                response = await _get(client, url, allow_private)
                try:
                    if response.status_code not in _REDIRECTS:
                        yield _linked(url, response)
                        return
                    url = _checked(str(url.join(response.headers.get("location", ""))))
                finally:
                    await response.aclose()
            raise LinkRefused("unreachable", "the link is redirected too often")
    except TimeoutError as error:
        raise LinkRefused("unreachable", "the link's server takes too long") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise LinkRefused("unreachable", "the link's server cannot be reached") from error


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also where it wraps an IPv4 address of another kind."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if ip.teredo is not None:
            return False
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _checked(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise LinkRefused("bad_link", "this is no link") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise LinkRefused("bad_link", "a link begins with https:// or http://")
    return url.copy_with(fragment=None)


async def _get(client: httpx.AsyncClient, url: httpx.URL, allow_private: bool) -> httpx.Response:
    """The answer of the first of the host's addresses that takes a connection."""
    name = url.raw_host.decode("ascii")
    addresses = await _resolved(name, url.port or (443 if url.scheme == "https" else 80))
    if not allow_private and not all(map(is_public, addresses)):
        raise LinkRefused("private_address", "the link leads into a private network")
    timeout = httpx.Timeout(client.timeout.read, connect=_CONNECT)
    for left, address in reversed(list(enumerate(reversed(addresses)))):
        request = client.build_request(
            "GET",
            url.copy_with(host=address),
            headers={"Host": url.netloc.decode("ascii"), "Accept": "*/*", "User-Agent": "stillreel"},
            timeout=timeout,
            extensions={} if address == name else {"sni_hostname": name},
        )
        try:
            return await client.send(request, stream=True)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            if not left:
                raise
    raise LinkRefused("unreachable", "the link's server has no address")


async def _resolved(name: str, port: int) -> list[str]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(name.strip("[]"), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise LinkRefused("unreachable", "the link's server has no address") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def _linked(url: httpx.URL, response: httpx.Response) -> Linked:
    if response.status_code != 200:
        raise LinkRefused("unreachable", f"the link's server answers with {response.status_code}")
    match = _FILENAME.search(response.headers.get("content-disposition", ""))
    told = "" if match is None else unquote(match["coded"] or "") or match["plain"]
    name = told or unquote(url.path.rstrip("/").rpartition("/")[2])
    return Linked(name, response.aiter_bytes(_CHUNK))
