"""Guilds: their members, roles and channels, whether the bot is there, and what it is told of all that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.counterparts.discord.channels import TEXT, Channel
from tests.counterparts.discord.clocks import written
from tests.counterparts.discord.permissions import ALL, EVERYONE, bits
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.people import Person
    from tests.counterparts.discord.world import World

MIB = 1024 * 1024
TIER_LIMITS = {2: 50 * MIB, 3: 100 * MIB}
"""What a boosted guild's members may upload: https://support.discord.com/hc/articles/25444343291031."""


@dataclass(slots=True)
class Role:
    id: int
    name: str
    permissions: int
    managed: bool = False
    position: int = 1

    @property
    def json(self) -> Json:
        colors: Json = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": 0,
            "colors": colors,
            "hoist": False,
            "managed": self.managed,
            "mentionable": False,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
        }


@dataclass(slots=True)
class Member:
    person: Person
    roles: list[int] = field(default_factory=list)
    joined: float = 0.0

    @property
    def json(self) -> Json:
        return {
            "user": self.person.json,
            "nick": None,
            "avatar": None,
            "banner": None,
            "roles": [str(role) for role in self.roles],
            "joined_at": written(self.joined),
            "premium_since": None,
            "communication_disabled_until": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
        }

    @property
    def partial(self) -> Json:
        """As beside a message, whose author says who it is."""
        return {name: value for name, value in self.json.items() if name != "user"}


class Guild:
    """A server. The first member owns it. `upload_limit` holds; `stated_limit` is what interactions say of it."""

    def __init__(
        self,
        world: World,
        id: int,  # noqa: A002 - Discord's own word
        name: str,
        members: Sequence[Person],
        *,
        bot: bool,
        premium_tier: int,
        upload_limit: int | None,
        stated_limit: int | None,
        locale: str,
    ) -> None:
        self.id = id
        self.name = name
        self.locale = locale
        self.premium_tier = premium_tier
        self.upload_limit = upload_limit or max(world.upload_limit, TIER_LIMITS.get(premium_tier, 0))
        self.stated_limit = stated_limit or self.upload_limit
        self.roles = [Role(id, "@everyone", EVERYONE, position=0)]
        self.members: dict[int, Member] = {}
        self.channels: list[Channel] = []
        self.has_bot = False
        self._world = world
        for person in members:
            self.members[person.id] = Member(person, joined=world.now())
        self.owner = members[0] if members else None
        self.system_channel: Channel | None = None
        """Where Discord itself speaks."""
        if bot:
            self._admit_bot()

    def channel(
        self,
        name: str = "general",
        *,
        deny: Iterable[str] = (),
        allow: Iterable[str] = (),
        everyone_deny: Iterable[str] = (),
        everyone_allow: Iterable[str] = (),
    ) -> Channel:
        """A text channel. `deny`, `allow`: the bot's overwrite."""
        made = Channel(self._world, self._world.ids(), TEXT, name, guild=self)
        made.overwrite(self._world.bot.id, 1, bits(allow), bits(deny))
        made.overwrite(self.id, 0, bits(everyone_allow), bits(everyone_deny))
        self.channels.append(made)
        self._world.open(made)
        self._world.emit("CHANNEL_CREATE", made.json, made)
        return made

    def member(self, person: Person, *, allow: Iterable[str] = ()) -> Member:
        """A member, newly or already, with a role that allows more than everyone may."""
        member = self.members.get(person.id)
        if member is None:
            member = self.members[person.id] = Member(person, joined=self._world.now())
            self._world.emit("GUILD_MEMBER_ADD", member.json | {"guild_id": str(self.id)}, self)
        if allow:
            role = Role(self._world.ids(), "moderators", bits(allow), position=len(self.roles))
            self.roles.append(role)
            member.roles.append(role.id)
            self._world.emit("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.json}, self)
            self._world.emit("GUILD_MEMBER_UPDATE", member.json | {"guild_id": str(self.id)}, self)
        return member

    async def adds_bot(self) -> None:
        await self._world.inside(self._bot_comes)

    async def removes_bot(self) -> None:
        await self._world.inside(self._bot_goes)

    def permissions(self, person: Person) -> int:
        if self.owner is person:
            return ALL
        member = self.members.get(person.id)
        if member is None:
            return 0
        held = self.roles[0].permissions
        for role in self.roles:
            if role.id in member.roles:
                held |= role.permissions
        return held

    @property
    def partial(self) -> Json:
        """As an interaction has it."""
        return {"id": str(self.id), "locale": self.locale, "features": []}

    @property
    def json(self) -> Json:
        """The API's guild object."""
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "description": None,
            "home_header": None,
            "splash": None,
            "discovery_splash": None,
            "features": [],
            "banner": None,
            "owner_id": str(self.owner.id if self.owner else 0),
            "application_id": None,
            "region": "deprecated",
            "afk_channel_id": None,
            "afk_timeout": 300,
            "system_channel_id": None if self.system_channel is None else str(self.system_channel.id),
            "system_channel_flags": 0,
            "widget_enabled": False,
            "widget_channel_id": None,
            "verification_level": 0,
            "roles": [role.json for role in self.roles],
            "default_message_notifications": 0,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "max_presences": None,
            "max_members": 500000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": None,
            "premium_tier": self.premium_tier,
            "premium_subscription_count": 0,
            "preferred_locale": self.locale,
            "rules_channel_id": None,
            "safety_alerts_channel_id": None,
            "public_updates_channel_id": None,
            "premium_progress_bar_enabled": False,
            "premium_progress_bar_enabled_user_updated_at": None,
            "nsfw": False,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": None,
        }

    @property
    def greeting(self) -> Json:
        """The event GUILD_CREATE."""
        bot = self.members.get(self._world.bot.id)
        visible = [channel for channel in self.channels if not channel.is_thread]
        threads = [channel for channel in self.channels if channel.is_thread and channel.bot_sees]
        return self.json | {
            "joined_at": written(bot.joined if bot else 0.0),
            "large": False,
            "unavailable": False,
            "member_count": len(self.members),
            "members": [member.json for member in self.members.values()],
            "channels": [channel.json for channel in visible],
            "threads": [channel.json for channel in threads],
            "presences": [],
            "voice_states": [],
            "stage_instances": [],
            "guild_scheduled_events": [],
            "soundboard_sounds": [],
        }

    def _admit_bot(self) -> None:
        role = Role(self._world.ids(), self._world.bot.name, EVERYONE, managed=True)
        self.roles.append(role)
        self.members[self._world.bot.id] = Member(self._world.bot, [role.id], self._world.now())
        self.has_bot = True

    def _bot_comes(self) -> None:
        assert not self.has_bot, f"the bot is in {self.name}"
        self._admit_bot()
        self._world.emit("GUILD_CREATE", self.greeting, self)

    def _bot_goes(self) -> None:
        assert self.has_bot, f"the bot is not in {self.name}"
        self._world.emit("GUILD_DELETE", {"id": str(self.id)}, self)
        self.has_bot = False
        del self.members[self._world.bot.id]
        self.roles = [role for role in self.roles if not role.managed]

    def __repr__(self) -> str:
        return f"<guild {self.name} {self.id}>"
