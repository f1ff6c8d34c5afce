"""What the gateway keeps of its clients: sessions, which outlive their connections; who identified and resumed when."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from tests.counterparts.discord.intents import MESSAGE_CONTENT
from tests.counterparts.telegram.bodies import Json

DISPATCH = 0
"""The opcode of an event."""


@dataclass(frozen=True, slots=True)
class Identify:
    shard: tuple[int, int]
    intents: int
    peer: int
    """The port it came from."""
    when: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True)
class Resume:
    """`accepted`: whether the session was still there. `replayed`: how many events it got at once."""

    session_id: str
    sequence: int
    accepted: bool
    replayed: int = 0
    when: float = field(default_factory=time.monotonic)


@dataclass(eq=False, slots=True)
class Session:
    """What one shard has been told. `events` are whole payloads with their `s`."""

    id: str
    shard: tuple[int, int]
    intents: int
    events: list[Json] = field(default_factory=list)
    connection: Connection | None = None
    is_over: bool = False
    """It cannot be resumed."""

    @property
    def reads_content(self) -> bool:
        return bool(self.intents & MESSAGE_CONTENT)

    def tell(self, event: str, data: Json) -> None:
        payload = {"op": DISPATCH, "t": event, "s": len(self.events) + 1, "d": data}
        self.events.append(payload)
        if self.connection is not None:
            self.connection.send(payload)


@dataclass(eq=False, slots=True)
class Connection:
    """`heartbeats`: how many came. What is sent goes out in its order by a task of its own."""

    socket: web.WebSocketResponse
    request: web.Request
    pack: Callable[[str], str | bytes]
    session: Session | None = None
    heartbeats: int = 0
    _outgoing: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)

    def send(self, payload: Json) -> None:
        self._outgoing.put_nowait(payload)

    async def write(self) -> None:
        with suppress(ConnectionError):
            while True:
                packed = self.pack(json.dumps(await self._outgoing.get()))
                if isinstance(packed, str):
                    await self.socket.send_str(packed)
                else:
                    await self.socket.send_bytes(packed)

    def cut(self) -> None:
        """The connection is gone, without a word."""
        if self.request.transport is not None:
            self.request.transport.abort()

    @property
    def peer(self) -> int:
        transport = self.request.transport
        return 0 if transport is None else int(transport.get_extra_info("peername")[1])
