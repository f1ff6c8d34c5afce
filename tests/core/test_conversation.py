"""The way of a message, rule by rule as the design has it, against both backends."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.chat import Media, MediaKind
from core.store.transcripts import Entry
from tests.core.conversing import ADMIN, ALICE, BOB, LI, Backend, House, Room, Said, housed
from tests.core.linked import served
from tests.counterparts.answers import coded
from tests.waiting import wait_until


def prompts(house: House) -> list[str]:
    assert house.backend.nemo is not None
    return house.backend.nemo.prompts


async def test_a_photo_with_words_starts_a_clip_which_becomes_current(house: House, photo: Path) -> None:
    room = house.private()
    first = await room.video(await room.say("1 second, zoom in", photo))
    second = await room.video(await room.say("1 second, zoom out", photo))
    clips = house.clips
    assert await clips.of_message(room.chat, first.id) != await clips.of_message(room.chat, second.id)
    assert await clips.current(room.chat) == await clips.of_message(room.chat, second.id)
    assert first.video is not None
    assert first.video.name == f"stillreel-{await clips.of_message(room.chat, first.id)}.mp4"


async def test_the_progress_message_goes_when_the_video_is_there(house: House, photo: Path) -> None:
    room = house.private()
    said = await room.say("1 second", photo)
    progress = await room.progress(said)
    assert [button.label for button in progress.message.buttons] == ["Cancel"]
    video = await room.video(said)
    assert progress.id not in {entry.id for entry in await room.entries()}
    assert [entry.id for entry in await room.answers(said)] == [video.id]


async def test_words_go_on_with_the_clip(house: House, photo: Path) -> None:
    room = house.private()
    first = await room.video(await room.say("1 second", photo))
    second = await room.video(await room.say("title 'Harbour'"))
    assert await house.clips.of_message(room.chat, second.id) == await house.clips.of_message(room.chat, first.id)
    assert "Title" in second.message.text


@pytest.mark.parametrize("words", ["add this", "加上这张"])
async def test_add_this_joins_the_clip(house: House, photo: Path, other_photo: Path, words: str) -> None:
    room = house.private()
    first = await room.video(await room.say("1 second", photo))
    second = await room.video(await room.say(words, other_photo))
    clip = await house.clips.of_message(room.chat, first.id)
    assert await house.clips.of_message(room.chat, second.id) == clip
    assert clip is not None
    assert [media.name for media in await house.clips.media(clip)] == ["hills.jpg", "tower.jpg"]


async def test_a_photo_in_reply_to_a_clip_joins_it(house: House, photo: Path, other_photo: Path) -> None:
    room = house.private()
    first = await room.video(await room.say("1 second", photo))
    await room.video(await room.say("1 second", photo))
    joined = await room.video(await room.say("2 seconds", other_photo, reply_to=first))
    clip = await house.clips.of_message(room.chat, first.id)
    assert await house.clips.of_message(room.chat, joined.id) == clip
    assert await house.clips.current(room.chat) == clip


async def test_photos_without_words_get_one_question_and_are_uploaded_meanwhile(
    house: House, photo: Path, other_photo: Path
) -> None:
    room = house.private()
    first = await room.outcome(await room.say("", photo))
    assert first.message.text == "Got it. What should happen with this photo?"
    assert [button.label.partition(" (")[0] for button in first.message.buttons] == [
        "Animate it", "Zoom in", "Zoom out", "Pan",
    ]  # fmt: skip
    second = await room.outcome(await room.say("", other_photo))
    assert second.message.text == "Got 2 photos. What should happen with them?"
    await room.settled()
    questions = [entry for entry in await room.entries() if "What should happen" in entry.message.text]
    assert [entry.id for entry in questions] == [second.id], "one question, not a trail of them"
    await room.press(second, "Zoom in")
    video = await room.video(second)
    clip = await house.clips.of_message(room.chat, video.id)
    assert clip is not None
    assert len(await house.clips.media(clip)) == 2
    if house.backend.nemo is not None:
        assert prompts(house) == ["Zoom in slowly"]
        assert house.backend.nemo.count("upload") == 2


async def test_photos_sent_at_once_without_words_are_asked_about_together(
    house: House, photo: Path, other_photo: Path
) -> None:
    room = house.private()
    sent = [await room.say("", each) for each in (photo, other_photo, photo)]
    answer = await room.outcome(sent[-1])
    await room.settled()
    assert "Got 3 photos" in answer.message.text
    assert [entry.id for entry in await room.entries() if "?" in entry.message.text] == [answer.id]


async def test_photos_that_come_too_late_begin_a_clip_of_their_own(
    backend: Backend, redis: Redis, tmp_path: Path, photo: Path
) -> None:
    async with housed(backend, redis, tmp_path, join_seconds=1) as house, house.working():
        room = house.private()
        first = await room.outcome(await room.say("", photo))

        async def over() -> bool:
            return await house.clips.waiting(room.chat, ALICE.id) is None

        await wait_until(over, 5)
        second = await room.outcome(await room.say("", photo))
        assert second.message.text == first.message.text
        assert first.id in {entry.id for entry in await room.entries()}, "each clip keeps its question"


async def test_a_photo_without_words_in_reply_to_a_clip_waits_to_join_it(house: House, photo: Path) -> None:
    room = house.private()
    first = await room.video(await room.say("1 second", photo))
    await room.say(command="new")
    question = await room.outcome(await room.say("", photo, reply_to=first))
    assert "Got 2 photos" in question.message.text
    assert await house.clips.current(room.chat) == await house.clips.of_message(room.chat, first.id)


@pytest.mark.parametrize("command", ["new", "export"])
async def test_a_photo_under_a_command_is_not_lost(house: House, photo: Path, command: str) -> None:
    room = house.private()
    first = await room.video(await room.say("1 second", photo))
    second = await room.video(await room.say("1 second", photo, command=command))
    clips = [await house.clips.of_message(room.chat, each.id) for each in (first, second)]
    assert clips[0] != clips[1]


async def test_photos_of_another_person_do_not_join(house: House, photo: Path) -> None:
    room, clips = house.group(), house.clips
    await room.outcome(await room.say("", photo))
    await room.outcome(await room.say("", photo, by=BOB))
    of_alice, of_bob = [await clips.meant(room.chat, person.id, None) for person in (ALICE, BOB)]
    assert of_alice != of_bob
    video = await room.video(await room.say("1 second"))
    assert await clips.of_message(room.chat, video.id) == of_alice


async def test_a_photo_with_words_does_not_join_the_waiting_ones(house: House, photo: Path) -> None:
    room = house.private()
    await room.outcome(await room.say("", photo))
    video = await room.video(await room.say("1 second", photo))
    clip = await house.clips.of_message(room.chat, video.id)
    assert clip is not None
    assert len(await house.clips.media(clip)) == 1


async def test_words_use_the_waiting_photos(house: House, photo: Path, other_photo: Path) -> None:
    room = house.private()
    await room.say("", photo)
    await room.say("", other_photo)
    video = await room.video(await room.say("2 seconds, zoom out"))
    clip = await house.clips.of_message(room.chat, video.id)
    assert clip is not None
    assert len(await house.clips.media(clip)) == 2


async def test_an_album_is_one_clip_in_its_order(house: House, photo: Path, other_photo: Path) -> None:
    room = house.private()
    video = await room.video(await room.say("2 seconds, zoom in", other_photo, photo))
    await room.settled()
    assert len(await room.videos()) == 1
    clip = await house.clips.of_message(room.chat, video.id)
    assert clip is not None
    assert [media.name for media in await house.clips.media(clip)] == ["tower.jpg", "hills.jpg"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("1 second separately", ["1 second", "1 second"]),
        ("1秒，分别推近", ["1秒推近", "1秒推近"]),
        ("1: zoom in 1 second, 2: pan left 1 second", ["zoom in 1 second", "pan left 1 second"]),
    ],
)
async def test_an_album_gives_one_clip_each_where_the_words_ask_for_it(
    house: House, photo: Path, other_photo: Path, words: str, expected: list[str]
) -> None:
    room = house.private()
    await room.say(words, photo, other_photo)
    await room.settled()
    videos = await room.videos()
    assert len(videos) == 2
    assert len({await house.clips.of_message(room.chat, video.id) for video in videos}) == 2
    if house.backend.nemo is not None:
        assert prompts(house) == expected
        assert house.backend.nemo.count("render") == 2


async def test_in_a_group_words_mean_the_speaker_s_own_clip_then_the_chat_s(house: House, photo: Path) -> None:
    room, clips = house.group(), house.clips
    of_alice = await clips.of_message(room.chat, (await room.video(await room.say("1 second", photo))).id)
    of_bob = await clips.of_message(room.chat, (await room.video(await room.say("1 second", photo, by=BOB))).id)
    by_alice = await room.video(await room.say("title 'A'"))
    assert await clips.of_message(room.chat, by_alice.id) == of_alice
    by_li = await room.video(await room.say("标题 'L'", by=LI))
    assert await clips.of_message(room.chat, by_li.id) == of_bob, "who has no clip means the chat's"


async def test_a_reply_to_any_video_or_progress_message_means_its_clip_also_after_new(
    house: House, photo: Path
) -> None:
    room, clips = house.group(), house.clips
    said = await room.say("1 second", photo)
    progress = await room.progress(said)
    video = await room.video(said)
    clip = await clips.of_message(room.chat, video.id)
    assert "A fresh start" in (await room.outcome(await room.say(command="new"))).message.text
    assert await clips.meant(room.chat, ALICE.id, None) is None
    targets: tuple[Entry | Said, ...] = (video, progress, said)
    for number, target in enumerate(targets):
        again = await room.video(await room.say(f"title 'T{number}'", reply_to=target, by=BOB))
        assert await clips.of_message(room.chat, again.id) == clip


async def test_a_group_message_that_is_not_for_the_bot_is_left_alone(house: House, photo: Path) -> None:
    room = house.group()
    await room.say("look at this", photo, addressed=False)
    assert await room.jobs() == ()
    assert await room.entries() == []


async def test_words_without_a_photo_are_told_what_to_send(house: House) -> None:
    room = house.private()
    assert "Send me a photo" in (await room.outcome(await room.say("zoom in"))).message.text
    assert "I have no photo yet" in (await room.outcome(await room.say("zoom in"))).message.text
    assert "Send me a photo" in (await room.outcome(await room.say(""))).message.text
    assert "There is no clip yet" in (await room.outcome(await room.say("export"))).message.text


async def test_a_sticker_is_refused_kindly(house: House) -> None:
    room = house.private(LI)
    sticker = Media("sticker-1", MediaKind.STICKER)
    assert "贴纸" in (await room.outcome(await room.say("", sticker))).message.text
    assert await room.jobs() == ()


async def test_an_update_that_comes_twice_makes_one_job(house: House, photo: Path) -> None:
    room = house.private()
    media = await room.keep(photo)
    house.numbers = iter([7, 7, 8])
    await room.say("1 second", media)
    said = await room.say("1 second", media)
    await room.video(said)
    await room.settled()
    assert len(await room.videos()) == 1


async def test_a_photo_that_is_gone_is_left_out_and_named(house: House, photo: Path) -> None:
    room = house.group()
    media = await room.keep(photo)
    await house.files.delete(room.chat, media.ref)
    video = await room.video(await room.say("1 second", media, photo))
    assert "hills.jpg can no longer be fetched" in video.message.text


async def test_export_delivers_an_unchanged_draft_again_without_rendering(house: House, photo: Path) -> None:
    room = house.private()
    first = await room.video(await room.say("1 second", photo))
    said = await room.say(command="export")
    again = await room.video(said)
    assert again.id != first.id
    assert first.video is not None
    assert again.video is not None
    one, other = [[chunk async for chunk in house.files.read(video.ref)] for video in (first.video, again.video)]
    assert b"".join(one) == b"".join(other) != b""
    if house.backend.nemo is not None:
        assert house.backend.nemo.count("render") == 1
    clip = await house.clips.of_message(room.chat, first.id)
    assert clip is not None


async def test_a_chat_may_export_only_when_asked(house: House, photo: Path) -> None:
    room = house.private()
    shown = await room.outcome(await room.say(command="settings"))
    await room.press(shown, "Only when I ask")
    assert (await room.text_after(shown)).message.text == "A video is made only on /export."
    answer = await room.outcome(await room.say("1 second", photo))
    assert answer.video is None
    await room.press(answer, "Make the video")
    await room.video(answer)
    titled = await room.outcome(await room.say("title 'Now'"))
    assert titled.video is None
    assert "Title" in titled.message.text, "what changed is told in words"
    at_once = await room.outcome(await room.say("title 'Then', then export"))
    assert at_once.video is not None, "the video was asked for in the same breath"


async def test_in_a_group_only_admins_change_settings(house: House) -> None:
    room = house.group()
    for command in ("settings", "language", "forget"):
        refused = await room.outcome(await room.say("zh", command=command))
        assert refused.message.text == "Only administrators of this chat can change that."
    shown = await room.outcome(await room.say(command="settings", by=ADMIN))
    await room.press(shown, "Only when I ask", by=BOB)
    assert await house.people.exports_by_itself(room.chat)
    await room.press(shown, "Only when I ask", by=ADMIN)
    assert not await house.people.exports_by_itself(room.chat)


async def test_after_an_edit_what_changed_and_next_steps_are_there(house: House, photo: Path) -> None:
    room = house.private()
    await room.video(await room.say("1 second", photo))
    edited = await room.video(await room.say("title 'Harbour'"))
    assert "Added: Title" in edited.message.text
    assert "Timeline (" in edited.message.text
    labels = [button.label.partition(" (")[0] for button in edited.message.buttons]
    music = ["Add music"] if house.backend.is_cloud else []
    assert labels == ["Slower", "Redo", "Undo", "9:16", "1:1", *music, "Add title", "New clip"]
    await room.press(edited, "Slower")
    await room.video(edited)


async def test_a_title_is_asked_for_and_the_next_words_are_it(house: House, photo: Path) -> None:
    room = house.private()
    video = await room.video(await room.say("1 second", photo))
    await room.press(video, "Add title")
    (asking,) = await room.answers(video)
    assert asking.message.text == "What should the title say? Reply with its words."
    answer = await room.video(await room.say("“Summer  in Rome”"))
    assert "Summer in Rome" in answer.message.text
    # Once: the words after it are an edit again.
    answer = await room.video(await room.say("zoom out"))
    if house.backend.nemo is not None:
        assert house.backend.nemo.prompts[-2:] == ["Add the title “Summer in Rome”", "zoom out"]


async def test_another_go_is_one_press(house: House, photo: Path) -> None:
    room = house.private()
    video = await room.video(await room.say("zoom in for 1 second", photo))
    await room.press(video, "Redo")
    await room.video(video)
    if house.backend.nemo is not None:
        assert house.backend.nemo.prompts[-1] == "Try it another way"


async def test_small_talk_costs_no_turn(house: House, photo: Path) -> None:
    room = house.private()
    await room.video(await room.say("1 second", photo))
    for words, answer in (("thanks!", "With pleasure"), ("好的", "不客气")):
        said = await room.outcome(await room.say(words))
        assert answer in said.message.text
        assert said.message.buttons
    await room.settled()
    assert len(await room.videos()) == 1
    if house.backend.nemo is not None:
        assert len(prompts(house)) == 1


async def test_a_person_of_another_chat_can_press_nothing_here(house: House, photo: Path) -> None:
    room, strangers = house.private(), house.private(BOB)
    video = await room.video(await room.say("1 second", photo))
    for button in video.message.buttons:
        if button.label != "New clip":  # that is about whoever presses it, wherever they are
            await strangers.press_raw(video.id, button.action)
    assert await strangers.jobs() == ()
    assert await strangers.entries() == []


async def test_media_links_are_uploaded_by_their_address(house: House, photo: Path) -> None:
    room = house.private()
    async with served(photo) as url:
        video = await room.video(await room.say(f"1 second {url} zoom in"))
    assert "did not understand" not in video.message.text
    if house.backend.nemo is not None:
        assert [upload.url for upload in house.backend.nemo.uploads] == [url]
        assert prompts(house) == ["1 second zoom in"]


async def test_a_link_alone_is_a_photo_without_words(house: House, photo: Path) -> None:
    room = house.private()
    async with served(photo) as url:
        question = await room.outcome(await room.say(url))
    assert "What should happen with this photo?" in question.message.text


async def test_a_link_that_leads_nowhere_is_one_sentence(house: House, photo: Path) -> None:
    if house.backend.nemo is not None:
        house.backend.nemo.always("upload_url", coded(4001))
    room = house.private()
    async with served(photo) as url:
        broken = url.replace("hills", "valleys")
        answer = await room.outcome(await room.say(f"1 second {broken}"))
    assert broken in answer.message.text
    assert len(answer.message.text.splitlines()) == 1


async def test_first_contact_is_told_once_beside_the_job(house: House, photo: Path) -> None:
    room = house.private()
    await room.video(await room.say("1 second", photo))
    greetings = [text for text in await room.texts() if "30 to 90 seconds" in text]
    assert len(greetings) == 1
    where = "NemoVideo's cloud" if house.backend.is_cloud else "stay on the operator's machine"
    assert where in greetings[0]
    assert "high contrast" in greetings[0]
    await room.video(await room.say("1 second", photo))
    assert len([text for text in await room.texts() if "30 to 90 seconds" in text]) == 1


async def test_a_chat_of_the_shell_is_not_greeted(house: House, photo: Path) -> None:
    room = house.private(ALICE, "shell")
    await room.video(await room.say("1 second", photo))
    assert len(await room.entries()) == 1


async def test_places_in_the_queue_are_shown_and_move_up(house: House, photo: Path) -> None:
    room = house.private()
    await room.say("1 second separately", photo, photo, photo)

    async def moved_up() -> bool:
        return not any("Waiting: 2" in text for text in await room.texts()) and await _waits(room, 1)

    await wait_until(lambda: _waits(room, 2), 10, what="the third one waits for two")
    await wait_until(moved_up, 20, what="it has moved up")
    await room.settled(40)
    assert len(await room.videos()) == 3


async def _waits(room: Room, before: int) -> bool:
    return any(f"Waiting: {before} before" in text for text in await room.texts())
