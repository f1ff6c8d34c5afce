"""A message as it stands at Discord, all that it was before, and what an application may read of it.

Without the message content intent an application gets content, attachments, embeds and components empty, except in
direct messages, where it is mentioned, and in what it wrote itself
(https://discord.com/developers/docs/events/gateway#message-content-intent).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.counterparts.discord.clocks import made_at, written
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.channels import Channel
    from tests.counterparts.discord.files import Attachment
    from tests.counterparts.discord.interactions import Interaction
    from tests.counterparts.discord.people import Person

EPHEMERAL = 1 << 6
LOADING = 1 << 7
COMPONENTS_V2 = 1 << 15


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """`kind`: "sent", "edited" or "deleted". `at`: Discord's clock, `when`: monotonic. The rest as it was from then."""

    kind: str
    message: Message
    at: float
    by_bot: bool
    content: str
    attachments: tuple[Attachment, ...]
    components: tuple[Json, ...]
    when: float = field(default_factory=time.monotonic)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.content!r} {[each.name for each in self.attachments]}>"


@dataclass(eq=False, slots=True)
class Message:
    id: int
    channel: Channel
    author: Person
    content: str = ""
    kind: int = 0
    """The API's message type: 0, or 19 for a reply."""
    attachments: list[Attachment] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    embeds: list[Json] = field(default_factory=list)
    flags: int = 0
    mentions: list[Person] = field(default_factory=list)
    reply_to: Message | None = None
    nonce: str | int | None = None
    interaction: Interaction | None = None
    """What it answers."""
    seen_by: Person | None = None
    """Of an ephemeral message: the only one who sees it."""
    edited: float | None = None
    is_deleted: bool = False
    history: list[Change] = field(default_factory=list)
    thread: Channel | None = None

    @property
    def is_ephemeral(self) -> bool:
        return self.seen_by is not None

    @property
    def is_loading(self) -> bool:
        """ "The application is thinking…"."""
        return bool(self.flags & LOADING)

    @property
    def edits(self) -> list[Change]:
        return [change for change in self.history if change.kind == "edited"]

    @property
    def parts(self) -> list[Json]:
        """Every component, also those in rows and containers."""
        return list(_flat(self.components))

    @property
    def buttons(self) -> list[Json]:
        return [part for part in self.parts if part["type"] == 2]

    @property
    def labels(self) -> list[str]:
        return [str(button.get("label", "")) for button in self.buttons]

    @property
    def files(self) -> list[bytes]:
        return [attachment.content for attachment in self.attachments]

    @property
    def has_video(self) -> bool:
        return any(attachment.is_video for attachment in self.attachments)

    def note(self, kind: str, at: float, *, by_bot: bool) -> Change:
        change = Change(kind, self, at, by_bot, self.content, tuple(self.attachments), tuple(self.components))
        self.history.append(change)
        return change

    def is_readable(self, bot: Person, *, content_intent: bool) -> bool:
        """Whether the application gets what stands in it."""
        return content_intent or self.channel.is_bot_dm or self.author is bot or bot in self.mentions

    def json(
        self,
        link: Callable[..., Json],
        *,
        readable: Callable[[Message], bool] = lambda _: True,
        with_reference: bool = True,
        with_nonce: bool = False,
    ) -> Json:
        """The API's message object. `link`: an attachment → its object with a fresh link."""
        shown = readable(self)
        body: Json = {
            "id": str(self.id),
            "type": self.kind,
            "channel_id": str(self.channel.id),
            "author": self.author.json,
            "content": self.content if shown else "",
            "attachments": [link(each, ephemeral=self.is_ephemeral) for each in self.attachments] if shown else [],
            "embeds": list(self.embeds) if shown else [],
            "components": list(self.components) if shown else [],
            "mentions": [person.json for person in self.mentions],
            "mention_roles": [],
            "mention_everyone": False,
            "timestamp": written(made_at(self.id)),
            "edited_timestamp": None if self.edited is None else written(self.edited),
            "flags": self.flags,
            "pinned": False,
            "tts": False,
        }
        if with_nonce and self.nonce is not None:
            body["nonce"] = self.nonce
        if self.interaction is not None:
            body |= self.interaction.credit(self)
        if self.thread is not None:
            body["thread"] = self.thread.json
        if self.reply_to is not None:
            body["message_reference"] = self._reference(self.reply_to)
            if with_reference:
                gone = self.reply_to.is_deleted
                body["referenced_message"] = (
                    None if gone else self.reply_to.json(link, readable=readable, with_reference=False)
                )
        return body

    @staticmethod
    def _reference(answered: Message) -> Json:
        reference: Json = {"type": 0, "channel_id": str(answered.channel.id), "message_id": str(answered.id)}
        if answered.channel.guild is not None:
            reference["guild_id"] = str(answered.channel.guild.id)
        return reference

    def __repr__(self) -> str:
        files = [attachment.name for attachment in self.attachments]
        return f"<{self.author.name}: {self.content!r} {files} {self.labels}>"


def numbered(components: list[Json]) -> list[Json]:
    """Components as Discord gives them back: each with an id of its own, from 1 on."""
    count = 0

    def number(value: Any) -> Any:
        nonlocal count
        if isinstance(value, list):
            return [number(each) for each in value]
        if not isinstance(value, dict):
            return value
        if "type" in value and "id" not in value:
            count += 1
            value = {"type": value["type"], "id": count} | value
        return {
            name: number(each) if name in {"components", "component", "accessory"} else each
            for name, each in value.items()
            if each is not None
        }

    numbered_components: list[Json] = number(components)
    return numbered_components


def _flat(components: list[Json]) -> Iterator[Json]:
    for each in components:
        yield each
        yield from _flat(each.get("components", []))
        if "accessory" in each:
            yield each["accessory"]
