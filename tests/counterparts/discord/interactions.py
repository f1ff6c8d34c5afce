"""An interaction of a person with the application: what it is told, how and how soon it answers, until when it may.

https://discord.com/developers/docs/interactions/receiving-and-responding
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from tests.counterparts.discord.messages import Message
from tests.counterparts.discord.permissions import BITS, USER_INSTALLED
from tests.counterparts.telegram.bodies import Json
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.counterparts.discord.channels import Channel
    from tests.counterparts.discord.people import Person
    from tests.counterparts.discord.world import World

COMMAND, COMPONENT, MODAL_SUBMIT = 2, 3, 5
ANSWER_SECONDS = 3.0
"""Within which the first answer must come."""
TOKEN_SECONDS = 15 * 60
"""How long the token is good for edits and follow-ups."""
FOLLOW_UPS = 5
"""How many an application gets where it was installed to the user alone."""
IN_GUILD, IN_BOT_DM, IN_PRIVATE = 0, 1, 2


class Interaction:
    """`kind`: a command (2), a component (3) or a modal (5). `source`: the message whose button was pressed."""

    def __init__(
        self,
        world: World,
        person: Person,
        channel: Channel,
        kind: int,
        data: Json,
        *,
        source: Message | None = None,
    ) -> None:
        self.id = world.ids()
        self.token = secrets.token_urlsafe(90)
        self.person = person
        self.channel = channel
        self.kind = kind
        self.data = data
        self.source = source
        self.created = world.now()
        """Discord's clock."""
        self.sent_at = time.monotonic()
        self.answered_at: float | None = None
        self.responses: list[int] = []
        """Types of the callback: 4 a message, 5 one later, 6 and 7 a change of the button's message, 9 a modal."""
        self.message: Message | None = None
        """The answer itself, "@original"."""
        self.followups: list[Message] = []
        self.modal: Json | None = None
        self._world = world

    # What a test asks

    @property
    def ack_seconds(self) -> float | None:
        """Real seconds until the first answer; None: none yet."""
        return None if self.answered_at is None else self.answered_at - self.sent_at

    @property
    def is_acknowledged(self) -> bool:
        return self.answered_at is not None

    @property
    def has_failed(self) -> bool:
        """ "The application did not respond"."""
        return not self.is_acknowledged and self._world.now() > self.created + ANSWER_SECONDS

    @property
    def messages(self) -> list[Message]:
        """The answer and what followed it through its token."""
        return [*([self.message] if self.message is not None else []), *self.followups]

    async def acknowledged(self, timeout: float = 10.0) -> Interaction:
        """Wait for the first answer. Raises AssertionError."""
        await wait_until(lambda: self.is_acknowledged, timeout, what=f"an answer to {self}")
        return self

    async def answered(self, timeout: float = 10.0) -> Message:
        """Wait until the answer has words or files, or a follow-up came. Raises AssertionError."""
        said: list[Message] = await wait_until(
            lambda: [each for each in self.messages if not each.is_loading], timeout, what=f"words to {self}"
        )
        return said[0]

    # What Discord asks

    @property
    def is_late(self) -> bool:
        return self._world.now() > self.created + ANSWER_SECONDS

    @property
    def is_over(self) -> bool:
        return self._world.now() >= self.created + TOKEN_SECONDS

    @property
    def is_of_member(self) -> bool:
        """Whether the bot itself is where it happened."""
        guild = self.channel.guild
        return guild.has_bot if guild is not None else self.channel.is_bot_dm

    @property
    def is_external_and_muted(self) -> bool:
        """Whether the person may use the application there only so that nobody else sees it."""
        if self.is_of_member or self.channel.guild is None:
            return False
        return not self.channel.permissions(self.person) & BITS["USE_EXTERNAL_APPS"]

    @property
    def owners(self) -> Json:
        """authorizing_integration_owners."""
        owners: Json = {}
        if self.channel.is_bot_dm:
            owners["0"] = "0"
        elif self.channel.guild is not None and self.channel.guild.has_bot:
            owners["0"] = str(self.channel.guild.id)
        if self.person.user_install or not owners:
            owners["1"] = str(self.person.id)
        return owners

    @property
    def context(self) -> int:
        if self.channel.guild is not None:
            return IN_GUILD
        return IN_BOT_DM if self.channel.is_bot_dm else IN_PRIVATE

    @property
    def json(self) -> Json:
        """The event INTERACTION_CREATE."""
        channel, guild = self.channel, self.channel.guild
        of_bot = channel.permissions(self._world.bot) if self.is_of_member else USER_INSTALLED
        payload: Json = {
            "id": str(self.id),
            "application_id": str(self._world.application_id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "data": self.data,
            "channel_id": str(channel.id),
            "channel": channel.json | {"permissions": str(channel.permissions(self.person))},
            "locale": self.person.locale,
            "app_permissions": str(of_bot),
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": self.owners,
            "context": self.context,
            "attachment_size_limit": channel.stated_limit,
        }
        if self.source is not None:
            payload["message"] = self._world.message_json(self.source)
        if guild is None:
            return payload | {"user": self.person.json}
        member = guild.members[self.person.id].json | {"permissions": str(channel.permissions(self.person))}
        return payload | {
            "guild_id": str(guild.id),
            "guild": guild.partial,
            "guild_locale": guild.locale,
            "member": member,
        }

    def credit(self, message: Message) -> Json:
        """What a message says of the interaction that it answers."""
        metadata: Json = {
            "id": str(self.id),
            "type": self.kind,
            "user": self.person.json,
            "authorizing_integration_owners": self.owners,
        }
        if self.message is not None and message is not self.message:
            metadata["original_response_message_id"] = str(self.message.id)
        if self.kind == COMPONENT:
            assert self.source is not None
            metadata["interacted_message_id"] = str(self.source.id)
        if self.kind == MODAL_SUBMIT:
            metadata["triggering_interaction_metadata"] = metadata | {"type": COMMAND}
        known = {"webhook_id": str(self._world.application_id), "application_id": str(self._world.application_id)}
        return known | {"interaction_metadata": metadata}

    def __repr__(self) -> str:
        name = self.data.get("name") or self.data.get("custom_id")
        return f"<{self.person.name}'s {name} → {self.responses}>"
