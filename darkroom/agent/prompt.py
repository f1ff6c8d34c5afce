"""A prompt that readers take their words from. Text comes in; what is left of it, and where, goes out.

Matching happens on a form of the same length as the text (lower case, full-width letters and digits made narrow), so
that a match's place is valid in both. Words taken by one reader are blanked out and invisible to the next.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from darkroom.agent.rule import Rule

TAKEN = "\0"
"""Stands for a character that a reader has taken."""

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]", re.ASCII)
_CLAUSE_END = re.compile(
    r"(?<!\d)[.](?!\d)|(?<=\d)[.](?=\s|$)|[,;!?\n，。；！？、…|]|\b(?:and(?!\s+a\s+half\b)|then|but|plus|also)\b|然后|接着|并且|而且|同时|但是|但"
    # "zoom in 2: pan left": a label begins a part of its own.
    r"|(?=\s\d{1,2}[:：]\s*[^\d\s])",
    re.ASCII,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|[\n。！？]", re.ASCII)

LONGEST_PROMPT = 2_000
"""Characters that are read of a prompt: the readers' patterns stay quick on so many, whatever they are."""
_SIMPLIFIED = str.maketrans(
    "標題豎橫縮長鐘張圖動畫視頻這個撤銷刪後開頭結轉點時間顯現續遠鏡緩變換對調順過來從靜無寬隻為寫說內請幫讓將並資項圍電屬邊項減慢啟啓顏濾樂聲裡裏鍵壓擴攝關於離進靠廣場總輕強倆兩塊條步點鬆發覺對樣還沒別給麼層雙單數秒幀圓滿體畢續種歡驚隨機試運討厭膩當",
    "标题竖横缩长钟张图动画视频这个撤销删后开头结转点时间显现续远镜缓变换对调顺过来从静无宽只为写说内请帮让将并资项围电属边项减慢启启颜滤乐声里里键压扩摄关于离进靠广场总轻强俩两块条步点松发觉对样还没别给么层双单数秒帧圆满体毕续种欢惊随机试运讨厌腻当",
)

# "1. zoom in": the dots of a list become colons, so that they end no part of a sentence.
_LIST = re.compile(r"^\s*1[.)、]\s*[^\d\s]", re.MULTILINE)
_ITEM = re.compile(r"((?:^|(?<=\s))\d{1,2})[.)、](?=\s*[^\d\s])", re.MULTILINE)

_BLANKS = re.compile(r"\s{2,}")

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Prompt:
    """`raw` as a person wrote it, `text` as readers see it. Both have the same length."""

    raw: str
    text: str

    def take(self, spans: Iterable[Span]) -> Prompt:
        """The prompt without what stands in `spans`."""
        text = self.text
        for start, end in spans:
            text = text[:start] + TAKEN * (end - start) + text[end:]
        return Prompt(self.raw, text)

    def take_all(self, pattern: re.Pattern[str] | Rule) -> Prompt:
        """The prompt without every match of `pattern`."""
        return self.take(match.span() for match in pattern.finditer(self.text))


def read(text: str) -> Prompt:
    """A prompt from the first `LONGEST_PROMPT` characters that a person wrote.

    Control characters and broken surrogates become spaces, and runs of blanks a single one; traditional characters are matched as simplified ones.
    """
    cut = text[:LONGEST_PROMPT]
    raw = "".join(char if char == "\n" or unicodedata.category(char)[0] != "C" else " " for char in cut)
    raw = _BLANKS.sub(lambda match: "\n" if "\n" in match[0] else " ", raw)
    text = "".join(map(_plain, raw)).translate(_SIMPLIFIED)
    return Prompt(raw, _ITEM.sub(r"\1:", text) if _LIST.search(text) else text)


def clauses(text: str) -> Iterator[Span]:
    """Where each part of a sentence stands that asks for one thing. Blank parts are left out."""
    return _split(text, _CLAUSE_END)


def sentences(text: str) -> Iterator[Span]:
    return _split(text, _SENTENCE_END)


def _split(text: str, ends: re.Pattern[str]) -> Iterator[Span]:
    start = 0
    for end in (*ends.finditer(text), None):
        stop = end.start() if end else len(text)
        if text[start:stop].strip():
            yield start, stop
        start = end.end() if end else stop


def _plain(char: str) -> str:
    if char in "‘’":
        return "'"
    wide = unicodedata.normalize("NFKC", char)
    low = (wide if len(wide) == 1 and char not in "，；！？：（）" else char).lower()
    return low if len(low) == 1 else char
