"""Persons (and the bot) and all that a person does: each deed is handed to `deeds`, each answer is Discord's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.counterparts.discord import deeds
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.channels import Channel
    from tests.counterparts.discord.files import Sent
    from tests.counterparts.discord.interactions import Interaction
    from tests.counterparts.discord.messages import Message
    from tests.counterparts.discord.world import World


class Person:
    """A user. `user_install`: they added the application to their own account."""

    def __init__(
        self,
        world: World,
        id: int,  # noqa: A002 - Discord's own word
        name: str,
        *,
        locale: str = "en-US",
        is_bot: bool = False,
        user_install: bool = False,
    ) -> None:
        self.id = id
        self.name = name
        self.locale = locale
        self.is_bot = is_bot
        self.user_install = user_install
        self.takes_dms = True
        self.ephemeral: list[Message] = []
        """What only they see, and have not been told to forget."""
        self._world = world

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"

    @property
    def json(self) -> Json:
        """The API's user object."""
        user: Json = {
            "id": str(self.id),
            "username": self.name.lower().replace(" ", "_"),
            "avatar": None,
            "discriminator": "0",
            "public_flags": 0,
            "flags": 0,
            "global_name": None if self.is_bot else self.name,
            "primary_guild": None,
        }
        if self.is_bot:
            user["bot"] = True
        return user

    def closes_dms(self) -> None:
        """Nobody may write to them any more: 50007."""
        self.takes_dms = False

    async def says(
        self,
        where: Channel,
        text: str = "",
        *,
        files: Sequence[Sent] = (),
        embeds: Sequence[Json] = (),
        mentions: Sequence[Person] = (),
        reply_to: Message | None = None,
        ping: bool = True,
    ) -> Message:
        """Who is in `mentions` stands before the text where the text does not name them. `ping`: a reply mentions the
        author of what it answers. `embeds`: what Discord made of links in the text."""
        more: Json = {"files": files, "embeds": embeds, "mentions": mentions, "reply_to": reply_to, "ping": ping}
        return await self._world.inside(lambda: deeds.says(self._world, self, where, text, **more))

    async def edits(self, message: Message, text: str) -> None:
        assert message.author is self, "one's own messages only"
        await self._world.inside(lambda: message.channel.edit(message, by_bot=False, content=text))

    async def deletes(self, message: Message) -> None:
        await self._world.inside(lambda: message.channel.remove(message, by_bot=False))

    async def slash(self, where: Channel, command: str, /, **options: Any) -> Interaction:
        """Waits up to ten seconds until there is such a command.

        A file is bytes, a Path or a `File`; a choice its value or its name. Raises AssertionError for what a client
        would not send.
        """
        return await deeds.slash(self._world, self, where, command, options)

    async def context_menu(self, where: Channel, message: Message, name: str) -> Interaction:
        """A command of the menu "Apps" of a message."""
        return await deeds.context_menu(self._world, self, where, message, name)

    async def presses(self, message: Message, button: str) -> Interaction:
        """A button by its label, else by its custom_id. Raises AssertionError where there is none or it is disabled."""
        return await self._world.inside(lambda: deeds.presses(self._world, self, message, button))

    async def chooses(self, message: Message, custom_id: str, values: Sequence[str]) -> Interaction:
        """In a select menu."""
        return await self._world.inside(lambda: deeds.chooses(self._world, self, message, custom_id, values))

    async def submits(self, interaction: Interaction, **values: str) -> Interaction:
        """The modal that answered an interaction, its text inputs by custom_id."""
        return await self._world.inside(lambda: deeds.submits(self._world, self, interaction, values))

    def __repr__(self) -> str:
        return f"<{self.name} {self.id}>"
