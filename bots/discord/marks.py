"""How far the messages of each shard are in the inbox: kept for the process that begins a new session, so that it can
ask for those that came in between.

A mark is the id of a message. It stands still from the beginning of a session until what came before it was asked for.
The first one is kept when the first session begins: what that one hears and does not keep is not lost either.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field

import discord
import structlog

from core.store.connection import STORE_AWAY
from core.store.notes import Notes

log = structlog.get_logger(__name__)

WRITE_SECONDS = 3.0
"""Between two writes: what came since the last one is asked for again, and was handled already."""

_KEEP = 30 * 24 * 3600
_MOST_DIRECT = 200
"""Channels of direct messages that are remembered: those with the latest messages."""


@dataclass(slots=True)
class _Shard:
    latest: int = 0
    stands: bool = True
    stood_at: int = 0
    written: int = 0
    direct: dict[int, None] = field(default_factory=dict)
    """Channels of direct messages, the one with the latest message last."""
    direct_changed: bool = False
    is_first: bool = False


class Marks:
    """`name`: which bot's, and of how many shards."""

    def __init__(self, notes: Notes, name: str) -> None:
        self._notes = notes
        self._name = name
        self._shards: dict[int, _Shard] = {}

    def saw(self, shard: int, message: int) -> None:
        """All messages of this shard up to this one are in the inbox."""
        known = self._of(shard)
        known.latest = max(known.latest, message)

    def saw_direct(self, shard: int, channel: int) -> None:
        """There are direct messages in this channel."""
        known = self._of(shard)
        known.direct_changed = known.direct_changed or channel not in known.direct
        known.direct.pop(channel, None)
        known.direct[channel] = None
        if len(known.direct) > _MOST_DIRECT:
            del known.direct[next(iter(known.direct))]

    def stand(self, shard: int) -> int:
        """A session began: the mark stands still. → where it stands, as far as this process knows, or 0.

        Where it stands already, an earlier session ended before what came before it was asked for.
        """
        known = self._of(shard)
        if not known.stands:
            known.stands, known.stood_at = True, known.latest
        return known.stood_at

    async def begin(self, shard: int) -> None:
        """Keep where the first session of all begins. Raises what the store raises."""
        now = str(discord.utils.time_snowflake(discord.utils.utcnow()))
        self._of(shard).is_first = await self._notes.claim(self._seen(shard), now, _KEEP)

    async def before(self, shard: int) -> tuple[int, tuple[int, ...]]:
        """What is kept: the shard's mark (0: none of an earlier session), and its channels of direct messages.

        Raises what the store raises.
        """
        mark = await self._notes.read(self._seen(shard))
        direct = await self._notes.read(self._direct(shard))
        known = self._of(shard)
        for channel in json.loads(direct or "[]"):
            known.direct.setdefault(channel, None)
        return 0 if known.is_first else int(mark or 0), tuple(known.direct)

    def go_on(self, shard: int) -> None:
        """What came before the session is in the inbox."""
        known = self._of(shard)
        known.stands = known.is_first = False
        if not known.latest:
            known.latest = discord.utils.time_snowflake(discord.utils.utcnow())

    async def run(self) -> None:
        """Write what changed, every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            try:
                await self.write()
            except Exception:
                log.exception("marks_not_written")

    async def write_direct(self) -> None:
        """Keep a new channel of direct messages, before what was said there: nobody else could name it. Quick where
        there is none.
        """
        if any(known.direct_changed for known in self._shards.values()):
            await self.write()

    async def write(self) -> None:
        """Keep what changed. The store's absence is left for the next time."""
        try:
            for shard, known in self._shards.items():
                if not known.stands and known.latest > known.written:
                    latest = known.latest
                    await self._notes.write(self._seen(shard), str(latest), _KEEP)
                    known.written = latest
                if known.direct_changed:
                    await self._notes.write(self._direct(shard), json.dumps(list(known.direct)), _KEEP)
                    known.direct_changed = False
        except STORE_AWAY as error:
            log.warning("marks_not_written", reason=type(error).__name__)

    def _of(self, shard: int) -> _Shard:
        return self._shards.setdefault(shard, _Shard())

    def _seen(self, shard: int) -> str:
        return f"seen:{self._name}:{shard}"

    def _direct(self, shard: int) -> str:
        return f"direct:{self._name}:{shard}"
