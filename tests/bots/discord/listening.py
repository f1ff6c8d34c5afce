"""The listener over real sockets and a real store, before a conversation that writes down what it hears and answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from redis.asyncio import Redis

from bots.discord.listener import listening
from bots.discord.outbox import discord_outbox
from bots.discord.places import PLATFORM
from bots.reach import Reach
from core.chat import Button, Incoming, Message, Outbox, Press
from core.jobs.mailbox import Mailbox
from core.settings import DiscordSettings
from core.store.connection import key
from core.store.notes import Notes
from core.store.people import People
from tests.counterparts.discord import Discord
from tests.waiting import wait_until

ANSWER = "Heard."
REFUSAL = "That is not your button."
BUTTON = Button("Slower", "e.clip.slower")


@dataclass
class Listener:
    """What the conversation heard. `refused`: who may not press; `unanswered`: who gets no answer (ids)."""

    outbox: Outbox
    reach: Reach = field(init=False)
    heard: list[Incoming] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: str = ""
    unanswered: str = ""

    async def receive(self, incoming: Incoming) -> None:
        self.heard.append(incoming)
        if incoming.person.id != self.unanswered:
            answer = Message(f"{ANSWER} {incoming.text}".strip(), (BUTTON,))
            self.answers.append(await self.outbox.send(incoming.chat, answer, reply_to=incoming.message))

    async def press(self, press: Press) -> str | None:
        self.presses.append(press)
        return REFUSAL if press.person.id == self.refused else None

    async def hears(self, words: str, seconds: float = 10) -> Incoming:
        """The message whose words are these, once it is heard."""
        await wait_until(lambda: words in self.words, seconds, what=f"hearing {words!r}")
        return next(each for each in self.heard if each.text == words)

    @property
    def words(self) -> list[str]:
        return [each.text for each in self.heard]


def settings_of(discord: Discord, **more: object) -> DiscordSettings:
    settings = DiscordSettings(token=discord.token, api_url=discord.api_url, gateway_url=discord.gateway_url)
    return settings.model_copy(update=more)


@asynccontextmanager
async def listener(
    discord: Discord, redis: Redis, *, shards: int = 1, alone: bool = True, online: bool = True, **more: object
) -> AsyncIterator[Listener]:
    """A process that listens, once `shards` of the counterpart's are online. `more`: settings."""
    settings = settings_of(discord, **more)
    async with AsyncExitStack() as stack:
        outbox = await stack.enter_async_context(discord_outbox(settings, redis))
        made = Listener(outbox)
        mailbox = Mailbox(redis, consumer=f"listener-{id(made)}")
        made.reach = Reach(made, outbox, mailbox, People(redis), Notes(redis, PLATFORM))
        await stack.enter_async_context(listening(settings, redis, made.reach, alone=alone))
        if online:
            await discord.online(shards)
        yield made
    # What ended will not begin again within the five seconds in which Discord takes one beginning.
    async for turn in redis.scan_iter(match=key("turn", "discord:identify", "*")):
        await redis.delete(turn)
