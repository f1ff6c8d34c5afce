"""An instruction to edit by hand → the same as words that can be sent as a message, where it tells what goes where."""

from __future__ import annotations

import re

_PLACE_EN = (
    r"(?:(?:to|onto|into|on to|before|after|above|below|behind|between)\s+"
    r"(?:the|your|its|a|an|another|beginning|start|end|"
    r"top|bottom|left|right|cent(?:er|re)|middle|first|second|third|last|\d)\b[^,;:.!?，。；()]{0,50})"
)
_DRAG_EN = re.compile(
    r"\b(?:drag(?:ging)?|drop)(?:\s*(?:and|&|-and-)\s*drop)?\s+(?P<what>[^,;:.!?，。；()]{1,50}?)\s+(?P<where>"
    + _PLACE_EN
    + ")",
    re.IGNORECASE,
)
_DO_EN = re.compile(
    r"\bright[- ]?click(?:ing)?\s+(?:on\s+)?(?P<what>(?:the|your)\s[^,;:.!?，。；()]{1,40}?),?\s+"
    r"(?:(?:and|then|to)\s+){1,2}"
    r"(?:(?:select|choose|pick|click|press|hit)\s+)?[\"'“‘]?(?P<do>delete|remove|split|duplicate|mute|reverse|copy)\b",
    re.IGNORECASE,
)
_PURPOSE_EN = re.compile(
    r"\b(?:click|tap|press|hit|use|select)\b[^,;:.!?，。；()]{1,60}?\sto\s+(?P<edit>(?:delete|remove|mute|shorten|split|duplicate|"
    r"reverse|rotate)\s+(?:the|your|this)\s[^,;:.!?，。；()]{1,40})",
    re.IGNORECASE,
)
_AIM = re.compile(
    r"\s(?:to (?!the\b|your\b|a\b)\w+|if|when|so|for a|or|and|in order|using|until|where|as)\b.*$", re.IGNORECASE
)
_ON_TIMELINE = re.compile(r"(?:on\s?to|into|to)\s+(?:the|your)\s+(?:[\w-]+\s){0,2}timeline$", re.IGNORECASE)
_DRAG_ZH = re.compile(
    r"(?:将|把)(?P<what>[^，。；：（）()将把]{1,20}?)(?:直接)?(?:拖拽|拖动|拖曳|拖放|拖)(?:到|至|入|进)(?P<where>[^，。；：（）()]{1,20})"
)
_DRAG_ZH_VERB_FIRST = re.compile(
    r"(?:拖拽|拖动|拖曳|拖放)(?P<what>[^，。；：（）()]{1,16}?)(?:到|至)(?P<where>[^，。；：（）()]{1,16})"
)
_DO_ZH = re.compile(
    r"(?:右键(?:点击|单击)?|右击)(?P<what>[^，。；：（）()]{1,16}?)[，,]?(?:然后|再|并)?(?:选择|点击|选)?[\"“「‘【]?(?P<do>删除|分割|静音|复制|倒放)"
)
_VAGUE = re.compile(
    r"\w+ (?:it|them|this|that|these|those|one)\b|(?:把|删除|分割|静音|复制|倒放)(?:它|它们|其|这个)", re.IGNORECASE
)
"""Said of something that another sentence names."""
_AIM_ZH = re.compile(r"(?:即可|来|以|就|进行|就可以|上?调整|上?编辑).*$")


def edits_of(sentence: str) -> tuple[str, ...]:
    """The edits that a sentence with an instruction describes, in order; none where it leaves what or where open."""
    found: list[tuple[int, str]] = []
    for match in _DRAG_EN.finditer(sentence):
        where = _AIM.sub("", match["where"]).strip()
        verb = "add" if _ON_TIMELINE.fullmatch(where) else "move"
        found.append((match.start(), f"{verb} {match['what'].strip()} {where}"))
    for match in _DO_EN.finditer(sentence):
        found.append((match.start(), f"{match['do'].lower()} {match['what'].strip()}"))
    for match in _PURPOSE_EN.finditer(sentence):
        found.append((match.start(), _AIM.sub("", match["edit"]).strip()))
    for pattern in (_DRAG_ZH, _DRAG_ZH_VERB_FIRST):
        for match in pattern.finditer(sentence):
            where = _AIM_ZH.sub("", match["where"]).strip()
            if where:
                verb = "加到" if "时间线" in where or "时间轴" in where else "移到"
                found.append((match.start(), f"把{match['what'].strip()}{verb}{where}"))
    for match in _DO_ZH.finditer(sentence):
        found.append((match.start(), f"{match['do']}{match['what'].strip()}"))
    return tuple(dict.fromkeys(edit for _, edit in sorted(found) if not _VAGUE.match(edit)))
