"""What the doctor says of Telegram's settings, and what a start does."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bots.serving import bind
from bots.telegram.checkup import checkup
from core.settings import TelegramSettings
from tests import program
from tests.bots.telegram import running
from tests.bots.telegram.running import TOKEN
from tests.counterparts.sockets import Altered
from tests.counterparts.telegram import Telegram


async def found(settings: TelegramSettings, *, running: bool = False) -> dict[str, tuple[bool | None, str]]:
    return {remark.about: (remark.good, remark.text) for remark in await checkup(settings, running=running)}


async def test_off_where_there_is_no_token() -> None:
    assert await found(TelegramSettings(token=None)) == {"Telegram": (True, "off (TELEGRAM_TOKEN is not set)")}


async def test_how_the_bot_stands_and_nothing_is_changed() -> None:
    async with Telegram(TOKEN) as telegram:
        remarks = await found(TelegramSettings(token=TOKEN, api_url=telegram.url))
        assert remarks["Telegram"] == (True, "answers as @stillreel_bot; updates are fetched")
        assert remarks["Telegram groups"][0] is None
        assert "privacy mode is on" in remarks["Telegram groups"][1]
        assert {call.method for call in telegram.requests} == {"getMe"}
    async with Telegram(TOKEN, privacy=False) as telegram:
        assert set(await found(TelegramSettings(token=TOKEN, api_url=telegram.url))) == {"Telegram"}


async def test_what_a_server_does_not_tell_is_not_found_fault_with() -> None:
    async with Telegram(TOKEN) as telegram:
        told = ("id", "is_bot", "username")
        telegram.spoil("getMe", Altered(lambda answer: {"ok": True, "result": {k: answer["result"][k] for k in told}}))
        remarks = await found(TelegramSettings(token=TOKEN, api_url=telegram.url))
    assert remarks == {"Telegram": (True, "answers as @stillreel_bot; updates are fetched")}


async def test_a_token_that_is_not_known() -> None:
    async with Telegram("999:another") as telegram:
        good, text = (await found(TelegramSettings(token=TOKEN, api_url=telegram.url)))["TELEGRAM_TOKEN"]
    assert good is False
    assert "does not know the token" in text
    assert TOKEN not in text


async def test_a_telegram_that_cannot_be_reached() -> None:
    good, text = (await found(TelegramSettings(token=TOKEN, api_url="http://127.0.0.1:9")))["Telegram"]
    assert good is False
    assert text.startswith("http://127.0.0.1:9 cannot be reached (NetworkError (ConnectError))")


async def test_a_webhook_needs_https_and_a_free_port() -> None:
    async with Telegram(TOKEN) as telegram:
        with bind("127.0.0.1", 0) as taken:
            settings = TelegramSettings(
                token=TOKEN,
                api_url=telegram.url,
                webhook_url="http://bot.example/telegram",
                webhook_port=taken.getsockname()[1],
            )
            remarks = await found(settings)
            assert remarks["TELEGRAM_WEBHOOK_URL"][0] is None
            assert remarks["TELEGRAM_WEBHOOK_PORT"][0] is False
            assert "TELEGRAM_WEBHOOK_PORT" not in await found(settings, running=True)
        assert (await found(settings))["TELEGRAM_WEBHOOK_PORT"][0] is True


async def test_the_folder_of_a_local_server(tmp_path: Path) -> None:
    async with Telegram(TOKEN, local=True) as telegram:
        settings = TelegramSettings(token=TOKEN, api_url=telegram.url, local=True, files_folder=tmp_path)
        about = "TELEGRAM_FILES_FOLDER"
        assert (await found(settings))[about][0] is True
        assert (await found(settings.model_copy(update={"files_folder": tmp_path / "none"})))[about][0] is False
        assert (await found(settings.model_copy(update={"files_folder": None})))[about][0] is None


async def test_a_token_that_telegram_does_not_know_stops_the_start(tmp_path: Path) -> None:
    async with Telegram(TOKEN) as telegram:
        wrong = {**running.settings(telegram), "TELEGRAM_TOKEN": "123456:another-token-than-the-one"}
        ended = await asyncio.to_thread(program.run, tmp_path / "data", "up", settings=wrong)
    assert ended.returncode == 2
    assert ended.stderr.strip().endswith("does not know it. Copy it from @BotFather again.")
    assert "another-token" not in ended.stderr
