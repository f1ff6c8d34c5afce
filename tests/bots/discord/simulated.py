"""simcord's simulated Discord around the whole adapter: people act in it, and everything of ours is real.

The gateway's client stands in simcord's hands, as any bot does. What goes over REST alone (the outbox, the account, the
files) reaches the same world through a door of HTTP, so that nothing of ours knows that it is simulated. Behind the
adapter are a real store, the conversation as it is, and a backend.
"""

from __future__ import annotations

import asyncio
import io
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import discord
from PIL import Image
from redis.asyncio import Redis
from simcord import ChannelHandle, Env, GuildHandle, InteractionResult, MemberActor, UserHandle
from simcord.backend.cdn import CDN_BASE, CdnStore
from simcord.backend.errors import BackendError
from simcord.backend.models import Message, Overwrite
from simcord.enums import OverwriteType
from simcord.http.router import dispatch

from bots.discord.account import Account, Me
from bots.discord.client import Gateway, Shards
from bots.discord.commands import register
from bots.discord.handling import Handling
from bots.discord.intake import Intake
from bots.discord.marks import Marks
from bots.discord.outbox import discord_outbox
from bots.discord.places import PLATFORM, chat_of
from bots.draining import Draining
from bots.excuses import Excuses
from bots.reach import Reach
from core.chat import ChatRef
from core.settings import DiscordSettings
from core.store.inbox import LEASE_SECONDS, Inbox
from core.store.notes import Notes
from core.store.turns import Turns
from tests.core.conversing import Backend, House, housed
from tests.counterparts.sockets import Fault, RawServer, Reply, Request, reply_json
from tests.counterparts.telegram.bodies import read_body
from tests.waiting import wait_until

Viewer = MemberActor | UserHandle

_API = "/api/v10"
_CDN = "/cdn"
_READS_ALL = 1 << 19
"""Reference, Application, "Application Flags": GATEWAY_MESSAGE_CONTENT_LIMITED."""

_LOOK_SECONDS = 0.03

_PLAIN = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)

ENGLISH, CHINESE = "en-US", "zh-CN"


def _photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 12), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


PHOTO = "cat.jpg", _photo()
"""A file's name and content, as simcord takes them."""


def buttons(message: discord.Message) -> list[discord.Button]:
    rows = [row for row in message.components if isinstance(row, discord.ActionRow)]
    return [part for row in rows for part in row.children if isinstance(part, discord.Button)]


def labels(message: discord.Message) -> list[str]:
    return [button.label or "" for button in buttons(message)]


def label(message: discord.Message, start: str) -> str:
    """The whole label of the button that begins so: the price of what it does may follow."""
    found = [each for each in labels(message) if each.startswith(start)]
    assert found, (start, labels(message))
    return found[0]


async def told(shown: InteractionResult) -> discord.Message:
    """The answer to an interaction, which is for the person alone, once it is there."""
    await wait_until(lambda: shown.response is not None and shown.response.content, what="an answer")
    assert shown.response is not None
    assert shown.response.ephemeral
    return shown.response.message


async def refused(shown: InteractionResult) -> str:
    """What a press was refused with, for the presser alone, once that is said."""
    await wait_until(lambda: shown.followups, what="a refusal")
    assert [each.ephemeral for each in shown.followups] == [True]
    return shown.followups[0].content


class World:
    """`env`: simcord's own. `listener`: makes the client of a process that listens, and registers its commands."""

    def __init__(self, env: Env, house: House, door: _Door, listener: _Listener) -> None:
        self.env = env
        self.house = house
        self._languages: dict[int, str] = {}
        self._door = door
        self._listener = listener
        env.backend.subscribers.append(self._speak)

    @property
    def mention(self) -> str:
        return f"<@{self.env.backend.bot_user.id}>"

    # Places and people

    def server(self, name: str = "Film club") -> tuple[GuildHandle, ChannelHandle]:
        """A server with the bot in it, and a channel of it."""
        guild = self.env.create_guild(name)
        return guild, guild.create_text_channel("general")

    def member(self, guild: GuildHandle, name: str, *, language: str = "en-US", **may: bool) -> MemberActor:
        """A person in a server; `may`: permissions beyond everybody's. `language`: of their Discord."""
        roles = [guild.create_role(f"{name}'s", permissions=discord.Permissions(**may))] if may else []
        return guild.add_member(self.person(name, language=language), roles=roles)

    def person(self, name: str, *, language: str = "en-US") -> UserHandle:
        user = self.env.create_user(name.lower(), global_name=name)
        self._languages[user.id] = language
        return user

    def thread(self, channel: ChannelHandle, name: str, owner: MemberActor) -> ChannelHandle:
        return ChannelHandle(self.env, channel.guild, self.env.backend.create_thread(channel.id, name, owner.id))

    async def deny(self, channel: ChannelHandle, *names: str) -> None:
        """Take permissions from the bot in a channel, and in its threads."""
        denied = discord.Permissions(**dict.fromkeys(names, True)).value
        target = self.env.backend.bot_user.id
        self.env.backend.set_overwrite(channel.id, Overwrite(target, OverwriteType.MEMBER, deny=denied))
        await self.env.settle()

    # What people do, beyond what simcord's own people can

    async def writes(self, user: UserHandle, words: str, *files: tuple[str, bytes]) -> discord.Message:
        """A direct message to the bot."""
        stored = self.env.backend.store_attachments(user.dm_channel.id, files)
        return await user.send_dm(words, attachments=stored)

    async def passes(self, seconds: float) -> None:
        """Time, at Discord and here."""
        self._door.passed += seconds
        await self.env.advance_time(seconds)

    async def restart(self) -> None:
        """The process that listens ends, and another one begins."""
        await self._listener.begin_again(self.env)

    # What the bot does

    def said(self, channel: ChannelHandle, viewer: Viewer | None = None) -> list[discord.Message]:
        """The bot's messages as `viewer` sees them; without one, what everybody sees."""
        shown = {message.id for message in self._raw(channel, viewer)}
        return [message for message in channel.history(viewer=viewer) if message.id in shown]

    async def says(self, channel: ChannelHandle, words: str, *, viewer: Viewer | None = None) -> discord.Message:
        """The latest message of the bot's that says so, once there is one."""
        await wait_until(
            lambda: any(words in message.content for message in self._raw(channel, viewer)), what=f"{words!r} is said"
        )
        return [message for message in self.said(channel, viewer) if words in message.content][-1]

    async def offers(self, channel: ChannelHandle, label: str) -> discord.Message:
        """The latest message of the bot's with this button, once there is one."""

        def found() -> discord.Message | None:
            return next((each for each in reversed(self.said(channel)) if label in labels(each)), None)

        shown = await wait_until(found, every=_LOOK_SECONDS, what=f"{label!r} is offered")
        assert shown is not None
        return shown

    async def video(self, channel: ChannelHandle, count: int = 1) -> discord.Message:
        """The last of so many videos, once they are there and no job is left."""

        def found() -> int:
            return sum(1 for message in self._raw(channel, None) if message.attachments)

        await wait_until(lambda: found() >= count, 20, what=f"{count} videos")
        await self.settled(channel)
        return [message for message in self.said(channel) if message.attachments][-1]

    def _raw(self, channel: ChannelHandle, viewer: Viewer | None) -> list[Message]:
        """simcord's own records: cheap to look at again and again."""
        bot, seen_by = self.env.backend.bot_user.id, None if viewer is None else viewer.id
        return [
            message
            for message in self.env.backend.messages.get(channel.id, {}).values()
            if message.author_id == bot and (message.visible_to(seen_by) if viewer else not message.is_ephemeral)
        ]

    async def settled(self, channel: ChannelHandle) -> None:
        """No job of the channel is left."""
        chat = self.chat(channel)

        async def over() -> bool:
            return not await self.house.mailbox.unfinished(chat)

        await wait_until(over, 20, every=_LOOK_SECONDS, what="the channel's jobs are over")

    @staticmethod
    def chat(channel: ChannelHandle) -> ChatRef:
        return chat_of(channel.id, channel._channel.parent_id if channel.is_thread else None)

    def _speak(self, event: str, payload: Any) -> None:
        """simcord's people all speak English: an interaction carries what theirs does."""
        if event == "INTERACTION_CREATE":
            person = payload.get("user") or payload["member"]["user"]
            payload["locale"] = self._languages.get(int(person["id"]), "en-US")


async def _untold(chat: ChatRef, text: str) -> None:
    raise AssertionError("the store is never away here")


@asynccontextmanager
async def simulated(
    backend: Backend, redis: Redis, folder: Path, *, reads_all: bool = False, **house: Any
) -> AsyncIterator[World]:
    """A process of ours at work in a new Discord. `reads_all`: the bot was given the message-content intent.

    `house`: settings of `housed`. What the bot's callbacks raise is raised at the end.
    """
    approved = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=reads_all)
    env = Env(discord.AutoShardedClient(intents=_PLAIN, shard_count=1), approved_intents=approved)
    env.backend.bot_user.name = "Stillreel"
    env.backend.advance_clock(time.time() - env.now().timestamp())
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(_open(env, folder, reads_all=reads_all))
        settings = DiscordSettings(token="simulated", api_url=door.url + _API)
        outbox = await stack.enter_async_context(discord_outbox(settings, redis, clock=door.time))
        account = Account(settings)
        stack.push_async_callback(account.close)
        me, client = await account.me(), await account.client()
        at_work = await stack.enter_async_context(housed(backend, redis, folder, others={PLATFORM: outbox}, **house))
        notes = Notes(redis, PLATFORM)
        reach = Reach(at_work.conversation, outbox, at_work.mailbox, at_work.people, notes)
        inbox = Inbox(redis, PLATFORM, time.time, lambda: uuid.uuid4().hex, LEASE_SECONDS)
        draining = Draining(inbox, Handling(client, me, reach, door.time).handle, time.time)
        marks = Marks(notes, f"{me.id}/1")
        intake = Intake(inbox, marks, Excuses(_untold), draining.wake)
        listener = _Listener(me, intake, marks, notes, Turns(redis))
        world = World(env, at_work, door, listener)
        stack.push_async_callback(_ended, [asyncio.create_task(draining.run()), asyncio.create_task(intake.run())])
        await listener.begin(env)
        stack.push_async_callback(env.shutdown)
        async with at_work.working():
            yield world
        env.raise_errors()


@dataclass(frozen=True, slots=True)
class _Listener:
    """What each process that listens makes its client of. simcord stands for the connection, and for the login."""

    me: Me
    intake: Intake
    marks: Marks
    notes: Notes
    turns: Turns

    async def begin(self, env: Env) -> None:
        env.bot = gateway = self._gateway()
        await env.start()
        await self._register(gateway)

    async def begin_again(self, env: Env) -> None:
        gateway = self._gateway()
        await env.restart_bot(gateway)
        await self._register(gateway)

    def _gateway(self) -> Gateway:
        return Gateway(self.me, Shards((0,), 1, 1), self.intake, self.marks, self.notes, self.turns, proxy=None)

    async def _register(self, gateway: Gateway) -> None:
        await register(gateway.tree, self.notes, self.turns, self.me.application)


async def _ended(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class _Door:
    """simcord's world over HTTP: its REST routes, and the files on its CDN. `passed`: seconds that time was moved."""

    def __init__(self, env: Env, folder: Path, *, reads_all: bool) -> None:
        self._env = env
        self._folder = folder
        self._reads_all = reads_all
        self.server = RawServer(self._serve)
        self.passed = 0.0

    @property
    def url(self) -> str:
        return self.server.url

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.passed

    async def _serve(self, request: Request) -> tuple[Reply, Fault | None]:
        if request.path.startswith(_CDN):
            content = self._env.backend.cdn.get(self.url + request.path)
            return (Reply(404) if content is None else Reply(200, content)), None
        return await self._called(request), None

    async def _called(self, request: Request) -> Reply:
        path = request.path.removeprefix(_API)
        query = dict(parse_qsl(request.target.partition("?")[2]))
        files: list[discord.File] = []
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            request.target = request.path
            form = await read_body(request, self._folder)
            body = json.loads(form.fields["payload_json"])
            files = [discord.File(upload.path, upload.name) for upload in form.uploads.values()]
        else:
            text = await request.whole()
            body = json.loads(text) if text else None
        try:
            answer = dispatch(
                self._env.backend,
                request.method,
                path,
                json=body,
                params=query,
                files=files,
                message_content_access=self._reads_all,
            )
        except BackendError as refused:
            return reply_json(refused.to_json(), refused.status)
        finally:
            for file in files:
                file.close()
        if path == "/oauth2/applications/@me" and self._reads_all:
            answer["flags"] |= _READS_ALL
        return Reply(204) if answer is None else reply_json(answer)


class _Cdn(CdnStore):
    """Files at addresses where somebody answers."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def store_attachment(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        stored = super().store_attachment(*args, **kwargs)
        address = stored["url"].replace(CDN_BASE, self._url)
        self._blobs[address] = self._blobs[stored["url"]]
        return stored | {"url": address, "proxy_url": address}


@asynccontextmanager
async def _open(env: Env, folder: Path, *, reads_all: bool) -> AsyncIterator[_Door]:
    folder.mkdir(parents=True, exist_ok=True)
    door = _Door(env, folder, reads_all=reads_all)
    await door.server.listen()
    env.backend.cdn = _Cdn(door.url + _CDN)
    try:
        yield door
    finally:
        await door.server.close()
    if door.server.errors:
        raise door.server.errors[0]
