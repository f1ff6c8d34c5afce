"""What goes wrong between the program and Telegram, and what people hear of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import clips
from tests.bots.telegram import running
from tests.bots.telegram.running import VIDEO_SECONDS, said, video
from tests.counterparts.telegram import Chat, Telegram
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_bot_that_is_blocked_goes_quietly(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    held = telegram.hold("sendVideo", chat=chat)
    await chat.sends(ann, photo=photo, caption="1 second, square")
    await wait_until(held.reached.is_set, 30)
    await chat.removes_bot(ann)
    await telegram.taken()
    await wait_until(lambda: _refused(telegram, chat), 20, what="the end of the job meets the block")
    sent = len([call for call in telegram.sent if call.chat_id == chat.id])
    other = telegram.private(telegram.person("Ben"))
    await other.sends(other.members[0], "/help")
    await said(other, "Hello!")
    assert len([call for call in telegram.sent if call.chat_id == chat.id]) == sent, "and nothing more is tried"
    held.release()


def _refused(telegram: Telegram, chat: Chat) -> bool:
    return any(call.chat_id == chat.id and call.status == 403 for call in telegram.requests)


async def test_an_answer_that_was_lost_after_the_video_went_up(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    telegram.drop("sendVideo", effect=True, chat=chat)
    asked = await chat.sends(ann, photo=photo, caption="1 second, square")
    problem = await said(chat, "The video was sent, and no answer came. If it is not in the chat, press Retry.")
    assert (problem.buttons, problem.reply) == (["Retry"], asked)
    assert len(chat.videos) == 1, "it is there, as only a person can see"
    renders = [message for message in chat.from_bot if "%" in message.text]
    assert renders == []
    await chat.presses(ann, problem, "Retry")
    again = await video(chat, 2)
    assert again.reply is asked
    assert again.file.sha256 == chat.videos[0].file.sha256
    await wait_until(lambda: problem.is_deleted, what="the sentence goes with the video")
    assert len(chat.videos) == 2
    assert len([call for call in telegram.of("sendVideo") if call.chat_id == chat.id]) == 2


async def test_a_progress_message_that_was_deleted_is_followed_by_what_went_wrong(
    telegram: Telegram, photo: bytes
) -> None:
    ann, chief = telegram.person("Ann"), telegram.person("Chief")
    group = telegram.supergroup("Harbour", [ann], admins=[chief])
    telegram.drop("sendVideo", effect=True, chat=group)
    held = telegram.hold("getFile")
    asked = await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    progress = await said(group, "%")
    await wait_until(held.reached.is_set, 30)
    await group.deletes(progress)
    held.release()
    problem = await said(group, "The video was sent, and no answer came.", VIDEO_SECONDS)
    assert (problem.buttons, problem.reply) == (["Retry"], asked)
    assert not any("%" in message.text for message in group.from_bot)
    refused = [call for call in telegram.of("editMessageText") if call.chat_id == group.id and call.status == 400]
    assert len(refused) <= 2, "one of the progress, and one of the end"
    await group.presses(ann, problem, "Retry")
    assert (await video(group, 2)).reply is asked


async def test_a_video_that_is_refused_for_its_size_is_made_smaller(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    telegram.fail("sendVideo", 413, "Request Entity Too Large", chat=chat)
    await chat.sends(ann, photo=photo, caption="1 second, square")
    film = await video(chat)
    first, second = [call.upload("video").size for call in telegram.of("sendVideo") if call.chat_id == chat.id]
    assert second <= first / 2
    assert "it was made smaller, since this chat takes" in film.caption
    assert film.file.path is not None
    assert clips.clip(film.file.path).frames == 30


async def test_a_bot_that_may_not_post_videos_says_what_is_missing(telegram: Telegram, photo: bytes) -> None:
    ann, chief = telegram.person("Ann"), telegram.person("Chief")
    group = telegram.supergroup("Harbour", [ann], admins=[chief])
    await group.restricts_bot(chief, "can_send_videos")
    asked = await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    problem = await said(group, "I may not post videos here. Ask an administrator to allow it, then press Retry.")
    assert (problem.buttons, problem.reply) == (["Retry"], asked)
    await group.promotes_bot(chief)
    await group.presses(ann, problem, "Retry")
    assert (await video(group)).reply is asked


async def test_an_answer_whose_connection_ends_comes_all_the_same(telegram: Telegram) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    telegram.drop("sendMessage", effect=False, how="reset", chat=chat)
    await chat.sends(ann, "/help")
    await said(chat, "Hello!")


async def test_a_video_that_telegram_does_not_take_ends_with_a_sentence(telegram: Telegram, photo: bytes) -> None:
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    telegram.fail("sendVideo", 400, "Bad Request: VIDEO_CONTENT_TYPE_INVALID", chat=chat)
    await chat.sends(ann, photo=photo, caption="1 second, square")
    problem = await said(chat, "Something went wrong on our side. Nothing was lost: press Retry.", 60)
    await chat.presses(ann, problem, "Retry")
    await video(chat)
    assert problem.is_deleted


async def test_a_server_that_knows_only_what_it_needs(tmp_path: Path, photo: bytes) -> None:
    lacking = ("deleteWebhook", "setMyCommands", "sendChatAction", "getChatMember", "deleteMessage")
    async with Telegram(running.TOKEN, privacy=False) as telegram:
        for method in lacking:
            telegram.fail(method, 404, "Not Found", times=None)
        async with running.bot(telegram, tmp_path / "data"):
            ann = telegram.person("Ann")
            group = telegram.supergroup("Harbour", [ann])
            await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
            assert await video(group)
            await group.sends(ann, "/settings@stillreel_bot")
            await said(group, "administrator")
        assert [telegram.count(method) for method in lacking[:2]] == [1, 1]
    assert (tmp_path / "data.log").read_text().count("setMyCommands") == 1
