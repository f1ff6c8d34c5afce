"""Another motion than the present one, whichever: "try it another way", "surprise me", "I don't like the motion", "换个动法".

The prompt comes in; edits go out that choose a motion for each shot when they are applied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from darkroom.agent.absent import read_absent
from darkroom.agent.dislikes import DISLIKE, DISLIKE_ZH, UGLY
from darkroom.agent.edit import Applied, Edit, Reading, Said, Situation, Stage
from darkroom.agent.motions import NAMES, PANS, ZOOMS, Animate, AvoidMotion, SetMotion, set_to
from darkroom.agent.numbers import TIME
from darkroom.agent.photos import missing, places
from darkroom.agent.prompt import Prompt, Span, clauses
from darkroom.agent.references import NOUN, bare, references
from darkroom.agent.rule import Rule
from darkroom.agent.title_patterns import NOUN as TITLE
from darkroom.timeline import Canvas, Motion, Shot, Timeline

MORE_UPRIGHT = 1.15
"""How many times narrower than the canvas a picture is in shape, at least, for the view to travel up and down it."""


@dataclass(frozen=True, slots=True)
class AnotherWay:
    """The photos at `indices` (all where empty) move in another way than now.

    Each gets the way that it has moved in least recently, so that asking again and again leads through all of them.
    """

    indices: tuple[int, ...] = ()
    vague: bool = False
    """Said in words ("another one", "再来一版") that mean this only where nothing else is asked, and of a clip that is there."""
    avoided: frozenset[Motion] = frozenset()
    besides: tuple[int, ...] = ()
    """Photos that are left as they are, whatever `indices` names."""
    past: tuple[Timeline, ...] = ()
    """What the clip was like before, the newest last."""
    shapes: Mapping[str, float] = field(default_factory=dict)
    """As in `Situation`."""
    stage = Stage.MOTION
    tool = "set_motion"

    @property
    def args(self) -> Mapping[str, object]:
        which = [index + 1 if index >= 0 else "last" for index in self.indices] or "all"
        return {"motion": "another", "photos": which}

    def apply(self, timeline: Timeline) -> Applied:
        count = len(timeline.shots)
        there = places(self.indices, count) if self.indices else tuple(range(count))
        if not there:
            return Applied(timeline, Said("", ""), missing(count))
        left = places(self.besides, count)
        shots = list(timeline.shots)
        changed: dict[Motion, tuple[int, ...]] = {}
        for at in (at for at in there if at not in left):
            motion = self._another(shots[at], timeline.canvas)
            shots[at] = replace(shots[at], motion=motion)
            changed[motion] = (*changed.get(motion, ()), at)
        said = [set_to(NAMES[motion], which, count) for motion, which in changed.items()]
        return Applied(
            replace(timeline, shots=tuple(shots)),
            Said(", ".join(part.en for part in said), "，".join(part.zh for part in said)),
        )

    def _another(self, shot: Shot, canvas: Canvas) -> Motion:
        shape = self.shapes.get(shot.file, canvas.width / canvas.height)
        refused = self.avoided | {shot.motion}
        suiting = [motion for motion in ways(shape, canvas) if motion not in refused]
        left = suiting or [motion for motion in Motion if motion in ZOOMS | PANS and motion not in refused]
        used = [each.motion for timeline in self.past for each in timeline.shots if each.file == shot.file]
        last = {motion: at for at, motion in enumerate(used)}
        return min(left, key=lambda motion: last.get(motion, -1), default=shot.motion)


def ways(shape: float, canvas: Canvas) -> tuple[Motion, ...]:
    """The ways to move over a picture whose width is `shape` times its height: pans go along what the canvas cuts off."""
    if shape * MORE_UPRIGHT < canvas.width / canvas.height:
        return Motion.ZOOM_IN, Motion.ZOOM_OUT, Motion.PAN_UP, Motion.PAN_DOWN
    return Motion.ZOOM_IN, Motion.ZOOM_OUT, Motion.PAN_RIGHT, Motion.PAN_LEFT


def informed(edits: tuple[Edit, ...], situation: Situation) -> tuple[Edit, ...]:
    """The edits, each wish for another way with what it has to know of the situation. Vague ones are none of new photos."""
    timeline = situation.timeline
    past = situation.past if timeline is None else (*situation.past, timeline)
    shapes = {**situation.shapes, **{photo.file: photo.width / photo.height for photo in situation.waiting}}
    return tuple(
        replace(edit, past=past, shapes=shapes) if isinstance(edit, AnotherWay) else edit
        for edit in edits
        if not (isinstance(edit, AnotherWay) and edit.vague and situation.waiting)
    )


def settled(edits: tuple[Edit, ...], *, alone: bool) -> tuple[Edit, ...]:
    """The edits of a prompt with one wish for another way at most: a motion that was named is what the person wants.

    `alone`: the prompt holds nothing that is no edit.
    """
    others = tuple(edit for edit in edits if not isinstance(edit, AnotherWay))
    wishes = [edit for edit in edits if isinstance(edit, AnotherWay)]
    meant = [edit for edit in wishes if not edit.vague] or [edit for edit in wishes if alone and not others]
    named = [edit.indices for edit in others if isinstance(edit, SetMotion)]
    everywhere = any(not edit.indices for edit in meant)
    if not meant or (everywhere and () in named):
        return others
    indices = frozenset(index for edit in meant for index in edit.indices) if not everywhere else frozenset[int]()
    avoiding = [edit for edit in others if isinstance(edit, AvoidMotion)]
    avoided = frozenset(motion for edit in avoiding for motion in edit.avoided)
    if avoided >= ZOOMS | PANS:
        return others
    covered = [edit for edit in avoiding if everywhere or (edit.indices and indices.issuperset(edit.indices))]
    besides = tuple(sorted({index for each in named for index in each}))
    another = AnotherWay(tuple(sorted(indices)), meant[0].vague, avoided, besides)
    return (*(edit for edit in others if edit not in covered and not isinstance(edit, Animate)), another)


_VERY = r"(?:(?:completely|totally|entirely|whole|very|slightly|really|quite|bit|little|much|truly)\s+){0,4}"
_OTHER = rf"(?:(?:an?|some|any|one)\s+){{0,3}}{_VERY}(?:another|(?<!\bthe\s)other|diff(?:erent)?|new|alternative|alternate|fresh|random|next)(?:\s+(?:kind|type|sort|form)s?\s+of)?"
_CHOOSE = r"(?:\b(?:try|pick|choose|select|use|prefer|find|surprise\s+(?:me|us)\s+with|(?:switch|change|turn|move)\s+(?:(?:it|this|that|them)\s+)?(?:on\s+)?(?:in)?to|go\s+(?:with|for)|think\s+of|come\s+up\s+with)\s+)?"
_MOVING = r"(?:\b(?:pan|zoom|move|go|slide|travel|tilt|animate|redo|remake)(?:s|d|ning|ing)?\s+(?:(?:it|this|that|them|all|again|the\s+(?:camera|clip|video))\s+){0,4}(?:in\s+)?)?"
_WAY = r"(?:camera\s+)?(?:ways?|motions?|movements?|moves?|animations?|effects?|directions?|approach|manner|camera\s?work)\b(?:\s+(?:to|of|for)\s+(?:mov(?:e|ing)|animat(?:e|ing)|do(?:ing)?)(?:\s+(?:it|this|that|them))?)?(?!\s+(?:to\s+(?:say|write|spell)|speeds?|blur|graphics?|lengths?|durations?|time|styles?)\b)"
_MOTION = r"(?:camera\s+)?(?:motions?|movements?|moving|animations?|effects?|camera\s?work)\b(?!\s+(?:speeds?|blur|graphics?|lengths?|durations?|time|styles?)\b)"
_HOW = rf"(?:how|the\s+way)\s+(?:it|this|that|they|(?:the\s+|my\s+)?(?:\w+\s+)?(?:camera|view|video|clip|{NOUN}(?:\s+\d{{1,2}})?))(?:'s|\s+is|\s+are|\s+was)?\s+(?:moves?|moving|moved|goes|going|animated)\b"
_IT = rf"(?:it|this|that|them|all|everything|again|over|once\s+more|one\s+more\s+time|another\s+time|(?:the\s+|my\s+|all\s+){{0,3}}(?:camera|view|clip|video|motion|movement|animation|effect|{NOUN}(?:\s+\d{{1,2}})?))"
_END = rf"(?=[\s\0]*(?:$|[^\w\s\0]|(?:please|pls|plz|this\s+time|next\s+time|now|again|instead|thanks?|thx|too|maybe|entirely|altogether|completely|if\s+you|ok(?:ay)?)\b|(?:for|on|with|in|of)\s+(?:it|this|that|them|all|both|every|each|(?:the\s+|my\s+)?(?:\w+\s+)?(?:{NOUN}|motion|movement|animation|effect))\b|(?:from|than)\s+(?:before|last|this|that|the|now|it|what)\b|with\s+\0|[\u3400-\u9fff]))"
_AFTER = r"(?:\s+(?:entirely|altogether|completely|(?:from|than)\s+(?:this|that|before|now|it|(?:the\s+)?(?:last|first|previous|present|current)(?:\s+(?:one|time|version))?))){0,3}"
_ENGLISH = "|".join(
    (
        rf"{_CHOOSE}{_MOVING}{_OTHER}\s+{_WAY}{_AFTER}",
        rf"\b(?:mov(?:e|es|ing)|animat(?:e|es|ed|ing)|do(?:es|ing|ne)?|redo(?:ne)?|remake|try|go(?:es)?|behaves?|plays?|film(?:ed)?|made?|make|render|run|look|be|again)(?:\s+{_IT}){{0,4}}\s+{_VERY}different(?:ly)?{_AFTER}{_END}",
        rf"{_CHOOSE}\bsomething\s+{_VERY}(?:else|different|new|fresh|other)\b{_AFTER}{_END}",
        rf"\b(?:change|vary|switch|swap|alter|replace|redo|remake|mix)(?:\s+up)?\s+(?:(?:the|its|this|that|their|your|current)\s+){{0,3}}(?:{_MOTION}|{_HOW})(?:\s+(?:to|with|for|into)\s+(?:something\s+(?:else|different|new)|another(?:\s+one)?|(?:a\s+)?(?:different|new)\s+one)\b)?",
        r"\bsurprise\s+(?:me|us)\b(?!\s+(?:with|by)\b)|\b(?:mix|switch|change|shake|spice)\s+(?:it|this|things)\s+up\b",
        rf"\brandom(?:ly|i[sz]e)?(?:\s+(?:the\s+)?{_MOTION}|(?:\s+one)?{_END})",
        r"\b(?:not|(?:don'?t|do\s+not)\s+(?:want|use|repeat)|other\s+than|instead\s+of)\s+(?:this|that|these|the\s+same)\s+(?:camera\s+)?(?:motions?|movements?|animations?|ways?|effects?|moves?)\b",
        rf"(?:{DISLIKE}|\bnot\s+(?:{_VERY}(?:happy|satisfied|pleased)\s+with\s+))(?:(?:(?:the|this|that|these|those|your|its|current|present|slow|fast|constant)\s+){{1,4}}(?:(?:kind|sort|type)\s+of\s+)?{_MOTION}|{_HOW})",
        rf"(?:(?:^|\b(?:the|this|that|its|your)\s+)(?:current\s+)?{_MOTION}|{_HOW})(?:{UGLY}|\s+(?:is\s+not|isn'?t|doesn'?t\s+look|does\s+not\s+look)\s+{_VERY}(?:good|nice|great|right|pretty|working|what\s+i\s+(?:want|wanted|meant))\b)",
    )
)
_VAGUE_ENGLISH = "|".join(
    (
        rf"{_CHOOSE}(?:{_OTHER}|\bone\s+more)\s+(?:versions?|variations?|variants?|takes?|options?|ideas?|try|attempt|go|rendition|results?|possibilit(?:y|ies)|suggestions?|one)\b{_AFTER}{_END}",
        rf"\b(?:an\s+alternative|alternatives)\b{_AFTER}{_END}|\bwhat\s+else\s+(?:do|have)\s+you\s+(?:have|got)\b|^[\s\0]*{_VERY}different(?:ly)?{_AFTER}{_END}",
        rf"\btry(?:\s+(?:it|this|that))?\s+(?:again|once\s+more|one\s+more\s+time|another\s+time)\b{_END}|\b(?:have|give\s+(?:it|this))\s+another\s+(?:try|go|shot)\b",
        rf"\bredo\b(?:\s+{_IT}){{0,4}}{_END}",
        rf"{DISLIKE}(?:it|this|that|(?:this|that|the)\s+(?:one|video|clip|version|result|way))(?:\s+(?:at\s+all|(?:very|so|that)\s+much|much|either|anymore)){{0,3}}{_END}",
    )
)

_KIND_ZH = r"(?:一?下|一?[种个款套]|一?点儿?|一?些)"
_OTHER_ZH = r"(?:别的?|其[他它]的?|新的?|不同的?|不一样的?|另外的?|另一种)"
_WAY_ZH = r"(?:动法|动作|运动(?:方式|方法|效果)?|运镜(?:方式|手法)?|移动(?:方式|方向)?|镜头(?:运动|移动)?(?:方式|方向)?|动画(?:效果|方式)?|动效|动态(?:效果)?|动的(?:方式|样子|方法)|(?:播放)?效果|方式|方法|方向|法子|花样|玩法|走法|手法|做法)(?!图|字|片|风格|速度|时长|时间|快|慢|长|短)"
_HERE_ZH = r"(?:这个|这种|这样的?|那个|那种|现在|当前|目前|镜头|画面|视频|短片|它|的)"
_THIS_ZH = (
    rf"(?:(?:这个|这种|这样的?|那个|那种|现在|当前|目前|(?:镜头|画面|视频|短片|它)(?=[的这现])){_HERE_ZH}{{0,3}})"
)
_AGAIN_ZH = (
    r"(?:(?:再|重新)?(?:做|来|试|弄|生成|动|拍|走)?一?(?:次|遍|版|下|回)|再?(?:动(?:一动|一下)?|试试|看看)(?!慢|快))?"
)
_POOR_ZH = r"(?:(?:不太|不怎么|不够)(?:好看?|自然|行)|(?:很|太|有点)?一般般?|不自然|不行)"
_END_ZH = rf"(?=[\s\0]*(?:$|[^\w\s\0\u3400-\u9fff]|[吧呗啊呀呢吗嘛么哦啦咯哈]|看看|试试|试一下|可以吗|好吗|行吗|好不好|行不行|谢谢|再|{_AGAIN_ZH}$))"
_CHINESE = "|".join(
    (
        rf"(?:(?<![切转交])换|改变|更换|变换|[改变](?=[一个]))(?:着)?{_KIND_ZH}?{_OTHER_ZH}?{_WAY_ZH}{_AGAIN_ZH}",
        rf"换掉{_HERE_ZH}{{0,3}}{_WAY_ZH}|{_HERE_ZH}{{0,4}}{_WAY_ZH}我?都?{DISLIKE_ZH}{_END_ZH}",
        rf"(?:把)?{_HERE_ZH}{{0,4}}{_WAY_ZH}(?:给我)?[换改](?:一下|掉|一?[种个]?{_OTHER_ZH}|一[种个])",
        rf"(?:用|以|换)?(?:另外?一?[种个套]?的?|别的|其[他它]的?|不同的?|不一样的?|新的)(?:一种)?{_WAY_ZH}{_AGAIN_ZH}",
        rf"(?:再?换一?种|另外?一种){_AGAIN_ZH}{_END_ZH}|(?:换|试试?|来|弄|要|整|搞){_KIND_ZH}?(?:别的|其[他它]的?|不同的?|不一样的?|新鲜的?|新花样|花样){_AGAIN_ZH}{_END_ZH}",
        r"动得?(?:不一样|不同)(?:一?点儿?|一些)?|(?:不一样|不同)[地的]动|换着(?:花样)?动|换[个种](?:样子|姿势)动?",
        rf"[给来]我?们?(?:一?[个点些])?小?惊喜(?:一下)?|惊喜一下|让我惊喜(?:一下)?|随[机便]地?(?:换|来|选|挑)?(?:一?[个种下])?(?:{_WAY_ZH}|动?{_END_ZH})",
        rf"(?:{DISLIKE_ZH}|不要|不想要|不是|别用|不用){_THIS_ZH}(?:{_WAY_ZH}|动(?!画|感|态))|{DISLIKE_ZH}(?:它|镜头|画面)?(?:动法|动作|运镜|效果|(?:运动|移动|动)的?方式)|{DISLIKE_ZH}它?(?:这样|这么|怎么)动",
        rf"(?:^|(?<=[\s\0])|{_HERE_ZH}{{1,4}}){_WAY_ZH}(?:{UGLY}|{_POOR_ZH})|动得(?:{UGLY}|{_POOR_ZH})|对{_HERE_ZH}{{0,4}}{_WAY_ZH}(?:不太?|很不|不是很)满意",
    )
)
_VAGUE_CHINESE = "|".join(
    (
        rf"(?:再(?:来|做|弄|试|生成|出|给我)一?(?:版|次|遍)|重新(?:来|做|弄|生成|出)一?版|另外?再?来一?版)(?:别的|不同的|不一样的)?|重新生成(?:一?[个下次])?{_END_ZH}|(?:^|(?<=[\s\0]))(?:请|帮我|给我|再)?换(?:换|一换|一?下)?{_END_ZH}|重做一?(?:版|次|遍|下)?|再试试?(?:看|一下)?",
        rf"(?:再(?:来|给我|生成|做|弄)一?个|再?换一?[个版](?:版本)?|换个?版本|[换来](?:一?个)?(?:新|另一个|别的?|不同的?)版本|(?:另外?一个|新的?|下一?个?)版本?|下一版|另外?一[个版]|不一样的?|再?换换){_END_ZH}",
        rf"(?:^|(?<=[\s\0]))(?:这个|这条|这段|视频|短片)?(?:{DISLIKE_ZH}(?:这个|这一?版|它|这样|这条|这段)?的?(?:视频|版本|短片)?|(?:不太?|很不|不是很)(?:满意|好看)){_END_ZH}",
    )
)
_CLEAR = Rule(f"{_ENGLISH}|{_CHINESE}", re.ASCII)
_VAGUE = Rule(f"{_VAGUE_ENGLISH}|{_VAGUE_CHINESE}", re.ASCII)
_OF_SOMETHING_ELSE = Rule(
    r"\b(?:say|says|saying|write|writes|reads?|calls?|called|names?|named|add|put|insert|include|what|which)\s+(?:it\s+)?$|\bhow\s+(?:do|can|could|should|to)\s+(?:(?:i|you|we)\s+)?$"
    r"|\b(?:ratio|sizes?|format|shape|length|duration|speed|order|names?|position|place|quality|font)\b|比例|尺寸|画幅|时长|长度|速度|顺序|名字|位置|画质|字|[加添写][上入]?(?:一?[个种些点段])?$",
    re.ASCII,
)
"""Before the words: they are about something else, or about one thing more."""
_PART_OF_A_PHRASE = Rule(
    r"\b(?:here's|is|are|on|onto|to|at|of|from|(?<!how\s)(?<!what\s)about|with|by|into|as)\s+$",
    re.ASCII,
)
"""Before "something else" and the like: "zoom in on something else"."""
_NO = Rule(
    r"(?:\b(?:don'?t|do\s+not|never|no|not|without|needn'?t|no\s+need\s+(?:to|for))\b(?:\s+(?:to|want|need|do|use|try|make|it|any|a|an))*|不要|不用|不必|无需|不需要|别)\s*$",
    re.ASCII,
)
_EXPLAINED = Rule(r"[\s\0]*[:：]|\s*\b(?:to|into|by|so)\b", re.ASCII)
"""After the words: what follows says what the other way is."""
_PICTURES = Rule(r"\b(?:photos?|pictures?|images?|pics?|selfies?)\b|照片|图片", re.ASCII)
_TIME = Rule(TIME, re.ASCII)
_LOOK_BACK = 60
"""Characters before the words in which it is looked for what they are about, and for their denial."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Words for another way in a part of the sentence, with what denies them."""

    start: int
    end: int
    wanted: bool
    vague: bool


def read_variation(prompt: Prompt) -> Reading:
    """Wishes for another way, of all photos or of those named beside them. `settled` makes one of several."""
    edits: list[Edit] = []
    taken: list[Span] = []
    carried: tuple[int, ...] = ()
    for start, end in clauses(prompt.text):
        piece = prompt.text[start:end]
        named = references(prompt.text[start : end + 1])
        about = carried + tuple(reference.index for reference in named)
        carried = about if bare(piece) else ()
        beside = [(reference.start, min(reference.end, end - start)) for reference in named]
        found = _found(piece, beside)
        spans = [(each.start, each.end) for each in found]
        wanted = [each for each in found if each.wanted]
        if wanted:
            edits.append(AnotherWay(about, vague=all(each.vague for each in wanted)))
            if not _TIME.search(piece):
                # With a time, it is still to be read of which photos it is said.
                spans += beside
        taken += [(start + a, start + b) for a, b in spans]
    return Reading(prompt.take(taken), tuple(edits))


def _found(piece: str, beside: list[Span]) -> list[_Found]:
    """The words for another way in a part of the sentence that names photos at `beside`."""
    if TITLE.search(piece):
        return []
    rest = piece
    for start, end in beside:
        rest = rest[:start] + " " * (end - start) + rest[end:]
    found: list[_Found] = []
    for rule in (_CLEAR, _VAGUE):
        for match in rule.finditer(piece):
            ahead = max(0, match.start() - _LOOK_BACK)
            before = rest[ahead : match.start()]
            again = any(match.start() < other.end and other.start < match.end() for other in found)
            if again or _OF_SOMETHING_ELSE.search(before) or read_absent(Prompt(before, before))[1]:
                continue
            if rule is _VAGUE and _PICTURES.search(rest):
                continue
            if (rule is _VAGUE or "something" in match[0]) and _PART_OF_A_PHRASE.search(before):
                continue
            denied = _NO.search(before)
            vague = rule is _VAGUE or _EXPLAINED.match(piece, match.end()) is not None
            found.append(
                _Found(ahead + denied.start() if denied else match.start(), match.end(), denied is None, vague)
            )
    return found
