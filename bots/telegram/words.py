"""What the adapter itself says: what the commands do, and how groups work. Everything else is said by the core.

A language comes in (BCP 47, as Telegram reports it), text goes out; English where the language is not spoken.
"""

from __future__ import annotations

from types import MappingProxyType

from core.texts import closest

COMMANDS = (
    "start", "help", "animate", "export", "credits", "status", "new", "cancel", "settings", "language", "forget",
)  # fmt: skip
"""The commands of every platform. In a group, others are left to other bots."""

_FOR_ADMINS = frozenset({"settings", "language", "forget"})
_IN_PRIVATE_ONLY = frozenset({"start"})

_DESCRIPTIONS = MappingProxyType(
    {
        "en": {
            "start": "What this bot does",
            "help": "How it works",
            "animate": "Let the photo move",
            "export": "The video of the current clip",
            "credits": "What the account has left",
            "status": "What is in the video and what is being made",
            "new": "Start a new clip",
            "cancel": "Stop what is being made",
            "settings": "Whether a video is made after each change",
            "language": "The language I speak",
            "forget": "Forget this chat",
        },
        "zh": {
            "start": "这个机器人能做什么",
            "help": "使用说明",
            "animate": "让照片动起来",
            "export": "导出当前短片",
            "credits": "查看剩余积分",
            "status": "视频内容和进度",
            "new": "开始新的短片",
            "cancel": "停止正在制作的视频",
            "settings": "是否每次修改后都生成视频",
            "language": "选择语言",
            "forget": "忘记这个聊天",
        },
    }
)

_FOR_OPERATORS = MappingProxyType(
    {
        "en": {
            "stats": "How much there is to do, and how it went today",
            "allow": "Who is let in",
            "block": "Who is kept out",
        },
        "zh": {
            "stats": "查看工作量和今日情况",
            "allow": "查看或设置允许使用的人",
            "block": "查看或设置禁止使用的人",
        },
    }
)

_IN_GROUPS = MappingProxyType(
    {
        "en": "Hello! Reply to me, send me a command, or mention me with a photo: @{name} zoom in slowly.",
        "zh": "大家好！回复我、发送命令，或者发照片时提到我：@{name} 慢慢放大。",
    }
)
_PRIVACY = MappingProxyType(
    {
        "en": "Telegram shows me only commands and replies to me here. To let me see photos that mention me, make me "
        "an administrator, or turn privacy mode off with @BotFather (/setprivacy) and add me again.",
        "zh": "在这里我只能看到命令和对我的回复。要让我看到提到我的照片，请把我设为管理员，"
        "或在 @BotFather 用 /setprivacy 关闭隐私模式后重新添加我。",
    }
)

_FAILED = MappingProxyType(
    {
        "en": "Something went wrong on my side. Please try again.",
        "zh": "我这边出了问题，请再试一次。",
    }
)

PRIVACY_FOR_OPERATORS = (
    "privacy mode is on: in groups it gets commands and replies to it, but no photo that mentions it, unless it is an "
    "administrator. To change that: /setprivacy with @BotFather, Disable, and add it to the groups again"
)


def descriptions(language: str, *, private: bool, admin: bool) -> tuple[tuple[str, str], ...]:
    """Command and description, in the order in which they are shown; in groups without what only a private chat has."""
    said = _DESCRIPTIONS[closest(language)]
    return tuple(
        (name, said[name])
        for name in COMMANDS
        if private or (name not in _IN_PRIVATE_ONLY and (admin or name not in _FOR_ADMINS))
    )


def descriptions_for_operators(language: str) -> tuple[tuple[str, str], ...]:
    """The same for the private chat of whoever runs the bot."""
    return (*descriptions(language, private=True, admin=True), *_FOR_OPERATORS[closest(language)].items())


def on_joining(language: str, name: str, *, sees_all: bool) -> str:
    """What a group is told when the bot is added. `sees_all`: it gets every message of the group."""
    spoken = closest(language)
    parts = [_IN_GROUPS[spoken].format(name=name)]
    if not sees_all:
        parts.append(_PRIVACY[spoken])
    return "\n".join(parts)


def failed(language: str) -> str:
    """What somebody is told whose message or press could not be dealt with by a fault of ours."""
    return _FAILED[closest(language)]
