"""The gateway over real WebSockets: hello, identify, heartbeat, dispatch, resume, and all that can go wrong with it.

https://discord.com/developers/docs/events/gateway. Sessions outlive their connections: what happens while nobody is
connected is kept, and comes in order when the session is resumed.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from tests.counterparts.discord.channels import Channel
from tests.counterparts.discord.clocks import shard_of
from tests.counterparts.discord.guilds import Guild
from tests.counterparts.discord.intents import GUILDS, HIGHEST, PRIVILEGED, application_flags, is_told
from tests.counterparts.discord.packing import packer
from tests.counterparts.discord.sessions import Connection, Identify, Resume, Session
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.world import World

RECONNECT, INVALID, HELLO, ACK = 7, 9, 10, 11
UNKNOWN_OPCODE, UNREADABLE, NOT_AUTHENTICATED, WRONG_TOKEN, TWICE = 4001, 4002, 4003, 4004, 4005
WRONG_SHARD, WRONG_INTENTS, NOT_ALLOWED = 4010, 4013, 4014


class Gateway:
    """`privileged`: which of PRIVILEGED the application is allowed. `identify_interval`: seconds within which a second
    IDENTIFY of the same bucket is a violation; None: it is not. `heartbeat_interval` in seconds."""

    def __init__(
        self,
        world: World,
        token: str,
        *,
        privileged: frozenset[str],
        heartbeat_interval: float,
        max_concurrency: int,
        identify_interval: float | None,
        shards: int,
        violations: list[str],
    ) -> None:
        self.privileged = privileged
        self.max_concurrency = max_concurrency
        self.identify_interval = identify_interval
        self.shards = shards
        """How many the application is told to use."""
        self.identifies: list[Identify] = []
        self.transits: list[float] = []
        """Seconds that the next IDENTIFYs are under way, one each."""
        self.resumes: list[Resume] = []
        self.sessions: list[Session] = []
        """Every session there was, the latest last."""
        self.connections: list[Connection] = []
        """The open ones."""
        self.is_closed = False
        """Whether new connections are refused (503)."""
        self.is_deaf = False
        """Whether heartbeats stay unanswered."""
        self.alter: Callable[[Json], None] | None = None
        """Changes what goes out, as another server than Discord would say it. It is kept unchanged."""
        self.port = 0
        self._world = world
        self._token = token
        self._heartbeat_interval = heartbeat_interval
        self._violations = violations
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway"

    async def listen(self) -> None:
        application = web.Application()
        application.router.add_get("/gateway", self._connect)
        application.router.add_get("/gateway/", self._connect)
        self._runner = web.AppRunner(application, handle_signals=False, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        for connection in list(self.connections):
            connection.cut()
        if self._runner is not None:
            await self._runner.cleanup()

    # What a test sees and does

    @property
    def ready(self) -> list[Session]:
        """Sessions with a connection."""
        return [session for session in self.sessions if session.connection is not None]

    async def drop(self, *, shard: int | None = None, resumable: bool = True, code: int | None = None) -> int:
        """The connections end: reset, or with a close code. → how many.

        Not `resumable`: Discord also forgets their sessions, and all that happens until the next IDENTIFY is lost.
        """

        async def there() -> int:
            hit = self._of(shard)
            for session in self.sessions:
                session.is_over = session.is_over or (not resumable and shard in {None, session.shard[0]})
            for connection in hit:
                self._let_go(connection, forget=False)
                if code is None:
                    connection.cut()
                else:
                    await connection.socket.close(code=code)
            return len(hit)

        return await self._world.across(there())

    async def reconnect(self, *, shard: int | None = None) -> None:
        """Opcode 7: the client is asked to come back and resume."""

        def there() -> None:
            for each in self._of(shard):
                each.send({"op": RECONNECT, "d": None})

        await self._world.inside(there)

    async def invalidate(self, *, shard: int | None = None, resumable: bool = False) -> None:
        """Opcode 9."""

        def there() -> None:
            for each in self._of(shard):
                each.send({"op": INVALID, "d": resumable})
                self._let_go(each, forget=not resumable)

        await self._world.inside(there)

    # What the world tells

    def dispatch(self, event: str, render: Callable[[bool], Json], place: Guild | Channel) -> None:
        """To every session of the shard. `render`: whether the session may read content → the event's data."""
        guild = place.guild if isinstance(place, Channel) else place
        for session in self.sessions:
            index, count = session.shard
            if session.is_over or index != shard_of(None if guild is None else guild.id, count):
                continue
            if is_told(session.intents, event, is_guild=guild is not None):
                session.tell(event, render(session.reads_content))

    # The protocol

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        if self.is_closed:
            return web.Response(status=503)
        socket = web.WebSocketResponse(compress=False, max_msg_size=4096, timeout=2.0)
        await socket.prepare(request)
        pack = packer(request.query.get("compress"))
        connection = Connection(socket, request, lambda text: pack(self._altered(text)))
        self.connections.append(connection)
        if request.query.get("v") != "10" or request.query.get("encoding") != "json":
            self._violations.append(f"gateway: connected with {request.query_string!r}")
        connection.send({"op": HELLO, "d": {"heartbeat_interval": int(self._heartbeat_interval * 1000)}})
        writing = asyncio.create_task(connection.write())
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._heard(connection, json.loads(message.data))
        finally:
            writing.cancel()
            self.connections.remove(connection)
            # A client that closes with 1000 or 1001 ends its session.
            self._let_go(connection, forget=socket.close_code in {1000, 1001})
        return socket

    def _altered(self, text: str) -> str:
        if self.alter is None:
            return text
        payload = json.loads(text)
        self.alter(payload)
        return json.dumps(payload)

    async def _heard(self, connection: Connection, payload: Json) -> None:
        op, data = payload.get("op"), payload.get("d")
        match op:
            case 1:
                connection.heartbeats += 1
                if not self.is_deaf:
                    connection.send({"op": ACK})
            case 2 if isinstance(data, dict):
                await self._identified(connection, data)
            case 6 if isinstance(data, dict):
                await self._resumed(connection, data)
            case _ if connection.session is None:
                await connection.socket.close(code=NOT_AUTHENTICATED)
            case 3 | 4:
                pass
            case 8 if isinstance(data, dict):
                self._tell_members(connection.session, data)
            case _:
                self._violations.append(f"gateway: unknown opcode {op}")
                await connection.socket.close(code=UNKNOWN_OPCODE)

    async def _identified(self, connection: Connection, data: Json) -> None:
        if self.transits:
            await asyncio.sleep(self.transits.pop(0))
        intents = data.get("intents")
        index, count = data.get("shard", (0, 1))
        identify = Identify((index, count), intents if isinstance(intents, int) else 0, connection.peer)
        is_early = self._is_early(identify)
        self.identifies.append(identify)
        refusal = self._refusal(connection, data, identify)
        if refusal is not None:
            await connection.socket.close(code=refusal)
            return
        if is_early:
            self._violations.append(
                f"gateway: two IDENTIFYs of one bucket within {self.identify_interval:g} s: {identify}"
            )
            connection.send({"op": INVALID, "d": False})
            return
        session = Session(secrets.token_hex(16), identify.shard, identify.intents)
        session.connection, connection.session = connection, session
        self.sessions.append(session)
        self._greet(session)

    def _refusal(self, connection: Connection, data: Json, identify: Identify) -> int | None:
        index, count = identify.shard
        denied = sum(bit for name, bit in PRIVILEGED.items() if name not in self.privileged)
        if data.get("token") != self._token:
            return WRONG_TOKEN
        if connection.session is not None:
            return TWICE
        if not isinstance(data.get("intents"), int) or not 0 <= identify.intents < HIGHEST:
            return WRONG_INTENTS
        if not isinstance(data.get("properties"), dict):
            return UNREADABLE
        if not 0 <= index < count:
            return WRONG_SHARD
        return NOT_ALLOWED if identify.intents & denied else None

    def _is_early(self, identify: Identify) -> bool:
        """https://discord.com/developers/docs/events/gateway#session-start-limit-object"""
        if self.identify_interval is None:
            return False
        bucket = identify.shard[0] % self.max_concurrency
        return any(
            before.shard[0] % self.max_concurrency == bucket and identify.when - before.when < self.identify_interval
            for before in self.identifies
        )

    def _greet(self, session: Session) -> None:
        """READY, and the guilds of the shard."""
        index, count = session.shard
        guilds = [each for each in self._world.guilds.values() if each.has_bot and shard_of(each.id, count) == index]
        ready = {
            "v": 10,
            "user": self._world.bot.json | {"verified": True, "mfa_enabled": True, "email": None},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [index, count],
            "application": {"id": str(self._world.application_id), "flags": application_flags(self.privileged)},
            "session_type": "normal",
            "private_channels": [],
            "user_settings": {},
            "relationships": [],
            "guild_join_requests": [],
            "presences": [],
        }
        session.tell("READY", ready)
        if session.intents & GUILDS:
            for guild in guilds:
                session.tell("GUILD_CREATE", guild.greeting)

    async def _resumed(self, connection: Connection, data: Json) -> None:
        if data.get("token") != self._token:
            await connection.socket.close(code=WRONG_TOKEN)
            return
        known = next((each for each in self.sessions if each.id == data.get("session_id") and not each.is_over), None)
        sequence = data.get("seq")
        if known is None or not isinstance(sequence, int) or sequence > len(known.events):
            self.resumes.append(Resume(str(data.get("session_id")), sequence or 0, accepted=False))
            connection.send({"op": INVALID, "d": False})
            return
        if known.connection is not None:
            known.connection.session = None
            known.connection.cut()
        missed = known.events[sequence:]
        self.resumes.append(Resume(known.id, sequence, accepted=True, replayed=len(missed)))
        known.connection, connection.session = connection, known
        for event in missed:
            connection.send(event)
        known.tell("RESUMED", {})

    def _tell_members(self, session: Session, data: Json) -> None:
        """https://discord.com/developers/docs/events/gateway-events#request-guild-members"""
        guild = self._world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        wanted = {str(each) for each in data.get("user_ids") or []}
        members = [
            member.json
            for member in guild.members.values()
            if (
                str(member.person.id) in wanted
                if wanted
                else member.person.name.lower().startswith(data.get("query") or "")
            )
        ]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": members,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [],
        }
        session.tell("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if data.get("nonce") else {}))

    def _of(self, shard: int | None) -> list[Connection]:
        return [
            each
            for each in self.connections
            if each.session is not None and (shard is None or each.session.shard[0] == shard)
        ]

    def _let_go(self, connection: Connection, *, forget: bool) -> None:
        session = connection.session
        if session is None:
            return
        if session.connection is connection:
            session.connection = None
        session.is_over = session.is_over or forget
        connection.session = None
