"""A Discord, the outbox that speaks to it over HTTP, and people's commands, acknowledged as a listener would.

And simcord's Discord with the whole adapter in it (`world`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import av
import numpy as np
import pytest
from redis.asyncio import Redis

from bots.discord.asked import Asked, keep
from bots.discord.outbox import DiscordOutbox, discord_outbox
from bots.discord.places import PLATFORM
from bots.discord.rest import DiscordRest, discord_rest
from core.chat import Video
from core.settings import DiscordSettings
from core.store.notes import Notes
from tests.bots.discord.simulated import World, simulated
from tests.core.conversing import Backend
from tests.counterparts.agents import Project, editor
from tests.counterparts.discord import Channel, Discord, Interaction, Person
from tests.counterparts.nemo import ScriptedNemo

Asks = Callable[..., Awaitable[tuple[Asked, Interaction]]]
"""`await asks(person, channel, is_member=True, private=False)`: a slash command, acknowledged by a deferred answer."""

_LATER = 5
_EPHEMERAL = 1 << 6


@pytest.fixture
async def discord() -> AsyncIterator[Discord]:
    async with Discord() as discord:
        yield discord


@pytest.fixture
def settings(discord: Discord) -> DiscordSettings:
    return DiscordSettings(token=discord.token, api_url=discord.api_url, gateway_url=discord.gateway_url)


@pytest.fixture
def notes(redis: Redis) -> Notes:
    return Notes(redis, PLATFORM)


@pytest.fixture
async def outbox(settings: DiscordSettings, redis: Redis) -> AsyncIterator[DiscordOutbox]:
    """It tells the time by this machine's clock, Discord by its own."""
    async with discord_outbox(settings, redis) as outbox:
        yield outbox


@pytest.fixture
async def rest(settings: DiscordSettings) -> AsyncIterator[DiscordRest]:
    async with discord_rest(settings) as rest:
        yield rest


@pytest.fixture
def ann(discord: Discord) -> Person:
    return discord.user("Ann", user_install=True)


@pytest.fixture
def channel(discord: Discord, ann: Person) -> Channel:
    return discord.guild("Film club", members=[ann]).channel("general")


@pytest.fixture
def foreign(discord: Discord, ann: Person) -> Channel:
    """A channel of a server that the bot is not in."""
    return discord.guild("Strangers", members=[ann], bot=False).channel("general")


@pytest.fixture
def film(tmp_path: Path) -> Video:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"a film, as far as anybody looks" * 1000)
    return Video(path, "stillreel-clip.mp4", path.stat().st_size, 640, 360, 2.0)


@pytest.fixture
async def asks(discord: Discord, rest: DiscordRest, notes: Notes) -> Asks:
    command = {"name": "animate", "description": "Let it move", "type": 1}
    everywhere = {"integration_types": [0, 1], "contexts": [0, 1, 2]}
    application = {"application_id": discord.application_id}
    await rest.call("POST", "/applications/{application_id}/commands", application, body=command | everywhere)

    async def ask(
        person: Person, where: Channel, *, is_member: bool = True, private: bool = False
    ) -> tuple[Asked, Interaction]:
        shown = await person.slash(where, "animate")
        answer = {"type": _LATER, "data": {"flags": _EPHEMERAL if private else 0}}
        place: dict[str, int | str] = {"webhook_id": shown.id, "webhook_token": shown.token}
        await rest.call("POST", "/interactions/{webhook_id}/{webhook_token}/callback", place, body=answer)
        asked = Asked(
            shown.id, discord.application_id, shown.token, discord.clock(), person.id, is_member, private=private
        )
        await keep(notes, asked)
        return asked, shown

    return ask


@pytest.fixture(scope="package")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real MP4: 32×24, four frames."""
    path = tmp_path_factory.mktemp("clip") / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 24, "yuv420p"
        for shade in range(0, 80, 20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((24, 32, 3), shade, np.uint8))))
        container.mux(stream.encode())
    return path


@pytest.fixture
async def nemo(clip: Path) -> AsyncIterator[ScriptedNemo]:
    """The scripted service, whose every export gives `clip`."""
    async with ScriptedNemo(video=clip) as nemo:
        yield nemo


@pytest.fixture
def held(nemo: ScriptedNemo) -> asyncio.Event:
    """No prompt is answered before this is set."""
    go = asyncio.Event()

    async def slowly(words: str, project: Project) -> AsyncIterator[bytes]:
        await go.wait()
        async for each in editor(words, project):
            yield each

    nemo.agent = slowly
    return go


@pytest.fixture
async def world(nemo: ScriptedNemo, redis: Redis, tmp_path: Path) -> AsyncIterator[World]:
    async with simulated(Backend("nemo", nemo.url, nemo), redis, tmp_path) as world:
        yield world
