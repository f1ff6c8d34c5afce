"""A text → a text of the same length in which nothing quoted can be mistaken for the agent's own words.

Quotations, addresses and what stands after a label ("Title: Click here") are blanked with `BLANK`; a quoted name of a
button ("Export", 导出) stays readable, since instructions are full of them.
"""

from __future__ import annotations

import re

from core.phrases.links import ADDRESS, is_gui_page

BLANK = "\ue000"
PAGE = "\ue001"
"""An address of the vendor's GUI, character by character."""
ELSEWHERE = "\ue002"
"""Any other address."""

_QUOTED = re.compile(
    r'"[^"\n]{1,200}"|“[^“”\n]{1,200}”|「[^「」\n]{1,200}」|『[^『』\n]{1,200}』|《[^《》\n]{1,200}》|【[^【】\n]{1,100}】|'
    r"‘[^‘’\n]{1,200}’|(?<![\w'])'[^'\n]{0,200}?[^'\s]'(?![\w'])|\[[^\[\]\n]{1,100}\]|«[^«»\n]{1,200}»"
)
_BUTTON = re.compile(
    r"[\s→>]*(?:export|download|save|share|publish|render|play|preview|generate|settings?|undo|redo|apply|upload|import|"
    r"text|audio|media|music|effects?|transitions?|captions?|subtitles?|split|delete|remove|duplicate|mute|trim|crop|edit|"
    r"timeline|volume|speed|upgrade|account|billing|subscription|credits|my account|"
    r"export video|download video|export mp4|"
    r"导出|下载|保存|分享|渲染|播放|预览|生成|设置|撤销|应用|上传|导入|文本|文字|音频|音乐|媒体|素材|特效|转场|字幕|"
    r"分割|删除|复制|静音|裁剪|编辑|时间线|时间轴|音量|变速|账户|账单|充值|升级|订阅|积分|导出视频|下载视频|个人中心)"
    r"(?: ?(?:button|tab|panel|menu|icon|page|按钮|面板|菜单|页面))?[\s→>]*",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:\b(?:title|text|caption|subtitle|headline|cta|call[- ]to[- ]action|overlay|slogan|tagline|lyrics?|voice-?over|"
    r"narration|prompt|end card|reads?|reading|says?|saying)(?: (?:\w{1,12}|\([^()\n]{1,30}\))){0,2}|"
    r"标题|文字|文本|字幕|文案|片头|片尾|旁白|台词|口号|歌词|提示词|花字|写着|写道|内容为)"
    r"\s?[:：]\s?(?P<words>[^\n.!?。！？;；]{1,200})",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:panel|tab|sidebar|toolbar|timeline|button|menu|editor|icon|slider|inspector)s?\b|"
    r"面板|时间[线轴]|按钮|菜单|侧边?栏|[左右]侧|编辑器|图标|滑块|导出",
    re.IGNORECASE,
)


def masked(text: str) -> str:
    """`text` with quotations and addresses blanked; positions stay what they are."""
    text = ADDRESS.sub(_address, text)
    text = _QUOTED.sub(_quotation, text)
    return _LABELLED.sub(_label, text)


def _address(found: re.Match[str]) -> str:
    address = found[0].rstrip(".,;:!?")
    blank = PAGE if is_gui_page(address) else ELSEWHERE
    return blank * len(address) + found[0][len(address) :]


def _quotation(found: re.Match[str]) -> str:
    inside = found[0][1:-1]
    if _BUTTON.fullmatch(inside):
        return f" {inside} "
    # A sentence that ends inside of a quotation, as American typesetting has it, still ends.
    after = found.string[found.end() : found.end() + 2]
    end = inside[-1] if inside[-1] in ".!?" and after[:1] == " " and after[1:].isupper() else BLANK
    return BLANK * (len(found[0]) - 1) + end


def _label(found: re.Match[str]) -> str:
    words = found["words"]
    if _PLACE.search(words):
        return found[0]
    return found[0][: -len(words)] + BLANK * len(words.rstrip()) + " " * (len(words) - len(words.rstrip()))
