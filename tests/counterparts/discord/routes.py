"""The REST routes that a bot uses, under the published names of their operations. A call in, status and JSON out.

What stands in channels is `routes_messages`, what interactions are answered `routes_interactions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.channels import Channel
from tests.counterparts.discord.guilds import Guild
from tests.counterparts.discord.intents import application_flags
from tests.counterparts.discord.posting import check_seeing
from tests.counterparts.discord.refusals import missing_access, unknown
from tests.counterparts.discord.world import World
from tests.counterparts.telegram.bodies import Json

Answer = tuple[int, Any]
"""A status and what is said, None for nothing."""
Handler = Callable[[Call], Answer]
NOTHING: Answer = (204, None)


@dataclass(frozen=True, slots=True)
class Route:
    """`name`: the published operationId. `needs_token`: whether the bot's token must be in the request."""

    name: str
    method: str
    template: str
    handler: Handler
    needs_token: bool = True

    @property
    def pattern(self) -> re.Pattern[str]:
        """Ids are numbers: "@me" and "@original" are none."""
        return re.compile(re.sub(r"\{(\w+?)(_id)?\}", _piece, self.template))


def _piece(named: re.Match[str]) -> str:
    return rf"(?P<{named[1]}{named[2] or ''}>{'[0-9]+' if named[2] else '[^/]+'})"


class Common:
    """The application, its commands, the gateway's address, people and guilds."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def routes(self) -> list[Route]:
        commands = "/applications/{application_id}/commands"
        of_guild = "/applications/{application_id}/guilds/{guild_id}/commands"
        channel, guild = "/channels/{channel_id}", "/guilds/{guild_id}"
        return [
            Route("get_gateway", "GET", "/gateway", self.gateway, needs_token=False),
            Route("get_bot_gateway", "GET", "/gateway/bot", self.bot_gateway),
            Route("get_my_user", "GET", "/users/@me", lambda _: (200, self._me)),
            Route("get_user", "GET", "/users/{user_id}", self.user),
            Route("create_dm", "POST", "/users/@me/channels", self.create_dm),
            Route("list_my_guilds", "GET", "/users/@me/guilds", self.my_guilds),
            Route("get_my_application", "GET", "/applications/@me", self.application),
            Route("get_my_oauth2_application", "GET", "/oauth2/applications/@me", self.application),
            Route("list_application_commands", "GET", commands, self.commands),
            Route("bulk_set_application_commands", "PUT", commands, self.set_commands),
            Route("create_application_command", "POST", commands, self.add_command),
            Route("delete_application_command", "DELETE", f"{commands}/{{command_id}}", self.remove_command),
            Route("list_guild_application_commands", "GET", of_guild, self.commands),
            Route("bulk_set_guild_application_commands", "PUT", of_guild, self.set_commands),
            Route("create_guild_application_command", "POST", of_guild, self.add_command),
            Route("delete_guild_application_command", "DELETE", f"{of_guild}/{{command_id}}", self.remove_command),
            Route("get_channel", "GET", channel, lambda call: (200, self.seen(call).json)),
            Route("get_guild", "GET", guild, lambda call: (200, self.guild(call).json)),
            Route("list_guild_channels", "GET", f"{guild}/channels", self.channels),
            Route("list_guild_roles", "GET", f"{guild}/roles", self.roles),
            Route("list_guild_members", "GET", f"{guild}/members", self.members),
            Route("get_guild_member", "GET", f"{guild}/members/{{user_id}}", self.member),
            Route("get_active_guild_threads", "GET", f"{guild}/threads/active", self.threads),
        ]

    def gateway(self, _: Call) -> Answer:
        return 200, {"url": self._world.gateway.url}

    def bot_gateway(self, _: Call) -> Answer:
        gateway = self._world.gateway
        limit = {
            "total": 1000,
            "remaining": 1000 - len(gateway.identifies),
            "reset_after": 0,
            "max_concurrency": gateway.max_concurrency,
        }
        return 200, {"url": gateway.url, "shards": gateway.shards, "session_start_limit": limit}

    def user(self, call: Call) -> Answer:
        found = self._world.people.get(int(call.parameters["user_id"]))
        if found is None:
            raise unknown("User")
        return 200, found.json

    def create_dm(self, call: Call) -> Answer:
        found = self._world.people.get(int(call.body["recipient_id"]))
        if found is None:
            raise unknown("User")
        return 200, self._world.dm(found).json

    def my_guilds(self, _: Call) -> Answer:
        there = [each for each in self._world.guilds.values() if each.has_bot]
        return 200, [_listed(each, each.permissions(self._world.bot)) for each in there]

    def application(self, _: Call) -> Answer:
        flags = application_flags(self._world.gateway.privileged)
        owner = self._world.bot.json | {"id": "1000", "username": "owner", "bot": False}
        return 200, {
            "id": str(self._world.application_id),
            "name": self._world.bot.name,
            "icon": None,
            "description": "",
            "type": None,
            "bot": self._world.bot.json,
            "bot_public": True,
            "bot_require_code_grant": False,
            "integration_types_config": {"0": {}, "1": {}},
            "verify_key": "0" * 64,
            "flags": flags,
            "flags_new": str(flags),
            "redirect_uris": [],
            "interactions_endpoint_url": None,
            "role_connections_verification_url": None,
            "owner": owner,
            "approximate_guild_count": len(self._world.guilds),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": None,
            "eligible_oauth2_scopes": ["applications.commands", "bot"],
        }

    def commands(self, call: Call) -> Answer:
        return 200, self._world.commands.all(self._place(call))

    def set_commands(self, call: Call) -> Answer:
        return 200, self._world.commands.replace(self._place(call), call.body or [])

    def add_command(self, call: Call) -> Answer:
        place = self._place(call)
        known = {(each["name"], each["type"]) for each in self._world.commands.all(place)}
        is_new = (call.body["name"], call.body.get("type") or 1) not in known
        return (201 if is_new else 200), self._world.commands.put(place, call.body)

    def remove_command(self, call: Call) -> Answer:
        if not self._world.commands.remove(self._place(call), call.parameters["command_id"]):
            raise unknown("application command")
        return NOTHING

    def channels(self, call: Call) -> Answer:
        return 200, [each.json for each in self.guild(call).channels if not each.is_thread]

    def roles(self, call: Call) -> Answer:
        return 200, [each.json for each in self.guild(call).roles]

    def members(self, call: Call) -> Answer:
        after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 1))
        members = sorted(self.guild(call).members.values(), key=lambda each: each.person.id)
        return 200, [each.json for each in members if each.person.id > after][:limit]

    def member(self, call: Call) -> Answer:
        found = self.guild(call).members.get(int(call.parameters["user_id"]))
        if found is None:
            raise unknown("Member")
        return 200, found.json

    def threads(self, call: Call) -> Answer:
        seen = [each for each in self.guild(call).channels if each.is_thread and each.bot_sees]
        return 200, {"threads": [each.json for each in seen if not each.is_archived], "members": [], "has_more": False}

    # What other routes need too

    def channel(self, call: Call) -> Channel:
        """Raises Refused (10003)."""
        found = self._world.channels.get(int(call.parameters["channel_id"]))
        if found is None:
            raise unknown("Channel")
        return found

    def seen(self, call: Call) -> Channel:
        """Raises Refused (10003, or 50001 where the bot is not let in)."""
        channel = self.channel(call)
        check_seeing(channel)
        return channel

    def guild(self, call: Call) -> Guild:
        """Raises Refused."""
        found = self._world.guilds.get(int(call.parameters["guild_id"]))
        if found is None:
            raise unknown("Guild")
        if not found.has_bot:
            raise missing_access()
        return found

    def _place(self, call: Call) -> int | None:
        if call.parameters["application_id"] != str(self._world.application_id):
            raise missing_access()
        if "guild_id" not in call.parameters:
            return None
        return self.guild(call).id

    @property
    def _me(self) -> Json:
        return self._world.bot.json | {
            "mfa_enabled": True,
            "locale": "en-US",
            "premium_type": 0,
            "email": None,
            "verified": True,
        }


def _listed(guild: Guild, permissions: int) -> Json:
    names = ("id", "name", "icon", "banner", "features")
    return {name: guild.json[name] for name in names} | {"owner": False, "permissions": str(permissions)}
