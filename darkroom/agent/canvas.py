"""The frame's shape: "9:16", "vertical", "for TikTok", "square", "竖屏"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from darkroom.agent.edit import Applied, Reading, Said, Stage
from darkroom.agent.photos import nearest_canvas
from darkroom.agent.prompt import Prompt
from darkroom.agent.rule import Rule
from darkroom.timeline import LANDSCAPE, PORTRAIT, SQUARE, Canvas, Timeline

NAMES = {PORTRAIT: "9:16", LANDSCAPE: "16:9", SQUARE: "1:1"}


def shape(canvas: Canvas) -> str:
    """ "9:16 (1080×1920)"."""
    size = f"{canvas.width}×{canvas.height}"
    return f"{NAMES[canvas]} ({size})" if canvas in NAMES else size


@dataclass(frozen=True, slots=True)
class SetCanvas:
    """The frame gets the shape of `canvas`. `instead_of`: a ratio that was asked for and does not exist here."""

    canvas: Canvas
    instead_of: str = ""
    stage = Stage.FRAME
    tool = "set_canvas"

    @property
    def args(self) -> Mapping[str, object]:
        return {"ratio": NAMES[self.canvas], "width": self.canvas.width, "height": self.canvas.height}

    def apply(self, timeline: Timeline) -> Applied:
        note = None
        if self.instead_of:
            name = NAMES[self.canvas]
            note = Said(
                f"There is no {self.instead_of} frame yet (only 9:16, 16:9 and 1:1), so I took {name}, the nearest.",
                f"还没有 {self.instead_of} 的画面（只有 9:16、16:9 和 1:1），用了最接近的 {name}。",
            )
        done = Said(f"set the frame to {shape(self.canvas)}", f"画面改为 {shape(self.canvas)}")
        return Applied(replace(timeline, canvas=self.canvas), done, note)


_NEGATED = r"(?:\b(?:not|no|don'?t\s+(?:make\s+it|use|want(?:\s+it)?)|do\s+not\s+make\s+it|instead\s+of|rather\s+than)\s+(?:a\s+|in\s+)?|不要|别用?|不是|不用)"
# "turn this portrait into a video", "a landscape photo": the photo is meant, not the frame.
_PICTURED = r"(?<!\bthis\s)(?<!\bmy\s)(?<!\bthe\s)(?<!\bher\s)(?<!\bhis\s)"
_PICTURE = r"(?!\s+(?:photos?|pictures?|images?|of|into|painting)\b)"
_WORDS = {
    SQUARE: r"(?:for\s+)?(?:an?\s+)?(?:instagram|ig|insta)\s+(?:post|feed)|squared?|正方形?|方形|方的|方屏|方图",
    PORTRAIT: rf"vertical(?:ly)?|{_PICTURED}portrait{_PICTURE}|upright|tall|(?:for\s+|on\s+|to\s+)?(?:an?\s+|my\s+)?(?:youtube\s+shorts?|shorts|tik\s?tok|reels?|(?:instagram|ig|insta|whatsapp|facebook|snapchat)(?:\s+(?:reels?|story|stories|status))?|for\s+(?:my\s+|a\s+)?(?:stories|story)|douyin|phone\s+screen|mobile)|竖屏|竖版|竖着?的?|纵向|抖音|快手|小红书|视频号|手机屏幕?|朋友圈",
    LANDSCAPE: rf"horizontal(?:ly)?|{_PICTURED}landscape{_PICTURE}|wide\s?-?screen|wide|(?:for\s+|on\s+|to\s+)?(?:an?\s+|my\s+)?(?:youtube|tv|television|desktop|vimeo|bilibili)|横屏|横版|横着?的?|横向|宽屏|电视|b站|哔哩哔哩|油管",
}
_WORD = Rule(
    rf"(?P<no>{_NEGATED})?(?:\b|(?<=[\u3400-\u9fff\0])|(?=[\u3400-\u9fff]))(?:(?P<square>{_WORDS[SQUARE]})|(?P<portrait>{_WORDS[PORTRAIT]})|(?P<landscape>{_WORDS[LANDSCAPE]}))(?:\b|(?=[\u3400-\u9fff\0])|(?<=[\u3400-\u9fff]))"
    r"(?:[-\s]?(?:format(?:ted)?|video|clip|frame|orientation|ratio|mode|aspect(?:\s+ratio)?|version)\b|的?(?:视频|画面|比例|尺寸|格式|版本?))?",
    re.ASCII,
)
_RATIO = Rule(
    rf"(?P<no>{_NEGATED})?(?<![\d:.])(?P<width>\d{{1,4}}(?:\.\d{{1,2}})?)\s?(?:[:：x×/*]|比|\bby\b)\s?(?P<height>\d{{1,4}}(?:\.\d{{1,2}})?)(?!\.?\d|:)(?!\s*(?:s\b|sec|min|秒|分))(?:\s*(?:px|pixels|aspect(?:\s+ratio)?|ratio|format|比例|的?画面))?",
    re.ASCII,
)
_FULL_HD = Rule(r"\b(?:in\s+)?(?:full[\s-]?hd|1080p?|hd)\b(?:\s+(?:mp4|quality|resolution))?|高清", re.ASCII)
_NOUNS = Rule(r"\b(?:aspect[\s-]ratio|ratio)\b(?:\s+(?:of|to|is|as))?|宽高比|画面比例|画幅|比例", re.ASCII)


def read_canvas(prompt: Prompt) -> Reading:
    """Wishes about the frame. Of several, the last holds, and a ratio before a word. A denied shape is no wish."""
    wishes: list[tuple[bool, int, SetCanvas]] = []
    for match in _RATIO.finditer(prompt.text):
        width, height = float(match["width"]), float(match["height"])
        if not width or not height or not 0.1 <= width / height <= 10:
            continue
        canvas = nearest_canvas(width / height)
        exact = abs(width / height / (canvas.width / canvas.height) - 1) < 0.02
        if not match["no"]:
            asked = f"{match['width']}:{match['height']}"
            wishes.append((True, match.start(), SetCanvas(canvas, "" if exact else asked)))
        prompt = prompt.take([match.span()])
    for match in _WORD.finditer(prompt.text):
        kind = SQUARE if match["square"] else PORTRAIT if match["portrait"] else LANDSCAPE
        if not match["no"]:
            wishes.append((False, match.start(), SetCanvas(kind)))
        prompt = prompt.take([match.span()])
    prompt = prompt.take_all(_FULL_HD).take_all(_NOUNS)
    # Numbers are meant more exactly than words: "4:5 for Instagram".
    last = max(wishes, key=lambda wish: wish[:2], default=None)
    return Reading(prompt, (last[2],) if last else ())
