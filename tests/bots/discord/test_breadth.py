"""Everything that people can do with the bot in Discord, inside simcord: commands and buttons, in English and Chinese.

The adapter is whole, with a real store and the conversation as it is; `tests.bots.discord.simulated` says how. What is
on the wire is the affair of the tests beside this one, which run against `tests.counterparts.discord`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import discord
import pytest
from simcord import SetupError

from bots.discord.words import COMMANDS
from tests.bots.discord.simulated import CHINESE, ENGLISH, PHOTO, World, buttons, label, labels, refused, told
from tests.counterparts.agents import Project, editor, said
from tests.counterparts.answers import coded
from tests.counterparts.nemo import ScriptedNemo
from tests.waiting import wait_until

STRANGER_IN_CHINESE = "这个按钮只供提出请求的人使用。发一张你自己的照片就可以开始。"
STRANGER = "This button is for the person who asked. Send a photo of your own to begin."


# Commands


@pytest.mark.parametrize(
    ("language", "answers"),
    [
        (
            ENGLISH,
            {
                "start": "Hello! Send me a photo and say what you want",
                "help": "Send a photo (or several) and say what should happen with it.",
                "credits": "Credits left: 100.",
                "status": "There is nothing on the timeline yet.",
                "new": "A fresh start. Send me a photo",
                "cancel": "Nothing is being made right now.",
                "settings": "A video is made after each change.",
                "language": "Write /language en",
                "forget": "This chat is forgotten",
                "export": "There is no clip yet.",
            },
        ),
        (
            CHINESE,
            {
                "start": "你好！发一张照片，用自己的话说想要什么",
                "help": "发一张（或几张）照片，告诉我要怎么处理",
                "credits": "剩余积分：100。",
                "status": "时间线上还没有内容。",
                "new": "重新开始。请发一张照片",
                "cancel": "现在没有正在制作的内容。",
                "settings": "每次修改后都会自动生成视频。",
                "language": "请输入 /language en",
                "forget": "已忘记这个聊天",
                "export": "还没有短片。",
            },
        ),
    ],
    ids=["en", "zh"],
)
async def test_item_6_every_command_answers_in_the_persons_language(
    world: World, language: str, answers: dict[str, str]
) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann", language=language, manage_guild=True)
    bob = world.member(guild, "Bob")
    assert set(ann.available_commands(general)) == set(COMMANDS) == {*answers, "animate"}
    for name, answer in answers.items():
        shown = await ann.slash(general, name)
        if name == "export":
            assert not shown.ephemeral, "the video is for all"
            assert answer in (await world.says(general, answer)).content
        else:
            message = await told(shown)
            assert message.content.startswith(answer)
            assert message.id not in {each.id for each in general.history(viewer=bob)}
    assert len(world.said(general)) == 2, "what all see: what was asked with /export, and its answer"


async def test_item_6_commands_have_names_in_english_and_chinese_and_are_written_once(world: World) -> None:
    await world.restart()
    written = [call for call in world.env.http_requests if call.method == "PUT"]
    assert len(written) == 1
    registered = world.env.backend.commands[None]
    for name, (described, in_chinese, described_in_chinese) in COMMANDS.items():
        command = registered[name, 1]
        assert command["description"] == described
        assert command["name_localizations"] == {CHINESE: in_chinese, "zh-TW": in_chinese}
        assert set(command["description_localizations"].values()) == {described_in_chinese}
        assert command["contexts"] == [0, 1, 2]
        assert command["integration_types"] == [0, 1]
    assert registered["Animate this", 3]["name_localizations"] == dict.fromkeys((CHINESE, "zh-TW"), "让它动起来")


async def test_item_6_the_language_of_a_chat_is_its_managers_to_choose(world: World) -> None:
    guild, general = world.server()
    ann, ada = world.member(guild, "Ann"), world.member(guild, "Ada", manage_messages=True)
    for name in ("settings", "language", "forget"):
        message = await told(await ann.slash(general, name))
        assert message.content == "Only administrators of this chat can change that."
    message = await told(await ada.slash(general, "language", to="zh"))
    assert message.content == "现在我说中文。"
    assert (await told(await ann.slash(general, "status"))).content == "时间线上还没有内容。"


async def test_item_6_animate_with_all_its_options_is_one_clip(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    photos = {"photo": PHOTO, **{f"photo{number}": PHOTO for number in range(2, 6)}}
    shown = await ann.slash(general, "animate", **photos, prompt="pan *left*", duration=8, aspect="9:16")
    assert shown.response is not None
    assert shown.response.content == r"pan \*left\* · 8 s · 9:16"
    video = await world.video(general)
    assert [(each.filename.split("-")[0], each.content_type) for each in video.attachments] == [
        ("stillreel", "video/mp4")
    ]
    assert video.reference is not None
    assert video.reference.message_id == shown.response.id
    assert nemo.prompts == ["pan *left*. Make it 8 seconds long. Make it vertical, 9:16"]
    assert len(nemo.uploads) == 5
    assert len(world.said(general)) == 3, "what was asked, the greeting and the video: the progress is gone"
    with pytest.raises(SetupError):
        await ann.slash(general, "animate", photo=PHOTO, duration=7)
    with pytest.raises(SetupError):
        await ann.slash(general, "animate", photo=PHOTO, prompt="x" * 1501)


@pytest.mark.parametrize(
    ("language", "not_usable", "no_picture", "heard"),
    [
        (
            ENGLISH,
            r"no\_te.txt is no picture or video. Attach a photo, for example a JPEG or PNG.",
            "There is no picture in that message. Choose one with a photo, or use /animate.",
            "On it: the video will answer that message.",
        ),
        (
            CHINESE,
            r"no\_te.txt 不是图片或视频。请附上照片，例如 JPEG 或 PNG。",
            "那条消息里没有图片。请选择带照片的消息，或使用 /animate。",
            "收到，视频会回复那条消息。",
        ),
    ],
    ids=["en", "zh"],
)
async def test_item_6_the_menu_of_a_message_takes_its_picture(
    world: World, language: str, not_usable: str, no_picture: str, heard: str
) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann", language=language), world.member(guild, "Bob")
    shown = await ann.slash(general, "animate", photo=("no_te.txt", b"words"))
    assert (await told(shown)).content == not_usable
    words = await bob.send(general, "only words")
    assert (await told(await ann.context_menu(general, "Animate this", words))).content == no_picture
    picture = await bob.send(general, "my cat", attachments=[PHOTO])
    assert (await told(await ann.context_menu(general, "Animate this", picture))).content == heard
    video = await world.video(general)
    assert video.reference is not None
    assert video.reference.message_id == picture.id


# Buttons


@pytest.mark.usefixtures("held")
async def test_item_6_cancel_is_for_who_asked_and_for_who_manages(world: World) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
    for who in (world.member(guild, "Ada", manage_messages=True), ann):
        await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
        progress = await world.offers(general, "Cancel")
        assert buttons(progress)[0].style is discord.ButtonStyle.danger
        assert await refused(await bob.click(progress, label="Cancel")) == STRANGER
        assert not [m for m in world.said(general, ann) if m.content == STRANGER]
        assert await world.house.mailbox.unfinished(world.chat(general))
        await who.click(progress, label="Cancel")
        await world.settled(general)
    assert not [m for m in world.said(general) if m.attachments or labels(m)]


async def test_item_6_retry_is_for_who_asked_and_for_who_manages(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob", language=CHINESE)
    ada = world.member(guild, "Ada", manage_messages=True)
    nemo.script("prompt", coded(1010), coded(1010))
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    failed = await world.says(general, "The video service did not take this request.")
    assert labels(failed) == ["Retry"]
    assert (
        await refused(await bob.click(failed, label="Retry"))
        == "这个按钮只供提出请求的人使用。发一张你自己的照片就可以开始。"
    )
    assert nemo.count("prompt") == 1
    await ada.click(failed, label="Retry")
    await wait_until(lambda: nemo.count("prompt") == 2)
    await world.settled(general)
    failed = await world.says(general, "The video service did not take this request.")
    await ann.click(failed, label="Retry")
    await world.video(general)
    assert nemo.prompts == ["fly"]


async def test_item_6_quick_edits_and_proposals_are_for_who_asked_and_for_who_manages(
    world: World, nemo: ScriptedNemo
) -> None:
    async def proposing(words: str, project: Project) -> AsyncIterator[bytes]:
        async for each in editor(words, project):
            yield each
        yield said("Right-click the second clip and select Delete to remove it.")

    nemo.agent = proposing
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
    ada = world.member(guild, "Ada", manage_messages=True)
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    video = await world.video(general)
    assert label(video, "Slower") == "Slower (50 credits)", "what it costs is told"
    for number, (who, start) in enumerate(((ada, "Slower"), (ann, "delete the second clip")), 2):
        assert await refused(await bob.click(video, label=label(video, start))) == STRANGER
        await who.click(video, label=label(video, start))
        edited = await world.video(general, number)
        assert edited.reference is not None
        assert edited.reference.message_id == video.id
    assert nemo.prompts == ["fly", "Make it slower", "delete the second clip"]


async def test_item_6_the_video_is_made_on_a_press_where_the_chat_wants_that(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
    ada = world.member(guild, "Ada", manage_guild=True)
    await ada.send(general, f"{world.mention} /settings")
    switch = await world.says(general, "A video is made after each change.")
    assert await refused(await ann.click(switch, label="Only when I ask")) == (
        "Only administrators of this chat can change that."
    )
    await ada.click(switch, label="Only when I ask")
    switch = await world.says(general, "A video is made only on /export.")
    assert labels(switch) == ["After each change"]
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    done = await world.offers(general, "Make the video")
    assert buttons(done)[0].style is discord.ButtonStyle.primary
    assert await refused(await bob.click(done, label="Make the video")) == STRANGER
    assert nemo.count("render") == 0
    await ann.click(done, label="Make the video")
    await world.video(general)


async def test_item_6_a_command_in_a_button_is_the_pressers_own(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    await world.video(general)
    await ann.send(general, f"{world.mention} add credits")
    offer = await world.says(general, "Did you mean something else?")
    await world.settled(general)
    assert labels(offer) == ["Credits"]
    await bob.click(offer, label="Credits")
    answer = await world.says(general, "Credits left: 100.")
    assert answer.reference is not None
    assert answer.reference.message_id == offer.id


async def test_item_6_the_language_is_chosen_by_a_press(world: World) -> None:
    guild, general = world.server()
    ann, ada = world.member(guild, "Ann"), world.member(guild, "Ada", manage_guild=True)
    await ada.send(general, f"{world.mention} /language")
    choice = await world.says(general, "Write /language")
    assert labels(choice) == ["English", "中文"]
    await ann.click(choice, label="中文")
    await world.says(general, "Only administrators of this chat can change that.")
    await ada.click(choice, label="中文")
    await world.says(general, "现在我说中文。")
    private = await told(await ada.slash(general, "language"))
    await ada.click(private, label="English")
    await world.says(general, "I speak English now.", viewer=ada)


async def test_item_6_an_old_button_says_that_it_is_one(world: World) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann", language=CHINESE)
    view = discord.ui.View(timeout=None).add_item(discord.ui.Button(label="Old", custom_id="of another program"))
    place = world.env.bot.get_channel(general.id)
    assert isinstance(place, discord.TextChannel)
    shown = await ann.click(await place.send("Press", view=view), label="Old")
    assert (await told(shown)).content == "这个按钮已失效。"
