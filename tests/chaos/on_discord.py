"""Discord in a run: people who use /animate in a channel, mention the bot in one, or write to it directly, in turn; and
those who have the bot in their own account alone, where it answers through a webhook.

Nothing here excuses a video that was posted twice: a nonce, and a look into the channel, keep it away, and through a
webhook nothing is sent twice.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.chaos.platforms import Answer, Place, Platform
from tests.counterparts.discord import Channel, Discord, Interaction, Message, Person

_API = "/api/v10"


class Way(Enum):
    """How a person asks."""

    COMMAND = "/animate"
    MENTION = "mention"
    DIRECT = "direct message"
    OUTSIDE = "/animate where the bot is no member"


@dataclass(eq=False, frozen=True, slots=True)
class Seat:
    person: Person
    channel: Channel
    way: Way


class OnDiscord(Platform):
    """`ways`: those that new places have, in turn."""

    name = "discord"
    has_files_apart = True

    def __init__(self, server: Discord, ways: Sequence[Way] = (Way.COMMAND, Way.MENTION, Way.DIRECT)) -> None:
        self.server = server
        self.url = server.api_url.removesuffix(_API)
        self.secret = server.token
        self.ways = itertools.cycle(ways)
        self._guild = server.guild("Film club")
        self._foreign = server.guild("Strangers", bot=False)

    def settings(self, url: str) -> Mapping[str, str]:
        return {
            "DISCORD_TOKEN": self.server.token,
            "DISCORD_API_URL": url + _API,
            "DISCORD_GATEWAY_URL": self.server.gateway_url,
        }

    def lead_files_to(self, url: str) -> None:
        self.server.files_url = url

    async def is_heard(self) -> None:
        await self.server.online()

    async def breaks(self, rng: random.Random) -> None:
        await self.server.gateway.drop(resumable=rng.random() < 0.5)

    def place(self, name: str, way: Way | None = None) -> Place:
        way = way or next(self.ways)
        person = self.server.user(name, user_install=way is Way.OUTSIDE)
        if way is Way.DIRECT:
            channel = self.server.dm(person)
        else:
            guild = self._foreign if way is Way.OUTSIDE else self._guild
            guild.member(person)
            channel = guild.channel(name.lower().replace(" ", "-"))
        return Place(self, f"{self.name}:{channel.id}", Seat(person, channel, way))

    async def says(self, place: Place, words: str) -> None:
        await self._says(place.chat, words)

    def said(self, place: Place) -> int:
        return len(place.chat.channel.from_bot)

    def is_greeted(self, place: Place) -> bool:
        return any(each.content.startswith("Hello") for each in place.chat.channel.from_bot)

    async def asks(self, place: Place, words: str, photo: bytes | None) -> Message | Interaction:
        seat: Seat = place.chat
        if photo is None or seat.way in {Way.MENTION, Way.DIRECT}:
            return await self._says(seat, words, *([] if photo is None else [photo]))
        return await seat.person.slash(seat.channel, "animate", photo=photo, prompt=words)

    def answers(self, place: Place, asked: Any) -> list[Answer]:
        target = asked.message if isinstance(asked, Interaction) else asked
        if target is None:
            return []
        found: dict[Message, list[str]] = {}
        for change in place.chat.channel.history:
            message = change.message
            is_answer = message.reply_to is target or (message.interaction is asked and message is not target)
            if change.by_bot and is_answer:
                found.setdefault(message, []).extend(_labels(change.components))
        for message in place.chat.person.ephemeral:
            if isinstance(asked, Interaction) and message.interaction is asked:
                found[message] = message.labels
        return [
            Answer(message, message.content, message.labels, had, message.has_video, message.is_deleted)
            for message, had in found.items()
        ]

    async def presses(self, place: Place, answer: Answer, button: str) -> None:
        await place.chat.person.presses(answer.message, button)

    def did_not_respond(self, asked: Any) -> bool:
        return isinstance(asked, Interaction) and asked.has_failed

    async def _says(self, seat: Seat, words: str, *photos: bytes) -> Message:
        mentions = [] if seat.way is Way.DIRECT else [self.server.bot]
        return await seat.person.says(seat.channel, words, files=photos, mentions=mentions)


def _labels(components: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(button.get("label", "")) for row in components for button in row.get("components", [])]
