"""Buttons: whose they are, and what is answered to a press. After a restart: `test_restart`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from bots.telegram.bot import telegram_bot
from bots.telegram.presses import PressAnswers
from core.settings import TelegramSettings
from tests.bots.telegram.running import TOKEN, said
from tests.counterparts.telegram import Chat, Press, Telegram
from tests.waiting import wait_until

shared = pytest.mark.asyncio(loop_scope="package")

THEIRS = "This button is for the person who asked. Send a photo of your own to begin."


@shared
async def test_a_button_pressed_by_a_stranger(telegram: Telegram, photo: bytes) -> None:
    ann, ben, chief = (telegram.person(name) for name in ("Ann", "Ben", "Chief"))
    li = telegram.person("Li", language_code="zh-hans")
    group = telegram.supergroup("Harbour", [ann, ben, li], admins=[chief])
    held = telegram.hold("sendVideo", chat=group)
    await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    progress = await said(group, "%")
    press = await group.presses(ben, progress, "Cancel")
    answer = await wait_until(lambda: press.answer)
    assert answer == {"callback_query_id": press.id, "text": THEIRS, "show_alert": True}
    translated = await group.presses(li, progress, "Cancel")
    await wait_until(lambda: translated.answer)
    assert translated.words == "这个按钮只供提出请求的人使用。发一张你自己的照片就可以开始。"
    await wait_until(held.reached.is_set, 30, what="it goes on")
    assert not any("Cancelled" in message.text for message in group.from_bot), "nobody else sees any of it"
    allowed = await group.presses(chief, progress, "Cancel")
    await said(group, "Cancelled.")
    await wait_until(lambda: allowed.answer)
    assert allowed.words == "", "an administrator may press it"
    held.release()


@shared
async def test_a_press_is_answered_in_time_whatever_becomes_of_it(telegram: Telegram, photo: bytes) -> None:
    ann, ben = telegram.person("Ann"), telegram.person("Ben")
    group = telegram.supergroup("Harbour", [ann, ben])
    video = telegram.hold("sendVideo", chat=group)
    await group.sends(ann, photo=photo, caption="@stillreel_bot 1 second, square")
    progress = await said(group, "%")
    held = telegram.hold("getChatMember", chat=group)
    begun = time.monotonic()
    press = await group.presses(ben, progress, "Cancel")
    await wait_until(lambda: press.answer is not None)
    assert time.monotonic() - begun < 3.0
    assert press.words == ""
    held.release()
    video.release()


# The answers alone


@pytest.fixture
async def world() -> AsyncIterator[Telegram]:
    async with Telegram(TOKEN) as world:
        yield world


async def pressed(world: Telegram) -> tuple[Press, Chat]:
    ann = world.person("Ann")
    chat = world.private(ann)
    return await chat.presses(ann, await chat.sends(ann, "hello"), data="x.job."), chat


async def test_a_refusal_is_cut_to_what_an_alert_takes(world: Telegram) -> None:
    press, _ = await pressed(world)
    async with telegram_bot(TelegramSettings(token=TOKEN, api_url=world.url)) as bot:
        await PressAnswers(bot).give(press.id, "long " * 100)
    assert len(press.words) == 200
    assert press.words.endswith("…")


async def test_a_press_is_answered_once(world: Telegram) -> None:
    press, _ = await pressed(world)
    async with telegram_bot(TelegramSettings(token=TOKEN, api_url=world.url)) as bot:
        answers = PressAnswers(bot, patience=0.05)
        answers.expect(press.id)
        await answers.give(press.id, None)
        await answers.close()
        assert world.count("answerCallbackQuery") == 1
        late, _ = await pressed(world)
        answers.expect(late.id)
        await wait_until(lambda: late.answer is not None)
        await answers.give(late.id, "too late to be an alert")
        assert late.words == ""
        await answers.close()


async def test_a_press_that_is_too_old_is_no_error(world: Telegram, capsys: pytest.CaptureFixture[str]) -> None:
    async with telegram_bot(TelegramSettings(token=TOKEN, api_url=world.url)) as bot:
        await PressAnswers(bot).give("4000000000000000001", THEIRS)
        assert world.count("answerCallbackQuery") == 1
    assert "press_not_answered" not in "".join(capsys.readouterr())


async def test_a_refusal_that_is_flooded_comes_later_and_holds_up_nothing(world: Telegram) -> None:
    press, _ = await pressed(world)
    world.flood("answerCallbackQuery", 1)
    async with telegram_bot(TelegramSettings(token=TOKEN, api_url=world.url)) as bot:
        answers = PressAnswers(bot, patience=0.05)
        answers.expect(press.id)
        await answers.give(press.id, THEIRS)
        assert press.answer is None, "who deals with the chat goes on meanwhile"
        await wait_until(lambda: press.answer is not None)
        assert press.words == THEIRS
        await answers.close()
    assert world.count("answerCallbackQuery") == 2
