"""The program is killed between photo and video while it fetches updates, and starts again with a webhook."""

from __future__ import annotations

import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from tests import clips, program
from tests.bots.telegram import running
from tests.bots.telegram.running import TOKEN, said, video
from tests.counterparts.telegram import Chat, Message, Telegram
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "a-secret_of-the-operator"


def webhook() -> dict[str, str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    return {
        "TELEGRAM_WEBHOOK_URL": f"http://127.0.0.1:{port}/telegram",
        "TELEGRAM_WEBHOOK_PORT": str(port),
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
    }


@dataclass(frozen=True)
class Restarted:
    """The program after the kill. Its Telegram's people asked `asked` before, and `late` while it was gone."""

    telegram: Telegram
    asked: Message
    late: Message

    @property
    def chat(self) -> Chat:
        return self.asked.chat

    async def answered(self) -> None:
        """Whatever came before has been dealt with in the chat of `asked`."""
        await self.telegram.taken()
        later = await self.chat.sends(self.chat.members[0], "/help")
        await wait_until(lambda: any(message.reply is later for message in self.chat.from_bot))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def restarted(tmp_path_factory: pytest.TempPathFactory, photo: bytes) -> AsyncIterator[Restarted]:
    data = tmp_path_factory.mktemp("up") / "data"
    async with Telegram(TOKEN) as telegram:
        ann, ben = telegram.person("Ann"), telegram.person("Ben")
        chat, other = telegram.private(ann), telegram.private(ben)
        telegram.fail("getMe", 502, "Bad Gateway", times=2)
        async with program.up(data, running.settings(telegram)) as up:
            await wait_until(lambda: sum(call.is_ok for call in telegram.of("setMyCommands")) == 6)
            await other.sends(ben, "/credits")
            await said(other, "credits")  # the account at the backend is made
            asked = await chat.sends(ann, photo=photo, caption="2 seconds, square")
            await wait_until(lambda: chat.changes("edited"), 20, what="the progress is recorded and moves")
            await up.end(signal.SIGKILL)
        late = await other.sends(ben, photo=photo, caption="1 second, square")
        async with running.bot(telegram, data, webhook()):
            yield Restarted(telegram, asked, late)


async def test_restart_between_photo_and_video(restarted: Restarted) -> None:
    film = await video(restarted.chat)
    assert film.reply is restarted.asked
    assert len([change for change in restarted.chat.changes("sent") if "%" in change.words]) == 1
    calls = restarted.telegram.of("setMyCommands")
    assert len(calls) == 6, "the menus have not changed"


async def test_by_webhook_a_photo_comes_back_as_an_mp4(restarted: Restarted, photo: bytes) -> None:
    telegram, late = restarted.telegram, restarted.late
    assert (await video(late.chat)).reply is late, "what was sent while nobody listened"
    await wait_until(lambda: telegram.count("setWebhook"))
    fetched = telegram.count("getUpdates")
    ann = telegram.person("Ann")
    chat = telegram.private(ann)
    asked = await chat.sends(ann, photo=photo, caption="1 second, square")
    assert (await video(chat)).reply is asked
    assert telegram.count("getUpdates") == fetched
    assert {posted.status for posted in telegram.updates.posted} == {200}


async def test_by_webhook_in_a_group_in_a_topic_and_for_an_album(restarted: Restarted, photo: bytes) -> None:
    telegram = restarted.telegram
    ann = telegram.person("Ann")
    group, forum, private = (
        telegram.supergroup("Harbour", [ann], bot="administrator"),  # who sees captions in spite of privacy mode
        telegram.forum("Films", [ann], bot="administrator"),
        telegram.private(ann),
    )
    topic = await forum.opens_topic(ann, "Clips")
    words = "@stillreel_bot 1 second, square"
    asked = await group.sends(ann, photo=photo, caption=words)
    await forum.sends(ann, photo=photo, caption=words, topic=topic)
    await private.sends_album(ann, [photo] * 4, caption="2 seconds, square")
    assert (await video(group)).reply is asked
    assert (await video(forum)).topic == topic
    film = await video(private)
    assert film.file.path is not None
    assert clips.clip(film.file.path).frames == 60
    assert [len(chat.videos) for chat in (group, forum, private)] == [1, 1, 1]


async def test_a_button_pressed_after_a_restart(restarted: Restarted) -> None:
    film = await video(restarted.chat)
    press = await restarted.chat.presses(restarted.chat.members[0], film, "16:9")
    wide = await video(restarted.chat, 2)
    assert (wide["video"]["width"], wide["video"]["height"]) == (1920, 1080)
    await wait_until(lambda: press.answer is not None)
    assert press.words == ""


async def test_an_update_that_comes_again_after_a_restart_does_nothing(restarted: Restarted) -> None:
    assert restarted.asked.update is not None
    before = len(restarted.chat.videos)
    await restarted.telegram.redeliver(restarted.asked.update)
    await restarted.answered()
    assert len(restarted.chat.videos) == before
