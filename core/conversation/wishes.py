"""What a message asks for: an `Incoming` comes in, a `Wish` goes out. Pure rules."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from core.chat import Incoming, Media, MediaKind
from core.intents import (
    IntentKind,
    each_separately,
    intent,
    joins_timeline,
    media_links,
    per_photo_instructions,
    small_talk,
)
from core.texts import Speaker


class Ask(StrEnum):
    """The commands, by the names that they are typed with, and what is none."""

    START = "start"
    HELP = "help"
    EXPORT = "export"
    CREDITS = "credits"
    STATUS = "status"
    NEW = "new"
    CANCEL = "cancel"
    SETTINGS = "settings"
    LANGUAGE = "language"
    FORGET = "forget"
    ANIMATE = "animate"
    """Words for the backend; without any, the usual motion."""
    EDIT = "edit"
    """Words for the backend, with or without photos."""
    UPLOAD = "upload"
    """Photos whose words are still to come; without photos, the promise of some."""
    STICKER = "sticker"
    TALK = "talk"
    """Nothing but courtesy."""
    NOTHING = "nothing"


COMMANDS = (
    Ask.START, Ask.HELP, Ask.EXPORT, Ask.CREDITS, Ask.STATUS, Ask.NEW, Ask.CANCEL, Ask.SETTINGS, Ask.LANGUAGE,
    Ask.FORGET, Ask.ANIMATE,
)  # fmt: skip

_CHINESE = {
    "开始": Ask.START,
    "帮助": Ask.HELP,
    "导出": Ask.EXPORT,
    "积分": Ask.CREDITS,
    "余额": Ask.CREDITS,
    "状态": Ask.STATUS,
    "新建": Ask.NEW,
    "新短片": Ask.NEW,
    "取消": Ask.CANCEL,
    "设置": Ask.SETTINGS,
    "语言": Ask.LANGUAGE,
    "忘记": Ask.FORGET,
    "动起来": Ask.ANIMATE,
}

_BY_INTENT = {
    IntentKind.HELP: Ask.HELP,
    IntentKind.EXPORT: Ask.EXPORT,
    IntentKind.CREDITS: Ask.CREDITS,
    IntentKind.STATUS: Ask.STATUS,
    IntentKind.NEW: Ask.NEW,
    IntentKind.CANCEL: Ask.CANCEL,
    IntentKind.UPLOAD: Ask.UPLOAD,
    IntentKind.MESSAGE: Ask.EDIT,
}

_NOTHING_TO_OFFER = frozenset({IntentKind.MESSAGE, IntentKind.UPLOAD})

_QUOTES = "\"'“”„‟«»‘’「」『』《》"

_EACH = re.compile(
    r"[\s,]*\b(?:separately|individually|one by one|one at a time)\b|[，、]?(?:分别|各自|逐个|逐一|逐张|单独)(?:地)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Wish:
    ask: Ask
    words: str = ""
    """For the backend, or a command's arguments; without the links that are uploaded."""
    media: tuple[Media, ...] = ()
    """What came with the message, and what its words link to."""
    perhaps: tuple[Ask, ...] = ()
    """Commands that the words may have meant as well, the likeliest first."""
    export: bool = False
    """The video is asked for in the same breath."""
    joins: bool = False
    """The photos are to join the clip that there is."""


def wish(incoming: Incoming) -> Wish:
    """What a message asks for."""
    links = media_links(incoming.text)
    media = (*incoming.media, *(Media(ref=link, kind=MediaKind.LINK, name=link) for link in links))
    stickers = [item for item in media if item.kind is MediaKind.STICKER]
    media = tuple(item for item in media if item.kind is not MediaKind.STICKER)
    words = _without(incoming.text, links)
    if stickers and not media:
        return Wish(Ask.STICKER)
    if incoming.command is not None:
        return _command(incoming.command, words, media)
    # Platforms take only Latin letters for a command and hand these over as text.
    name, _, rest = words.removeprefix("/").partition(" ")
    if words.startswith("/") and name in _CHINESE:
        return _command(name, rest.strip(), media)
    return _said(words, media)


def as_title(wanted: Wish, say: Speaker) -> Wish:
    """Words that were asked for as a title: a wish for that title. Photos and commands stay what they are."""
    if wanted.media or wanted.ask not in (Ask.EDIT, Ask.TALK):
        return wanted
    words = re.sub(r"\s+", " ", wanted.words).strip(_QUOTES + " ")
    return Wish(Ask.EDIT, say("Add the title “{words}”", words=words)) if words else wanted


def one_for_each(wish: Wish, otherwise: str) -> tuple[str, ...]:
    """The words for each of several photos, where they ask for a video each; empty where they mean one video.

    `otherwise`: the words for a photo that the others are named without.
    """
    count = len(wish.media)
    if count < 2 or not each_separately(wish.words):
        return ()
    each = per_photo_instructions(wish.words)
    if len(each) > 1:
        return tuple(each.get(number, otherwise) for number in range(1, count + 1))
    return (_EACH.sub("", wish.words).strip(" ,，:：") or otherwise,) * count


def _command(name: str, words: str, media: tuple[Media, ...]) -> Wish:
    ask = _CHINESE.get(name) or next((each for each in COMMANDS if each.value == name), None)
    if ask is None:
        meant = intent(f"{name} {words}".strip(), bool(media)).kind
        ask = Ask.HELP if meant is IntentKind.MESSAGE else _BY_INTENT[meant]
    if ask is Ask.ANIMATE:
        return Wish(ask, words, media, joins=joins_timeline(words))
    if media and ask is Ask.NEW:
        # A photo begins a new clip by itself.
        return replace(_said(words, media), joins=False)
    if media and ask is Ask.EXPORT:
        return _said(f"{ask.value} {words}".strip(), media)
    return Wish(ask, words, media)


def _said(words: str, media: tuple[Media, ...]) -> Wish:
    if not media:
        if not words:
            return Wish(Ask.NOTHING)
        if small_talk(words):
            return Wish(Ask.TALK, words)
    meant = intent(words, bool(media))
    ask = _BY_INTENT[meant.kind]
    joins = bool(media) and joins_timeline(words)
    if ask is Ask.UPLOAD and joins:
        ask = Ask.EDIT
    asks_for_the_video = meant.then_export or (bool(media) and intent(words).kind is IntentKind.EXPORT)
    perhaps = tuple(_BY_INTENT[kind] for kind in meant.alternatives if kind not in _NOTHING_TO_OFFER)
    return Wish(ask, words, media, perhaps, asks_for_the_video, joins)


def _without(text: str, links: list[str]) -> str:
    """The words between the links."""
    for link in sorted(links, key=len, reverse=True):
        text = text.replace(link, " ")
    return re.sub(r"[^\S\n]{2,}", " ", text).strip() if links else text.strip()
