"""How long the clip and its photos last: "5-second", "each photo 3 seconds", "a bit longer", "十秒"."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from darkroom.agent.edit import Applied, Edit, Reading, Said, Stage
from darkroom.agent.numbers import TIME, milliseconds
from darkroom.agent.photos import missing, places
from darkroom.agent.prompt import Prompt
from darkroom.agent.references import NOUN
from darkroom.agent.rule import Rule
from darkroom.agent.windows import follow
from darkroom.limits import LONGEST, SHORTEST, SHORTEST_SHOT, length, share_out
from darkroom.timeline import Timeline


def seconds(milliseconds_: float) -> str:
    """One decimal, half up: 5000 → "5", 3333 → "3.3", 1250 → "1.3". Every length that a person reads passes here."""
    tenths = math.floor(milliseconds_ / 100 + 0.5)
    return f"{tenths // 10}.{tenths % 10}".removesuffix(".0")


def last(timeline: Timeline, total: float) -> tuple[Timeline, Said | None]:
    """The timeline made that long (milliseconds), each photo in proportion, and what to say if it could not be."""
    count = len(timeline.shots)
    until = length(total, count)
    shares = share_out(until, tuple(shot.duration for shot in timeline.shots))
    shots = tuple(replace(shot, duration=share) for shot, share in zip(timeline.shots, shares, strict=True))
    titles = follow(timeline.titles, timeline.duration, until)
    note = None
    if total > LONGEST:
        note = Said(f"A clip is at most {seconds(LONGEST)} seconds long.", f"短片最长 {seconds(LONGEST)} 秒。")
    elif until - total >= 1:
        least = seconds(until)
        note = Said(
            f"A clip is at least {least} second{'' if least == '1' else 's'} long"
            + (f" with {count} photos." if until > SHORTEST else "."),
            (f"有 {count} 张照片的" if until > SHORTEST else "") + f"短片最短 {least} 秒。",
        )
    return replace(timeline, shots=shots, titles=titles), note


@dataclass(frozen=True, slots=True)
class SetDuration:
    """The whole clip lasts `total` milliseconds."""

    total: float
    stage = Stage.LENGTH
    tool = "set_duration"

    @property
    def args(self) -> Mapping[str, object]:
        return {"seconds": self.total / 1000}

    def apply(self, timeline: Timeline) -> Applied:
        changed, note = last(timeline, self.total)
        now = seconds(changed.duration)
        unit = "second" if now == "1" else "seconds"
        return Applied(changed, Said(f"made it {now} {unit} long", f"时长改为 {now} 秒"), note)


@dataclass(frozen=True, slots=True)
class ChangeDuration:
    """Longer or shorter: times `factor`, and then `by` milliseconds more (or less)."""

    factor: float = 1
    by: float = 0
    stage = Stage.LENGTH
    tool = "set_duration"

    @property
    def args(self) -> Mapping[str, object]:
        return {"factor": self.factor, "add_seconds": self.by / 1000}

    def apply(self, timeline: Timeline) -> Applied:
        return SetDuration(timeline.duration * self.factor + self.by).apply(timeline)


@dataclass(frozen=True, slots=True)
class SetPhotoDuration:
    """Single photos (all where `indices` is empty) show for `each` milliseconds."""

    each: float
    indices: tuple[int, ...] = ()
    stage = Stage.LENGTH
    tool = "set_duration"

    @property
    def args(self) -> Mapping[str, object]:
        which = [index + 1 if index >= 0 else "last" for index in self.indices] or "all"
        return {"photo_seconds": self.each / 1000, "photos": which}

    def apply(self, timeline: Timeline) -> Applied:
        there = places(self.indices, len(timeline.shots)) if self.indices else range(len(timeline.shots))
        if not there:
            return Applied(timeline, Said("", ""), missing(len(timeline.shots)))
        each = round(min(max(self.each, SHORTEST_SHOT), LONGEST))
        wanted = replace(
            timeline,
            shots=tuple(
                replace(shot, duration=each) if at in there else shot for at, shot in enumerate(timeline.shots)
            ),
            titles=(),
        )
        changed, note = last(wanted, wanted.duration)
        titles = follow(timeline.titles, timeline.duration, changed.duration)
        shown = seconds(changed.shots[there[0]].duration)
        if len(there) == len(timeline.shots):
            said = Said(f"set each photo to {shown} s", f"每张照片 {shown} 秒")
        else:
            names = ", ".join(str(at + 1) for at in there)
            said = Said(f"set photo {names} to {shown} s", f"第 {names} 张照片 {shown} 秒")
        return Applied(replace(changed, titles=titles), said, note)


_EACH = Rule(
    rf"""\b(?:for\s+)?(?P<before>{TIME})\s+(?:for\s+)?(?:each|apiece|a\s+(?:photo|picture|image|slide)|per|every)\b(?:\s+{NOUN})?
      | \b(?:for\s+)?(?:each|every|per)\s+(?:one|{NOUN})?(?:\s+(?:for|is|lasts?|should\s+last|stays?|shows?(?:\s+for)?|gets?|at|to))*\s*[:：]?\s*(?P<after>{TIME})
      | \b(?:show|display|hold|keep)\s+(?:each|every)\s+(?:one|{NOUN})?\s*(?:for\s+)?(?P<show>{TIME})
      | 每一?[张幅个](?:照片|图片|图)?(?:显示|展示|停留|持续|都|用)*\s*(?P<zh>{TIME})
      | (?P<zh_before>{TIME})一[张幅]""",
    re.VERBOSE | re.ASCII,
)
_BY = Rule(
    rf"""\b(?P<more>{TIME})\s+(?:longer|more)\b
      | \b(?P<less>{TIME})\s+shorter\b
      | \b(?:longer|extend(?:ed)?(?:\s+(?:it|the\s+(?:clip|video)))?|lengthen(?:\s+(?:it|the\s+(?:clip|video)))?)\s+by\s+(?P<more_by>{TIME})
      | \badd\s+(?:another\s+)?(?P<added>{TIME})(?!\s+(?:title|text|caption))
      | \banother\s+(?P<another>{TIME})(?!-?\s*(?:long\b|titles?|texts?|captions?|videos?|clips?|versions?|animations?|films?|movies?|zoom|pan|的))
      | \b(?:shorter|shorten(?:\s+(?:it|the\s+(?:clip|video)))?)\s+by\s+(?P<less_by>{TIME})
      | (?:再|多|延长|加长|增加|(?<!时)长)[加长来]?了?\s*(?P<more_zh>{TIME})(?!的)
      | (?:短|少|缩短|减少|减)[了去]?\s*(?P<less_zh>{TIME})""",
    re.VERBOSE | re.ASCII,
)
_TOTAL = Rule(
    rf"""(?:\b(?:(?:for|to|of|in|last(?:s|ing)?|about|around|exactly|only|just|at\s+most|over|during|within)\s+){{1,4}})?
         (?<!first\s)(?:(?<!last\s)|(?<=should\slast\s)|(?<=must\slast\s)|(?<=will\slast\s)|(?<=to\slast\s)|(?<=it\slast\s)|(?<=clip\slast\s)|(?<=video\slast\s))(?<!opening\s)(?<!initial\s)(?<!final\s)(?<!closing\s)(?<!after\s)(?<!at\s)(?<!from\s)(?<!until\s)(?<!every\s)
         (?P<time>{TIME})(?!\s*(?:in\b(?!\s+(?:total|all|length|duration))|后|以后|之后|开始|到|至|处|-\s*\d))(?:-?\s*long\b)?(?:长(?!一|点))?""",
    re.VERBOSE | re.ASCII,
)
_TIMES_LONGER = Rule(
    r"\btwice\s+(?:as\s+)?(?P<twice>long(?:er)?)\b|\bdouble\s+(?:the\s+|its\s+)?(?P<double>length|duration)\b|\bhalf\s+(?:as\s+(?P<half_as>long)|(?:the\s+|its\s+)?(?P<half>length|duration))\b"
    r"|时?长度?(?:翻倍|加倍)(?P<zh_double>)|(?:时长|长度)减半(?P<zh_half>)",
    re.ASCII,
)
_LONGER = Rule(
    r"\b(?:(?P<little>(?:a\s+)?(?:little|bit|tad)(?:\s+bit)?|slightly|somewhat)\s+|(?:much|a\s+lot|even)\s+)?(?:longer|lengthen(?:\s+it)?|extend(?:\s+it)?)\b"
    r"|(?:再|更|稍微|稍)?(?:加|变|拉|延|调)?长(?P<little_zh>一点儿?|一些|点儿?|些)|延长|加长|变长|更长|\btoo\s+short\b|太短了?",
    re.ASCII,
)
_SHORTER = Rule(
    r"\b(?:(?P<little>(?:a\s+)?(?:little|bit|tad)(?:\s+bit)?|slightly|somewhat)\s+|(?:much|a\s+lot|even)\s+)?(?:shorter|shorten(?:\s+it)?)\b"
    r"|(?:再|更|稍微|稍)?(?:缩|变|剪|调)?短(?P<little_zh>一点儿?|一些|点儿?|些)|缩短|变短|更短|\btoo\s+long\b|太长了?",
    re.ASCII,
)
A_BIT = 1.25
CLEARLY = 1.5
"""How much longer "longer" is, without a number."""


def read_durations(prompt: Prompt) -> Reading:
    """Wishes about length. A photo's own length is read with its reference in `read_motions`' clause before this."""
    edits: list[Edit] = []
    for match in _EACH.finditer(prompt.text):
        edits.append(SetPhotoDuration(milliseconds(next(filter(None, match.groups())))))
    prompt = prompt.take_all(_EACH)
    for match in _BY.finditer(prompt.text):
        more = match["more"] or match["more_by"] or match["added"] or match["another"] or match["more_zh"]
        less = match["less"] or match["less_by"] or match["less_zh"]
        edits.append(ChangeDuration(by=milliseconds(more) if more else -milliseconds(less)))
    prompt = prompt.take_all(_BY)
    for match in _TIMES_LONGER.finditer(prompt.text):
        doubled = any(match[name] is not None for name in ("twice", "double", "zh_double"))
        edits.append(ChangeDuration(factor=2 if doubled else 0.5))
    prompt = prompt.take_all(_TIMES_LONGER)
    for pattern, sign in ((_LONGER, 1), (_SHORTER, -1)):
        for match in pattern.finditer(prompt.text):
            factor = A_BIT if match["little"] or match["little_zh"] else CLEARLY
            edits.append(ChangeDuration(factor=factor**sign))
        prompt = prompt.take_all(pattern)
    totals = list(_TOTAL.finditer(prompt.text))
    if totals:
        # Said twice, the later one corrects the earlier.
        edits.append(SetDuration(milliseconds(totals[-1]["time"])))
    return Reading(prompt.take_all(_TOTAL), tuple(edits))
