"""What came while no session listened: asked for over REST when a new one begins, and taken in as if it had just come.

Channels with something newer than the shard's mark are looked into, and the direct messages that are known. What was
handled already is known by its id. Interactions of that time are over: Discord told their people so, unless a process
had acknowledged them and ended before it could keep them; those stand there acknowledged, and are named.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import aiohttp
import discord
import structlog

from bots.discord import permissions
from bots.discord.account import Me
from bots.discord.faults import own
from bots.discord.intake import Intake
from bots.discord.marks import Marks
from bots.discord.reading import acknowledged, left_alone, meaning
from core.store.connection import STORE_AWAY

log = structlog.get_logger(__name__)

OLDEST_SECONDS = 6 * 3600
"""What is older is not answered any more. Well below the day for which the inbox knows what it had."""

MOST_CHANNELS = 200
"""Of a shard, those with the latest messages."""

MOST_MESSAGES = 100
"""Of a channel, the latest ones."""

_AT_ONCE = 4
_TRIES = 4
_PAUSE = 1.0
_AWAY_SECONDS = 0.5

_OVERLAP_SECONDS = 30.0
"""Before the mark: messages of two channels may come in another order than their ids have."""

Place = discord.abc.Messageable


class CatchingUp:
    def __init__(self, client: discord.AutoShardedClient, me: Me, intake: Intake, marks: Marks) -> None:
        self._client = client
        self._me = me
        self._intake = intake
        self._marks = marks
        self._from: dict[int, int] = {}

    def began(self, shard: int) -> None:
        """A session began: from here on the shard's messages come by themselves."""
        self._from[shard] = self._marks.stand(shard)

    async def catch_up(self, shard: int) -> None:
        """Take in what came before the session. Nothing is raised; what cannot be had is left."""
        mark, direct = await self._kept(shard)
        mark = max(mark, self._from.get(shard, 0))
        if mark:
            now = time.time()
            since = max(discord.utils.snowflake_time(mark).timestamp() - _OVERLAP_SECONDS, now - OLDEST_SECONDS)
            after = int(since * 1000 - discord.utils.DISCORD_EPOCH) << 22
            places = [*self._channels(shard, after), *(self._direct(channel) for channel in reversed(direct))]
            turns = asyncio.Semaphore(_AT_ONCE)
            counts = await asyncio.gather(*(self._look_into(shard, place, after, turns) for place in places))
            log.info("discord_caught_up", shard=shard, channels=len(places), messages=sum(counts))
            await self._intake.settled()
        self._marks.go_on(shard)

    async def _kept(self, shard: int) -> tuple[int, Sequence[int]]:
        while True:
            try:
                return await self._marks.before(shard)
            except STORE_AWAY as error:
                log.warning("store_away", reason=type(error).__name__)
                await asyncio.sleep(_AWAY_SECONDS)

    def _channels(self, shard: int, after: int) -> list[Place]:
        """Those of the shard's servers in which there is something newer, the latest first."""
        found: list[tuple[int, Place]] = []
        for guild in self._client.guilds:
            if guild.shard_id != shard:
                continue
            spoken: list[discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread] = [
                *guild.text_channels,
                *guild.voice_channels,
                *guild.stage_channels,
                *guild.threads,
            ]
            for channel in spoken:
                latest = channel.last_message_id
                if latest is not None and latest > after and _is_readable(channel, guild.me):
                    found.append((latest, channel))
        found.sort(key=lambda each: each[0], reverse=True)
        if len(found) > MOST_CHANNELS:
            log.warning("channels_left_out", shard=shard, count=len(found) - MOST_CHANNELS)
        return [channel for _, channel in found[:MOST_CHANNELS]]

    def _direct(self, channel: int) -> Place:
        return self._client.get_partial_messageable(channel, type=discord.ChannelType.private)

    async def _look_into(self, shard: int, place: Place, after: int, turns: asyncio.Semaphore) -> int:
        """→ how many messages there were."""
        async with turns:
            for number in range(1, _TRIES + 1):
                try:
                    found = await self._since(place, after)
                except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                    refused = isinstance(error, discord.Forbidden | discord.NotFound)
                    if refused or number == _TRIES:
                        log.warning("channel_not_looked_into", reason=str(own(error)))
                        return 0
                    await asyncio.sleep(_PAUSE * number)
                else:
                    break
            for message in found:
                self._intake.take_message(shard, message.id, meaning(message, self._me))
                interaction = acknowledged(message, self._me)
                if interaction is not None:
                    self._intake.take_change(str(interaction), left_alone(message))
            return len(found)

    async def _since(self, place: Place, after: int) -> list[discord.Message]:
        """In the order in which they were written; of very many, the latest."""
        latest = [message async for message in place.history(limit=MOST_MESSAGES)]
        return [message for message in reversed(latest) if message.id > after]


def _is_readable(channel: object, member: discord.Member | None) -> bool:
    held = None if member is None else permissions.held_in(channel, member)
    return held is not None and held.view_channel and held.read_message_history
