"""When a title shows. Words about time come in with the clip's length; start and duration in milliseconds go out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from darkroom.agent.numbers import NUMBER, SECOND_UNIT, TIME, milliseconds, number
from darkroom.limits import SHORTEST_TITLE
from darkroom.timeline import Title

AT_AN_END = 3_000
"""Milliseconds that a title at the beginning or the end shows, when nobody says how long; at most half the clip."""


@dataclass(frozen=True, slots=True)
class Window:
    """What was said of a title's time, in milliseconds: None is not said; `start` -1 means "up to the clip's end"."""

    start: float | None = None
    duration: float | None = None

    def within(self, clip: int) -> tuple[int, int]:
        """Start and duration inside a clip of that length. Nothing said at all means the whole clip."""
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

_UNIT = re.compile(rf"{SECOND_UNIT}|min|分", re.ASCII)
_CLOCK = r"\d{1,2}:\d\d"
SPAN = re.compile(
    rf"""\b(?:from|between)\s+(?:second\s+)?(?P<from>{TIME}|{_CLOCK}|{NUMBER})\s*(?:to|until|till|through|and|-|–|—)\s*(?:second\s+)?(?P<to>{TIME}|{_CLOCK}|{NUMBER})
      | (?P<dash_from>{NUMBER}|{_CLOCK})\s*s?\s*(?:-|–|—|~|to)\s*(?P<dash_to>{TIME}|{_CLOCK})
      | (?:从|在)?第?\s*(?P<zh_from>{NUMBER})\s*秒?\s*(?:到|至|-|–|—|~)\s*第?\s*(?P<zh_to>{NUMBER})\s*秒钟?(?:之间|的时候|时)?""",
    re.VERBOSE | re.ASCII,
)
_FIRST = re.compile(
    rf"""\b(?:(?:for|in|during|over|only)\s+){{0,3}}(?:the\s+)?(?:first|opening|initial)\s+(?P<en>{TIME}|{NUMBER})(?:\s+only)?
      | (?:在|只在)?(?:最?开头|开始|最?前)的?面?\s*(?P<zh>{TIME})(?:钟?内|里)?""",
    re.VERBOSE | re.ASCII,
)
_LAST = re.compile(
    rf"""\b(?:(?:for|in|during|over|only)\s+){{0,3}}(?:the\s+)?(?:last|final|closing)\s+(?P<en>{TIME}|{NUMBER})(?:\s+only)?
      | (?:在|只在)?(?:最后|结尾|末尾)的?\s*(?P<zh>{TIME})(?:钟?内|里)?""",
    re.VERBOSE | re.ASCII,
)
_UNTIL = re.compile(
    rf"""\b(?:until|till|up\s+to|before|through)\s+(?:the\s+)?(?:second\s+)?(?P<en>{TIME}|{_CLOCK}|{NUMBER})(?:\s+mark)?
      | (?:直到|到|显示到|持续到)第?\s*(?P<zh>{NUMBER})\s*秒钟?(?:为止|结束|消失)?|第?\s*(?P<zh_before>{NUMBER})\s*秒钟?(?:以前|之前|前)""",
    re.VERBOSE | re.ASCII,
)
_ONWARDS = re.compile(
    rf"""\b(?:from|after)\s+(?:the\s+first\s+|second\s+)?(?P<en>{TIME}|{_CLOCK}|{NUMBER})\s+(?:on\s+)?(?:to|until|till)\s+the\s+(?:very\s+)?end(?:\s+of\s+(?:the\s+)?(?:clip|video))?\b
      | \bafter\s+the\s+first\s+(?P<first>{TIME}|{NUMBER})
      | (?:从|在)?第?\s*(?P<zh>{NUMBER})\s*秒钟?(?:开始|起)?(?:一直)?(?:到|至)(?:最后|结尾|结束|片尾|末尾)""",
    re.VERBOSE | re.ASCII,
)
_WHOLE = re.compile(
    r"\bfrom\s+(?:the\s+)?(?:start|beginning)\s+(?:to|until|till)\s+(?:the\s+)?(?:end|finish)\b|从头到[尾底]|"
    r"\b(?:for|during|over|through|throughout)?\s*(?:the\s+)?(?:(?:whole|entire|full)\s+(?:clip|video|time|thing|duration|length)|all\s+the\s+time|throughout(?:\s+the\s+(?:clip|video))?)\b"
    r"|\bthroughout\b|全程|一直|从头到尾|整个(?:视频|短片|过程)|始终",
    re.ASCII,
)
_BEGINNING = re.compile(
    r"\b(?:at|in|on)\s+(?:the\s+)?(?:very\s+)?(?:start|beginning|opening)(?:\s+of\s+(?:the\s+|my\s+)?(?:clip|video))?\b|在?(?:视频|短片)?(?:的)?(?:最?开头|片头|(?<![秒钟])开始)(?:处|的时候|时)?",
    re.ASCII,
)
_ENDING = re.compile(
    r"\b(?:at|in|on|near)\s+(?:the\s+)?(?:very\s+)?end(?:ing)?(?:\s+of\s+(?:the\s+|my\s+)?(?:clip|video))?\b|在?(?:视频|短片)?(?:的)?(?:最后|结尾|末尾|片尾|结束)(?:处|的时候|时)?(?!一?[张幅])",
    re.ASCII,
)
_AFTER = re.compile(
    rf"""\b(?:after|from|starting\s+(?:at|from)|beginning\s+at|at)\s+(?:second\s+)?(?P<en>{TIME}|{_CLOCK})(?:\s+on(?:wards?)?)?
      | \b(?:at|from|after)\s+second\s+(?P<bare>{NUMBER})
      | (?:从|在)?第?\s*(?P<zh>{NUMBER})\s*秒钟?(?:以后|之后|后|起|开始|的时候|时|处)(?:出现|显示)?""",
    re.VERBOSE | re.ASCII,
)
_FOR = re.compile(
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

    One that covered the whole clip still does; one that ended with it still does; the others keep their time, cut
    where the clip is now shorter.
    """
    return tuple(_followed(title, before, after) for title in titles)


def _followed(title: Title, before: int, after: int) -> Title:
    ends = title.start + title.duration >= before
    if ends and title.start == 0:
        return replace(title, duration=after)
    duration = min(title.duration, after)
    start = after - duration if ends else min(title.start, after - min(duration, SHORTEST_TITLE))
    return replace(title, start=start, duration=min(duration, after - start))


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
    return milliseconds(text) if _UNIT.search(text) else number(text) * 1_000
