"""What the adapter itself says: commands and their options, acknowledgements, and what is missing.

A language comes in (BCP 47, as Discord reports it), text goes out; English where the language is not spoken. Everything
else is said by the core.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

from core.quick import prompt_of
from core.texts import closest

ASPECTS = ("9:16", "1:1", "16:9")
DURATIONS = (3, 5, 8, 10, 15)
"""Seconds that /animate offers."""

_USUAL_SECONDS = 5

MENU = "Animate this"

_TEXTS = MappingProxyType(
    {
        "en": {
            "9:16": "9:16, vertical",
            "1:1": "1:1, square",
            "16:9": "16:9, wide",
            "seconds": "{n} seconds",
            "long": "Make it {n} seconds long",
            "usual": "Turn this into a {n}-second video clip with smooth motion",
            "s": "{n} s",
            "export": "One moment: the video of the current clip.",
            "menu-public": "Animate this: {link}",
            "menu": "On it: the video will answer that message.",
            "done": "Done.",
            "cancelled": "Cancelled.",
            "no picture": "There is no picture in that message. Choose one with a photo, or use /animate.",
            "not usable": "{name} is no picture or video. Attach a photo, for example a JPEG or PNG.",
            "missing": "I lack a permission in {place}: {names}. Ask somebody who manages this server to grant it, and "
            "then try again.",
            "store away": "I cannot remember anything for the moment. Please try again in a minute.",
            "failed": "Something went wrong on my side. Please try again.",
            "left alone": "This was lost when I was restarted. Please send it once more.",
            "unknown": "I do not know this command any more. Type / to see what there is.",
            "old button": "This button no longer works.",
            "unread": "Discord does not show me this message. Mention me in it, or use /animate.",
            "unread picture": "Discord does not show me that picture. Open its menu, then Apps and “Animate this”; or "
            "send the picture to me with a mention.",
            "hello": "Hello! Use /animate with a photo, choose “Animate this” in the menu of any picture (under Apps), "
            "or mention me with a photo.",
        },
        "zh": {
            "9:16": "9:16 竖屏",
            "1:1": "1:1 方形",
            "16:9": "16:9 横屏",
            "seconds": "{n}秒",
            "long": "时长{n}秒",
            "usual": "做成 {n} 秒的视频，画面平滑地动起来",
            "s": "{n} 秒",
            "export": "稍等，正在取当前短片的视频。",
            "menu-public": "让它动起来：{link}",
            "menu": "收到，视频会回复那条消息。",
            "done": "好了。",
            "cancelled": "已取消。",
            "no picture": "那条消息里没有图片。请选择带照片的消息，或使用 /animate。",
            "not usable": "{name} 不是图片或视频。请附上照片，例如 JPEG 或 PNG。",
            "missing": "我在 {place} 缺少权限：{names}。请让服务器管理者开启后再试。",
            "store away": "我暂时无法记录任何内容，请一分钟后再试。",
            "failed": "我这边出了问题，请再试一次。",
            "left alone": "我重启时丢失了这个请求，请再发一次。",
            "unknown": "这个命令已经不存在了。输入 / 查看可用的命令。",
            "old button": "这个按钮已失效。",
            "unread": "Discord 没有让我看到这条消息。请在消息里提到我，或使用 /animate。",
            "unread picture": "Discord 没有让我看到那张图片。请打开它的菜单，选择“APP”里的“让它动起来”；"
            "或者提到我并把图片发给我。",
            "hello": "大家好！用 /animate 附上照片，或在任意图片的菜单里（“APP”下）选择“让它动起来”，"
            "也可以发照片时提到我。",
        },
    }
)

_PERMISSIONS = MappingProxyType(
    {
        "en": {
            "view_channel": "View Channel",
            "send_messages": "Send Messages",
            "send_messages_in_threads": "Send Messages in Threads",
            "attach_files": "Attach Files",
        },
        "zh": {
            "view_channel": "查看频道",
            "send_messages": "发送消息",
            "send_messages_in_threads": "在子区内发送消息",
            "attach_files": "附加文件",
        },
    }
)

COMMANDS = MappingProxyType(
    {
        "start": ("What this bot does", "开始", "这个机器人能做什么"),
        "help": ("How it works", "帮助", "使用说明"),
        "animate": ("Bring photos to life", "动起来", "让照片动起来"),
        "export": ("The video of the current clip", "导出", "导出当前短片"),
        "credits": ("What the account has left", "积分", "查看剩余积分"),
        "status": ("What is in the video and what is being made", "状态", "视频内容和进度"),
        "new": ("Start a new clip", "新短片", "开始新的短片"),
        "cancel": ("Stop what is being made", "取消", "停止正在制作的视频"),
        "settings": ("Whether a video is made after each change", "设置", "是否每次修改后都生成视频"),
        "language": ("The language I speak", "语言", "选择语言"),
        "forget": ("Forget this chat", "忘记", "忘记这个聊天"),
    }
)
"""The commands of every platform: what each does in English, its name in Chinese, and what it does in Chinese."""

OPTIONS = MappingProxyType(
    {
        "photo": ("A photo or a video", "照片", "照片或视频"),
        "photo2": ("One more", "照片2", "再加一张"),
        "photo3": ("One more", "照片3", "再加一张"),
        "photo4": ("One more", "照片4", "再加一张"),
        "photo5": ("One more", "照片5", "再加一张"),
        "prompt": ("What should happen, in your own words", "描述", "想要的效果，用自己的话说"),
        "duration": ("How long the video is", "时长", "视频多长"),
        "aspect": ("The video's shape", "画幅", "视频的形状"),
        "to": ("English or Chinese", "语言", "英文或中文"),
    }
)
"""The options of commands, described in the same way."""

MENU_IN_CHINESE = "让它动起来"


def say(language: str, what: str, **values: object) -> str:
    """One of the sentences above, by its name."""
    return _TEXTS[closest(language)][what].format(**values)


def missing(language: str, place: str, names: Sequence[str]) -> str:
    """What the bot may not do. `names`: permissions as the library names them; `place`: a channel's mention."""
    told = _PERMISSIONS[closest(language)]
    comma = "、" if closest(language) == "zh" else ", "
    return say(language, "missing", place=place, names=comma.join(told[name] for name in names))


def order(language: str, prompt: str, seconds: int | None, aspect: str | None) -> str:
    """The words for the backend, from /animate's options."""
    spoken = closest(language)
    words = prompt.strip()
    parts = [words] if words else [say(spoken, "usual", n=seconds or _USUAL_SECONDS)]
    if words and seconds:
        parts.append(say(spoken, "long", n=seconds))
    if aspect:
        parts.append(prompt_of(aspect.replace(":", "x"), spoken) or aspect)
    return ("，" if spoken == "zh" else ". ").join(parts)


def repeated(language: str, prompt: str, seconds: int | None, aspect: str | None) -> str:
    """What all see of /animate: its options, shortly."""
    spoken = closest(language)
    words = prompt.strip() or COMMANDS["animate"][2 if spoken == "zh" else 0]
    parts = [words, say(language, "s", n=seconds) if seconds else "", aspect or ""]
    return " · ".join(part for part in parts if part)
