"""The gateway's side: one client with some shards, as long as its connections last. What it hears goes to the intake,
what people press and type as commands to `Asking`.

It keeps no messages and no members. Presses find their button by its `custom_id`, whoever posted it and when.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import discord
import structlog

from bots.discord import permissions
from bots.discord.account import Me, intents
from bots.discord.asking import Asking, refuse
from bots.discord.buttons import dynamic_item, read_custom_id
from bots.discord.catching_up import CatchingUp
from bots.discord.commands import Tree, tree_of
from bots.discord.intake import Intake
from bots.discord.marks import Marks
from bots.discord.parcels import Joined, Left
from bots.discord.places import chat_of
from bots.discord.reading import guild_of, meaning, place_of
from bots.discord.tolerance import TolerantClient
from bots.discord.words import say
from core.store.connection import STORE_AWAY
from core.store.notes import Notes
from core.store.turns import Turn, Turns

log = structlog.get_logger(__name__)

IDENTIFY_SECONDS = 5.0
"""Between two IDENTIFYs of a bucket, as Discord receives them (its documentation, "Session Start Limit")."""

_UNANSWERED_SECONDS = 15.0
"""How long an IDENTIFY is waited for whose answer does not come: its process may have ended."""

_GREETED_SECONDS = 600
"""After which a server is no longer greeted: it is new to the program alone."""


@dataclass(frozen=True, slots=True)
class Shards:
    """Which ones this process holds, of how many, and how many may begin at the same time (`buckets`)."""

    ids: Sequence[int]
    count: int
    buckets: int


class Gateway(TolerantClient, discord.AutoShardedClient):
    """One life of the connection; a broken one is replaced by another."""

    def __init__(
        self, me: Me, shards: Shards, intake: Intake, marks: Marks, notes: Notes, turns: Turns, *, proxy: str | None
    ) -> None:
        super().__init__(
            intents=intents(reads_all=me.reads_all),
            shard_ids=list(shards.ids),
            shard_count=shards.count,
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            proxy=proxy,
        )
        self._me = me
        self._shards = shards
        self._intake = intake
        self._marks = marks
        self._turns = turns
        self._identifying: dict[int, Turn] = {}
        self._catching_up = CatchingUp(self, me, intake, marks)
        self._catching: set[asyncio.Task[None]] = set()
        self._asking = Asking(self, intake, notes)
        self.tree: Tree = tree_of(self, self._asking)
        self.add_dynamic_items(dynamic_item(self._asking.press))

    async def close(self) -> None:
        """What was begun for people is brought to its end first."""
        for task in self._catching:
            task.cancel()
        await self._asking.settle()
        with suppress(*STORE_AWAY):
            for shard in list(self._identifying):
                await self._identified(shard)
        await super().close()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Every process that holds shards of this bot waits for its turn.

        A turn lasts until Discord has answered, and 5 seconds more: when the IDENTIFY arrived is not known before.
        """
        shard = shard_id or 0
        bucket = shard % self._shards.buckets
        try:
            await self._identified(shard)
            self._identifying[shard] = await self._turns.take(
                f"discord:identify:{self._me.application}:{bucket}", _UNANSWERED_SECONDS
            )
        except STORE_AWAY as error:
            log.warning("store_away", reason=type(error).__name__)
            await asyncio.sleep(0 if initial else IDENTIFY_SECONDS)
        except asyncio.CancelledError:
            await self.give_up(shard_id)
            raise

    async def _identified(self, shard: int) -> None:
        """The last IDENTIFY of this shard has been answered, or never will be."""
        turn = self._identifying.pop(shard, None)
        if turn is not None:
            await self._turns.end_in(turn, IDENTIFY_SECONDS)

    async def on_shard_connect(self, shard_id: int) -> None:
        self._catching_up.began(shard_id)
        with suppress(*STORE_AWAY):  # then the turn ends by itself
            await self._identified(shard_id)
            await self._marks.begin(shard_id)

    async def on_shard_ready(self, shard_id: int) -> None:
        if self.is_closed():
            return
        log.info("discord_listens", bot=self._me.name, shard=shard_id, of=self._shards.count)
        task = asyncio.create_task(self._catch_up(shard_id), name="catching up")
        self._catching.add(task)
        task.add_done_callback(self._catching.discard)

    async def on_shard_resumed(self, shard_id: int) -> None:
        log.info("discord_resumed", shard=shard_id)

    async def on_message(self, message: discord.Message) -> None:
        guild = guild_of(message)
        shard = 0 if guild is None else (guild >> 22) % self._shards.count
        if guild is None:
            self._marks.saw_direct(shard, message.channel.id)
        self._intake.take_message(shard, message.id, meaning(message, self._me))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Presses and commands have their own ways; here ends what is no button of ours, or stands in no
        message."""
        data: Any = interaction.data
        if interaction.type is not discord.InteractionType.component:
            return
        if read_custom_id(data["custom_id"]) is None or interaction.message is None:
            await refuse(interaction, say(str(interaction.locale), "old button"))

    async def on_guild_join(self, guild: discord.Guild) -> None:
        self._greet(guild)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        self._greet(guild)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        self._left(f"leave-{guild.id}", [*guild.channels, *guild.threads])

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        self._left(f"leave-{channel.id}", [channel, *getattr(channel, "threads", ())])

    async def on_thread_delete(self, thread: discord.Thread) -> None:
        self._left(f"leave-{thread.id}", [thread])

    async def on_error(self, event_method: str, /, *args: object, **kwargs: object) -> None:
        log.error("event_failed", event_name=event_method, exc_info=sys.exc_info()[1])

    async def _catch_up(self, shard: int) -> None:
        try:
            await self._catching_up.catch_up(shard)
        except Exception:
            # The mark stands where it stood: the next session asks again.
            log.exception("not_caught_up", shard=shard)

    def _greet(self, guild: discord.Guild) -> None:
        """A server that the bot came to just now, be it while no session listened; once."""
        own, channel = guild.me, guild.system_channel
        if own is None or own.joined_at is None or channel is None:
            return
        is_new = (discord.utils.utcnow() - own.joined_at).total_seconds() < _GREETED_SECONDS
        if is_new and not permissions.missing_in(channel, own):
            event = f"join-{guild.id}-{own.joined_at.timestamp():.0f}"
            self._intake.take_change(event, Joined(chat_of(channel.id), str(guild.preferred_locale)))

    def _left(self, event: str, channels: Sequence[object]) -> None:
        places = tuple(place_of(channel)[0] for channel in channels)
        if places:
            # A server may be left more than once.
            event = f"{event}-{discord.utils.utcnow().timestamp():.0f}"
            self._intake.take_change(event, Left(places))
