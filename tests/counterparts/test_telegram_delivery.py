"""How the Telegram counterpart gives out updates and files: by polling, by webhook, by its own disk."""

from __future__ import annotations

import asyncio
from pathlib import PurePosixPath

import httpx
import pytest
from telegram import Bot
from telegram.error import (
    BadRequest,
    Conflict,
)

from tests.counterparts.hearing import FILM, MB, PHOTO, bot_at, says
from tests.counterparts.sockets import RawServer, Reply, Request
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until

# Ways of delivery


async def test_updates_stay_until_they_are_confirmed(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    chat = telegram.private(ann)
    for text in "abc":
        await chat.sends(ann, text)
    first = await bot.get_updates(limit=2)
    assert [update.message.text for update in first if update.message] == ["a", "b"]
    assert len(await bot.get_updates()) == 3
    (left,) = await bot.get_updates(first[-1].update_id + 1)
    assert left.message is not None
    assert left.message.text == "c"
    with pytest.raises(TimeoutError):
        await telegram.taken(timeout=0.01)
    waiting = asyncio.create_task(telegram.taken())
    assert await bot.get_updates(left.update_id + 1) == ()
    await waiting
    update = chat.messages[0].update
    assert update is not None
    await telegram.redeliver(update)
    (again,) = await bot.get_updates(left.update_id + 1)
    assert again.update_id == first[0].update_id
    assert await bot.get_updates(left.update_id + 1) == ()


async def test_a_long_poll_ends_with_the_first_update(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    chat = telegram.private(ann)
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await wait_until(lambda: telegram.count("getUpdates") == 1)
    await chat.sends(ann, "hello")
    assert len(await waiting) == 1


async def test_of_two_polls_the_first_ends_with_a_conflict(telegram: Telegram, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await wait_until(lambda: telegram.count("getUpdates") == 1)
    async with bot_at(telegram) as other:
        assert await other.get_updates() == ()
    with pytest.raises(Conflict, match=says("terminated by other getUpdates request")):
        await first


async def test_only_the_wanted_kinds_are_told(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    chat = telegram.private(ann)
    await bot.get_updates(allowed_updates=["callback_query"])
    assert (await chat.sends(ann, "unheard")).update is None
    await bot.get_updates(allowed_updates=[])
    assert (await chat.sends(ann, "heard")).update is not None


async def test_a_webhook_gets_each_update_until_it_takes_it(telegram: Telegram, bot: Bot) -> None:
    posts: list[tuple[str, dict[str, str], bytes]] = []
    statuses = [500, 200, 200]

    async def hear(request: Request) -> tuple[Reply, None]:
        posts.append((request.path, request.headers, await request.whole()))
        return Reply(statuses[len(posts) - 1]), None

    hook = RawServer(hear)
    await hook.listen()
    ann = telegram.person()
    chat = telegram.private(ann)
    try:
        telegram.route("https://bot.example", hook.url)
        await bot.set_webhook("https://bot.example/telegram", secret_token="s3cret-_", allowed_updates=["message"])
        with pytest.raises(Conflict, match=says("can't use getUpdates method while webhook is active")):
            await bot.get_updates()
        await chat.sends(ann, "one")
        await chat.sends(ann, "two")
        await telegram.taken()
        info = await bot.get_webhook_info()
    finally:
        await bot.delete_webhook()
        await hook.close()
    assert [posted.status for posted in telegram.updates.posted] == statuses
    assert {path for path, _, _ in posts} == {"/telegram"}
    assert {headers["x-telegram-bot-api-secret-token"] for _, headers, _ in posts} == {"s3cret-_"}
    assert [b'"one"' in body for _, _, body in posts] == [True, True, False]
    assert info.url == "https://bot.example/telegram"
    assert info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
    assert (await bot.get_webhook_info()).url == ""


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://bot.example/hook", "An HTTPS URL must be provided for webhook"),
        ("https://bot.example:444/hook", "only on ports 80, 88, 443 or 8443"),
    ],
)
async def test_addresses_that_telegram_does_not_post_to(telegram: Telegram, bot: Bot, url: str, said: str) -> None:
    with pytest.raises(BadRequest, match=says(said)):
        await bot.set_webhook(url)


# Files


async def test_twenty_megabytes_is_what_can_be_fetched(telegram: Telegram, bot: Bot) -> None:
    ann = telegram.person()
    chat = telegram.private(ann)
    most = await chat.sends(ann, document=("a.bin", 20 * MB, "application/octet-stream"))
    assert (await bot.get_file(most.file.file_id)).file_size == 20 * MB
    more = await chat.sends(ann, document=("a.bin", 20 * MB + 1, "application/octet-stream"))
    with pytest.raises(BadRequest, match=says("file is too big")):
        await bot.get_file(more.file.file_id)
    with pytest.raises(BadRequest, match=says("wrong file_id or the file is temporarily unavailable")):
        await bot.get_file("nonsense")


@pytest.mark.parametrize("disk", [None, "/var/lib/telegram-bot-api"])
async def test_a_local_server_gives_a_path_on_its_disk(disk: str | None) -> None:
    async with Telegram(local=True, disk=disk) as telegram, bot_at(telegram) as bot:
        ann = telegram.person()
        message = await telegram.private(ann).sends(ann, photo=PHOTO)
        file = await bot.get_file(message.file.file_id)
        assert file.file_path is not None
        told = file.file_path.removeprefix(f"{telegram.url}/file/bot{telegram.token}/")
        inside = PurePosixPath(told).relative_to(telegram.disk)
        assert inside.parts[:2] == (telegram.token, "photos")
        assert (telegram.files.folder / inside).read_bytes() == message.file.content
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{telegram.url}/file/bot{telegram.token}/{message.file.file_path}")
        assert answer.status_code == 404


async def test_a_film_that_telegram_has_is_sent_again_by_its_id(telegram: Telegram, bot: Bot) -> None:
    chat = telegram.private(telegram.person())
    first = await bot.send_video(chat.id, FILM, width=4, height=4, duration=1)
    assert first.video is not None
    await bot.send_video(chat.id, first.video.file_id)
    assert chat.videos[1].file is chat.videos[0].file
    with pytest.raises(BadRequest, match=says("can't use file of type Video as Photo")):
        await bot.send_photo(chat.id, first.video.file_id)
