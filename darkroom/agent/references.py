"""Which photo is meant: "the first photo", "photo 2", "1:", "第二张". A text comes in, references go out.

A reference holds an index into the shots: 0 is the first, -1 the last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from darkroom.agent.numbers import COUNT, number
from darkroom.agent.rule import Rule

_ORDINALS = {
    word: at
    for at, words in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th", "sixth 6th", "seventh 7th", "eighth 8th",
         "ninth 9th", "tenth 10th")
    )
    for word in words.split()
} | {"last": -1, "final": -1}  # fmt: skip
NOUN = r"(?:photos?|pictures?|images?|pics?|shots?|slides?)"
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)})"
_NO_TIME = r"(?<!\d\s)(?<!\d-)(?<!\ba\s)" + "".join(
    rf"(?<!\b{word}[\s-])" for word in ("one", "two", "three", "four", "five", "six", "ten", "half")
)
"""Before "second": "1 second zoom" names no photo."""
_REFERENCE = Rule(
    rf"""(?P<label>(?:^|(?<=[\s,;.，；。、]))(?:{NOUN}\s*|\#|no\.?\s*)?(?P<listed>\d{{1,2}})\s*[:：)）、.](?=\s*[^\d\s]))
      | \b(?:on\s+|of\s+|in\s+|for\s+)?(?:the\s+)?{_NO_TIME}(?P<ordinal>{_ORDINAL})
          (?=(?:\s*(?:,|and|&|or)\s*(?:the\s+)?{_ORDINAL})*\s+(?:{NOUN}|one)\b|\s*:|\s+(?:should\s+|must\s+)?(?:zoom|pan|tilt|slide|push|pull|stay|move|hold)s?\b)
          (?:\s+(?:{NOUN}|one)\b)?(?:\s*:)?
      | \b(?:on\s+|of\s+|in\s+|for\s+)?(?:{NOUN}|number|no\.?)\s*\#?\s*(?P<numbered>\d{{1,2}}|one|two|three|four|five|six|seven|eight|nine|ten)\b(?!\s+and\s+a\s+half\b)(?!\s*-?\s*(?:s\b|secs?\b|seconds?\b|min|秒))(?:\s*:)?
      | (?:对|给|在|把)?(?:第(?P<zh>{COUNT})|(?P<zh_last>最后一))(?:张|幅|个(?=照|图))(?:照片|图片|图)?(?:[:：]|用|的?镜头)?
      | (?:照片|图片|图)\s*(?P<zh_numbered>{COUNT})(?![秒张分个\d])(?!\s*s\b)(?:[:：])?
    """,
    re.VERBOSE | re.ASCII,
)
ALL = Rule(
    rf"\b(?:all|both|every)\s+(?:of\s+)?(?:the\s+|these\s+|my\s+)?(?:{NOUN}|ones?|of them|them)\b|\beverything\b"
    r"|(?:所有|全部|每一?)(?:的)?(?:张)?(?:照片|图片|图)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Reference:
    start: int
    end: int
    index: int
    listed: bool
    """Written as a label ("2:", "photo 2:"): it holds for everything up to the next reference."""


def references(text: str) -> tuple[Reference, ...]:
    return tuple(
        Reference(match.start(), match.end(), _index(match), match["label"] is not None or match[0][-1] in ":：")
        for match in _REFERENCE.finditer(text)
    )


def bare(text: str) -> bool:
    """Whether a part of a sentence holds references and nothing else, so that the next part is about them."""
    named = references(text)
    rest = text
    for reference in named:
        rest = rest[: reference.start] + " " * (reference.end - reference.start) + rest[reference.end :]
    return bool(named) and not re.sub(r"\b(?:the|in|on|of|for)\b|[\s\0:：]", "", rest)


def _index(match: re.Match[str]) -> int:
    if match["ordinal"]:
        return _ORDINALS[match["ordinal"]]
    if match["zh_last"]:
        return -1
    said = match["listed"] or match["numbered"] or match["zh"] or match["zh_numbered"]
    return max(1, round(min(number(said), 999))) - 1
