"""The page as it is served: whole, in the visitor's language, with nothing that its own policy would block."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from bots.web import language, page, visitors
from bots.web.guard import PAGE_POLICY
from tests.bots.web.scripted import Site

LIMITS = {"text": 4000, "files": 30, "bytes": 1000}


class Seen(HTMLParser):
    """What a page is made of: its elements with their attributes, and its ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def named(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


@pytest.fixture(scope="module")
def built() -> page.Site:
    return page.build(language.load(), LIMITS)


def _handed(html: str) -> dict[str, object]:
    found = re.search(r'<script type="application/json" id="handed">(.*?)</script>', html, re.DOTALL)
    assert found
    handed: dict[str, object] = json.loads(found[1])
    return handed


@pytest.mark.parametrize("tag", ["en", "zh-Hans"])
def test_the_page_is_filled_and_hands_its_script_the_catalogue(built: page.Site, tag: str) -> None:
    html = built.pages[tag]
    assert "{{" not in html
    assert f'<html lang="{tag}">' in html
    texts = next(texts for texts in language.load().values() if texts.tag == tag)
    assert _handed(html) == {"tag": tag, "lines": dict(texts.lines), "limits": LIMITS}


def test_no_line_can_end_the_element_in_which_it_is_handed_over(built: page.Site) -> None:
    catalogues = language.load()
    sly = {**catalogues["en"].lines, "page.drop": "</script><script>alert(1)</script>"}
    html = page.build({"en": language.Texts("en", sly)}, LIMITS).pages["en"]
    assert html.count("</script>") == built.pages["en"].count("</script>")
    assert _handed(html)["lines"] == sly


def test_nothing_stands_in_the_page_that_its_policy_blocks(built: page.Site) -> None:
    seen = Seen(built.pages["en"])
    assert not seen.named("style")
    for _, attributes in seen.elements:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href"):
            assert not re.match(r"[a-z]+:|//", attributes.get(name, ""))
    assert [script.get("type") for script in seen.named("script")] == ["application/json", "module"]


def test_ids_are_unique_and_every_one_that_is_referred_to_exists(built: page.Site) -> None:
    seen = Seen(built.pages["en"])
    assert len(seen.ids) == len(set(seen.ids))
    asked = {
        found
        for path, asset in built.assets.items()
        if path.endswith(".js")
        for pair in re.findall(r'part\("([\w-]+)"\)|getElementById\("([\w-]+)"\)', asset.content.decode())
        for found in pair
        if found
    }
    for _, attributes in seen.elements:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            asked |= set(attributes.get(name, "").split())
    assert len(asked) > 15
    assert asked <= set(seen.ids)


def test_scripts_load_only_what_there_is(built: page.Site) -> None:
    scripts = {path: asset.content.decode() for path, asset in built.assets.items() if path.endswith(".js")}
    loaded = {f"js/{name}" for script in scripts.values() for name in re.findall(r'from "\./([\w.]+)"', script)}
    assert loaded | {"js/main.js"} == set(scripts)
    assert not any(".innerHTML" in script or "eval(" in script for script in scripts.values())


def test_every_control_has_a_name(built: page.Site) -> None:
    seen = Seen(built.pages["en"])
    labelled = {attributes.get("for") for attributes in seen.named("label")}
    for tag in ("textarea", "input"):
        for control in seen.named(tag):
            assert control.get("aria-label") or control["id"] in labelled


async def test_the_page_comes_in_the_language_of_the_browser_and_knows_it_again(site: Site) -> None:
    async with site.visitor() as visitor:
        visitor.cookies.clear()
        first = await visitor.get("/", headers={"accept-language": "zh-CN,zh;q=0.9"})
        secret = first.cookies[visitors.COOKIE]
        again = await visitor.get("/", headers={"accept-language": "en"})
    assert (first.status_code, first.headers["content-language"]) == (200, "zh-Hans")
    assert 'lang="zh-Hans"' in first.text
    assert 'lang="en"' in again.text
    assert re.fullmatch(r"[0-9a-f]{32}", secret)
    assert again.cookies[visitors.COOKIE] == secret
    assert "httponly" in first.headers["set-cookie"].lower()
    assert "samesite=strict" in first.headers["set-cookie"].lower()
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["content-security-policy"] == PAGE_POLICY


async def test_everything_the_page_loads_is_there_and_kept_for_good(site: Site) -> None:
    async with site.visitor() as visitor:
        seen = Seen((await visitor.get("/")).text)
        addresses = [link["href"] for link in seen.named("link")] + [
            script["src"] for script in seen.named("script") if "src" in script
        ]
        assert len(addresses) >= 5
        for address in addresses:
            answer = await visitor.get(f"/{address}")
            assert answer.status_code == 200, address
            assert "immutable" in answer.headers["cache-control"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        other_version = await visitor.get("/static/0000000000000000/js/main.js")
        climbing = await visitor.get(f"/{addresses[0].rpartition('/')[0]}/%2e%2e/page.py")
    assert other_version.status_code == 404
    assert climbing.status_code == 404


@pytest.mark.parametrize(("language_tag", "word"), [("en", "nothing"), ("zh", "没有")])
async def test_an_unknown_address_says_so_in_one_sentence(site: Site, language_tag: str, word: str) -> None:
    async with site.visitor(language=language_tag) as visitor:
        answer = await visitor.get("/admin")
    assert answer.status_code == 404
    assert word in answer.json()["error"]
