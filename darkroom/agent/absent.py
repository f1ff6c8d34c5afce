"""What people ask for and this backend cannot do: music, filters, effects. The prompt comes in; what to admit goes out.

Words about a thing that is absent are taken together with what describes it ("slow romantic music"), so that they are
never read as a wish about the picture. Not wanting it ("no music") is granted without a word.
"""

from __future__ import annotations

import re

from darkroom.agent.edit import Said
from darkroom.agent.prompt import Prompt, clauses
from darkroom.agent.rule import Rule
from darkroom.agent.title_patterns import NOUN

_TOPICS: tuple[tuple[Said, str], ...] = (
    (Said("captions from speech", "自动字幕"), r"\b(?:auto(?:matic)?(?:ally)?[-\s]*(?:generated\s+)?|closed\s+)(?:captions?|subtitles?)\b|自动(?:生成)?字幕"),
    (Said("styles of the title", "标题样式"), r"\b(?:titles?|captions?|texts?|fonts?)\s+(?:(?:to\s+be|to|be|is|in|a|the|much|more|bit|little|look)\s+)*(?:fonts?|colou?rs?|sizes?|styles?|bold|italic|bigger|larger|smaller|huge|white|black|red|yellow|blue|green|gold(?:en)?|pink|purple|orange|outlines?|shadows?)\b|\b(?:bigger|larger|smaller|bold|italic|white|black|red|yellow|blue|green|gold(?:en)?|pink|handwritten|serif)\s+(?:titles?|captions?|texts?|fonts?|letters)\b|\bfonts?(?:\s+(?:size|colou?r|style))?\b|\bin\s+(?:white|black|red|yellow|blue|green|gold|pink|bold|capitals)\b|(?:标题|字幕|文字|字)(?:的|换|改|个|成|一下)*(?:颜色|大小|字体|样式)|字体|字号|(?:标题|字幕|文字|字)(?:再|要|变|改)*(?:大|小|粗|红|白|黑|黄)色?(?:一?点|一些)?"),
    (Said("music", "音乐"), r"(?:\b(?:add|put|with|use|play|include|insert|some|a|the|nice|slow|fast|soft|calm|calming|upbeat|happy|sad|gentle|quiet|loud|cool|relaxing|romantic|epic|dramatic|cinematic|background|piano|lo-?fi|jazz|rock|pop|hip\s?hop|electronic|acoustic|chill|and|any|matching|good)\s+){0,6}\b(?:music|songs?|soundtracks?|bgm|tunes?|melody|melodies|beats?)\b|(?:(?:加|配|放)?(?:上|点|一?[首段个]|些)?(?:好听|欢快|轻快|舒缓|浪漫|动感|激昂|合适|抒情|悲伤|慢|快|轻|的){0,4})(?:背景)?(?:音乐|歌曲?|配乐|伴奏|bgm|旋律)"),
    (Said("sound and voice", "声音和配音"), r"(?:\b(?:add|put|with|use|some|a|an|the|ai|sound|female|male)\s+){0,6}\b(?:voice[-\s]?overs?|voices?|narrations?|narrators?|narrate|sounds?(?:\s+effects?)?|audio|sfx|text\s+to\s+speech|tts|speak|speaking|sing|singing|talk|talking|lip[-\s]?sync)\b|(?:加|配|放)?(?:上|个)?(?:配音|旁白|音效|人声|声音|朗读|解说|说话|唱歌|口型)"),
    (Said("a choice of transitions and fades", "自选转场和淡入淡出"), r"\b(?:cross[-\s]?)?(?:fad(?:e|es|ed|ing)(?:[-\s]+(?:in|out|to\s+black|from\s+black))*(?:\s+and\s+out)?|dissolves?)\b|淡(?:入|出)的?(?:效果|方式)(?:地?(?:显示|出现|展示))?|(?:\b(?:add|with|some|a|the|smooth|nice|cool|slide|wipe)\s+){0,6}\btransitions?\b(?:\s+effects?)?|\bwipes?\b|(?:加|用)?(?:上|个|些)?(?:流畅|平滑)?的?(?:转场|过渡)(?:效果|特效)?|淡入淡出|淡入|淡出|溶解|叠化"),
    (Said("parallax and 3D", "视差和 3D 效果"), r"(?:\b(?:a|an|some|with|add|the)\s+){0,6}\b(?:parallax|3-?d|2\.5-?d|depth|three[-\s]dimensional)\b(?:\s+(?:parallax|motion|movement|zoom|effects?|animation|look))*|视差|立体|景深|(?<![\da-z])(?:3d|2\.5d)|三维"),
    (Said("filters and colours", "滤镜和调色"), r"(?:\b(?:add|put|with|use|apply|make|it|the|a|an|some|in|look|colou?rs?|more|warm|cold|cool|vintage|retro|old|film|movie|instagram|and)\s+){0,6}\b(?:filters?|black\s*(?:and|&|n)\s*white|b\s?&\s?w|sepia|grayscale|greyscale|monochrome|vintage|retro|colou?r\s+(?:grad(?:e|ing)|correct(?:ion)?)|saturat(?:e|ed|ion)|vibrant|brightness|brighte(?:r|n)|darke(?:r|n)|contrast|warmer|colder|colou?rs|colou?rful|colou?ri[sz]e(?:d)?|exposure|vignette|hdr|(?:old\s+)?film\s+look|sharper?|sharpen)\b(?:\s+(?:filters?|looks?|effects?|tones?))*|(?:加|用)?(?:上|个|点|一[个层])?(?:复古|黑白|怀旧|电影|胶片|日系|暖色|冷色|的){0,4}(?:滤镜|调色|色调)|黑白|复古|怀旧|调亮|变亮|更亮|亮一?点|提亮|变暗|调暗|更暗|暗一?点|饱和度?|对比度|亮度|颜色|色彩|鲜艳"),
    (Said("stickers and emoji", "贴纸和表情"), r"(?:\b(?:add|put|with|some|a|an|the)\s+){0,6}\b(?:stickers?|emojis?|watermarks?|logos?|frames?\s+around|borders?)\b|(?:加|贴)?(?:上|个|一?[个些])?(?:贴纸|表情包?|水印|边框|相框|标志)"),
    (Said("cropping and retouching", "裁剪和修图"), r"\b(?:crop(?:ped|ping)?|retouch(?:ed|ing)?|blur(?:red|ry|ring)?|(?:rotat(?:e[ds]?|ing|ion)|flip(?:s|ped|ping)?|mirror(?:s|ed|ing)?)(?:\s+(?:it|this|that|them|the|my|photo|picture|image|clip|video|by|of|to|left|right|clockwise|(?:counter|anti)-?clockwise|upside|down|horizontally|vertically|around|\d+(?=\s*(?:deg|°))|degrees?|deg|\d+°?|°))*|upscale[ds]?|enhance[ds]?|enhancement|(?:remove|change|replace|swap|cut\s+out)\s+(?:the\s+)?(?:background|people|person|object|logo|watermark)|background|restor(?:e|ed|ation)|beautify|face\s?swap)\b|裁剪|裁切|抠图|换背景|背景|美颜|磨皮|模糊|(?:[向往朝]?[左右上下]|顺时针|逆时针|水平|垂直)?(?:方向)?(?:旋转|翻转|转)(?:\d+|[一二三四五六七八九十百]+)度|(?:[向往朝]?[左右上下]|顺时针|逆时针|水平|垂直)?(?:方向)?(?:旋转|翻转)|镜像|修复|修图|去水印|换脸"),
    (Said("effects", "特效"), r"(?:\b(?:add|put|with|use|some|a|an|the|cool|special|visual|nice|more|glitch|light|snow|rain)\s+){0,6}\b(?:special\s+effects?|visual\s+effects?|vfx|(?:add|some|any|cool|nice|more|magic(?:al)?|light)\s+effects?|(?<!zoom\s)(?<!pan\s)(?<!burns\s)effects|glitch(?:es)?|confetti|sparkl(?:e|es|y|ing)|particles?|lens\s+flares?|light\s+leaks?|shak(?:e|es|y|ing)|bounc(?:e|es|ing)|glow(?:ing)?|overlays?|snow(?:ing)?|snowflakes?|raining|fireworks|reverse\s+playback|boomerang|loop(?:ed|ing)?|seamless(?:ly)?|split[-\s]?screen|collages?|picture[-\s]in[-\s]picture)\b|(?:加|用)?(?:上|点|些|个)?(?:酷炫|炫酷|下雪|下雨|闪光|光)?的?(?:特效|(?<=[炫酷雪雨光的])效果|抖动|闪光|粒子|光晕|下雪|下雨|雪花|烟花|循环|分屏|拼图|画中画)"),
    (Said("other resolutions and formats", "其他分辨率和格式"), r"\b(?:in\s+)?(?:4k|8k|2k|uhd|720p|480p|2160p|1440p|(?:60|24|25|50|120)\s*fps|frame\s?rate|slow[-\s]?mo\s+interpolation|mov\s+format|webm|gifs?)\b(?:\s+(?:quality|resolution|video))?|(?<![a-z\d])(?:4k|8k|2k)|动图|帧率|60帧"),
    (Said("aiming at one spot of the picture", "对准画面里的某一处"), r"(?:(?<=\bin\s)|(?<=\bout\s)|\bfocus(?:ing|ed)?\s+)(?:on|onto|towards?|from)\s+(?!(?:it|this|that|them|all|each|photos?|pictures?|images?|left|right|top|bottom|second|\d)\b|(?:the|my|this|every|each|all)\s+(?:photos?|pictures?|images?|cent(?:er|re)|middle|left|right|top|bottom|first|second|third|fourth|last|start|beginning|end)\b)(?:(?!(?:and|then|but|for|over|with|in|while|slowly|at|during)\b)[^\s\0,.;!?\d\u3400-\u9fff]+\s*){1,6}|(?:对准|聚焦(?:到|在|于)?|(?<=放大)到?|(?<=推近)到?|(?<=推向))[^\0，。；！？,\s]{0,8}(?:脸|眼睛|面部|人物)"),
    (Said("redo", "重做"), r"\bredo\b|重做|恢复撤销"),
)  # fmt: skip
_PATTERNS = tuple((name, Rule(pattern, re.ASCII)) for name, pattern in _TOPICS)
_NO = Rule(
    r"(?:\b(?:no|without|not|don'?t|do\s+not|never|remove|mute|skip|leave\s+out)\b(?:\s+(?:add|use|put|want|need|any|the|a|more))*|不要|不用|不加|别加?|没有|无|去掉|不需要)(?:任何|有)?\s*$",
    re.ASCII,
)
_TITLE = Rule(rf"(?:\b(?:the|my|a)\s+)?{NOUN.pattern}", re.ASCII)
"""A title that something absent was asked for: "fade in the title"."""
_LOOK_BACK = 40
"""Characters before a topic in which its denial is looked for."""


def read_absent(prompt: Prompt) -> tuple[Prompt, tuple[Said, ...]]:
    """The prompt without words about what is absent, and the names of what was asked for in vain, each once."""
    asked: list[Said] = []
    about: list[tuple[int, int]] = []
    parts = list(clauses(prompt.text))
    for name, pattern in _PATTERNS:
        for match in pattern.finditer(prompt.text):
            start = max(0, match.start() - _LOOK_BACK)
            denied = _NO.search(prompt.text[start : match.start()])
            if denied is None and name not in asked:
                asked.append(name)
            about += [part for part in parts if part[0] <= match.start() < part[1]]
            prompt = prompt.take([(start + denied.start() if denied else match.start(), match.end())])
    titles = [match.span() for start, end in about for match in _TITLE.finditer(prompt.text, start, end)]
    return prompt.take(titles), tuple(asked)
