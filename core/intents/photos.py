"""What the words under several photos say about them: one clip or one each, and what for which photo."""

from __future__ import annotations

import re

from core.intents.words import plain

_PHOTO = r"(?:photos?|pictures?|pics?|images?|shots?|selfies?|ones?|clips?|videos?)"
_PHOTO_ZH = r"(?:照片|图片|相片|图|片|视频)"

_SEPARATELY = (
    r"\bseparately\b",
    r"\bindividually\b",
    r"\bone by one\b",
    r"\bone at a time\b",
    r"\bone (?:video|clip|mp4|file|animation)s? (?:each|per|for each|for every|apiece)\b",
    (
        r"\b(?:a|an|one|its|their|own|separate|individual)(?: (?:own|separate|individual|different|single|short))* "
        r"(?:video|clip|mp4|file|animation)s? (?:for|from|of|out of|per) (?:each|every)\b"
    ),
    r"\beach (?:\w+ )?(?:\w+ )?(?:to |into |as |in |gets? |has |have |with )?(?:its|their|an?) (?:own|separate)\b",
    r"\b(?:separate|individual|independent) (?:videos|clips|files|mp4s|animations|renders|exports)\b",
    r"\beach (?:photo |picture |image |one )?(?:as|into|to|in) (?:a|one) (?:video|clip|separate)",
    r"\b(?:video|clip)s? (?:for )?each\b(?! \d| photo (?:for|lasts))",
    r"分别|各自|逐个|逐一|逐张|挨个|单独|一张一张|一个一个|一张张|分开",
    rf"每(?:一)?张{_PHOTO_ZH}?(?:都)?(?:各|做成?|生成|出|变成|转成|导出|弄成?)?(?:一个|一条|一段|个){_PHOTO_ZH}",
    rf"一张{_PHOTO_ZH}?(?:做|生成|出)?(?:一个|一条|一段){_PHOTO_ZH}",
    r"各(?:做|出|生成|来|弄)(?:成)?一(?:个|条|段)",
)
_TOGETHER = re.compile(
    r"\b(?:not|don't|do not|dont|never|no|instead of|rather than)\b[\w ]{0,24}\b(?:separate(?:ly)?|individual(?:ly)?|one by one|each|one at a time)\b"
    r"|\b(?:all )?(?:in|into|as) (?:one|a single|the same) (?:single )?(?:video|clip|file|mp4)\b(?! (?:each|per|for each|for every))"
    r"|(?:不要|不用|别|无需|不必|不需要|不)(?:把\w*)?(?:分别|各自|逐个|逐一|单独|分开)|合成一个|合并成?一个|做成一个|放在一起|合在一起"
)
_SEPARATELY_RE = re.compile("|".join(_SEPARATELY))


def each_separately(text: str) -> bool:
    """The words ask for one clip a photo: said so ("separately", 分别), or with an instruction for each photo."""
    folded = plain(text)
    if _TOGETHER.search(folded):
        return False
    return bool(_SEPARATELY_RE.search(folded)) or len(per_photo_instructions(text)) > 1


_NOT_A_PHOTO = (
    r"(?:\s*(?:text|title|caption|words?|song|music|track|audio|sound|effect|filter|logo|watermark|subtitles?|line|"
    r"quote|sentence|border|frame|sticker|emoji|name|date|transition|zoom|pan|motion|voice|message|lyrics|font|colou?r))"
)
_JOIN = re.compile(
    rf"\b(?:add|append|include|insert|attach|join)\s+(?:in\s+)?(?:this|these|it|them|that|those)"
    rf"(?:\s+(?:\w+\s+)?{_PHOTO})?(?!{_NOT_A_PHOTO})(?=\s*(?:$|[.,!?;:)~]|(?:to|at|after|before|in|into|and|too|also|"
    rf"as well|please|pls|plz|here|there|then|next|now|as (?:the|a|an|another) (?:\w+ )?{_PHOTO}|with|for|on)\b))"
    rf"|\b(?:add|append|include|insert|attach)\s+(?:(?:an?|another|the|my|one|two|three|some|more|new|second|third|few|"
    rf"last|next|other)\s+)+(?:\w+\s+)?(?:photos?|pictures?|pics?|images?|selfies?|shots?|ones?)\b"
    rf"(?!\s+(?:title|border|frame|effect|filter|caption))"
    rf"|\b(?:put|place|stick)\s+(?:this|these|it|them)(?:\s+{_PHOTO})?\s+(?:at the end|at the beginning|at the start|"
    rf"after|before|in(?:to)? (?:the|that|my) (?:video|clip|timeline)|next|behind|first|last)\b"
    rf"|\b(?:this|these|it)(?:\s+{_PHOTO})?\s+(?:goes|go|comes|come|belongs|belong)\s+(?:after|before|at the|in the|"
    rf"next|too|last|first)"
)
_PIECE_ZH = (
    rf"(?:这|那|两|三|几|一|多|1|2|3|\d+|上面|下面|新|另|再|第)?[这那几一两三\d]*(?:张|幅|段|些|个)?{_PHOTO_ZH}?"
)
_JOIN_ZH = re.compile(
    rf"(?:加上|加入|添加|追加|插入|补上|补|加进去|加进来|接上|并入|加|放入|放进去)(?:这|那|一|几|两|三|多|\d|另)[一几两三\d]*(?:张|幅|些照片|些图|几张){_PHOTO_ZH}?"
    rf"|(?:把|将)(?:这|那|它|下面|新|以下)(?:一|几|两|三|些|\d)*(?:张|幅|些|段|个)?{_PHOTO_ZH}?(?:也|都|一起|再)*"
    rf"(?:加|放|接|插|添|并|拼|补)(?:进|入|到|在|上|去|来|后)?"
    rf"|(?:这|那)(?:一|几|两|三|\d)?(?:张|些|幅){_PHOTO_ZH}?(?:也|都|一起|再)*(?:加|放|接|插|添|拼)(?:进|入|到|在|上|去)"
    rf"|(?:加|放|接|插)(?:进去|进来|到(?:后面|前面|最后|末尾|开头|视频(?:里|后面|中|最后)|时间线)|在(?:后面|前面|最后|末尾|开头))"
    rf"(?![^,。,]*(?:标题|字幕|文字|音乐))"
    rf"|也(?:加上|加进去|放进去)"
)
_OTHER_OBJECT_ZH = re.compile(
    r"(?:标题|字幕|文字|音乐|歌|滤镜|特效|边框|水印|logo|音效|转场|配乐|贴纸)[^,。,]*(?:加|放|插)"
    r"|(?:加|放|插|添)[^,。,]*(?:标题|字幕|文字|音乐|滤镜|特效|边框|水印|logo|音效|转场|配乐|贴纸)"
)


def joins_timeline(text: str) -> bool:
    """The words put the photo beside them into the clip there is ("add this", 加上这张) instead of a new one."""
    folded = plain(text)
    if _JOIN.search(folded):
        return True
    return bool(_JOIN_ZH.search(folded)) and not _OTHER_OBJECT_ZH.search(folded)


_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
_DIGITS_ZH = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
MOST_PHOTOS = 50
"""Numbers beyond it are no photo's: five albums of ten, Telegram's largest."""

_NAMES = "|".join(_ORDINALS)
_NUMBER = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_LIST = r"\d{1,2}(?:\s*(?:,|&|and|-|~|和|与|到|至|、)\s*\d{1,2})*"
_TIME_UNIT = r"(?!\s*(?:few\s+|\d+\s*|two\s+|three\s+|half\b)?(?:seconds?|secs?|s\b|minutes?|part|half|frames?))"
_NO_TIME = r"(?!\s*-?\s*(?:seconds?|secs?|s|minutes?|mins?|秒|分钟?)\b)"
"""Behind a number that counts photos and not seconds: "photo 1 second" names none."""
_END = r"\s*(?:is|are|gets|should|must|to be|要|就|的话|的)?\s*[:,,、.)-]?\s*"
_BARE = re.compile(rf"(?:^|(?<=[\s,;,;。.!]))[#(]?({_LIST})\s*(?:[:)、]|\.(?!\d)|\s-\s|=)\s*(?!\d)")
_BARE_ZH = re.compile(r"(?:^|(?<=[\s,;。.]))([一二三四五六七八九十]{1,2})\s*[:、.)]\s*")
_NAMED = re.compile(
    rf"(?:(?:for|on|in)\s+)?\b(?:photo|picture|pic|image|img)s?\s*(?:no\.?|number|#)?\s*({_LIST})\b{_NO_TIME}{_END}"
    rf"|#({_LIST})\b{_END}"
    rf"|(?:\b(?:for|on|in)\s+)?(?:\bthe\s+)?\b({_NAMES}|\d(?:st|nd|rd|th))\s+(?:photo|picture|pic|image|one|shot)\b{_END}"
    rf"|第({_NUMBER}(?:[、和与,]第?{_NUMBER})*)(?:张|幅|个)(?:照片|图片|图)?{_END}"
    rf"|(?:图片?|照片)\s*({_NUMBER})(?![张秒个])\s*{_END}",
    re.IGNORECASE,
)
_BARE_ORDINAL = re.compile(
    rf"(?:\b(?:for|on)\s+)?(?:\bthe\s+)?\b({_NAMES}|\d(?:st|nd|rd|th))\b{_TIME_UNIT}{_END}", re.IGNORECASE
)
_PREPOSITION = re.compile(r"(?:on|for|in)\b", re.IGNORECASE)
_SHARED = re.compile(
    r"(?:both|all|each|every|everything|全部|都|每张|所有|均|统一|整体|each of)\b|^(?:全部|都|每张|所有|均|统一)"
)
_WHOLE = re.compile(
    r"(?:in |for |make (?:it|them) |and )?(?:\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten)[ -]?(?:s|secs?|seconds?)\b"
    r"|(?:in |as )?(?:vertical|portrait|square|wide ?screen|landscape|horizontal|\d{1,2} ?[:x] ?\d{1,2})\b"
    r"|(?:都)?\d+ ?秒|[一二两三四五六七八九十]+秒|竖屏|横屏|方形|正方形"
)
"""A clause that begins with a length or a shape."""
_FULL_WIDTH = str.maketrans("，；：！？（）．＃", ",;:!?().#")
"""One character for one: places in the translated text are places in the text."""
_EDGES = " \t\r\n,;，；。.、:：-—*•()（）"
_LEAD_NOISE = re.compile(
    r"(?:please|pls|分别|各自|单独|separately|one by one|individually|one at a time|each|请|make|do|和|and|then|但是|but|帮我|the|with|animate|them|these)",
    re.IGNORECASE,
)


def per_photo_instructions(text: str) -> dict[int, str]:
    """What each photo is to become, by its place from 1: "1: zoom in, 2: pan left", "第一张放大,第二张左移".

    Words before the first number, and a last clause about all of them ("both vertical"), are added to each. Empty where
    the text tells no photos apart. Numbers alone count only from 1 upwards and at least two of them. A numbered list
    under ONE photo looks the same: the caller, who knows how many photos there are, leaves out what has no photo.
    """
    folded = text.translate(_FULL_WIDTH)
    # "photo 1: …" holds a bare "1:", so the names go first; a single name may stand in a numbered list.
    for marker, fewest in ((_NAMED, 2), (_BARE, 2), (_NAMED, 1), (_BARE_ZH, 2), (_BARE_ORDINAL, 2)):
        marks = [
            (found, _places(next(group for group in found.groups() if group))) for found in marker.finditer(folded)
        ]
        marks = [(found, places) for found, places in marks if places]
        order = [place for _, places in marks for place in places]
        if len(order) < fewest or len(set(order)) < len(order):
            continue
        if marker is not _NAMED and (order[0] != 1 or order != sorted(order)):
            continue
        instructions = _between(text, marks)
        if instructions:
            return instructions
    return {}


def _between(text: str, marks: list[tuple[re.Match[str], tuple[int, ...]]]) -> dict[int, str]:
    ends = [found.start() for found, _ in marks[1:]] + [len(text)]
    told = [(places, _trimmed(text[found.end() : end])) for (found, places), end in zip(marks, ends, strict=True)]
    lead = _trimmed(text[: marks[0][0].start()])
    if not all(words for _, words in told):
        told = _postfixed(text, marks)
        lead = ""
    if not told:
        return {}
    *_, (places, last) = told
    kept, shared = _split_shared(last, [words for _, words in told[:-1]])
    told[-1] = (places, kept)
    lead = lead if _LEAD_NOISE.sub("", lead).strip(_EDGES) else ""
    return {
        place: ", ".join(part for part in (lead, words, shared) if part) for numbers, words in told for place in numbers
    }


def _postfixed(text: str, marks: list[tuple[re.Match[str], tuple[int, ...]]]) -> list[tuple[tuple[int, ...], str]]:
    """Instructions that stand before their photo: "zoom in on the first photo, pan left on the second photo"."""
    starts = [0] + [found.end() for found, _ in marks[:-1]]
    told = [
        (places, _before(_trimmed(text[start : found.start()]), found[0]))
        for (found, places), start in zip(marks, starts, strict=True)
    ]
    return told if all(words for _, words in told) else []


def _before(words: str, mark: str) -> str:
    """The instruction without the preposition that belongs to the mark, unless the mark has it already."""
    return words if _PREPOSITION.match(mark) else re.sub(r"\s*\b(?:on|for|in|the)\s*$", "", words)


def _split_shared(words: str, others: list[str]) -> tuple[str, str]:
    """The last photo's words, and the clauses at their end that are about all photos.

    A length or a shape at the very end is about all of them, unless another photo has one of its own.
    """
    clauses = re.split(r"\s*[,;，；。]\s*|\.\s+", words)
    alone = not any(
        _WHOLE.match(clause.strip().casefold()) for other in others for clause in re.split("[,;，；]", other)
    )
    for i in range(1, len(clauses)):
        clause = clauses[i].casefold()
        if _SHARED.match(clause) or (alone and _WHOLE.match(clause)):
            return ", ".join(clauses[:i]), ", ".join(clauses[i:])
    return words, ""


def _trimmed(words: str) -> str:
    words = words.strip(_EDGES)
    return re.sub(r"(?:^(?:and|then|but|和|然后)\s+)|(?:[\s,]+(?:and|then|but|for|on|和|然后)$)", "", words).strip(
        _EDGES
    )


def _places(mark: str) -> tuple[int, ...]:
    """The photos that a mark names: "2" → 2, "1 and 2" → 1, 2, "1-3" → 1, 2, 3, "first" → 1, "二" → 2."""
    mark = mark.casefold()
    if mark in _ORDINALS:
        return (_ORDINALS[mark],)
    span = re.fullmatch(r"(\d+)\s*[-~到至]\s*(\d+)", mark)
    if span:
        low, high = int(span[1]), int(span[2])
        return tuple(range(low, high + 1)) if 0 < low < high <= MOST_PHOTOS else ()
    numbers = [
        int(part) if part.isdigit() else _chinese(part) for part in re.findall(r"\d+|[一二三四五六七八九十]+", mark)
    ]
    return tuple(numbers) if numbers and all(0 < number <= MOST_PHOTOS for number in numbers) else ()


def _chinese(numeral: str) -> int:
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _DIGITS_ZH.get(numeral, 0)
    return _DIGITS_ZH.get(tens, 1) * 10 + _DIGITS_ZH.get(ones, 0)
