"""When a title shows. Words about time come in with the clip's length; start and duration in milliseconds go out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from darkroom.agent.numbers import NUMBER, SECOND_UNIT, TIME, milliseconds, number
from darkroom.agent.rule import Rule
from darkroom.limits import SHORTEST_TITLE
from darkroom.timeline import Title

AT_AN_END = 3_000
"""Milliseconds that a title at the beginning or the end shows, when nobody says how long; at most half the clip."""

CUT = 1
"""Milliseconds that a title ends before the clip that cut it: less than a frame, so nobody sees it."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was said of a title's time, in milliseconds: None is not said; `start` -1 means "up to the clip's end"."""

    start: float | None = None
    duration: float | None = None
    part: tuple[float, float] | None = None
    """From where to where as shares of the clip ("the second half" is 0.5 to 1), instead of the two others."""

    def within(self, clip: int) -> tuple[int, int]:
        """Start and duration inside a clip of that length. Nothing said at all means the whole clip."""
        if self.part:
            first, until = (round(clip * share) for share in self.part)
            return Window(first, until - first).within(clip)
        whole = self.start is None and self.duration is None
        asked = self.duration if self.duration is not None else (clip if whole else _open_end(self.start, clip))
        duration = round(min(max(asked, SHORTEST_TITLE), clip))
        start = clip - duration if self.start == -1 else round(min(max(self.start or 0, 0), clip - SHORTEST_TITLE))
        return start, min(duration, clip - start)


def _open_end(start: float | None, clip: int) -> float:
    """How long a title shows of which only the beginning is known."""
    return min(AT_AN_END, clip / 2) if start in (0, -1) else max(clip - (start or 0), SHORTEST_TITLE)


UNSAID = Window()
WHOLE = Window(0, float("inf"))

_UNIT = Rule(rf"{SECOND_UNIT}|min|分", re.ASCII)
_A_UNIT = r"(?:second|sec|minute|min)\b"
"""A unit without a number: "the last second" is one of them."""
_BARE_UNIT = Rule(_A_UNIT, re.ASCII)
_CLOCK = r"\d{1,2}:\d\d"
SPAN = Rule(
    rf"""\b(?:from|between)\s+(?:second\s+)?(?P<from>{TIME}|{_CLOCK}|{NUMBER})\s*(?:to|until|till|through|and|-|–|—)\s*(?:second\s+)?(?P<to>{TIME}|{_CLOCK}|{NUMBER})
      | (?P<dash_from>{NUMBER}|{_CLOCK})\s*s?\s*(?:-|–|—|~|to)\s*(?P<dash_to>{TIME}|{_CLOCK})
      | (?:从|在)?第?\s*(?P<zh_from>{NUMBER})\s*秒?\s*(?:到|至|-|–|—|~)\s*第?\s*(?P<zh_to>{NUMBER})\s*秒钟?(?:之间|的时候|时)?""",
    re.VERBOSE | re.ASCII,
)
_DURING = r"\b(?:(?:for|in|during|over|within|through|only|just)\s+){0,3}(?:the\s+)?(?:very\s+)?"
_OF_IT = r"(?:\s+of\s+(?:it|(?:the\s+|my\s+)?(?:clip|video|time))\b)?(?:\s+only)?"
_NO_VERB = "".join(rf"(?<!\b{word}\s)" for word in ("should", "must", "will", "can", "to", "it", "them"))
"""Before "last": "it should last 2 seconds" names no end."""
_PART = Rule(
    rf"""{_DURING}(?:(?P<first>first|opening|initial)|(?P<middle>middle)|(?P<last>last|final|closing|latter)|(?P<second>second|2nd)|(?P<third>third|3rd)|(?P<fourth>fourth|4th))\s+
        (?:(?P<half>half)|(?P<thirds>third)|(?P<quarter>quarter))\b(?!\s*-?\s*(?:an?\s+)?{_A_UNIT}){_OF_IT}
      | (?P<to_half>\b(?:until|till|up\s+to|before)\s+(?:half\s?way|midway|the\s+(?:middle|mid-?point|half)(?!\s+of\s+the\s+(?:screen|frame|picture|photo|image))){_OF_IT}|(?:在|只在)?(?:前|上)(?:面的?)?(?:一半|半(?:段|部分|截|程)|半(?![秒分边]))(?:时间|视频|里|内)?)
      | (?P<from_half>\b(?:from|after|starting|at|only)?\s*(?:half\s?way|midway)(?:\s+(?:through|in|on|mark|point))*{_OF_IT}|(?:在|只在)?(?:最?后|下)(?:面的?)?(?:一半|半(?:段|部分|截|程)|半(?![秒分边]))(?:时间|视频|里|内)?)
      | (?:在|只在)?(?:(?P<zh_first>前|开头)|(?P<zh_middle>中间)|(?P<zh_last>最?后))面?的?(?:(?P<zh_thirds>三分之一)|(?P<zh_quarter>四分之一))(?:时间|视频|里|内)?""",
    re.VERBOSE | re.ASCII,
)
_FIRST = Rule(
    rf"""{_DURING}(?:first|opening|initial)\s+(?P<en>{TIME}|{_A_UNIT}|{NUMBER})(?:\s+only)?
      | (?:在|只在)?(?:最?开头|开始|最?前)的?面?\s*(?P<zh>{TIME})(?:钟?内|里)?
      | (?:在|只在)?第(?P<zh_first>一秒)钟?(?:内|里)?(?!\s*(?:[到至起后时处前开-]|以后|之后|以前|之前))""",
    re.VERBOSE | re.ASCII,
)
_LAST = Rule(
    rf"""{_DURING}{_NO_VERB}(?:last|final|closing)\s+(?P<en>{TIME}|{_A_UNIT}|{NUMBER})(?:\s+only)?
      | (?:在|只在)?(?:最后|结尾|末尾)的?\s*(?P<zh>{TIME})(?:钟?内|里)?""",
    re.VERBOSE | re.ASCII,
)
_UNTIL = Rule(
    rf"""\b(?:until|till|up\s+to|before|through)\s+(?:the\s+)?(?:second\s+)?(?P<en>{TIME}|{_CLOCK}|{NUMBER})(?:\s+mark)?
      | (?:直到|到|显示到|持续到)第?\s*(?P<zh>{NUMBER})\s*秒钟?(?:为止|结束|消失)?|第?\s*(?P<zh_before>{NUMBER})\s*秒钟?(?:以前|之前|前)""",
    re.VERBOSE | re.ASCII,
)
_ONWARDS = Rule(
    rf"""\b(?:from|after)\s+(?:the\s+first\s+|second\s+)?(?P<en>{TIME}|{_CLOCK}|{NUMBER})\s+(?:on\s+)?(?:to|until|till)\s+the\s+(?:very\s+)?end(?:\s+of\s+(?:the\s+)?(?:clip|video))?\b
      | \bafter\s+the\s+first\s+(?P<first>{TIME}|{NUMBER})
      | (?:从|在)?第?\s*(?P<zh>{NUMBER})\s*秒钟?(?:开始|起)?(?:一直)?(?:到|至)(?:最后|结尾|结束|片尾|末尾)""",
    re.VERBOSE | re.ASCII,
)
_WHOLE = Rule(
    r"\bfrom\s+(?:the\s+)?(?:start|beginning)\s+(?:to|until|till)\s+(?:the\s+)?(?:end|finish)\b|从头到[尾底]|"
    r"\b(?:for|during|over|through|throughout)?\s*(?:the\s+)?(?:(?:whole|entire|full)\s+(?:clip|video|time|thing|duration|length)|all\s+the\s+time|throughout(?:\s+the\s+(?:clip|video))?)\b"
    r"|\bthroughout\b|全程|一直|从头到尾|整个(?:视频|短片|过程)|始终",
    re.ASCII,
)
_BEGINNING = Rule(
    r"\b(?:at|in|on)\s+(?:the\s+)?(?:very\s+)?(?:start|beginning|opening)(?:\s+of\s+(?:the\s+|my\s+)?(?:clip|video))?\b|\bwhen\s+(?:it|the\s+(?:clip|video))\s+(?:starts|begins)\b|在?(?:视频|短片)?(?:的)?(?:最?开头|片头|(?<![秒钟])开始)(?:处|的时候|时)?",
    re.ASCII,
)
_ENDING = Rule(
    r"\b(?:(?:right|only|just)\s+)?(?:at|in|on|near|towards?)\s+(?:the\s+)?(?:very\s+)?end(?:ing)?(?:\s+of\s+(?:the\s+|my\s+)?(?:clip|video))?\b|\b(?:(?:right|only|just)\s+)?(?:when|before)\s+(?:it|the\s+(?:clip|video))\s+ends\b|在?(?:视频|短片)?(?:的)?(?:最后|结尾|末尾|片尾|结束)(?:处|的时候|时)?(?!一?[张幅])",
    re.ASCII,
)
_AFTER = Rule(
    rf"""\b(?:after|from|starting\s+(?:at|from)|beginning\s+at|at)\s+(?:second\s+)?(?P<en>{TIME}|{_CLOCK})(?:\s+on(?:wards?)?)?
      | \b(?:at|from|after)\s+second\s+(?P<bare>{NUMBER})
      | (?:从|在)?第?\s*(?P<zh>{NUMBER})\s*秒钟?(?:以后|之后|后|起|开始|的时候|时|处)(?:出现|显示)?""",
    re.VERBOSE | re.ASCII,
)
_FOR = Rule(
    rf"\b(?:for|lasting|during|over)\s+(?:about\s+)?(?P<en>{TIME})|(?:显示|持续|出现|停留|展示)\s*(?P<zh>{TIME})|(?P<bare>{TIME})"
    # "5-second clip with the title": the clip's length, not the title's.
    r"(?!\s*-?\s*(?:long\b|(?:\w+\s+)?(?:clip|video|animation)\b|的?(?:短片|视频|动画)))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A window with the spans of the words that said it."""

    window: Window
    spans: tuple[tuple[int, int], ...] = ()


def find_window(text: str, *, bare: bool) -> Found | None:
    """The first window that `text` speaks of. `bare`: a length alone ("3 seconds") counts as the time it shows."""
    if match := SPAN.search(text):
        start, end = (_time(part) for part in match.groups() if part is not None)
        return Found(Window(start, max(end - start, SHORTEST_TITLE)), (match.span(),))
    if match := _ONWARDS.search(text):
        return Found(Window(_said(match), float("inf")), (match.span(),))
    if match := _PART.search(text):
        return Found(Window(part=_shares(match)), (match.span(),))
    for pattern, start in ((_FIRST, 0), (_LAST, -1)):
        if match := pattern.search(text):
            return Found(Window(start, _said(match)), (match.span(),))
    if match := _WHOLE.search(text):
        return Found(WHOLE, (match.span(),))
    if match := _UNTIL.search(text):
        return Found(Window(0, max(_said(match), SHORTEST_TITLE)), (match.span(),))
    length = _FOR.search(text) if bare else None
    for pattern, start in ((_BEGINNING, 0), (_ENDING, -1)):
        if match := pattern.search(text):
            return _with_length(Window(start), match, length)
    if match := _AFTER.search(text):
        began = Window(_said(match))
        return _with_length(began, match, _FOR.search(text, match.end()) if bare else None)
    if length:
        return Found(Window(None, _said(length)), (length.span(),))
    return None


def follow(titles: tuple[Title, ...], before: int, after: int) -> tuple[Title, ...]:
    """The titles of a clip whose length goes from `before` to `after` milliseconds.

    One that covered the whole clip still does, and one that `belongs_to_the_end` keeps its distance from it. The others
    keep their time, cut where the clip is now shorter: they end `CUT` before it, so that no later change takes a title
    that was cut for one that covers the clip or belongs to its end.
    """
    return tuple(_followed(title, before, after) for title in titles)


def _followed(title: Title, before: int, after: int) -> Title:
    if after == before:
        return title
    if title.start == 0 and title.duration >= before:
        return replace(title, duration=after)
    if belongs_to_the_end(title, before):
        duration = min(title.duration, after - CUT)
        return replace(title, start=after - duration, duration=duration)
    start = min(title.start, after - CUT - SHORTEST_TITLE)
    return replace(title, start=start, duration=min(title.duration, after - CUT - start))


def belongs_to_the_end(title: Title, clip: int) -> bool:
    """Whether a title is one of the clip's end: it shows up to it, and in no more than its second half."""
    return title.start + title.duration >= clip and 2 * title.start >= clip


def _shares(match: re.Match[str]) -> tuple[float, float]:
    """From where to where a match of `_PART` reaches, as shares of the clip."""
    if match["to_half"] or match["from_half"]:
        return (0, 0.5) if match["to_half"] else (0.5, 1)
    parts = 2 if match["half"] else 3 if match["thirds"] or match["zh_thirds"] else 4
    if match["middle"] or match["zh_middle"]:
        return (0.5 - 0.5 / parts, 0.5 + 0.5 / parts)
    if match["last"] or match["zh_last"]:
        return (1 - 1 / parts, 1)
    nth = 1 if match["second"] else 2 if match["third"] else 3 if match["fourth"] else 0
    nth = min(nth, parts - 1)
    return (nth / parts, (nth + 1) / parts)


def _with_length(window: Window, match: re.Match[str], length: re.Match[str] | None) -> Found:
    if length is None:
        return Found(window, (match.span(),))
    return Found(Window(window.start, _said(length)), (match.span(), length.span()))


def _said(match: re.Match[str]) -> float:
    return _time(next(filter(None, match.groups())))


def _time(text: str) -> float:
    if ":" in text:
        minutes, seconds = text.split(":")
        return int(minutes) * 60_000 + int(seconds) * 1_000
    if _BARE_UNIT.fullmatch(text):
        return 60_000 if text.startswith("min") else 1_000
    return milliseconds(text) if _UNIT.search(text) else number(text) * 1_000
