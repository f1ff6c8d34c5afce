"""What the adapter itself says, and what it leaves in the inbox."""

from __future__ import annotations

import re

import pytest

from bots.discord import words
from bots.discord.asked import Asked
from bots.discord.parcels import Joined, Lacking, Left, Pressed, Record, Said, Unread, Used, read, written
from bots.discord.places import chat_of
from core.chat import ChatKind, Incoming, Media, MediaKind, Person, Press

NAME = re.compile(r"[\w-]{1,32}")
"""Discord's rule for commands and options, where a script has no case."""


def test_each_sentence_is_there_in_both_languages_with_the_same_places() -> None:
    english, chinese = words._TEXTS["en"], words._TEXTS["zh"]
    assert english.keys() == chinese.keys()
    for name, text in english.items():
        assert sorted(re.findall(r"{\w*}", text)) == sorted(re.findall(r"{\w*}", chinese[name])), name


def test_names_and_descriptions_are_within_the_limits_of_discord() -> None:
    for name, (described, in_chinese, described_in_chinese) in {**words.COMMANDS, **words.OPTIONS}.items():
        assert name.islower()
        assert NAME.fullmatch(name)
        assert NAME.fullmatch(in_chinese)
        assert 1 <= len(described) <= 100
        assert 1 <= len(described_in_chinese) <= 100
    for names in (words.COMMANDS, words.OPTIONS):
        chinese = [in_chinese for _, in_chinese, _ in names.values()]
        assert len(set(chinese)) == len(chinese)


@pytest.mark.parametrize(
    ("language", "prompt", "seconds", "aspect", "order", "repeated"),
    [
        ("en-US", "zoom in", None, None, "zoom in", "zoom in"),
        ("en-US", " zoom in ", 8, None, "zoom in. Make it 8 seconds long", "zoom in · 8 s"),
        (
            "fr",
            "",
            None,
            "1:1",
            "Turn this into a 5-second video clip with smooth motion. Make it square, 1:1",
            "Bring photos to life · 1:1",
        ),
        ("zh-CN", "放大", 3, "16:9", "放大，时长3秒，改成横屏 16:9", "放大 · 3 秒 · 16:9"),
        ("zh-CN", "", 3, None, "做成 3 秒的视频，画面平滑地动起来", "让照片动起来 · 3 秒"),
    ],
)
def test_what_animate_orders_and_what_all_see_of_it(
    language: str, prompt: str, seconds: int | None, aspect: str | None, order: str, repeated: str
) -> None:
    assert words.order(language, prompt, seconds, aspect) == order
    assert words.repeated(language, prompt, seconds, aspect) == repeated


def test_what_is_missing_is_named_in_the_language_of_who_asks() -> None:
    assert "<#1>: Send Messages, Attach Files." in words.missing("en", "<#1>", ("send_messages", "attach_files"))
    assert "发送消息、附加文件" in words.missing("zh-CN", "<#1>", ("send_messages", "attach_files"))


ASKED = Asked(1, 2, "token", 3.5, 4, is_member=True, answers=5)
INCOMING = Incoming(
    event="7",
    chat=chat_of(8, 9),
    person=Person("4", "Ann · 安", "zh-CN", is_admin=True),
    message="i7",
    chat_kind=ChatKind.GROUP,
    text="zoom\nin “slowly”",
    command="animate",
    media=(Media("9.7.1 http://x/y?a=b", MediaKind.PHOTO, "a b.jpg", "image/jpeg", 12), Media("- l", MediaKind.LINK)),
    reply_to="w1.2",
)


@pytest.mark.parametrize(
    "record",
    [
        Said(INCOMING, is_placed=False, quoted=6, limit=7),
        Used(INCOMING, ASKED, 20),
        Pressed(Press("7", chat_of(8), Person("4"), "66", "e.clip.slower", ChatKind.GROUP), ASKED),
        Lacking(INCOMING, ("send_messages", "attach_files")),
        Unread(chat_of(8), "7", picture=True),
        Joined(chat_of(8), "en-US"),
        Left((chat_of(8), chat_of(9, 8))),
    ],
    ids=lambda record: type(record).__name__,
)
def test_what_is_left_in_the_inbox_is_read_again_as_it_was(record: Record) -> None:
    assert read(written(record)) == record
