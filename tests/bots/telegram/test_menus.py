"""The commands that Telegram shows: lists for each kind of chat, and for whoever runs the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis

from bots.parts import assembled
from bots.starting import telegram as listening
from core.conversation.operating import COMMANDS as OF_OPERATORS
from core.conversation.wishes import COMMANDS
from core.settings import load
from tests.bots.telegram.running import TOKEN
from tests.counterparts.telegram import Telegram
from tests.waiting import wait_until


async def test_item_1_operators_see_their_commands_in_their_private_chat(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    async with Telegram(TOKEN) as telegram:
        chief, absent, ann = (telegram.person(name) for name in ("Chief", "Absent", "Ann"))
        telegram.private(chief)
        telegram.private(ann)
        settings = load(
            data_dir=tmp_path,
            redis_url=redis_url,
            telegram_token=TOKEN,
            telegram_api_url=telegram.url,
            admins=f"telegram:{chief.id}, telegram:{absent.id}, discord:{ann.id}",
        )

        @asynccontextmanager
        async def started() -> AsyncIterator[None]:
            async with assembled(settings, redis, "http://127.0.0.1:9") as parts, listening(settings, redis, parts):
                yield

        def lists(of: int) -> set[str]:
            return {language for scope, language in telegram.methods.commands if scope == f"chat {of}"}

        async with started():
            await wait_until(lambda: len(lists(chief.id)) == 2 and telegram.count("setMyCommands") == 9)
        for (scope, _), commands in telegram.methods.commands.items():
            names = {each["command"] for each in commands}
            assert (names >= set(OF_OPERATORS)) is (scope == f"chat {chief.id}"), "nobody else is shown them"
            assert names <= {*COMMANDS, *OF_OPERATORS}
        assert lists(absent.id) == lists(ann.id) == set()
        telegram.private(absent)
        async with started():
            await wait_until(lambda: len(lists(absent.id)) == 2)
        assert telegram.count("setMyCommands") == 11, "what has not changed is not set again"
