"""Links to media in a text, and the language that the text is written in."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import parse_qsl, urlsplit

MEDIA_EXTENSIONS = frozenset(
    "mp4 mov avi webm mkv jpg jpeg png gif webp mp3 wav m4a aac heic heif avif".split()  # noqa: SIM905
)
"""The backend's accepted list, and the photo formats that are converted on the way."""

_FORMAT_KEYS = frozenset({"format", "fm", "ext", "type", "output", "wx_fmt"})
_FILE_HOSTS = frozenset("images image img imgs i cdn media photos photo files file static pbs uploads assets".split())  # noqa: SIM905
"""First labels of host names that serve files, not pages: such a link needs no extension."""

_RUN = re.compile(r"https?://[^\s<>\"“”「」『』《》【】`|\\^{}]+", re.IGNORECASE)
_TRAILING = ".,;:!?'\"*_~…。，、；：！？）】」』"
_PAIRS = {")": "(", "]": "["}
_NAMED_FILE = re.compile(
    rf"https?://\S*?\.(?:{'|'.join(sorted(MEDIA_EXTENSIONS))})(?![a-z0-9])(?:[?#][\x21-\x7e]*)?", re.IGNORECASE
)
_ASCII = re.compile(r"[\x21-\x7e]+")


def media_links(text: str) -> list[str]:
    """The http(s) links in `text` that lead to a photo, a video or audio, each once, in their order.

    A link is one to media by the extension in its path, a format named in its query, or a host that serves only files.
    What people write around links is no part of them: a full stop, closing brackets, Chinese words without a space.
    """
    links: dict[str, None] = {}
    for run in _RUN.findall(text):
        link = _link(run)
        if link:
            links[link] = None
    return list(links)


def _link(run: str) -> str:
    ascii_part = _ASCII.match(run)
    if ascii_part:
        link = _without_trailing(ascii_part[0])
        if _leads_to_media(link):
            return link
    # Chinese letters inside the link itself: up to the extension.
    named = _NAMED_FILE.match(run)
    link = _without_trailing(named[0]) if named else ""
    return link if link and _leads_to_media(link) else ""


def _without_trailing(link: str) -> str:
    while link:
        last = link[-1]
        if last in _PAIRS:
            if link.count(last) <= link.count(_PAIRS[last]):
                break
        elif last not in _TRAILING:
            break
        link = link[:-1]
    cut = _unopened(link)
    return link if cut is None else _without_trailing(link[:cut])


def _unopened(link: str) -> int | None:
    """Where a bracket closes that the link did not open: "[a photo](https://…/a.jpg),then" ends there."""
    depth = 0
    for at, character in enumerate(link):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0:
            return at
    return None


def _leads_to_media(link: str) -> bool:
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return False
    if not host or ("." not in host and host != "localhost" and ":" not in host):
        return False
    segment = parts.path.rpartition("/")[2]
    extension = segment.rpartition(".")[2].casefold() if "." in segment else ""
    if extension in MEDIA_EXTENSIONS:
        return True
    if any(
        key.casefold() in _FORMAT_KEYS and value.casefold() in MEDIA_EXTENSIONS for key, value in parse_qsl(parts.query)
    ):
        return True
    return not extension and bool(segment) and host.partition(".")[0].casefold() in _FILE_HOSTS


_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」|『[^』]*』|《[^》]*》|(?<!\w)'[^']*'(?!\w)|‘[^’]*’")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_OTHER_SCRIPT = re.compile(r"[\u3040-\u30ff\uac00-\ud7af\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f]")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")


def language_of(text: str, fallback: str) -> Literal["en", "zh"]:
    """The language of the words themselves; titles in quotes and links do not count.

    `fallback` (a BCP 47 tag, empty for none) decides where there are no words, or words of another script.
    """
    default: Literal["en", "zh"] = "zh" if fallback.casefold().startswith("zh") else "en"
    linkless = _LINK.sub(" ", text)
    for words in (_QUOTED.sub(" ", linkless), linkless):
        han = len(_HAN.findall(words))
        latin = len(_WORD.findall(words))
        if _OTHER_SCRIPT.search(words):
            return default
        if han or latin:
            return "zh" if han >= latin else "en"
    return default
