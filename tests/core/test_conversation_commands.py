"""Each command of the design, in English and in Chinese, typed with a slash or said in words."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.chat import Person
from tests.core.conversing import ALICE, LI, House

PEOPLE = {"en": ALICE, "zh": LI}


@pytest.mark.parametrize(
    ("language", "command", "expected"),
    [
        ("en", "start", "Hello! Send me a photo"),
        ("zh", "start", "你好！发一张照片"),
        ("zh", "开始", "你好！发一张照片"),
        ("en", "credits", "Credits left: 100."),
        ("zh", "积分", "剩余积分：100。"),
        ("en", "status", "There is nothing on the timeline yet."),
        ("zh", "状态", "时间线上还没有内容。"),
        ("en", "new", "A fresh start."),
        ("zh", "新建", "重新开始。"),
        ("en", "cancel", "Nothing is being made right now."),
        ("zh", "取消", "现在没有正在制作的内容。"),
        ("en", "export", "There is no clip yet."),
        ("zh", "导出", "还没有短片。"),
        ("en", "settings", "A video is made after each change."),
        ("zh", "设置", "每次修改后都会自动生成视频。"),
        ("en", "language", "Write /language en | zh."),
        ("zh", "语言", "请输入 /language en | zh。"),
        ("en", "forget", "This chat is forgotten"),
        ("zh", "忘记", "已忘记这个聊天"),
        ("en", "frobnicate", "/export"),
        ("en", "animate", "I have no photo yet."),
    ],
)
async def test_a_command_is_answered_in_the_person_s_language(
    cloud: House, language: str, command: str, expected: str
) -> None:
    room = cloud.private(PEOPLE[language])
    await cloud.people.first_contact(room.chat)
    assert expected in (await room.outcome(await room.say(command=command))).message.text


@pytest.mark.parametrize(
    ("typed", "expected"), [("/设置", "每次修改后"), ("/积分", "剩余积分"), ("/语言 en", "I speak English")]
)
async def test_a_platform_may_not_know_chinese_commands(cloud: House, typed: str, expected: str) -> None:
    room = cloud.private(LI)
    assert expected in (await room.outcome(await room.say(typed))).message.text


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("how many credits do I have left?", "Credits left"),
        ("还剩多少积分?", "剩余积分"),
        ("what's in the video now", "nothing on the timeline"),
        ("取消", "没有正在制作"),
        ("help", "/export"),
        ("导出", "还没有短片"),
    ],
)
async def test_a_command_may_be_said_in_words(cloud: House, words: str, expected: str) -> None:
    room = cloud.private()
    await cloud.people.first_contact(room.chat)
    assert expected in (await room.outcome(await room.say(words))).message.text


async def test_help_names_every_command(cloud: House) -> None:
    room = cloud.private()
    await cloud.people.first_contact(room.chat)
    text = (await room.outcome(await room.say(command="help"))).message.text
    for command in ("animate", "export", "credits", "status", "new", "cancel", "settings", "language", "forget"):
        assert f"/{command}" in text


async def test_animate_moves_a_photo_without_further_words(cloud: House, photo: Path) -> None:
    room = cloud.private()
    await room.video(await room.say("", photo, command="animate"))
    await room.video(await room.say("zoom out", command="animate"))
    assert cloud.backend.nemo is not None
    assert cloud.backend.nemo.prompts == ["Turn this into a 5-second video clip with smooth motion", "zoom out"]


async def test_status_counts_what_is_at_work_and_shows_the_timeline(house: House, photo: Path) -> None:
    room = house.private()
    await room.video(await room.say("1 second", photo))
    shown = await room.outcome(await room.say(command="status"))
    assert shown.message.text.startswith("Timeline (")


async def test_credits_are_free_with_darkroom_and_counted_with_the_cloud(house: House) -> None:
    room = house.private()
    text = (await room.outcome(await room.say(command="credits"))).message.text
    if house.backend.is_cloud:
        assert text == (
            "Credits left: 100.\nIn all: 100.\nA new clip costs about 100 credits, a change about 50.\n"
            "Exporting a video is free."
        )
    else:
        assert text == "Videos are made on the operator's own machine and cost no credits."


async def test_forget_forgets_the_clip_and_greets_anew(house: House, photo: Path) -> None:
    room = house.private()
    video = await room.video(await room.say("1 second", photo))
    await room.say(command="forget")
    assert await room.videos() == []
    assert await house.clips.of_message(room.chat, video.id) is None
    assert "Hello!" in (await room.outcome(await room.say("zoom in"))).message.text


@pytest.mark.parametrize(
    ("person", "words", "expected"),
    [
        (Person("a", language="zh-TW"), "", "请发一张照片"),
        (Person("b", language="fr"), "", "Send me a photo"),
        (Person("c", language="en"), "推近", "请先发一张"),
        (Person("d", language="zh"), "zoom in", "Send me one first"),
    ],
)
async def test_the_language_comes_from_the_words_else_from_the_platform(
    cloud: House, person: Person, words: str, expected: str
) -> None:
    room = cloud.private(person)
    await cloud.people.first_contact(room.chat)
    assert expected in (await room.outcome(await room.say(words))).message.text
