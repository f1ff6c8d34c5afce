"""How the view moves: "zoom in", "pan left", "1: zoom in, 2: pan left", "don't zoom", "从左到右"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from darkroom.agent.courtesy import GLAD
from darkroom.agent.dislikes import DISLIKE, DISLIKE_ZH, LIKE, LIKE_ZH, UGLY
from darkroom.agent.durations import SetPhotoDuration
from darkroom.agent.edit import Applied, Edit, Reading, Said, Stage
from darkroom.agent.numbers import TIME, milliseconds
from darkroom.agent.photos import MOVING, missing, places
from darkroom.agent.prompt import Prompt, clauses
from darkroom.agent.references import ALL, bare, references
from darkroom.agent.rule import Rule
from darkroom.timeline import Motion, Timeline

NAMES = {
    Motion.STILL: Said("no motion", "不动"),
    Motion.ZOOM_IN: Said("zoom in", "推近"),
    Motion.ZOOM_OUT: Said("zoom out", "拉远"),
    Motion.PAN_LEFT: Said("pan left", "向左平移"),
    Motion.PAN_RIGHT: Said("pan right", "向右平移"),
    Motion.PAN_UP: Said("pan up", "向上平移"),
    Motion.PAN_DOWN: Said("pan down", "向下平移"),
}
ZOOMS = frozenset({Motion.ZOOM_IN, Motion.ZOOM_OUT})
PANS = frozenset({Motion.PAN_LEFT, Motion.PAN_RIGHT, Motion.PAN_UP, Motion.PAN_DOWN})


@dataclass(frozen=True, slots=True)
class SetMotion:
    """The photos at `indices` (all where empty) get `motions` in turn, over and over."""

    motions: tuple[Motion, ...]
    indices: tuple[int, ...] = ()
    stage = Stage.MOTION
    tool = "set_motion"

    @property
    def args(self) -> Mapping[str, object]:
        which = [index + 1 if index >= 0 else "last" for index in self.indices] or "all"
        return {"motion": [motion.value for motion in self.motions], "photos": which}

    def apply(self, timeline: Timeline) -> Applied:
        count = len(timeline.shots)
        there = places(self.indices, count) if self.indices else tuple(range(count))
        if not there:
            return Applied(timeline, Said("", ""), missing(count))
        # More motions than photos: the later word corrects the earlier.
        turns = self.motions[-len(there) :]
        shots = list(timeline.shots)
        for turn, at in enumerate(there):
            shots[at] = replace(shots[at], motion=turns[turn % len(turns)])
        name = Said(
            ", then ".join(NAMES[motion].en for motion in turns), "、".join(NAMES[motion].zh for motion in turns)
        )
        said = set_to(name, there, count)
        note = None
        if len(turns) < len(self.motions):
            note = Said(
                f"A photo has one motion at a time; I took {name.en}.", f"一张照片只能有一种镜头运动，用了{name.zh}。"
            )
        return Applied(replace(timeline, shots=tuple(shots)), said, note)


@dataclass(frozen=True, slots=True)
class AvoidMotion:
    """The photos at `indices` (all where empty) that move in one of the ways of `avoided` move as `instead` says."""

    avoided: frozenset[Motion]
    instead: Motion = Motion.STILL
    indices: tuple[int, ...] = ()
    disliked: bool = False
    """Spoken of as there ("I hate the zoom"): where it is not, that is said."""
    stage = Stage.MOTION
    tool = "set_motion"

    @property
    def args(self) -> Mapping[str, object]:
        return {"avoid": sorted(motion.value for motion in self.avoided), "instead": self.instead.value}

    def apply(self, timeline: Timeline) -> Applied:
        count = len(timeline.shots)
        there = places(self.indices, count) if self.indices else range(count)
        if not there:
            return Applied(timeline, Said("", ""), missing(count))
        moved = tuple(at for at in there if timeline.shots[at].motion in self.avoided)
        if not moved and self.disliked:
            return Applied(timeline, Said("", ""), _not_there(self.avoided))
        if not moved:
            kept = list(dict.fromkeys(timeline.shots[at].motion for at in there))
            name = Said(", ".join(NAMES[move].en for move in kept), "、".join(NAMES[move].zh for move in kept))
            return Applied(timeline, Said(f"kept the motion ({name.en})", f"镜头不变（{name.zh}）"))
        shots = tuple(
            replace(shot, motion=self.instead) if at in moved else shot for at, shot in enumerate(timeline.shots)
        )
        return Applied(replace(timeline, shots=shots), set_to(NAMES[self.instead], moved, count))


@dataclass(frozen=True, slots=True)
class Animate:
    """Photos that stand still begin to move."""

    stage = Stage.MOTION
    tool = "set_motion"

    @property
    def args(self) -> Mapping[str, object]:
        return {"motion": MOVING.value, "photos": "still"}

    def apply(self, timeline: Timeline) -> Applied:
        moved = AvoidMotion(frozenset({Motion.STILL}), MOVING).apply(timeline).timeline
        moves = list(dict.fromkeys(shot.motion for shot in moved.shots))
        return Applied(
            moved,
            Said(
                f"let it move ({', '.join(NAMES[move].en for move in moves)})",
                f"让画面动起来（{'、'.join(NAMES[move].zh for move in moves)}）",
            ),
        )


def _not_there(avoided: frozenset[Motion]) -> Said:
    if avoided >= ZOOMS:
        name = Said("zoom", "缩放")
    elif avoided >= PANS:
        name = Said("pan", "平移")
    else:
        listed = sorted(avoided)
        name = Said(" or ".join(NAMES[move].en for move in listed), "或".join(NAMES[move].zh for move in listed))
    return Said(f"There is no {name.en} in the clip.", f"短片里没有{name.zh}。")


_TO = r"(?:s|ning|ned|ming|med|ing|ed)?(?:\s+(?:the\s+)?(?:camera|view|it|slowly|gently|slightly|smoothly|across|over))*\s+(?:to(?:wards?)?\s+)?(?:the\s+)?"
_PAN = r"\b(?:pan|move|slide|scroll|travel|drift|glide|sweep|tilt)" + _TO
_EDGE = {
    "left": r"(?:the\s+)?(?:far\s+)?left(?:\s+(?:side|edge))?",
    "right": r"(?:the\s+)?(?:far\s+)?right(?:\s+(?:side|edge))?",
    "top": r"(?:the\s+)?(?:top|up)",
    "bottom": r"(?:the\s+)?(?:bottom|down)",
}
_PANNING = r"(?:\b(?:pan|move|slide|scroll|travel|drift|glide|sweep|tilt)(?:s|ning|ned|ing|ed)?\s+)?(?:across\s+)?(?:\bfrom\s+)?"
_ZH_PAN = r"(?:平移|移动?|摇|滑动?|推移|扫|运动|走)"
_ZH_FROM = r"(?:镜头)?(?:从|由|自)?"
_MOTIONS: tuple[tuple[Motion, str], ...] = (
    (Motion.PAN_RIGHT, rf"{_PANNING}{_EDGE['left']}(?:\s+to\s+|-to-){_EDGE['right']}\b|{_ZH_FROM}左(?:边|侧)?(?:到|往|向|至)右(?:边|侧)?{_ZH_PAN}?"),
    (Motion.PAN_LEFT, rf"{_PANNING}{_EDGE['right']}(?:\s+to\s+|-to-){_EDGE['left']}\b|{_ZH_FROM}右(?:边|侧)?(?:到|往|向|至)左(?:边|侧)?{_ZH_PAN}?"),
    (Motion.PAN_DOWN, rf"{_PANNING}{_EDGE['top']}(?:\s+to\s+|-to-){_EDGE['bottom']}\b|{_ZH_FROM}上(?:边|面)?(?:到|往|向|至)下(?:边|面)?{_ZH_PAN}?"),
    (Motion.PAN_UP, rf"{_PANNING}{_EDGE['bottom']}(?:\s+to\s+|-to-){_EDGE['top']}\b|{_ZH_FROM}下(?:边|面)?(?:到|往|向|至)上(?:边|面)?{_ZH_PAN}?"),
    (Motion.PAN_LEFT, rf"{_PAN}left(?:wards?)?\b|\bleft(?:wards?)?\s+(?:pan|slide)\b|(?:镜头)?(?:向|往|朝)?左(?:边)?{_ZH_PAN}|平移向左|镜头(?:向|往|朝)左|(?:向|往|朝)左(?!边?[上下])"),
    (Motion.PAN_RIGHT, rf"{_PAN}right(?:wards?)?\b|\bright(?:wards?)?\s+(?:pan|slide)\b|(?:镜头)?(?:向|往|朝)?右(?:边)?{_ZH_PAN}|镜头(?:向|往|朝)右|(?:向|往|朝)右(?!边?[上下])"),
    (Motion.PAN_UP, rf"{_PAN}(?:up(?:wards?)?|top)\b|\bup(?:wards?)?\s+(?:pan|tilt)\b|(?:镜头)?(?:向|往|朝)?上{_ZH_PAN}|镜头(?:向|往|朝)上|(?:向|往|朝)上"),
    (Motion.PAN_DOWN, rf"{_PAN}(?:down(?:wards?)?|bottom)\b|\bdown(?:wards?)?\s+(?:pan|tilt)\b|(?:镜头)?(?:向|往|朝)?下{_ZH_PAN}|镜头(?:向|往|朝)下|(?:向|往|朝)下"),
    (Motion.ZOOM_OUT, r"\bzoom(?:s|ing|ed)?[-\s]*(?:\w+ly\s+)?(?:back\s+)?out(?:wards?)?\b|\b(?:pull|dolly|move|back)(?:s|ing|ed)?\s+(?:back|out|away)\b|\bpull\s+away\b|\bzoom-?out\b|(?:镜头)?(?:拉远|缩小|拉开|后退|推远|往后拉|向后拉|拉出|往外拉)"),
    (Motion.ZOOM_IN, r"\bzoom(?:s|ing|ed)?[-\s]*(?:\w+ly\s+)?(?:back\s+)?in(?:to|wards?)?\b(?:\s+(?:on|to|towards?)\b)?|\b(?:push|dolly)(?:es|s|ing|ed)?\s+in\b|\bmove(?:s|ing)?\s+closer\b|\bclose\s+in\s+on\b|\bken[\s-]burns\b(?:\s+effect)?|(?:镜头)?(?:推近|放大|拉近|推进|靠近|往前推|向前推|推镜头?|推入)"),
    (Motion.STILL, r"\b(?:stand|stay|hold|keep|be|remain)s?(?:\s+(?:it|them|this|the\s+(?:photo|picture|image|camera|view|shot)))?\s+(?:perfectly\s+|completely\s+|absolutely\s+)?still\b|(?:^|:)[\s\0]*(?:completely\s+|perfectly\s+)?still[\s\0]*$|(?:\b(?:stand|stay|hold|keep|be|remain|make)s?\s+(?:it\s+)?)?\b(?:static|motionless|steady|frozen)\b(?!\s+(?:images?|photos?|pictures?|pics?|shots?|frames?)\b)|\bfreeze\b|静止(?:不动)?(?!的?(?:照|图))|不动|定格|固定(?:镜头|不动)?"),
    (Motion.ZOOM_IN, r"\bzoom(?:s|ing)?\b(?:\s+effects?)?|缩放|变焦"),
    (Motion.PAN_RIGHT, r"\bpan(?:s|ning)?\b(?:\s+(?:across|over))?|\b(?:move|slide|sweep)\s+across\b|平移|摇镜头?|横移"),
)  # fmt: skip
_TIME = Rule(TIME, re.ASCII)
_MOTION = Rule("|".join(f"(?P<m{at}>{pattern})" for at, (_, pattern) in enumerate(_MOTIONS)), re.ASCII)
_NO = Rule(
    r"(?:\b(?:don'?t|do\s+not|never|no|not|without|without\s+any|no\s+more|stop|avoid|instead\s+of|rather\s+than|skip\s+the)\b(?:\s+(?:use|do|want|need|add|have|apply|it\s+to|to|the|a|any|of|camera))*|不要|不想要?|不用|不需要|别再?|无需|取消|去掉|没有|无|停止)\s*(?:any\s+|the\s+|任何|再|用|做|加)*\s*$",
    re.ASCII,
)
_LOOK_BACK = 80
"""Characters before a motion in which its denial is looked for."""
_DISLIKED = Rule(
    rf"(?:{DISLIKE}(?:(?:the|this|that|these|those|any|all|your|how|it|a|of|slow|fast|constant|camera|picture)\s+)*|{DISLIKE_ZH}(?:这个|这种|那个|那种|现在|镜头|画面|的)*)\s*$",
    re.ASCII,
)
_LIKED = Rule(rf"(?:{LIKE}(?:(?:slow|fast|gentle|smooth|camera)\s+)*|{LIKE_ZH})\s*$", re.ASCII)
_UGLY = Rule(UGLY, re.ASCII)
_NO_MOTION = Rule(
    rf"{DISLIKE}(?:(?:any|all|camera)\s+)*(?:motion|movements?|moving|animation)\b|{DISLIKE_ZH}(?:镜头)?(?:运动|动画|动效|移动)|"
    r"\b(?:no|without(?:\s+any)?|not?\s+any|remove\s+(?:the|all|any)|stop(?:\s+(?:the|all))?)\s+(?:camera\s+)?(?:motion|movements?|moving|animation)\b|\b(?:don'?t|do\s+not)\s+(?:move|animate)(?:\s+(?:it|the\s+(?:photo|picture|image|camera)|anything))?\b"
    r"|(?:不要|不用|无|没有|去掉|取消|别加?)(?:任何)?(?:镜头)?(?:运动|动画|动效|移动|动作)|别动|不要动",
    re.ASCII,
)
_ANIMATE = Rule(
    r"\b(?:animate[ds]?|animations?|animating)\b(?:\s+(?:it|this|that|them|these))?|\b(?:bring|brings|come|comes|coming|make)\b(?:\s+(?!alive|to\b)\w+){0,3}\s+(?:to\s+life|alive)\b"
    r"|\b(?:smooth|gentle|subtle|slow|soft|nice|natural|cinematic|some|a\s+(?:bit|little)\s+of|a\s+little|add|with)\s+(?:(?:camera|smooth|gentle|subtle|slow|and)\s+)*(?:motion|movement)s?\b"
    r"|\b(?:make\s+(?:it|this|them|the\s+\w+)\s+move|motion|movements?|ani[mn]ated?)\b|动起来|动画(?:效果)?|动态(?:效果)?|会动|动效|镜头运动|运镜|流畅的?(?:运动|动作|动感)?|活起来|平滑(?:的)?(?:运动|动作)?",
    re.ASCII,
)


@dataclass(slots=True)
class _Wish:
    """What one reference's stretch of the prompt asks for."""

    motions: list[Motion]
    avoided: set[Motion]
    disliked: bool = False
    liked: bool = False


def set_to(name: Said, there: tuple[int, ...], count: int) -> Said:
    """What was done where the photos at the places `there`, of `count`, got the motion called `name`."""
    if len(there) == count:
        return Said(f"set the motion to {name.en}", f"镜头改为{name.zh}")
    named = ", ".join(str(at + 1) for at in there)
    return Said(f"set photo {named} to {name.en}", f"第 {named} 张改为{name.zh}")


_REST = Rule(r"\b(?:the\s+)?(?:rest|others|remaining(?:\s+ones)?)\b|其余的?|其他的?|剩下的?", re.ASCII)
_IN_AND_OUT = Rule(r"\bzoom(?:s|ing)?\s+in\s+and\s+(?:then\s+)?(?:back\s+)?out\b", re.ASCII)


def read_motions(prompt: Prompt) -> Reading:
    """Wishes about motion, and how long single photos show that are named with them."""
    edits: list[Edit] = []
    taken: list[tuple[int, int]] = []
    wishes: dict[tuple[int, ...], _Wish] = {}
    carried: tuple[int, ...] = ()
    listed = False
    animate = False
    if _IN_AND_OUT.search(prompt.text):
        edits.append(SetMotion((Motion.ZOOM_IN, Motion.ZOOM_OUT)))
        prompt = prompt.take_all(_IN_AND_OUT)
    for start, end in clauses(prompt.text):
        text = prompt.text[start:end]
        named = references(prompt.text[start : end + 1])
        indices = tuple(reference.index for reference in named)
        if named and not (carried and not listed):
            listed = named[-1].listed
        if _REST.search(text) and not named:
            # All of them; what is asked of single photos comes after it and counts more.
            carried, listed = (), False
            taken += [(start + match.start(), start + match.end()) for match in _REST.finditer(text)]
        about = carried + indices if not listed or not carried else (indices or carried)
        wish = wishes.setdefault(about, _Wish([], set()))
        spans = _read_clause(text, wish)
        for match in _TIME.finditer(text) if about else ():
            edits.append(SetPhotoDuration(milliseconds(match[0]), about))
            spans.append(match.span())
        moving = list(_ANIMATE.finditer(_blank(text, spans)))
        animate = animate or bool(moving)
        spans += [match.span() for match in moving]
        all_of_them = [match.span() for match in ALL.finditer(text)] if spans else []
        taken += [(start + a, start + b) for a, b in (*spans, *all_of_them)]
        taken += [(start + reference.start, min(start + reference.end, end)) for reference in named]
        carried = about if listed or (named and not spans and bare(text)) else ()
    edits += _edits(wishes, animate=animate)
    notes = (GLAD,) * any(wish.liked for wish in wishes.values())
    return Reading(prompt.take(taken), tuple(edits), notes)


def _read_clause(text: str, wish: _Wish) -> list[tuple[int, int]]:
    """Puts what a clause asks for into `wish` and tells where it stands."""
    spans: list[tuple[int, int]] = []
    for match in _NO_MOTION.finditer(text):
        wish.motions.append(Motion.STILL)
        spans.append(match.span())
    for match in _MOTION.finditer(_blank(text, spans)):
        at = next(at for at in range(len(_MOTIONS)) if match[f"m{at}"] is not None)
        motion = _MOTIONS[at][0]
        ahead = max(0, match.start() - _LOOK_BACK)
        before = text[ahead : match.start()]
        disliked = _DISLIKED.search(before)
        ugly = _UGLY.match(text, match.end())
        liked = _LIKED.search(before)
        denied = disliked or _NO.search(before)
        end = ugly.end() if ugly else match.end()
        if liked and not ugly:
            wish.liked = True
            spans.append((ahead + liked.start(), end))
            continue
        if denied is None and ugly is None:
            wish.motions.append(motion)
        elif motion is Motion.STILL:
            wish.motions.append(MOVING)
        else:
            # "don't zoom" means both ways, "don't zoom out" only the one.
            general = at >= len(_MOTIONS) - 2
            wish.avoided |= (ZOOMS if motion in ZOOMS else PANS) if general else {motion}
            wish.disliked = wish.disliked or bool(disliked or ugly)
        spans.append((ahead + denied.start() if denied else match.start(), end))
    return spans


def _edits(wishes: Mapping[tuple[int, ...], _Wish], *, animate: bool) -> list[Edit]:
    edits: list[Edit] = []
    asked = any(wish.motions for wish in wishes.values())
    for indices, wish in sorted(wishes.items(), key=lambda item: bool(item[0])):
        motions = tuple(motion for motion in wish.motions if motion not in wish.avoided)
        if motions:
            edits.append(SetMotion(motions, indices))
        elif wish.avoided:
            # Told to move but not to zoom: a photo can still be panned over.
            panned = animate and not wish.avoided & PANS
            instead = Motion.PAN_RIGHT if panned else Motion.STILL
            edits.append(AvoidMotion(frozenset(wish.avoided), instead, indices, wish.disliked))
    if animate and not asked and not any(wish.avoided for wish in wishes.values()):
        edits.append(Animate())
    return edits


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
