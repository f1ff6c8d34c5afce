"""Markdown and HTML → plain lines. Lists keep a plain marker, links keep their address, everything else its words."""

from __future__ import annotations

import re

from core.phrases.links import is_gui_page

_LINE_ENDS = re.compile(r"\r\n?|[\u0085\u2028\u2029\v\f]|<br\s{0,3}/?>", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b\u2060\ufeff\ue000-\ue00f\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_TAG = re.compile(
    r"</?(?:a|b|i|u|s|p|em|strong|code|pre|div|span|ul|ol|li|h[1-6]|button|table|tr|td|th|tbody|thead|blockquote|kbd|mark|"
    r"small|sub|sup|del|ins|hr)(?:\s[^<>\n]{0,200})?/?>",
    re.IGNORECASE,
)
_ENTITIES = {"&nbsp;": " ", "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#39;": "'"}
_ENTITY = re.compile("|".join(_ENTITIES))
_LINK = re.compile(r"!?\[([^\[\]\n]{0,200})\]\((https?://[^\s()]{1,500})\)")
_POINTER = re.compile(r"(?:click |right )?here|(?:this )?link|这里|此处|链接", re.IGNORECASE)
_STRONG = re.compile(r"\*{2,}|(?<!\w)_{2,}(?=\S)|(?<=\S)_{2,}(?!\w)|~~|`+")
_EMPHASIS = re.compile(r"(?<![\w*\\])([*_])(?=[^\s*_])([^*_\n]{1,200}?)(?<=\S)\1(?![\w*])")
_ESCAPE = re.compile(r"\\([*_`~#\[\]()>+.!-])")
_RULE = re.compile(r"(?:(?:-\s?){3,}|(?:\*\s?){3,}|(?:_\s?){3,}|(?:=\s?){3,})")
_TABLE_RULE = re.compile(r"\|?(?:\s?:?-{2,}:?\s?\|)+(?:\s?:?-{2,}:?\s?)?")
_QUOTE = re.compile(r"(?:>\s?)+(?=\S)")
_BULLET = re.compile(r"[*+](?=\s)")
HEADING = re.compile(r"#{1,6}\s+")


def plain_line(line: str) -> str | None:
    """One line without markup. None where it was no line of text at all; a heading keeps its sign, see `HEADING`."""
    line = _SPACES.sub(" ", line).strip()
    line = _QUOTE.sub("", line, count=1) if line.startswith(">") else line
    if _TABLE_RULE.fullmatch(line) or line.startswith("```"):
        return None
    if _RULE.fullmatch(line):
        return ""
    if len(line) > 2 and line[0] == line[-1] == "|":
        cells = [cell for cell in map(str.strip, line.split("|")) if cell]
        spaced = " · ".join(cells)
        line = spaced if len(spaced) <= len(line) else "·".join(cells)
    line = f"-{line[1:]}" if _BULLET.match(line) else line
    line = _LINK.sub(_linked, line)
    line = _ENTITY.sub(lambda found: _ENTITIES[found[0]], _TAG.sub("", line))
    line = _EMPHASIS.sub(r"\2", _STRONG.sub("", line))
    return _SPACES.sub(" ", _ESCAPE.sub(r"\1", line)).strip()


def lines_of(text: str) -> list[str]:
    """The lines of a text whose line ends and invisible characters are what they may be."""
    return _INVISIBLE.sub("", _LINE_ENDS.sub("\n", text)).split("\n")


def _linked(found: re.Match[str]) -> str:
    words, address = found[1].strip(), found[2]
    if not words or (is_gui_page(address) and _POINTER.fullmatch(words)):
        return address
    return f"{words} ({address})"
