"""A text as people type it comes in; its clauses go out, each a tuple of plain tokens that rules can compare.

Latin words stay whole ("export-style" is one token, "9:16" another), Chinese characters stand alone. Quotes, colons and
links remain as tokens that no lexicon knows, so that words with a title or a link beside them never look like a command.
"""

from __future__ import annotations

import re
import unicodedata

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_LETTER = rf"[^\W_{_HAN}]"
_TOKEN = re.compile(rf"https?://\S+|{_LETTER}+(?:['.:-]{_LETTER}+)*|[{_HAN}]|[\"“”「」『』《》:#=%+*]|[.!?;,。、\n~…]+")
_BREAK = re.compile(r"[.!?;,。、\n~…]+")
_JOINTS = frozenset({"and", "then", "but", "or", "&"})
_EMOTICON = re.compile(r"(?<!\S)(?:[:;=]['-]?[()dp3/|]+|<3|\^_*\^|xd|t_t|orz)(?![^\s.!?,。…])")
_SINGLE_QUOTES = re.compile(r"(?<!\w)'([^']+)'(?!\w)")
_QUESTION_ALONE = re.compile(r"[\W_]*\?[\W_]*")

QUESTION = "?"
"""The one token of a text that has no word and a question mark."""

_TRADITIONAL = str.maketrans(
    "導匯載輸積餘額狀態進傳圖幫檔裡裏個還剩發給嗎麼樣開來處時間線軌視頻點擊產這張從頭為說話錢費請問謝後會應該將錄畫聲樂離別絕現結認對東過動換刪關於"
    "機儲檢詢帳戶們樓沒紅語體嘗試讓讀實際號遠運當統筆題選單"
    "並麻煩啟棄廢終斷組專項資訊報繼續幾總聯繫夠買條暫遞條妳",
    "导汇载输积余额状态进传图帮档里里个还剩发给吗么样开来处时间线轨视频点击产这张从头为说话钱费请问谢后会应该将录画声乐离别绝现结认对东过动换删关于"
    "机储检询帐户们楼没红语体尝试让读实际号远运当统笔题选单"
    "并麻烦启弃废终断组专项资讯报继续几总联系够买条暂递条你",
)

_SPELLED_OUT = {
    "what's": "what is",
    "whats": "what is",
    "wats": "what is",
    "where's": "where is",
    "wheres": "where is",
    "how's": "how is",
    "hows": "how is",
    "who's": "who is",
    "when's": "when is",
    "that's": "that is",
    "thats": "that is",
    "it's": "it is",
    "let's": "let us",
    "lets": "let us",
    "i'm": "i am",
    "im": "i am",
    "i'd": "i would",
    "id": "i would",
    "i'll": "i will",
    "ill": "i will",
    "i've": "i have",
    "ive": "i have",
    "you've": "you have",
    "we're": "we are",
    "you're": "you are",
    "don't": "do not",
    "dont": "do not",
    "doesn't": "does not",
    "isn't": "is not",
    "isnt": "is not",
    "can't": "can not",
    "cant": "can not",
    "cannot": "can not",
    "didn't": "did not",
    "won't": "will not",
    "haven't": "have not",
    "wanna": "want to",
    "gonna": "going to",
    "gotta": "have to",
    "gimme": "give me",
    "lemme": "let me",
    "u": "you",
    "ur": "your",
    "r": "are",
    "ya": "you",
    "yall": "you",
    "vid": "video",
    "vids": "videos",
    "vdo": "video",
    "pic": "photo",
    "pics": "photos",
    "wya": "where are you",
}


def plain(text: str) -> str:
    """The text in one spelling: compatibility forms folded, lower case, straight quotes, simplified characters."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
    return folded.translate(_TRADITIONAL)


def clauses(text: str) -> list[tuple[str, ...]]:
    """The tokens of each clause that has any; emoji and smileys are left out."""
    folded = plain(text).strip()
    if folded and _QUESTION_ALONE.fullmatch(folded):
        return [(QUESTION,)]
    parts: list[tuple[str, ...]] = []
    tokens: list[str] = []
    for found in _TOKEN.findall(_SINGLE_QUOTES.sub(r'"\1"', _EMOTICON.sub(" ", folded))):
        if found in _JOINTS or _BREAK.fullmatch(found):
            parts.append(tuple(tokens))
            tokens = []
        else:
            tokens.extend(_SPELLED_OUT.get(found, found).split())
    parts.append(tuple(tokens))
    return [part for part in parts if part]


def known_spelling(word: str, known: frozenset[str]) -> str:
    """`word`, or the known word that it is a slip of: letters drawn out, two swapped, one doubled, missing or added.

    A letter in place of another does not count ("expert" is no "export"), nor does an ending ("balanced").
    """
    if word in known or not word.isascii():
        return word
    for drawn_out in (re.sub(r"(.)\1{2,}", r"\1", word), re.sub(r"(.)\1{2,}", r"\1\1", word)):
        if drawn_out in known:
            return drawn_out
    if len(word) < _LONG_ENOUGH_TO_SLIP or not word.isalpha():
        return word
    slips = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(1, len(word) - 1)}
    slips |= {word[:i] + word[i + 1 :] for i in range(1, len(word) - 1)}
    slips |= {word[:i] + letter + word[i:] for i in range(1, len(word) + 1) for letter in _ALPHABET}
    candidates = sorted(slip for slip in slips & known if len(slip) > _LONG_ENOUGH_TO_SLIP)
    return candidates[0] if candidates else word


_LONG_ENOUGH_TO_SLIP = 5
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
