"""What discord.py cannot do without in a payload, filled in where a server leaves it out. Changed in place.

Discord itself always sends it; proxies, older bridges and other servers that speak its API need not. What is filled in
says as little as can be said: no rights are denied and no file is called empty because nothing is known of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import discord

from bots.discord.limits import UPLOAD_BYTES
from bots.discord.words import COMMANDS, MENU, MENU_IN_CHINESE, OPTIONS

Json = dict[str, Any]

_TEXT, _DIRECT, _GROUP = 0, 1, 3
THREADS = frozenset({10, 11, 12})
_DEFAULT, _REPLY = 0, 19
_COMMAND, _COMPONENT = 2, 3
_BUTTON = 2
_IN_SERVER, _IN_DIRECT, _IN_GROUP = 0, 1, 2
_OF_ALL = str(discord.Permissions.all().value)
_NEVER = datetime.fromtimestamp(0, UTC).isoformat()

_MENTION = re.compile(r"<@!?(\d+)>")
_NAMES = {chinese: name for name, (_, chinese, _) in COMMANDS.items()} | {MENU_IN_CHINESE: MENU}
_OPTION_NAMES = {chinese: name for name, (_, chinese, _) in OPTIONS.items()}


def fill(event: str, data: Json) -> None:
    """A dispatch's payload. Raises `KeyError`, `TypeError` and their like where it cannot be made whole."""
    match event:
        case "MESSAGE_CREATE":
            message(data)
        case "INTERACTION_CREATE":
            interaction(data)
        case "GUILD_CREATE":
            _guild(data)
        case "CHANNEL_CREATE" | "CHANNEL_UPDATE" | "THREAD_CREATE" | "THREAD_UPDATE":
            _channel(data)


def ready(data: Json, *, shard: tuple[int, int], gateway: str) -> None:
    """READY, for a connection of this shard that was made at `gateway`.

    A session is resumed where it was begun, unless it is said where else; Discord's own hosts are nothing to go to from
    another server than Discord.
    """
    _drop_nulls(data)
    account(data["user"])
    _lists(data, "guilds")
    _each(_guild, data["guilds"])
    data.setdefault("shard", list(shard))
    data.setdefault("session_id", "")
    if data.get("application"):
        data["application"].setdefault("flags", 0)
    else:
        data.pop("application", None)
    told = data.get("resume_gateway_url")
    if not told or (_is_discords(str(told)) and not _is_discords(gateway)):
        data["resume_gateway_url"] = gateway


def account(data: Json) -> None:
    """A user."""
    _drop_nulls(data)
    data.setdefault("username", str(data["id"]))
    data.setdefault("discriminator", "0")
    data.setdefault("avatar", None)


def application(data: Json) -> None:
    """What the bot's application is."""
    _drop_nulls(data)
    for name in ("name", "description", "verify_key"):
        data.setdefault(name, "")
    data.setdefault("icon", None)
    data.setdefault("bot_public", True)
    data.setdefault("bot_require_code_grant", False)
    account(data.setdefault("owner", {"id": data["id"]}))


def message(data: Json) -> None:
    """A message, and those that came with it."""
    # A null here says that the answered message is gone.
    _drop_nulls(data, "referenced_message")
    data.setdefault("content", "")
    data.setdefault("type", _REPLY if data.get("message_reference") else _DEFAULT)
    _lists(data, "attachments", "embeds", "mention_roles")
    if data.get("mentions") is None:
        data["mentions"] = [{"id": found} for found in dict.fromkeys(_MENTION.findall(data["content"]))]
    # Of nobody: it asks for nothing.
    account(data.setdefault("author", {"id": "0", "bot": True}))
    _each(account, data["mentions"])
    _each(_attachment, data["attachments"])
    if data.get("member"):
        _member(data["member"])
    if data.get("message_reference"):
        _drop_nulls(data["message_reference"])
        data["message_reference"].setdefault("channel_id", data["channel_id"])
    if data.get("referenced_message"):
        data["referenced_message"].setdefault("channel_id", data["channel_id"])
        message(data["referenced_message"])
    _lists(data, "message_snapshots")
    for snapshot in data["message_snapshots"]:
        _snapshot(snapshot.setdefault("message", {}))


def interaction(data: Json) -> None:
    """A command or a press, with the names of commands and options in English."""
    _drop_nulls(data)
    data.setdefault("version", 1)
    data.setdefault("attachment_size_limit", UPLOAD_BYTES)
    data.setdefault("app_permissions", _OF_ALL)
    _lists(data, "entitlements")
    guild = data.get("guild_id") or (data.get("guild") or {}).get("id") or (data.get("channel") or {}).get("guild_id")
    if guild:
        data["guild_id"] = guild
    else:
        data.pop("guild_id", None)
    _who(data)
    _where(data)
    if data.get("message"):
        data["message"].setdefault("channel_id", data["channel"]["id"])
        message(data["message"])
    inner = data.get("data") or {}
    _drop_nulls(inner)
    if data["type"] == _COMPONENT:
        inner.setdefault("component_type", _BUTTON)
    if data["type"] == _COMMAND:
        inner["name"] = _NAMES.get(inner["name"], inner["name"])
        for option in inner.get("options") or ():
            option["name"] = _OPTION_NAMES.get(option["name"], option["name"])
    _resolved(inner.get("resolved") or {}, data["channel"]["id"])


def _who(data: Json) -> None:
    if "guild_id" in data:
        member = data.setdefault("member", {"user": data.get("user")})
        member.setdefault("user", data.get("user"))
        _member(member)
    else:
        data.setdefault("user", (data.get("member") or {}).get("user"))
    if data.get("user"):
        account(data["user"])


def _where(data: Json) -> None:
    """The channel, and what kind of place it is."""
    channel = data.get("channel") or {}
    channel.setdefault("id", data.get("channel_id"))
    if "guild_id" not in data:
        channel.setdefault("type", _GROUP if data.get("context") == _IN_GROUP else _DIRECT)
    _channel(channel)
    data["channel"] = channel
    data.setdefault("channel_id", channel["id"])
    if data.get("context") is None:
        of_no_server = _IN_GROUP if channel["type"] == _GROUP else _IN_DIRECT
        data["context"] = _IN_SERVER if "guild_id" in data else of_no_server


def _resolved(data: Json, channel: str) -> None:
    for user in (data.get("users") or {}).values():
        account(user)
    for attachment in (data.get("attachments") or {}).values():
        _attachment(attachment)
    for target in (data.get("messages") or {}).values():
        target.setdefault("channel_id", channel)
        message(target)


def _guild(data: Json) -> None:
    if data.get("unavailable"):
        return
    _drop_nulls(data)
    _lists(data, "roles", "members", "channels", "threads")
    for role in data["roles"]:
        _drop_nulls(role)
        role.setdefault("name", "")
        role.setdefault("permissions", _OF_ALL)
    _each(_member, data["members"])
    _each(_channel, data["channels"])
    _each(_channel, data["threads"])
    # What is under no channel is no thread to the library.
    data["threads"] = [thread for thread in data["threads"] if thread["type"] in THREADS]


def _channel(data: Json) -> None:
    _drop_nulls(data)
    data.setdefault("type", _TEXT)
    data.setdefault("name", "")
    if data["type"] in THREADS and not data.get("parent_id"):
        data["type"] = _TEXT
    if data["type"] in THREADS:
        data.setdefault("owner_id", 0)
        for count in ("message_count", "member_count"):
            data.setdefault(count, 0)
        told = data.setdefault("thread_metadata", {})
        told.setdefault("archived", False)
        told.setdefault("auto_archive_duration", 1440)
        told.setdefault("archive_timestamp", _NEVER)
    elif data["type"] in (_DIRECT, _GROUP):
        _lists(data, "recipients")
        _each(account, data["recipients"])
    else:
        for number in ("position", "bitrate", "user_limit"):
            data.setdefault(number, 0)


def _member(data: Json) -> None:
    _drop_nulls(data)
    _lists(data, "roles")
    data.setdefault("flags", 0)
    if data.get("user"):
        account(data["user"])


def _attachment(data: Json) -> None:
    _drop_nulls(data)
    data.setdefault("filename", str(data["url"]).partition("?")[0].rpartition("/")[2])
    data.setdefault("size", 0)
    data.setdefault("proxy_url", data["url"])


def _snapshot(data: Json) -> None:
    _drop_nulls(data)
    data.setdefault("content", "")
    data.setdefault("type", _DEFAULT)
    data.setdefault("timestamp", _NEVER)
    data.setdefault("edited_timestamp", None)
    _lists(data, "attachments", "embeds")
    _each(_attachment, data["attachments"])


def _drop_nulls(data: Json, *but: str) -> None:
    for name in [name for name, value in data.items() if value is None and name not in but]:
        del data[name]


def _lists(data: Json, *names: str) -> None:
    for name in names:
        if data.get(name) is None:
            data[name] = []


def _each(filled: Any, parts: Iterable[Json]) -> None:
    for part in parts:
        filled(part)


def _is_discords(url: str) -> bool:
    return re.match(r"wss?://([\w-]+\.)*discord\.gg(?=[:/?]|$)", url) is not None
