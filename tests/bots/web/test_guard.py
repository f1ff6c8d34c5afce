"""Who is answered at all."""

from __future__ import annotations

import pytest
from starlette.datastructures import Headers

from bots.web.guard import from_our_page, host_name, names_served
from tests.bots.web.scripted import Site, hex_id


@pytest.mark.parametrize(
    ("host", "more", "answers", "refuses"),
    [
        ("127.0.0.1", (), {"localhost", "127.0.0.1", "::1"}, {"evil.example"}),
        ("localhost", ("films.example",), {"localhost", "films.example"}, {"evil.example"}),
        ("0.0.0.0", ("films.example",), {"films.example", "localhost"}, {"evil.example"}),
        ("192.168.1.5", ("[fd00::1]",), {"fd00::1"}, {"192.168.1.5"}),
    ],
)
def test_names_that_are_served(host: str, more: tuple[str, ...], answers: set[str], refuses: set[str]) -> None:
    names = names_served(host, more)
    assert names is not None
    assert answers <= names
    assert not refuses & names


def test_on_a_network_without_a_list_any_name_is_served() -> None:
    assert names_served("0.0.0.0", ()) is None


@pytest.mark.parametrize(
    ("header", "name"),
    [("Localhost:8080", "localhost"), ("[::1]:8080", "::1"), ("films.example", "films.example"), ("[", ""), ("", "")],
)
def test_the_name_in_a_host_header(header: str, name: str) -> None:
    assert host_name(header) == name


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://a.example", "host": "a.example"}, False),
        ({"origin": "http://a.example:81", "host": "a.example:81"}, True),
        ({"origin": "http://a.example", "host": "a.example:81"}, False),
        ({"origin": "null", "host": "a.example"}, False),
        ({"origin": "null", "host": ""}, False),
    ],
)
def test_whether_a_request_comes_from_our_page(headers: dict[str, str], ours: bool) -> None:
    assert from_our_page(Headers(headers)) is ours


async def test_a_foreign_name_is_misdirected(site: Site) -> None:
    async with site.visitor() as visitor:
        answer = await visitor.get("/", headers={"host": "evil.example"})
    assert answer.status_code == 421
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_foreign_page_cannot_speak_for_a_visitor(site: Site) -> None:
    message = {"id": hex_id(), "text": "hello", "files": []}
    async with site.visitor() as visitor:
        forged = await visitor.post("/api/messages", json=message, headers={"sec-fetch-site": "cross-site"})
        older = await visitor.post("/api/messages", json=message, headers={"origin": "https://evil.example"})
        own = await visitor.post("/api/messages", json=message, headers={"origin": site.url})
    assert (forged.status_code, older.status_code, own.status_code) == (403, 403, 202)
    assert site.talk.next_message().text == "hello"
    assert site.talk.untold == 0
