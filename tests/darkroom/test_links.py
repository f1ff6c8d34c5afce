"""Uploads by address: what is fetched, and that nothing inside one's own network can be reached through it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from darkroom.links import is_public
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.visitor import Visitor, photo


@asynccontextmanager
async def website(pages: dict[str, bytes], asked: list[str]) -> AsyncIterator[str]:
    """Serves whole answers, status line included, by path; `asked` collects the requests' first lines."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head.splitlines()[0])
        writer.write(pages[head.split()[1]])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def page(content: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + content


async def link(visitor: Visitor, *urls: object) -> httpx.Response:
    body = {"urls": list(urls), "source_type": "url"}
    return await visitor.http.post(visitor.upload_path, json=body, headers=visitor.headers)


async def test_a_linked_photo_is_fetched_over_redirects_and_named(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    content = photo(tmp_path)
    pages = {
        "/start": page(b"", "Location: /photos/sea%20view.jpg?size=big", status="302 Found"),
        "/photos/sea%20view.jpg?size=big": page(content),
        "/attached": page(content, 'Content-Disposition: attachment; filename="../told.jpg"'),
    }
    async with open_darkroom(allow_private_urls=True) as new, website(pages, []) as site:
        visitor = await new().enter()
        answer = await link(visitor, f"{site}/start", f"{site}/attached")
        assert answer.status_code == 200, answer.text
        assert [each["file_name"] for each in answer.json()["data"]["files"]] == ["sea view.jpg", "told.jpg"]
        assert [each["size"] for each in (await visitor.state())["video_infos"]] == [len(content)] * 2


async def test_nothing_private_is_ever_asked(visitor: Visitor, tmp_path: Path) -> None:
    asked: list[str] = []
    async with website({"/x.jpg": page(photo(tmp_path))}, asked) as site:
        port = site.rpartition(":")[2]
        hosts = ("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "127.1")
        for host in hosts:
            answer = await link(visitor, f"http://{host}:{port}/x.jpg")
            assert (answer.status_code, answer.json()["code"]) == (415, 4001)
            assert answer.json()["data"]["reason"] in ("private_address", "unreachable"), host
    assert asked == []


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:10.0.0.1"),
        *("64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:1::1"),
    ],
)
def test_an_address_of_ones_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


async def test_only_web_addresses_are_links(visitor: Visitor) -> None:
    for url in ("file:///etc/passwd", "ftp://example.org/x", "gopher://x", "//x/y", "x.jpg", "http://", "http:///x"):
        refused = (await link(visitor, url)).json()
        assert (refused["code"], refused["data"]["reason"]) == (4001, "bad_link"), url


async def test_a_redirect_goes_through_the_same_gate(open_darkroom: OpenDarkroom) -> None:
    pages = {"/a": page(b"", "Location: file:///etc/passwd", status="301 Moved")}
    async with open_darkroom(allow_private_urls=True) as new, website(pages, []) as site:
        answer = await link(await new().enter(), f"{site}/a")
        assert answer.json()["data"]["reason"] == "bad_link"


async def test_a_circle_of_redirects_ends(open_darkroom: OpenDarkroom) -> None:
    asked: list[str] = []
    pages = {"/a": page(b"", "Location: /a", status="302 Found")}
    async with open_darkroom(allow_private_urls=True) as new, website(pages, asked) as site:
        answer = await link(await new().enter(), f"{site}/a")
        assert answer.json()["data"]["reason"] == "unreachable"
    assert len(asked) == 6


async def test_a_link_that_brings_no_file_or_too_much_of_one_is_refused(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    pages = {
        "/gone": page(b"", status="404 Not Found"),
        "/page": page(b"<html>not a photo</html>"),
        "/huge": page(b"x" * 200_000),
        "/cut": page(b"x" * 100).replace(b"Content-Length: 100", b"Content-Length: 5000"),
    }
    async with open_darkroom(allow_private_urls=True, most_bytes=100_000) as new, website(pages, []) as site:
        visitor = await new().enter()
        codes = [
            (answer["code"], answer["data"]["reason"])
            for path in pages
            for answer in [(await link(visitor, f"{site}{path}")).json()]
        ]
        assert codes == [(4001, "unreachable"), (4001, "not_media"), (4002, "too_large"), (4001, "unreachable")]
        assert not list((tmp_path / "data" / "darkroom" / "partial").iterdir())


async def test_a_server_that_takes_for_ever_is_given_up(open_darkroom: OpenDarkroom) -> None:
    pages = {"/slow": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nxx"}

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(pages["/slow"])
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server, open_darkroom(allow_private_urls=True, link_timeout=0.2) as new:
        port = server.sockets[0].getsockname()[1]
        answer = await link(await new().enter(), f"http://127.0.0.1:{port}/slow")
        assert answer.json()["data"]["reason"] == "unreachable"


async def test_a_body_that_lists_no_addresses_is_400(visitor: Visitor) -> None:
    for urls in (None, [], "http://x", [3], [""], ["http://1.1.1.1/x"] * 61):
        refused = await visitor.http.post(visitor.upload_path, json={"urls": urls}, headers=visitor.headers)
        assert refused.json()["code"] == 400, urls
