"""The webhook's server: who is let in, and what is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
import pytest_asyncio
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

shared = pytest.mark.asyncio(loop_scope="module")

SECRET = "a-secret_of-the-operator"
SETTINGS = TelegramSettings(
    token=TOKEN, api_url="http://127.0.0.1:9", webhook_url="https://bot.example/telegram", webhook_secret=SECRET
)
UPDATE = {"update_id": 9, "message": message(text="/help")}


@asynccontextmanager
async def serving(take_in: Callable[[Update], Awaitable[None]]) -> AsyncIterator[httpx.AsyncClient]:
    with bind("127.0.0.1", 0) as bound:
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        async with (
            telegram_bot(SETTINGS) as bot,
            listening_for_telegram(bot, SETTINGS, bound, take_in),
            httpx.AsyncClient(base_url=url) as http,
        ):
            yield http


@dataclass
class Hook:
    """One server for all tests of this module. `failing`: what taking an update in raises."""

    http: httpx.AsyncClient
    taken: list[Update]
    failing: Exception | None = None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Hook]:
    async def take_in(update: Update) -> None:
        if one.failing is not None:
            raise one.failing
        one.taken.append(update)

    async with serving(take_in) as http:
        one = Hook(http, [])
        yield one


@pytest.fixture
def hook(server: Hook) -> Hook:
    server.taken.clear()
    server.failing = None
    return server


@shared
@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], SECRET + "x", SECRET.upper(), "ä"])
async def test_a_wrong_webhook_secret_is_refused(hook: Hook, secret: str | None) -> None:
    headers = {} if secret is None else {HEADER.encode(): secret.encode()}
    assert (await hook.http.post("/telegram", json=UPDATE, headers=headers)).status_code == 403
    assert hook.taken == []


@shared
async def test_the_right_one_lets_an_update_in(hook: Hook) -> None:
    assert (await hook.http.post("/telegram", json=UPDATE, headers={HEADER: SECRET})).status_code == 200
    assert [update.update_id for update in hook.taken] == [9]


@shared
@pytest.mark.parametrize("body", [b"", b"[]", b'{"update_id": null}', b'"9"', b"\xff"])
async def test_what_is_no_update(hook: Hook, body: bytes) -> None:
    assert (await hook.http.post("/telegram", content=body, headers={HEADER: SECRET})).status_code == 400
    assert hook.taken == []


@shared
async def test_an_update_that_cannot_be_read_is_passed_over(hook: Hook) -> None:
    update = {"update_id": 9, "message": {"text": 5}}
    answer = await hook.http.post("/telegram", json=update, headers={HEADER: SECRET})
    assert answer.status_code == 200, "Telegram would send it again for ever"
    assert [update.update_id for update in hook.taken] == [9]


@shared
async def test_too_large_elsewhere_and_by_another_method(hook: Hook) -> None:
    headers = {HEADER: SECRET}
    assert (await hook.http.post("/telegram", content=b" " * 2**21, headers=headers)).status_code == 413
    assert (await hook.http.post("/", json=UPDATE, headers=headers)).status_code == 404
    assert (await hook.http.get("/telegram", headers=headers)).status_code == 405


@shared
async def test_a_store_that_is_away_has_it_sent_again(hook: Hook) -> None:
    hook.failing = RedisAway("away")
    assert (await hook.http.post("/telegram", json=UPDATE, headers={HEADER: SECRET})).status_code == 503


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
            async with listening(settings, redis, reach, alone=True, lease_seconds=60):
                pass
