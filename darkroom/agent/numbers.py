"""Numbers and times in words and digits, English and Chinese. Patterns to build on, and what their matches mean."""

from __future__ import annotations

import re

from darkroom.agent.rule import Rule

_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
          "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_HAN = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}

_LARGEST = 1e6
"""Beyond every bound that a clip has, and far from where differences stop being numbers."""

_DIGITS = r"(?<![\d.])\d+(?:[.]\d+)?"
_ENGLISH = rf"\b(?:(?:{'|'.join(_TENS)})(?:[- ](?:{'|'.join(_UNITS[1:10])}))?|{'|'.join(reversed(_UNITS))})\b"
_CHINESE = r"[零〇一二两三四五六七八九十百半几]{1,7}"
NUMBER = rf"(?:{_DIGITS}|{_ENGLISH}|{_CHINESE})"
COUNT = rf"(?:\d{{1,2}}|{_ENGLISH}|{_CHINESE})"

_SECONDS = r"(?:seconds?\b|secs?\b|(?<=[\d ½])s\b|秒钟|秒)"
_MINUTES = r"(?:minutes?\b|mins?\b|分钟|分(?=半|[零〇一二两三四五六七八九十\d]+秒))"
_FEW = {"couple": 2, "few": 3}
_A_HALF = r"\s+and\s+a\s+half\b(?!-|\s+speed)"
# The "half" of "three and a half seconds" is no length by itself.
_HALVES = r"(?<!\band\s)\ban?\s+half|(?<!\ba\s)\bhalf(?:\s+an?)?"
_AMOUNT = rf"(?:{_DIGITS}\s?½|½|(?:{_DIGITS}|{_ENGLISH})(?:{_A_HALF})?|\b(?:a\s+)?(?:couple(?:\s+of)?|few)\b|(?:{_HALVES})\b|\ban?\b|{_CHINESE})"
_HALF_MORE = rf"(?:{_A_HALF}|半钟?(?![透分秒径个身]))"
_TIMES = rf"{_AMOUNT}个?\s*-?\s*"
SECOND_UNIT = _SECONDS
TIME = rf"{_TIMES}(?:{_MINUTES}(?:{_HALF_MORE}|\s*(?:and\s+)?{_TIMES}{_SECONDS})?|{_SECONDS}{_HALF_MORE}?)"
"""A length of time with its unit: "5-second", "1 minute 10 seconds", "two and a half seconds", "a few seconds", "一秒半"."""

_PART = Rule(
    rf"(?P<number>{_AMOUNT})个?\s*-?\s*(?:(?P<minutes>{_MINUTES})|{_SECONDS})(?P<half>{_HALF_MORE})?", re.ASCII
)


def number(text: str) -> float:
    """What a match of `NUMBER` (or "a", "half a", "a few", "two and a half") is worth, at most `_LARGEST`."""
    words = text.split()
    if words[-1] == "half" and "and" in words:
        return number(text.partition(" and")[0].rstrip()) + 0.5
    if text.endswith("½"):
        return (number(text[:-1].rstrip()) if text[:-1] else 0) + 0.5
    if text[:1].isdecimal():
        return min(float(text), _LARGEST)
    if "half" in words:
        return 0.5
    for word, value in _FEW.items():
        if word in words:
            return value
    if text in ("a", "an"):
        return 1
    if text[0] in _HAN or text[0] in "十百半几":
        return min(_chinese(text), _LARGEST)
    return sum(_WORDS[word] for word in re.split(r"[- ]+", text))


def milliseconds(text: str) -> float:
    """What a match of `TIME` is worth."""
    return sum(
        (number(part["number"]) + (0.5 if part["half"] else 0)) * (60_000 if part["minutes"] else 1_000)
        for part in _PART.finditer(text)
    )


def _chinese(text: str) -> float:
    if text in ("半", "几"):
        return 0.5 if text == "半" else _FEW["few"]
    total = digit = 0
    for char in text:
        if char in _HAN:
            # Digits side by side are read as written: 一二 is 12.
            digit = digit * 10 + _HAN[char]
        elif char == "十":
            total += (digit or 1) * 10
            digit = 0
        elif char == "百":
            total += (digit or 1) * 100
            digit = 0
    return float(total + digit) + (0.5 if text.endswith("半") else 0)
