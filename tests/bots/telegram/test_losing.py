"""A chat that the bot loses with work in it: the work ends, and nobody is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.parts import assembled
from bots.starting import telegram as listening
from core.chat import ChatRef
from core.settings import load
from tests.bots.telegram.running import TOKEN
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until


@pytest.mark.parametrize("how", ["removed", "muted", "removed from a topic's group", "blocked"])
async def test_item_2_a_chat_that_is_lost_ends_its_jobs_quietly(
    how: str, redis: Redis, redis_url: str, tmp_path: Path, photo: bytes
) -> None:
    async with Telegram(TOKEN, privacy=False) as telegram:
        ann = telegram.person("Ann")
        topic = None
        if how == "blocked":
            chat = telegram.private(ann)
        elif how == "removed from a topic's group":
            chat = telegram.forum("Harbour", [], admins=[ann])
            topic = await chat.opens_topic(ann, "Films")
        else:
            chat = telegram.supergroup("Harbour", [], admins=[ann])
        place = ChatRef("telegram", str(chat.id), None if topic is None else str(topic.id))
        settings = load(data_dir=tmp_path, redis_url=redis_url, telegram_token=TOKEN, telegram_api_url=telegram.url)
        async with assembled(settings, redis, "http://127.0.0.1:9") as parts, listening(settings, redis, parts):
            await chat.sends(ann, photo=photo, caption="@stillreel_bot zoom in", topic=topic)
            await wait_until(lambda: len(chat.from_bot) == 2, what="the job's place and the greeting")
            assert len(await parts.mailbox.unfinished(place)) == 1
            await (chat.restricts_bot(ann) if how == "muted" else chat.removes_bot(ann))

            async def ended() -> bool:
                return await parts.mailbox.unfinished(place) == ()

            await wait_until(ended, what="the job ends")
        assert len([call for call in telegram.sent if call.chat_id == chat.id]) == 2, "nothing more is tried"
