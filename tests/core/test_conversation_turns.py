"""What a person reads of the agent's turns: provisional texts, the two stages, silent edits, its belief in a GUI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.web.outbox import LIMITS
from core.chat import ACTION_BYTES
from core.texts.lengths import units
from tests.core.conversing import LI, Backend, House, darkroom_in_thread, housed
from tests.counterparts.agents import Project, answered, called, idle, partial, said, silent
from tests.counterparts.nemo import ScriptedNemo
from tests.waiting import wait_until


def scripted(house: House) -> ScriptedNemo:
    assert house.backend.nemo is not None
    return house.backend.nemo


async def test_what_is_said_meanwhile_is_shown_and_then_replaced_by_the_whole(cloud: House, photo: Path) -> None:
    go_on = asyncio.Event()

    async def talker(words: str, project: Project) -> AsyncIterator[bytes]:
        yield partial("I look at the hills. ")
        yield partial("Now the camera")
        await go_on.wait()
        project.add(0, "hills", 1000)
        yield said("The camera rises over the hills.")

    scripted(cloud).agent = talker
    room = cloud.private()
    asked = await room.say("fly", photo)
    shown = await room.progress(asked, "I look at the hills.")
    assert "Now the camera" not in shown.message.text, "a sentence is shown when it is whole"
    go_on.set()
    video = await room.video(asked)
    assert "The camera rises over the hills." in video.message.text
    assert "I look at" not in video.message.text


async def test_half_an_instruction_for_a_gui_is_never_shown(cloud: House, photo: Path) -> None:
    go_on = asyncio.Event()

    async def guide(words: str, project: Project) -> AsyncIterator[bytes]:
        yield partial("The clip is 1 s long. Click the Export button to")
        yield partial(" download it. Enjoy the hills! And")
        await go_on.wait()
        project.add(0, "hills", 1000)
        yield said("The clip is 1 s long. Click the Export button to download it. Enjoy the hills!")

    scripted(cloud).agent = guide
    room = cloud.private()
    asked = await room.say("fly", photo)
    shown = await room.progress(asked, "Enjoy the hills!")
    assert "Export" not in shown.message.text
    go_on.set()
    assert "Export" not in (await room.video(asked)).message.text


async def test_generation_is_told_in_two_steps(cloud: House, photo: Path) -> None:
    go_on = asyncio.Event()

    async def generator(words: str, project: Project) -> AsyncIterator[bytes]:
        yield called("generate_video")
        project.generated_media = [{"name": "hills", "type": "video"}]
        project.add(0, "hills", 5000)
        yield answered("generate_video", generated_media=project.generated_media)
        yield called("add_bgm")
        await go_on.wait()
        project.add(1, "Lo-fi", 5000, volume=0.35)
        yield answered("add_bgm")

    scripted(cloud).agent = generator
    room = cloud.private()
    asked = await room.say("fly", photo)
    shown = await room.progress(asked, "The raw video is there.")
    assert shown.message.text.startswith("Adding music")
    go_on.set()
    video = await room.video(asked)
    assert "First the raw video: Video hills (0-5s)." in video.message.text
    assert "Then added to it: BGM Lo-fi (0-5s)." in video.message.text


async def test_a_silent_edit_is_told_from_the_state(cloud: House, photo: Path) -> None:
    scripted(cloud).agent = silent
    room = cloud.private()
    await room.video(await room.say("fly", photo))
    video = await room.video(await room.say("add music"))
    assert "Added: BGM Lo-fi (0-5s)." in video.message.text


async def test_a_turn_without_words_and_without_effect_is_no_silence(cloud: House, photo: Path) -> None:
    room = cloud.private()
    await room.video(await room.say("fly", photo))
    scripted(cloud).agent = idle
    answer = await room.outcome(await room.say("make it warmer"))
    assert answer.message.text == "Nothing changed. Say what the video should be like."


async def test_a_question_is_answered_in_words_without_a_render(cloud: House, photo: Path) -> None:
    async def advisor(words: str, project: Project) -> AsyncIterator[bytes]:
        yield said("I can add music, titles and motion.")

    room = cloud.private()
    await room.video(await room.say("fly", photo))
    scripted(cloud).agent = advisor
    answer = await room.outcome(await room.say("what else could be nice here"))
    assert answer.message.text == "I can add music, titles and motion."
    assert scripted(cloud).count("render") == 1


async def test_click_export_runs_the_export(cloud: House, photo: Path) -> None:
    async def guide(words: str, project: Project) -> AsyncIterator[bytes]:
        yield said("It is ready. Click the Export button to download it.")

    room = cloud.private()
    first = await room.video(await room.say("fly", photo))
    scripted(cloud).agent = guide
    again = await room.video(await room.say("is the picture all right like that"))
    assert again.id != first.id
    assert "It is ready." in again.message.text
    assert "Click" not in again.message.text
    assert scripted(cloud).count("render") == 1, "nothing had changed: the same file again"


async def test_click_export_before_there_is_a_timeline_is_only_words(cloud: House, photo: Path) -> None:
    async def guide(words: str, project: Project) -> AsyncIterator[bytes]:
        yield said("Tell me more about it. Then click the Export button.")

    scripted(cloud).agent = guide
    room = cloud.private()
    answer = await room.outcome(await room.say("fly", photo))
    assert answer.message.text == "Tell me more about it."
    assert scripted(cloud).count("render") == 0


async def test_check_your_billing_shows_the_credits(cloud: House, photo: Path) -> None:
    async def guide(words: str, project: Project) -> AsyncIterator[bytes]:
        yield said("That would take more credits. Please check your billing in the account settings.")

    scripted(cloud).agent = guide
    room = cloud.private()
    answer = await room.outcome(await room.say("fly", photo))
    assert "Credits left: 100." in answer.message.text
    assert "account settings" not in answer.message.text


async def test_an_edit_that_would_be_dragged_becomes_a_button(cloud: House, photo: Path) -> None:
    async def guide(words: str, project: Project) -> AsyncIterator[bytes]:
        yield said("The title hides the sun. Drag the title to the top of the timeline.")

    room = cloud.private()
    await room.video(await room.say("fly", photo))
    editor = scripted(cloud).agent
    scripted(cloud).agent = guide
    answer = await room.outcome(await room.say("how does the title look"))
    assert answer.message.text == "The title hides the sun."
    scripted(cloud).agent = editor
    await room.press(answer, "move the title to the top")
    await room.video(answer)
    assert scripted(cloud).prompts[-1] == "move the title to the top of the timeline"


async def test_what_costs_credits_says_how_many(cloud: House, photo: Path) -> None:
    room = cloud.private()
    question = await room.outcome(await room.say("", photo))
    assert {button.label.partition(" (")[2] for button in question.message.buttons} == {"100 credits)"}
    await room.press(question, "Zoom in")
    video = await room.video(question)
    free = {"Add title", "New clip"}  # the one asks first, the other begins nothing yet
    assert {button.label for button in video.message.buttons if not button.label.endswith("(50 credits)")} == free
    assert "A new clip costs about 100 credits, a change about 50." in video.message.text


async def test_a_darkroom_that_counts_says_its_own_prices(redis: Redis, tmp_path: Path, photo: Path) -> None:
    with darkroom_in_thread(tmp_path / "counting", costs="start=120,generate=100,edit=30") as url:
        async with housed(Backend("darkroom", url), redis, tmp_path) as house, house.working():
            room = house.private()
            question = await room.outcome(await room.say("", photo))
            assert question.message.buttons[0].label == "Animate it (100 credits)"
            video = await room.video(await room.say("1 second"))
            assert "A new clip costs 100 credits, a change 30." in video.message.text
            thanked = await room.outcome(await room.say("thanks"))
            assert thanked.message.buttons[0].label == "Slower (30 credits)"
            refused = await room.outcome(await room.say("2 seconds"))
            assert "Register here to go on: https://studio.example/register?bind=" in refused.message.text
            assert [button.label for button in refused.message.buttons] == ["Retry"]


async def test_a_video_of_the_cloud_comes_with_its_claim_link(house: House, photo: Path) -> None:
    room = house.private()
    video = await room.video(await room.say("1 second", photo))
    link = "Keep this project: https://studio.example/workspace/claim?ct=clm_1"
    assert (link in video.message.text) is house.backend.is_cloud
    assert "nmv_usr" not in video.message.text


async def test_telegrams_item_3_what_the_agent_proposes_drives_no_button_away(cloud: House, photo: Path) -> None:
    async def talker(words: str, project: Project) -> AsyncIterator[bytes]:
        project.add(0, "hills", 1000)
        yield said("1. Drag the title below the logo.\n2. Drag the music to the start.\n3. Drag the photo to the top.")

    scripted(cloud).agent = talker
    room = cloud.private()
    video = await room.video(await room.say("1 second", photo))
    labels = [button.label.partition(" (")[0] for button in video.message.buttons]
    assert labels[:3] == ["move the title below the logo", "move the music to the start", "move the photo to the top"]
    assert set(labels[3:]) >= {"Redo", "Slower", "9:16", "1:1", "Add music", "Add title", "New clip"}
    assert all(0 < len(button.action.encode()) <= ACTION_BYTES for button in video.message.buttons)


@pytest.mark.parametrize("words", ["🎬" * 800, "🎬" * 700 + "the end", "长" * 1200])
async def test_telegrams_item_3_a_long_summary_leaves_room_for_what_one_must_know(
    words: str, nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    async def talker(said_to: str, project: Project) -> AsyncIterator[bytes]:
        project.add(0, "hills", 1000)
        yield said(words)

    assert nemo.nemo is not None
    nemo.nemo.agent = talker
    async with housed(nemo, redis, tmp_path, limits=replace(LIMITS, caption=1024)) as house, house.working():
        room = house.private()
        video = await room.video(await room.say("1 second", photo))
    text = video.message.text
    assert 1000 < units(text) <= 1024
    assert "…\nA new clip costs about 100 credits, a change about 50.\nKeep this project: https://" in text
    assert text.endswith("?ct=clm_1")


async def test_still_working_is_said_while_the_agent_says_nothing(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    go_on = asyncio.Event()

    async def slow(words: str, project: Project) -> AsyncIterator[bytes]:
        yield called("generate_video")
        while not go_on.is_set():
            await asyncio.sleep(0.02)
            yield b": keep-alive\n\n"
        project.add(0, "hills", 1000)
        yield said("There.")

    assert nemo.nemo is not None
    nemo.nemo.agent = slow
    async with housed(nemo, redis, tmp_path, still_working=0.4) as house, house.working():
        room = house.private()
        asked = await room.say("fly", photo)
        await room.progress(asked, "Still working")
        go_on.set()
        await room.video(asked)


async def test_still_working_is_said_while_a_render_says_the_same_again_and_again(
    nemo: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    assert nemo.nemo is not None
    nemo.nemo.stages = ("processing",)
    async with housed(nemo, redis, tmp_path, still_working=0.4) as house, house.working():
        room = house.private()
        asked = await room.say("fly", photo)
        shown = await room.progress(asked, "Still working")
        assert shown.message.text.startswith("Rendering")
        nemo.nemo.stages = ("completed",)
        await room.video(asked)


async def test_a_session_is_made_in_the_person_s_language_and_changes_with_it(cloud: House, photo: Path) -> None:
    room = cloud.private(LI)
    video = await room.video(await room.say("1 秒", photo))
    assert "时间线" in video.message.text
    shown = await room.outcome(await room.say(command="language"))
    assert [button.label for button in shown.message.buttons] == ["English", "中文"]
    await room.press(shown, "English")

    async def english() -> bool:
        return "I speak English now." in await room.texts()

    await wait_until(english)
    assert "Timeline" in (await room.video(await room.say("1 秒", photo))).message.text
    assert [project.language for project in scripted(cloud).projects.values()] == ["zh", "en"]


@pytest.mark.parametrize("name", ["中文", "Chinese", "zh", "zh-CN"])
async def test_a_language_goes_by_any_of_its_names(cloud: House, name: str) -> None:
    room = cloud.private()
    assert (await room.outcome(await room.say(name, command="language"))).message.text == "现在我说中文。"


@pytest.mark.parametrize(
    ("words", "command"), [("reset", "New clip"), ("add credits", "Credits"), ("done", "Make the video")]
)
async def test_the_other_reading_of_ambiguous_words_is_a_button(
    cloud: House, photo: Path, words: str, command: str
) -> None:
    room = cloud.private()
    await room.video(await room.say("fly", photo))
    asked = await room.say(words)

    async def offered() -> bool:
        return any("Did you mean" in entry.message.text for entry in await room.answers(asked))

    await wait_until(offered)
    await room.settled()
    offer = next(entry for entry in await room.answers(asked) if "Did you mean" in entry.message.text)
    assert scripted(cloud).prompts == ["fly", words], "an edit is never swallowed"
    await room.press(offer, command)
    answer = await room.outcome(offer)
    expected = {"New clip": "A fresh start", "Credits": "Credits left", "Make the video": "Timeline ("}[command]
    assert expected in answer.message.text


async def test_where_is_my_video_shows_the_status_and_offers_the_video(cloud: House, photo: Path) -> None:
    room = cloud.private()
    await room.video(await room.say("fly", photo))
    shown = await room.outcome(await room.say("where is my video"))
    assert "Timeline (" in shown.message.text
    await room.press(shown, "Make the video")
    await room.video(shown)
    assert len(scripted(cloud).prompts) == 1
