"""Texts with a parse_mode: marked-up words in, plain words and their entities out, strict as Telegram is.

HTML and MarkdownV2 as described at https://core.telegram.org/bots/api#formatting-options; the old "Markdown" is refused
here, since new bots should not use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.entities import units

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
_MARKS = {"*": "bold", "_": "italic", "__": "underline", "~": "strikethrough", "||": "spoiler", "`": "code"}
_RESERVED = "_*[]()~`>#+-=|{}.!"
_TOKEN = re.compile(
    r"\\(?P<escaped>[\x01-\x7e])|(?P<mark>```|\|\||__|[*_~`])|(?P<link>\[)|(?P<close>\]\()|(?P<any>.)", re.DOTALL
)


class MarkupError(ValueError):
    """What Telegram says after "can't parse entities: "."""


def parsed(text: str, mode: str) -> tuple[str, list[Json]]:
    """Plain words without the space around them, and the entities in them. Raises MarkupError."""
    match mode.lower():
        case "":
            return _trimmed(text, [])
        case "html":
            plain, entities = _html(text)
        case "markdownv2":
            plain, entities = _markdown(text)
        case _:
            raise MarkupError(f"unsupported parse_mode {mode}")
    return _trimmed(plain, entities)


def _trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    lost = units(text[: len(text) - len(text.lstrip())])
    text = text.strip()
    whole = units(text)
    kept = []
    for each in entities:
        start = max(0, each["offset"] - lost)
        end = min(whole, each["offset"] + each["length"] - lost)
        if start < end:
            kept.append({**each, "offset": start, "length": end - start})
    return text, sorted(kept, key=lambda each: (each["offset"], -each["length"]))


# HTML


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.text = ""
        self.entities: list[Json] = []
        self.open: list[tuple[str, int, Json]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in _TAGS or (tag == "span" and given.get("class") != "tg-spoiler"):
            raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {len(self.text.encode())}')
        extra: Json = {"type": _TAGS[tag]}
        if tag == "a" and given.get("href"):
            extra["url"] = given["href"]
        if tag == "tg-emoji":
            extra["custom_emoji_id"] = given.get("emoji-id")
        self.open.append((tag, units(self.text), extra))

    def handle_endtag(self, tag: str) -> None:
        offset = len(self.text.encode())
        if not self.open:
            raise MarkupError(f"Unexpected end tag at byte offset {offset}")
        opened, start, extra = self.open.pop()
        if opened != tag:
            raise MarkupError(f'Unmatched end tag at byte offset {offset}, expected "</{opened}>", found "</{tag}>"')
        length = units(self.text) - start
        if length and ("url" in extra or extra["type"] != "text_link"):
            self.entities.append({**extra, "offset": start, "length": length})

    def handle_data(self, data: str) -> None:
        if "<" in data:
            raise MarkupError("Unclosed start tag")
        self.text += data

    def handle_entityref(self, name: str) -> None:
        known = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
        self.text += known.get(name, f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.text += chr(int(name[1:], 16) if name.lower().startswith("x") else int(name))


def _html(text: str) -> tuple[str, list[Json]]:
    parser = _Html()
    parser.feed(text)
    parser.close()
    if parser.open:
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{parser.open[-1][0]}"')
    return parser.text, parser.entities


# MarkdownV2


def _markdown(text: str) -> tuple[str, list[Json]]:
    plain = ""
    entities: list[Json] = []
    open_marks: list[tuple[str, int]] = []
    tokens = _tokens(text)
    for kind, token, at in tokens:
        in_code = bool(open_marks) and open_marks[-1][0] in {"`", "```"}
        if kind == "escaped" or (in_code and token != open_marks[-1][0]):
            plain += token
        elif kind == "mark" and open_marks and open_marks[-1][0] == token:
            _, start = open_marks.pop()
            entities.append({"type": _MARKS.get(token, "pre"), "offset": start, "length": units(plain) - start})
        elif kind in {"mark", "link"}:
            open_marks.append((token, units(plain)))
        elif kind == "close" and open_marks and open_marks[-1][0] == "[":
            _, start = open_marks.pop()
            url = _url(tokens, at)
            entities.append({"type": "text_link", "offset": start, "length": units(plain) - start, "url": url})
        elif token in _RESERVED and not (token == ">" and (not plain or plain.endswith("\n"))):
            raise MarkupError(f"Character '{token}' is reserved and must be escaped with the preceding '\\'")
        else:
            plain += token
    if open_marks:
        raise MarkupError(f"Can't find end of the entity starting at byte offset {open_marks[-1][1]}")
    return plain, [each for each in entities if each["length"]]


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "any"
        yield kind, match[kind], match.start()


def _url(tokens: Iterator[tuple[str, str, int]], at: int) -> str:
    url = ""
    for kind, token, _ in tokens:
        if token == ")" and kind != "escaped":
            return url
        url += token
    raise MarkupError(f"Can't find end of a URL at byte offset {at}")
