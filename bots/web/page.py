"""The page and what it loads, read once at the start: files by address, and the page in each language.

Everything the page loads lies below one address that holds a digest of all of it, so that browsers keep it for good
and meet a new version at once. The page itself is never kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from importlib.resources.abc import Traversable

from bots.web.language import Texts

_TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
_PLACE = re.compile(r"\{\{([a-z_.]+)\}\}")


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Site:
    """`digest` names this version; `assets` by path below it; `pages` by language tag."""

    digest: str
    assets: Mapping[str, Asset]
    pages: Mapping[str, str]


def build(catalogues: Mapping[str, Texts], limits: Mapping[str, int]) -> Site:
    """Read `static/` and write the page in every language. `limits` is handed to the page's script."""
    found = dict(_walk(files("bots.web").joinpath("static"), ""))
    template = found.pop("index.html").decode()
    digest = hashlib.sha256()
    for path, content in sorted(found.items()):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    version = digest.hexdigest()[:16]
    assets = {path: Asset(content, _TYPES[path.rpartition(".")[2]]) for path, content in found.items()}
    pages = {texts.tag: _write(template, texts, version, limits) for texts in catalogues.values()}
    return Site(version, assets, pages)


def _walk(folder: Traversable, prefix: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for item in folder.iterdir():
        if item.is_dir():
            found += _walk(item, f"{prefix}{item.name}/")
        elif item.name.rpartition(".")[2] in {*_TYPES, "html"}:
            found.append((prefix + item.name, item.read_bytes()))
    return found


def _write(template: str, texts: Texts, version: str, limits: Mapping[str, int]) -> str:
    handed = json.dumps({"tag": texts.tag, "lines": dict(texts.lines), "limits": dict(limits)}, ensure_ascii=False)
    places = {
        "language": escape(texts.tag),
        "assets": f"static/{version}",
        # The page's script reads this as data; no line of it can end the element it stands in.
        "handed": handed.replace("<", "\\u003c"),
    }

    def fill(place: re.Match[str]) -> str:
        name = place[1]
        return places[name] if name in places else escape(texts.line(name.removeprefix("text.")))

    return _PLACE.sub(fill, template)
