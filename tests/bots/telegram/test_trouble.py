"""What goes wrong between the program and Telegram, and what people hear of it."""

from __future__ import annotations

import pytest

from tests import clips
from tests.bots.telegram.running import said, video
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
