"""Cancel from each platform, by its button and by /cancel, while another process has the job: felt in time, and nothing
of the job is left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
from redis.asyncio import Redis

from core.jobs.job import Stage
from core.jobs.mailbox import Mailbox
from tests import program
from tests.bots.telegram.running import TOKEN
from tests.counterparts.agents import Project, editor, partial
from tests.counterparts.discord import Discord
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Broken
from tests.counterparts.telegram import Chat, Telegram
from tests.parts import part
from tests.photos import landscape
from tests.waiting import wait_until

FELT = 2.0


class Place(Protocol):
    async def ask(self) -> None: ...

    async def press(self) -> None: ...

    async def write(self) -> None: ...

    async def said(self) -> int:
        """How often it was said that something is cancelled."""


class OnTelegram:
    """A chat of its own each time: Telegram wants a second between two messages of one."""

    def __init__(self, telegram: Telegram, photo: bytes) -> None:
        self._telegram, self._photo = telegram, photo
        self._chats: list[Chat] = []

    async def ask(self) -> None:
        self._chats.append(self._telegram.private(self._telegram.person("Ann")))
        await self._chats[-1].sends(self._chats[-1].members[0], photo=self._photo, caption="fly")

    async def press(self) -> None:
        chat = self._chats[-1]
        found = next(each for each in reversed(chat.from_bot) if "%" in each.words)
        await chat.presses(chat.members[0], found, "Cancel")

    async def write(self) -> None:
        await self._chats[-1].sends(self._chats[-1].members[0], "/cancel")

    async def said(self) -> int:
        return sum(each.words.startswith("Cancelled.") for chat in self._chats for each in chat.from_bot)


class OnDiscord:
    def __init__(self, discord: Discord, photo: bytes) -> None:
        self._ann = discord.user("Ann")
        self._channel = discord.guild("Film club", members=[self._ann]).channel("general")
        self._photo = photo

    async def ask(self) -> None:
        await self._ann.slash(self._channel, "animate", photo=self._photo, prompt="fly")

    async def press(self) -> None:
        found = next(each for each in reversed(self._channel.from_bot) if "Cancel" in each.labels)
        await self._ann.presses(found, "Cancel")

    async def write(self) -> None:
        await self._ann.slash(self._channel, "cancel")

    async def said(self) -> int:
        return sum(each.content.startswith("Cancelled.") for each in self._channel.from_bot)


class OnThePage:
    def __init__(self, person: program.Visitor, photo: Path) -> None:
        self._person, self._photo = person, photo
        self._asked = ""

    async def ask(self) -> None:
        self._asked = await self._person.send("fly", self._photo)

    async def press(self) -> None:
        await self._person.press(await self._person.progress(self._asked), "Cancel")

    async def write(self) -> None:
        await self._person.send("/cancel")

    async def said(self) -> int:
        return sum(entry["text"].startswith("Cancelled.") for entry in await self._person.entries())


def by_button(place: Place) -> Awaitable[None]:
    return place.press()


def by_command(place: Place) -> Awaitable[None]:
    return place.write()


ROUNDS = (
    (Stage.UPLOADING, by_button),
    (Stage.PROMPTING, by_command),
    (Stage.RENDERING, by_button),
    (Stage.DELIVERING, by_command),
)


async def endless(words: str, project: Project) -> AsyncIterator[bytes]:
    while True:
        yield partial("I think about it. ")
        await asyncio.sleep(0.05)


def hold(nemo: ScriptedNemo, stage: Stage) -> None:
    """No job comes any further than this stage."""
    nemo.always("upload", Broken("stall") if stage is Stage.UPLOADING else None)
    nemo.agent = endless if stage is Stage.PROMPTING else editor
    nemo.stages = ("processing",) if stage is Stage.RENDERING else ("completed",)
    nemo.always("file", Broken("stall", 0.5) if stage is Stage.DELIVERING else None)


@pytest.mark.usefixtures("redis")
async def test_item_1_cancel_from_each_platform_is_felt_where_another_process_has_the_job(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    path = landscape(tmp_path / "lake.jpg", (480, 360))
    data, box = tmp_path / "data", Mailbox(redis)
    async with (
        ScriptedNemo() as nemo,
        Telegram(TOKEN) as telegram,
        Discord() as discord,
        AsyncExitStack() as stack,
    ):
        shared = {
            "REDIS_URL": redis_url,
            "BACKEND": "nemo",
            "NEMO_API_URL": nemo.url,
            "NEMO_POLL_INTERVAL": "0.1",
            "TELEGRAM_TOKEN": telegram.token,
            "TELEGRAM_API_URL": telegram.url,
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
            "JOBS_AT_ONCE": "2",
        }
        names = ("telegram", "discord", "worker", "worker", "web")
        parts = await asyncio.gather(*(stack.enter_async_context(part(data, name, shared)) for name in names))
        person = await stack.enter_async_context(program.visitor(parts[-1].url))
        places: tuple[Place, ...] = (
            OnTelegram(telegram, path.read_bytes()),
            OnDiscord(discord, path.read_bytes()),
            OnThePage(person, path),
        )

        async def stages() -> list[Stage]:
            return [job.stage for chat, _, _ in (await box.numbers(1)).busy for job in await box.unfinished(chat)]

        for count, (stage, cancels) in enumerate(ROUNDS, 1):
            hold(nemo, stage)
            await asyncio.gather(*(place.ask() for place in places))

            async def there(stage: Stage = stage) -> bool:
                return await stages() == [stage] * len(places)

            async def over(count: int = count) -> bool:
                return await stages() == [] and [await place.said() for place in places] == [count] * len(places)

            await wait_until(there, 20, what=f"all three are {stage}")
            began = time.monotonic()
            await asyncio.gather(*(cancels(place) for place in places))
            await wait_until(over, 10, what=f"all three are cancelled in {stage}")
            assert time.monotonic() - began < FELT, stage
        assert list(data.glob("spool/*/*")) == []
        assert await asyncio.gather(*(each.end() for each in parts)) == [0] * len(parts)
    for name in ("telegram", "discord", "worker", "web"):
        assert "Traceback" not in (tmp_path / f"{name}.log").read_text()
