"""What there is at this Discord: people, guilds, channels, files and interactions, and whom it tells of changes."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tests.counterparts.discord.channels import DM, Channel
from tests.counterparts.discord.clocks import Snowflakes
from tests.counterparts.discord.commands import Commands
from tests.counterparts.discord.files import Files
from tests.counterparts.discord.guilds import Guild
from tests.counterparts.discord.messages import Message
from tests.counterparts.discord.people import Person
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.gateway import Gateway
    from tests.counterparts.discord.interactions import Interaction

T = TypeVar("T")

BOT_ID = 1_234_567_890_123_456_789
TOKEN = (
    base64.b64encode(str(BOT_ID).encode()).decode().rstrip("=") + ".GTestQ.a-token-that-opens-nothing-but-this-server"
)


class World:
    """`now`: Unix seconds. `host`: the address of REST and CDN, when they listen. `upload_limit`: bytes a file."""

    def __init__(self, *, now: Callable[[], float], folder: Path, host: Callable[[], str], upload_limit: int) -> None:
        self.now = now
        self.upload_limit = upload_limit
        snowflakes = Snowflakes(now)
        self.ids = snowflakes.next
        self.on_shard = snowflakes.on_shard
        self.bot = Person(self, BOT_ID, "Stillreel", is_bot=True)
        self.application_id = BOT_ID
        self.people: dict[int, Person] = {BOT_ID: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.gone: list[Channel] = []
        """Channels that were deleted."""
        self.interactions: list[Interaction] = []
        self.files = Files(folder, ids=self.ids, now=now, host=host)
        self.commands = Commands(self.ids, self.application_id)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.gateway: Gateway

    def dm(self, person: Person) -> Channel:
        """The bot's direct messages with a person."""
        for channel in self.channels.values():
            if channel.kind == DM and set(channel.people) == {person, self.bot}:
                return channel
        return self.open(Channel(self, self.ids(), DM, people=[person, self.bot]))

    def open(self, channel: Channel) -> Channel:
        self.channels[channel.id] = channel
        return channel

    def close(self, channel: Channel) -> None:
        self.gone.append(self.channels.pop(channel.id))

    def interaction(self, *, token: str) -> Interaction | None:
        return next((each for each in self.interactions if each.token == token), None)

    # Telling

    def emit(self, event: str, data: Json, place: Guild | Channel) -> None:
        """An event of a guild, or of a channel that the bot is in."""
        guild = place.guild if isinstance(place, Channel) else place
        if guild is not None and not guild.has_bot:
            return
        self._later(lambda: self.gateway.dispatch(event, lambda _: data, place))

    def emit_message(self, event: str, message: Message) -> None:
        """To each session as much of a message as it may read."""
        channel = message.channel
        if channel.bot_sees:
            self._later(lambda: self.gateway.dispatch(event, lambda reads: self._event(event, message, reads), channel))

    def emit_interaction(self, interaction: Interaction) -> None:
        """Interactions come to every application, whatever its intents and wherever its bot is."""
        payload = interaction.json
        self.gateway.dispatch("INTERACTION_CREATE", lambda _: payload, interaction.channel)

    def message_json(self, message: Message, *, content_intent: bool = True, with_nonce: bool = False) -> Json:
        return message.json(
            self.files.json,
            readable=lambda each: each.is_readable(self.bot, content_intent=content_intent),
            with_nonce=with_nonce,
        )

    def _event(self, event: str, message: Message, content_intent: bool) -> Json:
        is_new = event == "MESSAGE_CREATE"
        body = self.message_json(message, content_intent=content_intent, with_nonce=is_new)
        body["channel_type"] = message.channel.kind
        guild = message.channel.guild
        if guild is not None:
            body["guild_id"] = str(guild.id)
            if message.author.id in guild.members:
                body["member"] = guild.members[message.author.id].partial
        return body

    def _later(self, act: Callable[[], None]) -> None:
        """In the server's own loop: at once where this is it, soon where it is not, not at all before it runs."""
        if self.loop is None:
            return
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is self.loop:
            act()
        else:
            self.loop.call_soon_threadsafe(act)

    # In the server's own loop

    async def inside(self, act: Callable[[], T]) -> T:
        """`act` in the server's own loop, from whichever loop or thread."""

        async def there() -> T:
            return act()

        return await self.across(there())

    async def across(self, work: Coroutine[Any, Any, T]) -> T:
        if self.loop is None or self.loop is asyncio.get_running_loop():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))
