"""Where people ask inside simcord's Discord, and when: permissions, intents, threads, direct messages, errors, time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import discord
import pytest
from redis.asyncio import Redis

from tests.bots.discord.simulated import CHINESE, ENGLISH, PHOTO, World, label, labels, refused, simulated, told
from tests.core.conversing import Backend
from tests.counterparts.answers import BAD_GATEWAY
from tests.counterparts.nemo import ScriptedNemo

# Permissions and intents

_LACKING = {
    ENGLISH: (
        "I lack a permission in {place}: {name}. Ask somebody who manages this server to grant it, and then try again.",
        {
            "view_channel": "View Channel",
            "send_messages": "Send Messages",
            "send_messages_in_threads": "Send Messages in Threads",
            "attach_files": "Attach Files",
        },
    ),
    CHINESE: (
        "我在 {place} 缺少权限：{name}。请让服务器管理者开启后再试。",
        {
            "view_channel": "查看频道",
            "send_messages": "发送消息",
            "send_messages_in_threads": "在子区内发送消息",
            "attach_files": "附加文件",
        },
    ),
}


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
async def test_item_6_each_permission_that_lacks_is_named_before_the_work(
    world: World, nemo: ScriptedNemo, language: str
) -> None:
    guild, _ = world.server()
    ann = world.member(guild, "Ann", language=language)
    sentence, names = _LACKING[language]
    for in_thread in (False, True):
        for lacks, name in names.items():
            if lacks == ("send_messages" if in_thread else "send_messages_in_threads"):
                continue
            channel = guild.create_text_channel(lacks)
            place = world.thread(channel, "films", ann) if in_thread else channel
            await world.deny(channel, lacks)
            shown = await ann.slash(place, "animate", photo=PHOTO)
            assert (await told(shown)).content == sentence.format(place=place.mention, name=name)
            assert (await ann.slash(place, "credits")).acknowledged, "what is for the person alone needs none"
    assert nemo.count("session") == 0


async def test_item_6_nothing_more_is_needed(world: World) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    needed = discord.Permissions(view_channel=True, send_messages=True, attach_files=True)
    await world.deny(general, *(name for name, _ in discord.Permissions.all() if not getattr(needed, name)))
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    await world.video(general)


async def test_item_6_a_channel_that_closes_meanwhile_ends_its_job(world: World, held: asyncio.Event) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    await world.says(general, " · ")
    await world.deny(general, "send_messages", "view_channel")
    held.set()
    await world.settled(general)
    assert not [message for message in world.said(general) if message.attachments]


@pytest.mark.usefixtures("held")
async def test_item_6_a_server_that_is_left_has_no_jobs(world: World) -> None:
    guild, general = world.server()
    other = guild.create_text_channel("other")
    ann = world.member(guild, "Ann")
    for channel in (general, other):
        await ann.slash(channel, "animate", photo=PHOTO, prompt="fly")
        await world.says(channel, " · ")
    world.env.backend.remove_guild(guild.id)
    await world.settled(general)
    await world.settled(other)


async def test_item_6_a_new_server_is_greeted(world: World) -> None:
    guild, general = world.server()
    world.env.backend.edit_guild(guild.id, {"system_channel_id": general.id, "preferred_locale": CHINESE})
    await world.restart()
    hello = await world.says(general, "大家好！")
    assert "/animate" in hello.content


async def test_item_6_a_message_without_words_is_answered_in_the_servers_language(world: World) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    world.env.backend.edit_guild(guild.id, {"preferred_locale": CHINESE})
    await ann.send(general, f"{world.mention} /status")
    await world.says(general, "时间线上还没有内容。")
    await world.deny(general, "attach_files")
    await ann.send(general, world.mention, attachments=[PHOTO])
    await world.says(general, "缺少权限：附加文件。")


async def test_item_6_whoever_asked_is_called_for_the_video_and_not_for_its_progress(
    world: World, held: asyncio.Event
) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    await ann.send(general, f"{world.mention} fly", attachments=[PHOTO])
    progress = await world.offers(general, "Cancel")
    assert progress.reference is not None
    assert progress.mentions == []
    held.set()
    video = await world.video(general)
    assert [person.id for person in video.mentions] == [ann.id]


async def test_item_6_whoever_asked_by_a_command_is_called_by_name_but_in_direct_messages(world: World) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    video = await world.video(general)
    assert [person.id for person in video.mentions] == [ann.id]
    assert video.content.startswith(f"<@{ann.id}>\nAnimating")
    bob = world.person("Bob")
    await bob.slash("animate", photo=PHOTO, prompt="fly")
    video = await world.video(bob.dm_channel)
    assert bob.id not in [person.id for person in video.mentions]
    assert video.content.startswith("Animating")


async def test_item_6_without_the_message_content_intent_pictures_of_others_are_not_seen(world: World) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
    picture = await bob.send(general, "my cat", attachments=[PHOTO])
    await ann.send(general, f"{world.mention} animate this", reply_to=picture)
    answer = await world.says(general, "Discord does not show me that picture.")
    assert "Animate this" in answer.content
    await ann.send(general, f"{world.mention} fly", attachments=[PHOTO])
    video = await world.video(general)
    await ann.send(general, "make it slower", reply_to=video)
    assert (await world.video(general, 2)).content.startswith("Done: make it slower")


async def test_item_6_with_the_message_content_intent_they_are_and_what_is_for_others_is_left_alone(
    nemo: ScriptedNemo, redis: Redis, tmp_path: Path
) -> None:
    async with simulated(Backend("nemo", nemo.url, nemo), redis, tmp_path, reads_all=True) as world:
        guild, general = world.server()
        ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
        picture = await bob.send(general, "animate my cat", attachments=[PHOTO])
        await bob.send(general, "make it slower", reply_to=picture)
        await ann.send(general, f"{world.mention} fly", reply_to=picture)
        await world.video(general)
        assert nemo.prompts == ["fly"]


# Places


async def test_item_6_a_thread_has_a_clip_of_its_own(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    films = world.thread(general, "films", ann)
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    await world.video(general)
    await ann.slash(films, "animate", photo=PHOTO, prompt="swim")
    await world.video(films)
    await ann.send(films, f"{world.mention} make it slower")
    await world.video(films, 2)
    assert [project.prompts for project in nemo.projects.values()] == [["fly"], ["swim", "make it slower"]]
    await told(await ann.slash(films, "new"))
    await ann.send(general, f"{world.mention} add music")
    await world.video(general, 2)


async def test_item_6_direct_messages_are_a_chat_of_their_own(world: World, nemo: ScriptedNemo) -> None:
    ann = world.person("Ann")
    private = ann.dm_channel
    await world.writes(ann, "", PHOTO)
    question = await world.says(private, "Got it. What should happen with this photo?")
    await ann.click(question, label=label(question, "Zoom in"))
    video = await world.video(private)
    await world.writes(ann, "make it slower")
    await world.video(private, 2)
    await ann.click(video, label=label(video, "9:16"))
    await world.video(private, 3)
    assert nemo.prompts == ["Zoom in slowly", "make it slower", "Make it vertical, 9:16"]
    assert (await told(await ann.slash("settings"))).content == "A video is made after each change."
    assert (await told(await ann.slash("forget"))).content.startswith("This chat is forgotten")


async def test_item_6_what_is_private_nobody_else_sees(world: World) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
    for name in ("credits", "settings", "status", "language"):
        await told(await ann.slash(general, name))
    assert len(world.said(general, ann)) == 4
    assert world.said(general, bob) == []


# Errors


async def test_item_6_a_backend_that_is_away_is_one_sentence(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann", language=CHINESE)
    for call in ("token", "session", "credits"):
        nemo.always(call, BAD_GATEWAY)
    away = "视频服务现在有问题。什么都没有丢：请过一分钟点“重试”。"
    assert (await told(await ann.slash(general, "credits"))).content == away
    await ann.slash(general, "animate", photo=PHOTO, prompt="飞")
    assert labels(await world.says(general, away)) == ["重试"]


async def test_item_6_progress_that_a_moderator_deletes_keeps_no_video_away(world: World, held: asyncio.Event) -> None:
    guild, general = world.server()
    ann, ada = world.member(guild, "Ann"), world.member(guild, "Ada", manage_messages=True)
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    await ada.delete(await world.says(general, " · "))
    held.set()
    await world.video(general)


async def test_progress_that_a_moderator_deletes_is_followed_by_what_went_wrong(
    world: World, nemo: ScriptedNemo, held: asyncio.Event
) -> None:
    guild, general = world.server()
    ann, ada = world.member(guild, "Ann"), world.member(guild, "Ada", manage_messages=True)
    shown = await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    progress = await world.says(general, " · ")
    await ada.delete(progress)
    nemo.stages = ("failed",)
    held.set()
    failed = await world.offers(general, "Retry")
    assert shown.response is not None
    assert failed.reference is not None
    assert failed.reference.message_id == shown.response.id
    nemo.stages = ("completed",)
    await ann.click(failed, label="Retry")
    await world.video(general)


async def test_item_6_an_interaction_that_discord_no_longer_takes_is_left(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    world.env.inject_error("POST", "/interactions/*/callback", status=404, code=10062, message="Unknown interaction")
    late = await ann.slash(general, "animate", photo=PHOTO, prompt="late")
    assert not late.acknowledged
    await world.passes(10)
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    await world.video(general)
    assert nemo.prompts == ["fly"]


# Time


async def test_item_6_a_job_of_sixteen_minutes_ends_with_an_ordinary_message(world: World, held: asyncio.Event) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    shown = await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    await world.says(general, " · ")
    await world.passes(16 * 60)
    held.set()
    video = await world.video(general)
    assert shown.response is not None
    assert video.reference is not None
    assert video.reference.message_id == shown.response.id
    assert not [call for call in world.env.http_requests if call.path.startswith("/webhooks")]


async def test_item_6_buttons_work_after_a_month_and_a_restart(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann, bob = world.member(guild, "Ann"), world.member(guild, "Bob")
    await ann.slash(general, "animate", photo=PHOTO, prompt="fly")
    video = await world.video(general)
    await world.passes(30 * 24 * 3600)
    await world.restart()
    assert (await refused(await bob.click(video, label=label(video, "Undo")))).startswith(
        "This button is for the person"
    )
    await ann.click(video, label=label(video, "Slower"))
    await world.video(general, 2)
    assert nemo.prompts == ["fly", "Make it slower"]


async def test_item_6_what_came_while_nobody_listened_is_caught_up(world: World, nemo: ScriptedNemo) -> None:
    guild, general = world.server()
    ann = world.member(guild, "Ann")
    await ann.send(general, f"{world.mention} fly", attachments=[PHOTO])
    await world.video(general)
    env = world.env
    stored = env.backend.store_attachments(general.id, [PHOTO])
    deaf, env.backend.subscribers[:] = list(env.backend.subscribers), []
    env.backend.create_message(general.id, ann.id, f"{world.mention} swim", attachments=stored)
    env.backend.subscribers[:] = deaf
    await world.restart()
    await world.video(general, 2)
    assert nemo.prompts == ["fly", "swim"]
