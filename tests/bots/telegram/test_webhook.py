"""The webhook's server: who is let in, and what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisAway
from telegram import Update

from bots.reach import Reach
from bots.serving import bind
from bots.telegram.bot import telegram_bot
from bots.telegram.listener import WebhookPortTaken, listening
from bots.telegram.webhook import HEADER, listening_for_telegram, secret_of
from core.settings import TelegramSettings
from tests.bots.telegram.running import TOKEN
from tests.bots.telegram.writing import message

SECRET = "a-secret_of-the-operator"
SETTINGS = TelegramSettings(
    token=TOKEN, api_url="http://127.0.0.1:9", webhook_url="https://bot.example/telegram", webhook_secret=SECRET
)
UPDATE = {"update_id": 9, "message": message(text="/help")}


@asynccontextmanager
async def posting(taken: list[Update], failing: Exception | None = None) -> AsyncIterator[httpx.AsyncClient]:
    async def take_in(update: Update) -> None:
        if failing is not None:
            raise failing
        taken.append(update)

    with bind("127.0.0.1", 0) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with (
            telegram_bot(SETTINGS) as bot,
            listening_for_telegram(bot, SETTINGS, bound, take_in),
            httpx.AsyncClient(base_url=url) as http,
        ):
            yield http


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], SECRET + "x", SECRET.upper(), "ä"])
async def test_a_wrong_webhook_secret_is_refused(secret: str | None) -> None:
    taken: list[Update] = []
    async with posting(taken) as http:
        headers = {} if secret is None else {HEADER.encode(): secret.encode()}
        assert (await http.post("/telegram", json=UPDATE, headers=headers)).status_code == 403
    assert taken == []


async def test_the_right_one_lets_an_update_in() -> None:
    taken: list[Update] = []
    async with posting(taken) as http:
        assert (await http.post("/telegram", json=UPDATE, headers={HEADER: SECRET})).status_code == 200
    assert [update.update_id for update in taken] == [9]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"update_id": null}', b'"9"', b"\xff"])
async def test_what_is_no_update(body: bytes) -> None:
    taken: list[Update] = []
    async with posting(taken) as http:
        assert (await http.post("/telegram", content=body, headers={HEADER: SECRET})).status_code == 400
    assert taken == []


async def test_an_update_that_cannot_be_read_is_passed_over() -> None:
    taken: list[Update] = []
    async with posting(taken) as http:
        answer = await http.post("/telegram", json={"update_id": 9, "message": {"text": 5}}, headers={HEADER: SECRET})
        assert answer.status_code == 200, "Telegram would send it again for ever"
    assert [update.update_id for update in taken] == [9]


async def test_too_large_elsewhere_and_by_another_method() -> None:
    async with posting([]) as http:
        headers = {HEADER: SECRET}
        assert (await http.post("/telegram", content=b" " * 2**21, headers=headers)).status_code == 413
        assert (await http.post("/", json=UPDATE, headers=headers)).status_code == 404
        assert (await http.get("/telegram", headers=headers)).status_code == 405


async def test_a_store_that_is_away_has_it_sent_again() -> None:
    async with posting([], RedisAway("away")) as http:
        assert (await http.post("/telegram", json=UPDATE, headers={HEADER: SECRET})).status_code == 503


def test_without_a_secret_of_the_operators_it_is_derived_from_the_token() -> None:
    one = secret_of(TelegramSettings(token=TOKEN))
    assert one != secret_of(TelegramSettings(token=TOKEN + "x"))
    assert len(one) == 64
    assert TOKEN.partition(":")[2] not in one


async def test_a_port_that_is_taken(redis: Redis) -> None:
    with bind("127.0.0.1", 0) as taken:
        settings = SETTINGS.model_copy(update={"webhook_port": taken.getsockname()[1]})
        reach: Reach = None  # type: ignore[assignment]
        with pytest.raises(WebhookPortTaken):
            async with listening(settings, redis, reach, alone=True):
                pass
