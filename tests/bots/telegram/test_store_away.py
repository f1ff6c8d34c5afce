"""Redis away while people write: each chat is told once that its message is kept, and only where the bot is meant."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.bots.telegram.running import TOKEN, settings
from tests.counterparts.telegram import Chat, Telegram
from tests.parts import part
from tests.valkey import valkey
from tests.waiting import wait_until

TOLD = "I cannot write anything down for the moment. Your message is kept, and I go on by myself."


def told(chat: Chat) -> list[str | None]:
    return [message.text for message in chat.from_bot]


@pytest.mark.asyncio(loop_scope="function")
async def test_item_3_redis_away_is_said_once_in_each_chat(tmp_path: Path) -> None:
    async with Telegram(TOKEN) as telegram:
        ann, li = telegram.person("Ann", language_code="en"), telegram.person("Li", language_code="zh-hans")
        anns, lis, group = telegram.private(ann), telegram.private(li), telegram.group("Club", [ann, li])
        with valkey() as (redis_url, server):
            own = settings(telegram, REDIS_URL=redis_url, DARKROOM_URL="http://127.0.0.1:1")
            async with part(tmp_path / "data", "telegram", own) as listener:
                await anns.sends(ann, "/help")
                await wait_until(lambda: told(anns), 30)
                os.kill(server, signal.SIGKILL)
                heard = len(anns.from_bot)
                await group.sends(ann, "what a day")
                await anns.sends(ann, "/status")
                await anns.sends(ann, "/credits")
                await lis.sends(li, "/help")
                await wait_until(lambda: TOLD in told(anns) and told(lis), 60)
                # The next round has the same updates again: nobody is told twice.
                asked = telegram.count("getUpdates")
                await wait_until(lambda: telegram.count("getUpdates") >= asked + 2, 60)
                assert told(anns)[heard:] == [TOLD]
                assert told(lis) == ["我暂时无法记录内容。你的消息不会丢，恢复后我会自动继续。"]
                assert told(group) == []
                assert await listener.end() == 0
