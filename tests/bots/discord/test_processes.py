"""The bot on Discord as several processes over one Redis: two that listen, with a shard each, and a worker."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests import photos
from tests.bots.discord.test_whole import video
from tests.counterparts.discord import Discord, Message
from tests.counterparts.nemo import ScriptedNemo
from tests.parts import part

SHARDS = 2


@pytest.mark.usefixtures("redis")
async def test_item_5_shards_are_split_over_two_processes(nemo: ScriptedNemo, redis_url: str, tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "photo.jpg", (480, 360)).read_bytes()
    # Both may begin at the same time: their turns are test_listener's affair.
    async with Discord(shards=SHARDS, max_concurrency=SHARDS) as discord:
        ann = discord.user("Ann")
        guilds = [discord.guild(f"Film club {index}", members=[ann], shard=(index, SHARDS)) for index in range(SHARDS)]
        channels = [guild.channel("general") for guild in guilds]
        shared = {
            "REDIS_URL": redis_url,
            "BACKEND": "nemo",
            "NEMO_API_URL": nemo.url,
            "NEMO_POLL_INTERVAL": "0.1",
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "DISCORD_SHARD_COUNT": str(SHARDS),
            "SHUTDOWN_GRACE": "1",
        }
        async with AsyncExitStack() as stack:
            started = [("discord", {"DISCORD_SHARD_IDS": str(index)}) for index in range(SHARDS)]
            parts = await asyncio.gather(
                *(
                    stack.enter_async_context(part(tmp_path / f"data-{at}", name, shared | more))
                    for at, (name, more) in enumerate([*started, ("worker", {})])
                )
            )
            await discord.online(SHARDS)
            assert sorted(each.shard for each in discord.gateway.identifies) == [(0, SHARDS), (1, SHARDS)]
            for channel in channels:
                await ann.slash(channel, "animate", photo=photo, prompt="let it move")
            first, second = [await video(channel) for channel in channels]
            await ann.presses(first, slower(first))
            await video(channels[0], 2)
            # Nobody is left for the first server; the second one's process knows nothing of that.
            assert await parts[0].end() == 0
            await ann.presses(second, slower(second))
            await video(channels[1], 2)
            assert await asyncio.gather(*(each.end() for each in parts[1:])) == [0, 0]
        assert [len(channel.videos) for channel in channels] == [2, 2]
        assert len(nemo.prompts) == 4
        assert len(discord.gateway.identifies) == SHARDS
    for name in ("discord", "worker"):
        log = (tmp_path / f"{name}.log").read_text()
        assert discord.token not in log
        assert "Traceback" not in log, log


def slower(message: Message) -> str:
    """The button's whole label, with what it costs."""
    return next(label for label in message.labels if label.startswith("Slower"))
