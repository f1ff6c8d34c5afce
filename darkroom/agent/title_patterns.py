"""The words about titles, English and Chinese, as patterns over what `read` made of a prompt. Data, no rules.

What a match means stands in `title_words`.
"""

from __future__ import annotations

import re

from darkroom.agent.dislikes import DISLIKE, DISLIKE_ZH
from darkroom.agent.numbers import TIME
from darkroom.agent.rule import Rule
from darkroom.timeline import Place

NOUN_EN = r"(?:(?:sub)?titles?|captions?|subtitles?|texts?|headings?|headlines?|labels?|text\s+overlays?|overlay\s+text|(?<=\bthe\s)words)"
NOUN_ZH = r"(?:副?标题|字幕|文字|文案|配文|题目|片名|题词|字(?=[:：]))"
NOUN = Rule(rf"\b{NOUN_EN}\b|{NOUN_ZH}", re.ASCII)
DESCRIBED = Rule(rf"\b(?:(?:longer|shorter)\s+)?{NOUN_EN}\b|{NOUN_ZH}", re.ASCII)
"""A title's noun with words about its length, which say nothing of the clip's."""
PLACES = {
    Place.TOP: Rule(
        r"\b(?:(?:at|on|to|in|near|along|across|over)\s+)?(?:the\s+)?(?:very\s+)?(?:top|upper)(?:\s+(?:part|edge|third|half|center|centre))?\b(?:\s+of\s+(?:the\s+|my\s+)?(?:screen|frame|video|clip|picture|photo|image)\b)?|\b(?:on\s+)?above\b|在?(?:画面|屏幕|视频|照片)?的?(?:最上面?|顶部|顶端|上方|上面|上边|上部|顶上)",
        re.ASCII,
    ),
    Place.MIDDLE: Rule(
        r"\b(?:(?:at|in|on|to)\s+)?(?:the\s+)?(?:very\s+)?(?:middle|centre|center|centered|centred)\b(?:\s+of\s+(?:the\s+|my\s+)?(?:screen|frame|video|clip|picture|photo|image)\b)?|在?(?:画面|屏幕|视频|照片)?的?(?:正?中间|正?中央|居中|中心|正中)",
        re.ASCII,
    ),
    Place.BOTTOM: Rule(
        r"\b(?:(?:at|on|to|in|near|along|across|over)\s+)?(?:the\s+)?(?:very\s+)?(?:bottom|lower)(?:\s+(?:part|edge|third|half|center|centre))?\b(?:\s+of\s+(?:the\s+|my\s+)?(?:screen|frame|video|clip|picture|photo|image)\b)?|\bbelow\b|在?(?:画面|屏幕|视频|照片)?的?(?:最下面?|底部|底端|下方|下面|下边|下部|底下)",
        re.ASCII,
    ),
}
ON_IT = Rule(
    r"(?:\s*\b(?:on|over|onto|across|in)\s+(?:top\s+of\s+)?(?:it|this|(?:the|this|my)\s+(?:photo|picture|image|clip|video|screen))\b|在?(?:照片|图片|视频|画面|屏幕)上面?)",
    re.ASCII,
)
# The words that may stand between a title's text and its time or place, and those that make them up.
NEAR = Rule(
    r"""(?:\d+s\b|[\s\0\d,.:()（）–—~，：、-]|\b(?:for|from|to|until|till|through|throughout|all|during|over|in|on|at|of|only|just|the|my|it|and|a|an|half|is|be|
        should|shown?|shows|showing|display(?:ed|ing|s)?|visible|appear(?:s|ing)?|stay(?:s|ing)?|keep|hold|last(?:s|ing)?|placed?|put|position(?:ed)?|located|between|after|
        before|mark|across|along|starting|start|end|ending|beginning|opening|initial|final|closing|first|very|whole|entire|full|duration|length|time|onwards?|up|
        top|bottom|middle|cent(?:er|re)(?:ed)?|upper|lower|near|above|below|part|edge|third|screen|frame|picture|photo|image|clip|video|finish|
        when|before|within|begins?|starts|ends|latter|middle|second|quarter|couple|few|half\s?way|midway|towards?|through|right|
        seconds?|secs?|s|minutes?|mins?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty)\b
        |[在从到至第前后最开头始结尾末片全程一直整个过持续秒钟分顶部端上中下方面底间央居正显示出现停留放于的视频画短处时候里内之以起只仅让它移挪动调整位置二两三四五六七八九十半屏幕照图张才几一面部程截之四快要])*""",
    re.VERBOSE | re.ASCII,
)
# A part of the sentence that speaks of nothing but a title's time or place says something besides them.
SHOWN = Rule(
    r"\b(?:show[ns]?|showing|display(?:ed)?|appear(?:s|ing)?|visible|stay(?:s|ing)?|placed?|position(?:ed)?|located)\b|显示|出现|停留|放在",
    re.ASCII,
)
BESIDES = Rule(
    r"\b(?:it|them|the|title|text|caption|should|must|be|is|are|and|please|only|just|in|with|put|keep|make|placed?|position(?:ed)?|located|on|screen|show[ns]?|showing|display(?:ed)?|appear(?:s|ing)?|visible|stay(?:s|ing)?)\b|[\s\0()（）让它要请放在显示出现停留标题文字幕才]",
    re.ASCII,
)

DENIED = r"(?:remove|delete|drop|erase|hide|clear|take\s+(?:out|off|away)|get\s+rid\s+of|lose|undo|no\s+more|no\s+longer|don'?t\s+(?:want|need|show|use|add|put|write)|do\s+not\s+(?:want|need|show|use|add|put|write))"
DENIED_ZH = r"(?:去掉|去除|删除|删掉|删了|移除|不要|不用|不需要|不想要|取消|清除|拿掉|隐藏|别加|别放|关掉)"
REMOVING = Rule(
    rf"\b{DENIED}\s+(?:(?:the|my|that|this|all|any|every|of|both|a|an)\s+){{0,4}}(?:{NOUN_EN}\s+)?(?:that\s+says\s+|saying\s+)?$|{DENIED_ZH}(?:掉|这个|那个|所有|全部|的|任何){{0,4}}{NOUN_ZH}?$",
    re.ASCII,
)
GONE_ZH = Rule(rf"(?:这个|的)?{NOUN_ZH}?(?:都|全)?(?:去掉|去除|删除|删掉|删了|移除|不要了?|取消)", re.ASCII)
ORDINAL = r"(?:(?P<first>first|1st|top)|(?P<second>second|2nd)|(?P<third>third|3rd)|(?P<last>last|final)|(?P<at_bottom>bottom)|(?P<at_middle>middle))"
REMOVE = Rule(
    rf"""\b(?:{DENIED}|(?P<without>no|without|w/o|zero|not?\s+any))\s+(?:(?:the|my|that|this|all|any|every|of|both|a|an|old)\s+){{0,4}}(?:{ORDINAL}\s+)?{NOUN_EN}\b(?P<after>(?:\s+(?:at|in)\s+the\s+(?:top|middle|bottom)\b)?)
      | (?:{DENIED_ZH}|(?P<none>没有|无|别有))(?:掉|这个|那个|所有|全部|的|任何|顶部|上面|底部|下面|中间){{0,4}}(?:(?P<zh_first>第一[个条])|(?P<zh_second>第[二两][个条])|(?P<zh_last>最后一?[个条]))?的?{NOUN_ZH}
      | (?:把|将)?(?:所有|全部|这个)?的?{NOUN_ZH}(?:都|全部?|也)?(?:给我)?(?:去掉|去除|删除|删掉|删了|移除|不要了?|取消|清除|拿掉|隐藏)""",
    re.VERBOSE | re.ASCII,
)
REWORD = rf"""(?:\b(?:change|set|rename|edit|update|switch|replace|reword)\s+(?:(?:the|my|that|this)\s+)?(?:{ORDINAL}\s+)?{NOUN_EN}(?:'s)?\s+(?:text\s+|wording\s+)?(?:to\s+(?:say\s+|read\s+|be\s+)?|with\s+|into\s+|as\s+)
      | \b(?:make|let|have)\s+(?:(?:the|my|that)\s+){NOUN_EN}\s+(?:say|read|be|to\s+say)\s+
      | \b(?:the|my|that)\s+{NOUN_EN}\s+(?:should|must|needs\s+to|has\s+to|to)?\s*(?:say|says|read|reads|be|is)\s+
      | \b(?:re)?name\s+it\s+(?:to\s+|as\s+)?|\bcall\s+it\s+
      | (?:把|将)?{NOUN_ZH}(?:的?内容|的?文字)?(?:都)?(?:改成|改为|换成|换为|变成|替换成|替换为|更新为|重命名为|改叫|改(?![到在至大小颜放]))[:：]?\s*)"""
TO = Rule(
    r"\s*(?:(?:to|with|into|by|as)(?:\s+say)?|->|→|=>|改成|改为|换成|换为|替换成|替换为|变成)\s*[:：]?\s*", re.ASCII
)
CHANGING = Rule(r"\b(?:change|replace|rename|swap|edit|update|turn|reword)\b|把|将|改|换", re.ASCII)
UNLIKE = Rule(
    r"(?:\b(?:like|style\s+of|styled?\s+as|as\s+in|file|named|photo|picture|image)|像|风格|类似|文件)\s*$", re.ASCII
)
FILE_NAME = Rule(r"\S+\.(?:jpe?g|png|heic|webp|gif|mp4|mov)", re.IGNORECASE | re.ASCII)

GIVE = r"(?:add|put|with|insert|include|use|give\s+it|have|overlay|show|display|place|set|need|want|write|make)"
ARTICLE = r"(?:(?:an?|the|my|some|another|this|new|short|little|big|nice)\s+){0,4}"
# After "title" these speak of the title that is there: "title stays 1 second", "title time shorter".
SPOKEN_OF = rf"(?:stays?|staying|lasts|lasting|shows?|showing|starts?|ends?|begins?|appears?|appearing|disappears?|goes|(?:display\s+)?(?:time|timing|duration|length))\s*(?:$|[,.;!:]|{TIME}|\d|(?:for|up|only|at|in|on|from|until|till|to|of|is|should|longer|shorter|too|after|before|about|around|just|much|a\s+(?:bit|little)))"
# What may be the first word of a title that no colon introduces.
WORD = rf"(?!{SPOKEN_OF}\b)(?!(?:in|with|on|at|for|of|and|to|that|which|is|it|as|from|until|till|over|during|throughout|near|only|too|also|please|then|or|but|so|font|colou?r|size|style|bigger|smaller|larger|bold|overlay|effect|animation|should|must|says?|here|there|later|again|instead|longer|shorter|by|if|when|because|below|above|not|wrong|(?:glow|bounce|blink|shake|spin|rotate|sparkle|flash|wiggle)\s*(?:$|[,.;!])|visible|shown|gone|removed|last|stay|appear|disappear|look|be|move|go|a|an|the|more|much|less|come|fade|slide|pop|fly|zoom|pan|big|small|cent(?:er|re)ed|(?:white|black|red|yellow|blue|green|gold|pink)\s*(?:$|[,.;]|colou?r|text|font))\b)[^\s\0,.;:!?，。；：！？]"
WORD_ZH = r"(?![吧呢吗啊呀在从前最全到放显出居大小颜字改的和并然，。])[\u3400-\u9fffa-z0-9]"
REWORDING = Rule(
    rf"(?:{REWORD}|\b(?:change|set|switch|make|replace)\s+(?:it|that)\s+(?:to|with|into|say)\s+(?:say\s+)?|{NOUN_ZH}?改成)[:：]?\s*$",
    re.VERBOSE | re.ASCII,
)
REWORDING_AHEAD = Rule(rf"{REWORD}(?={WORD})", re.VERBOSE | re.ASCII)
INTRODUCED = Rule(
    rf"""\b(?:{GIVE}\s+)?{ARTICLE}{NOUN_EN}\s*(?:[:=]|\s+-)\s*
      | \b(?:{GIVE}\s+)?{ARTICLE}{NOUN_EN}\s+(?:saying|that\s+(?:says|reads)|which\s+(?:says|reads)|reading|called|to\s+say|that\s+should\s+say|says|reads)\s*:?\s+
      | \b(?:titled|captioned|saying|that\s+says|write|type\s+in|spell)\s+(?!(?:{ARTICLE}){NOUN_EN}\b|(?:some|a|an)\b)
      | \b{GIVE}\s+{ARTICLE}{NOUN_EN}\s+(?={WORD})
      | (?:^|(?<=[,.;!?，。；]\s)|(?<=[,，。；\n])){NOUN_EN}\s+(?={WORD})
      | (?:加上?|添加|配上?|打上?|放上?|插入|带上?)?(?:一?[个行句段])?{NOUN_ZH}(?:内容)?\s*(?:[:：]|是|为|叫做?|写着?|内容是|内容为|就?写)[:：]?\s*
      | (?:加上?|添加|配上?|打上?|放上?|插入|带上?|写上?)(?:一?[个行句段])?{NOUN_ZH}(?={WORD_ZH})
      | (?:写上|写着|打上|写[:：])[:：]?\s*(?!{NOUN_ZH})""",
    re.VERBOSE | re.ASCII,
)
END = Rule(
    r"[\n]|[.!?](?=\s|$)|[。！？]|[;；,，、|\0]|\b(?:and|then|but|plus|also)\b|然后|接着|并且|而且|同时|并|但", re.ASCII
)
EDIT_BEGINS = Rule(
    r"\s*(?:zoom|pan|move|make|made|add|set|use|put|slow|fast|speed|remove|delete|export|keep|turn|animate|show|display|then|with|without|music|no\b|not\b|don'?t|do\b|it\b|its\b|the\s+(?:clip|video|camera|photo|picture|image|motion|title|text)|crop|vertical|portrait|landscape|horizontal|square|wide|for\b|in\b|at\b|on\b|from\b|to\b|until\b|a\s+(?:title|zoom|slow|caption)|one\b|two\b|three\b|four\b|five\b|six\b|seven\b|eight\b|nine\b|ten\b|fifteen|twenty|thirty|please|thanks?|each|every|all\b|change|undo|photo|picture|image|title|caption|text|push|pull|tilt|slide|tiktok|instagram|youtube|reels?|longer|shorter|last|\d|$)",
    re.ASCII,
)
STYLE = Rule(
    r"\b(?:fonts?|colou?rs?|size|style|bold|italic|bigger|larger|smaller|huge|tiny|white|black|red|yellow|blue|green|gold(?:en)?|pink|purple|orange|outline|shadow)\b",
    re.ASCII,
)
INDEFINITE = Rule(
    rf"(?:\b(?:an?|another|some|new|with|add|insert|include|need|want)(?:\s+(?:an?|some|new|short|nice))*\s+{NOUN_EN}\b|(?:加上?|添加|配上?|插入|带上?)(?:一?[个行句段些])?{NOUN_ZH})",
    re.ASCII,
)
IT_MOVED = Rule(
    r"\b(?:move|put|place|bring)\s+it\s+(?=(?:to|at|in|on)\s+(?:the\s+)?(?:very\s+)?(?:top|middle|cent(?:er|re)|bottom)\b)|把它(?:移动?|放)(?:到|在)(?=顶|上|中|底|下)",
    re.ASCII,
)
"""Said after a title, it means the title; elsewhere the camera."""
ALONE = Rule(rf"(?:[\s\0]|please|请)*(?:{NOUN_EN}|{NOUN_ZH})[\s\0]*", re.ASCII)
LONGER_AHEAD = Rule(
    rf"\b(?:(?:make|have|give|it|a|an|the|my|bit|little|much|please)\s+)*(?:(?P<longer>longer|extend|lengthen)|shorter|shorten|reduce)\s+(?:the\s+|my\s+)?{NOUN_EN}\b(?:(?:'s)?\s+(?:display\s+|screen\s+)?(?:time|timing|duration|length)\b|(?!\s*[:\0]|\s+(?:saying|that|like|called|reading)\b))"
    rf"|(?:(?P<longer_zh>延长|加长)|缩短|减少)(?:一下|一?点)?{NOUN_ZH}的?(?:显示|停留|展示|出现)?的?(?:时间|时长)?",
    re.ASCII,
)
"""The time that a title shows, made longer or shorter with words before its noun."""
WRONG = Rule(
    rf"\b(?:(?:the|my|that|this|your)\s+)?{NOUN_EN}(?:\s+text)?\s*(?:'s|\s+(?:is|are|was|looks?|seems?))\s+(?:(?:all|totally|completely|just|still|a\s+bit|really|very)\s+)?(?:wrong|incorrect|not\s+(?:right|correct|what\s+i\s+(?:wanted|said|meant))|bad|ugly|awful|terrible|misspelled|misspelt)\b"
    rf"|\b(?:the\s+|that'?s\s+(?:the\s+)?|it'?s\s+(?:the\s+)?)?(?:wrong|incorrect)\s+{NOUN_EN}\b|\b(?:there(?:'s|\s+is)\s+)?(?:a\s+)?(?:typo|mistake|error)\s+in\s+(?:the\s+|my\s+){NOUN_EN}\b"
    rf"|{DISLIKE}(?:the|my|this|that|your)\s+{NOUN_EN}\b(?!\s+\w)|{DISLIKE_ZH}(?:这个|那个|现在的)?{NOUN_ZH}"
    rf"|(?:这个)?{NOUN_ZH}(?:内容)?(?:是|写|都)?(?:不对|不正确|错误|有误|有错|错了?|不好看?|难看)(?:字|的|了)*",
    re.ASCII,
)
MADE_LAST = Rule(rf"\b(?:make|let|have|makes|should|must)\s+(?:(?:the|my|that)\s+)?{NOUN_EN}\s+last\b", re.ASCII)
""" "last" is a verb here, and no word for the clip's end."""
LONGER = Rule(
    r"\b(?:(?:a\s+)?(?:bit|little)\s+|much\s+)?(?:(?P<longer>longer|(?:is\s+|are\s+)?(?:(?:way|much|far)\s+)?too\s+(?:short|brief)(?:ly)?)|shorter|(?:is\s+|are\s+)?(?:(?:way|much|far)\s+)?too\s+long)\b|显?示?得?太(?:(?P<brief_zh>短)|[长久])了?|(?:再|更)?(?:显示|停留)?(?:得|的)?(?:再|更)?(?:(?P<longer_zh>长|久)|短)(?:一?点儿?|一些)",
    re.ASCII,
)
LONGER_TIMES = 1.5
"""How much longer "longer" is."""
LASTING = Rule(r"\bfor\s|持续|显示|停留", re.ASCII)
LASTING_TITLE = Rule(rf"{TIME}(?:-?\s*long)?\s+{NOUN_EN}|{TIME}的?{NOUN_ZH}", re.ASCII)
MOVING = Rule(r"\b(?:move|slide|shift|bring)\s+(?:the\s+|my\s+)?$|(?:移动?|把)$", re.ASCII)
KEPT = Rule(r"\b(?:keep|leave)\s+(?:the\s+|my\s+)?|保留|不变", re.ASCII)
