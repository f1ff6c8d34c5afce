"""The catalogues, and which of them a browser wants."""

from __future__ import annotations

import re
import string
from importlib.resources import files

import pytest

from bots.web import language
from bots.web.language import Texts

CATALOGUES = language.load()
HELD = (".js", ".html", ".py")
NAME = re.compile(r"\b((?:page|welcome|composer|tray|entry|video|problem|error)\.[a-z_.]*[a-z])\b")


def _places(line: str) -> set[str]:
    return {place for _, place, _, _ in string.Formatter().parse(line) if place is not None}


def _named_in_sources() -> set[str]:
    """Every catalogue name that stands as a string in a script or a module, or as a place in the page."""
    package = files("bots.web")
    names: set[str] = set()
    for folder in (package, package / "static", package / "static" / "js"):
        for file in folder.iterdir():
            if file.name.endswith(HELD):
                quoted = re.findall(r'"([a-z_.]+)"|\{\{text\.([a-z_.]+)\}\}', file.read_text("utf-8"))
                names |= {name for pair in quoted for name in pair if NAME.fullmatch(name)}
    return names


def test_there_are_english_and_chinese() -> None:
    assert {name: texts.tag for name, texts in CATALOGUES.items()} == {"en": "en", "zh": "zh-Hans"}


def test_every_language_has_the_same_lines_with_the_same_places() -> None:
    english = {name: _places(line) for name, line in CATALOGUES["en"].lines.items()}
    for texts in CATALOGUES.values():
        assert {name: _places(line) for name, line in texts.lines.items()} == english


def test_no_line_is_empty_and_none_is_left_in_english() -> None:
    english, chinese = CATALOGUES["en"].lines, CATALOGUES["zh"].lines
    assert all(line.strip() for texts in CATALOGUES.values() for line in texts.lines.values())
    assert all(re.search(r"[\u4e00-\u9fff]", line) for name, line in chinese.items() if name != "entry.bot")
    assert not any(re.search(r"[\u4e00-\u9fff]", line) for line in english.values())


def test_every_line_that_is_asked_for_exists_and_every_line_is_asked_for() -> None:
    named = _named_in_sources()
    files_of_the_package = {"page.html", "page.css"}
    assert named - files_of_the_package == set(CATALOGUES["en"].lines)


def test_a_line_is_filled() -> None:
    line = CATALOGUES["en"].line("error.too_many_files", limit=30)
    assert "30" in line
    assert "{" not in line


def test_an_unknown_line_is_an_error() -> None:
    with pytest.raises(KeyError):
        CATALOGUES["en"].line("error.nothing_like_it")


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("*", "en"),
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ZH-hant", "zh"),
        ("fr-FR,zh;q=0.5", "zh"),
        ("fr, de", "en"),
        ("zh;q=0.2,en;q=0.7", "en"),
        ("en ; q=0.2, zh ; q=0.7", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=nonsense", "en"),
        (";;;,,;q=", "en"),
    ],
)
def test_the_browsers_first_language_that_there_is(header: str, tag: str) -> None:
    catalogues = {name: Texts(name, {}) for name in ("en", "zh")}
    assert language.wanted(header, catalogues).tag == tag
