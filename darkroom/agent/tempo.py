"""Slower and faster: the same way of the camera over more or less time. "twice as slow", "2x", "慢一点"."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from darkroom.agent.durations import last, seconds
from darkroom.agent.edit import Applied, Reading, Said, Stage
from darkroom.agent.numbers import NUMBER, number
from darkroom.agent.prompt import Prompt
from darkroom.agent.rule import Rule
from darkroom.timeline import Timeline

STEP = 1.5
"""How much slower "slower" is, without a number."""


@dataclass(frozen=True, slots=True)
class ChangeTempo:
    """The clip takes `factor` times as long: more than 1 is slower."""

    factor: float
    stage = Stage.TEMPO
    tool = "set_tempo"

    @property
    def args(self) -> Mapping[str, object]:
        return {"slower_by": round(self.factor, 3)}

    def apply(self, timeline: Timeline) -> Applied:
        changed, note = last(timeline, timeline.duration * self.factor)
        now = seconds(changed.duration)
        if self.factor > 1:
            said = Said(f"slowed it down to {now} seconds", f"放慢到 {now} 秒")
        else:
            said = Said(f"sped it up to {now} seconds", f"加快到 {now} 秒")
        return Applied(changed, said, note)


_AMOUNT = Rule(
    rf"""\b(?:(?P<twice>twice|two\s+times)|(?P<times>{NUMBER})\s*(?:x|times))\s+(?:as\s+)?(?P<way>slow|slower|fast|faster|quick|quicker)\b
      | \b(?P<slow_half>half\s+as\s+fast|(?:at\s+)?half[-\s](?:the\s+)?speed)\b
      | \b(?P<fast_half>half\s+as\s+slow|(?:at\s+)?double[-\s](?:the\s+)?speed)\b
      | (?:\bat\s+)?(?<!zoom\s)(?<!in\s)(?<!out\s)(?P<speed>{NUMBER})\s*(?:x\b(?!\s*(?:\d|zoom))|倍速)(?:\s+speed\b)?
      | (?:放慢|慢)了?\s*(?P<zh_slow>{NUMBER})倍|(?:加快|加速|快)了?\s*(?P<zh_fast>{NUMBER})倍""",
    re.VERBOSE | re.ASCII,
)
_PERCENT = Rule(
    r"(?:\bat\s+)?\b(?P<percent>\d{1,3})\s*(?:%|percent\b)\s*(?P<way>slower|faster|speed)\b|\bby\s+(?P<by>\d{1,3})\s*(?:%|percent\b)",
    re.ASCII,
)
_LEISURELY = Rule(r"慢慢|缓慢|缓缓|徐徐|快速", re.ASCII)
# "the zoom is slower" speaks of the zoom that is there and does not ask for one.
_SUBJECT = r"(?:\b(?:(?:the|this|its)\s+)?(?:zoom(?:ing)?|pan(?:ning)?|motion|movement|animation|camera)\s+(?:is\s+|be\s+|go\s+|goes\s+|gets?\s+|to\s+be\s+|way\s+|far\s+|(?=a\s+(?:bit|little))|(?=much|too))?)?"
_OBJECT = r"(?:\s+(?:zoom|pan|motion|movement|animation|speed|pace)\b(?!\s*(?:in|out|left|right|up|down|to|from|across|back)\b))?"
_SLOWER = Rule(
    rf"{_SUBJECT}\b(?:(?:a\s+)?(?:little|bit|tad|lot)(?:\s+bit)?\s+|much\s+|even\s+)?(?:slower|more\s+slowly|less\s+(?:fast|quick)(?:ly)?|(?:in\s+)?slow[-\s]?mo(?:tion)?|slow(?:\s+(?:it|this|that|them|everything|the\s+(?:clip|video|motion|zoom|pan)))?\s+down|slow\s+(?:it|this|the\s+(?:clip|video|motion|zoom|pan))(?!\s+down))\b{_OBJECT}"
    r"|\bmake\s+(?:it|this|the\s+(?:clip|video|motion))\s+slow\b|\btoo\s+(?:fast|quick)(?:ly)?\b"
    r"|(?:再|更|稍微|放|变|调)?慢(?:一点儿?|一些|点儿?|些|下来|动作|速|放)|放慢|减速|更慢|太快了?",
    re.ASCII,
)
_FASTER = Rule(
    rf"{_SUBJECT}\b(?:(?:a\s+)?(?:little|bit|tad|lot)(?:\s+bit)?\s+|much\s+|even\s+)?(?:faster|quicker|more\s+quickly|speed(?:\s+(?:it|this|that|them|everything|the\s+(?:clip|video|motion|zoom|pan)))?\s+up)\b{_OBJECT}"
    r"|\bmake\s+(?:it|this|the\s+(?:clip|video|motion))\s+(?:fast|quick)\b|\btoo\s+slow(?:ly)?\b"
    r"|(?:再|更|稍微|变|调)?快(?:一点儿?|一些|点儿?|些|起来|放|动作)|加快|加速|更快|太慢了?",
    re.ASCII,
)


def read_tempo(prompt: Prompt) -> Reading:
    """Wishes about speed. "slowly zoom in" is none: it says how the zoom feels, which it does anyway."""
    slower = _SLOWER.search(prompt.text) is not None
    amounts = [_factor(match, slower=slower) for match in _AMOUNT.finditer(prompt.text)]
    percents = [
        match for match in _PERCENT.finditer(prompt.text) if match["way"] or slower or _FASTER.search(prompt.text)
    ]
    amounts += [_share(match, slower=slower) for match in percents]
    prompt = prompt.take_all(_AMOUNT).take(match.span() for match in percents).take_all(_LEISURELY)
    factor = math.prod(amounts)
    for pattern, step in ((_SLOWER, STEP), (_FASTER, 1 / STEP)):
        if not amounts:
            factor *= step ** sum(1 for _ in pattern.finditer(prompt.text))
        prompt = prompt.take_all(pattern)
    bounded = min(max(factor, 1 / 60), 60)
    return Reading(prompt, (ChangeTempo(bounded),) if bounded != 1 else ())


def _factor(match: re.Match[str], *, slower: bool) -> float:
    """`slower`: the prompt says so elsewhere ("slow it down 2x"); "2x" alone is faster."""
    if match["slow_half"] or match["fast_half"]:
        return 2.0 if match["slow_half"] else 0.5
    if match["zh_slow"] or match["zh_fast"]:
        # 慢一倍 takes twice as long, as 慢两倍 is mostly meant to.
        amount = max(number(match["zh_slow"] or match["zh_fast"]), 2.0)
        return amount if match["zh_slow"] else 1 / amount
    amount = 2.0 if match["twice"] else max(number(match["times"] or match["speed"]), 0.1)
    return amount if match["way"] in ("slow", "slower") or (slower and not match["way"]) else 1 / amount


def _share(match: re.Match[str], *, slower: bool) -> float:
    """ "50% slower", "at 50% speed"; "by 50%" goes the way that the prompt says elsewhere."""
    share = max(int(match["percent"] or match["by"]), 1) / 100
    if match["way"] == "speed":
        return 1 / share
    return 1 + share if match["way"] == "slower" or (slower and not match["way"]) else 1 / (1 + share)
