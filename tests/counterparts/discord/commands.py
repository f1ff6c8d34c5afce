"""The application's commands as it registered them, and what a client makes of them when a person uses one.

https://discord.com/developers/docs/interactions/application-commands
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.files import Sent

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
GUILD_INSTALL, USER_INSTALL = 0, 1
_SUBCOMMAND, _GROUP = 1, 2
_KINDS: dict[int, type | tuple[type, ...]] = {3: str, 4: int, 5: bool, 10: (int, float)}
_SNOWFLAKES = {6: "users", 7: "channels", 8: "roles", 9: "mentionables"}
_ATTACHMENT = 11


class Commands:
    """Of everywhere, and of single guilds."""

    def __init__(self, ids: Callable[[], int], application_id: int) -> None:
        self._ids = ids
        self._application_id = application_id
        self._by_place: dict[int | None, list[Json]] = {None: []}

    def all(self, guild_id: int | None = None) -> list[Json]:
        """The application command objects of a guild, or those that are everywhere."""
        return list(self._by_place.get(guild_id, []))

    def replace(self, guild_id: int | None, given: list[Json]) -> list[Json]:
        """All of a place at once. What keeps its name and kind keeps its id."""
        self._by_place[guild_id] = [self._registered(guild_id, each) for each in given]
        return self.all(guild_id)

    def put(self, guild_id: int | None, given: Json) -> Json:
        """One more, or another in place of the one with this name."""
        made = self._registered(guild_id, given)
        others = [each for each in self.all(guild_id) if each["id"] != made["id"]]
        self._by_place[guild_id] = [*others, made]
        return made

    def remove(self, guild_id: int | None, command_id: str) -> bool:
        before = self.all(guild_id)
        self._by_place[guild_id] = [each for each in before if each["id"] != command_id]
        return len(before) != len(self._by_place[guild_id])

    def named(self, kind: int, name: str, guild_id: int | None) -> list[Json]:
        """By its name or one of its translations; the guild's own stand first."""
        own = [] if guild_id is None else self.all(guild_id)
        return [each for each in [*own, *self.all()] if each["type"] == kind and name in _names(each)]

    def _registered(self, guild_id: int | None, given: Json) -> Json:
        kind = given.get("type") or CHAT_INPUT
        before = self.all(guild_id)
        same = next((each for each in before if (each["name"], each["type"]) == (given["name"], kind)), None)
        permissions = given.get("default_member_permissions")
        command: Json = {
            "id": same["id"] if same else str(self._ids()),
            "application_id": str(self._application_id),
            "version": str(self._ids()),
            "default_member_permissions": None if permissions is None else str(permissions),
            "type": kind,
            "name": given["name"],
            "name_localizations": given.get("name_localizations"),
            "description": given.get("description") or "",
            "description_localizations": given.get("description_localizations"),
            "nsfw": bool(given.get("nsfw")),
        }
        if given.get("options"):
            command["options"] = given["options"]
        if guild_id is not None:
            return command | {"guild_id": str(guild_id)}
        given_contexts, types = given.get("contexts"), given.get("integration_types")
        return command | {
            "contexts": given_contexts,
            "integration_types": types or [GUILD_INSTALL],
            "dm_permission": True,
        }


@dataclass(slots=True)
class Filled:
    """What a client sends of a command's options. `files`: by the option's name; `resolved` by kind and id."""

    options: list[Json] = field(default_factory=list)
    files: dict[str, Sent] = field(default_factory=dict)
    resolved: dict[str, list[Any]] = field(default_factory=dict)


def filled(command: Json, path: list[str], given: dict[str, Any]) -> Filled:
    """A command's options with a person's values. `path`: the names of its group and subcommand.

    Raises AssertionError for what a client would not let them send: an unknown option, a value that is no choice, too
    long or of another kind, a required option left out. Files get no value yet: whoever stores them gives it.
    """
    out = Filled()
    options = command.get("options", [])
    if not path:
        out.options = _values(command["name"], options, given, out)
        return out
    nested = next((each for each in options if each["name"] == path[0] and each["type"] in {_SUBCOMMAND, _GROUP}), None)
    assert nested is not None, f"/{command['name']} has no {path[0]}"
    inner = filled(nested, path[1:], given)
    inner.options = [{"name": nested["name"], "type": nested["type"], "options": inner.options}]
    return inner


def _values(name: str, options: list[Json], given: dict[str, Any], out: Filled) -> list[Json]:
    known = {each["name"]: each for each in options}
    for option in given:
        assert option in known, f"/{name} has no option {option}, but {', '.join(known)}"
    values = []
    for option, described in known.items():
        if given.get(option) is None:
            assert not described.get("required"), f"/{name}: {option} is required"
            continue
        values.append({"name": option, "type": described["type"], **_value(name, described, given[option], out)})
    return values


def _value(name: str, described: Json, value: Any, out: Filled) -> Json:
    kind, option = described["type"], described["name"]
    assert kind not in {_SUBCOMMAND, _GROUP}, f"/{name} needs one of its subcommands, as {option}"
    if kind == _ATTACHMENT:
        assert isinstance(value, bytes | Path) or hasattr(value, "content"), f"/{name} {option}: {value!r} is no file"
        out.files[option] = value
        return {}
    if kind in _SNOWFLAKES:
        out.resolved.setdefault(_SNOWFLAKES[kind], []).append(value)
        return {"value": str(value.id)}
    choices = described.get("choices") or []
    if choices:
        value = next((each["value"] for each in choices if value in _labels(each)), None)
        assert value is not None, f"/{name} {option}: not among {[each['name'] for each in choices]}"
    right = isinstance(value, _KINDS[kind]) and (kind == 5 or not isinstance(value, bool))
    assert right, f"/{name} {option}: {value!r} is of the wrong kind"
    measure = len(value) if kind == 3 else value
    low, high = ("min_length", "max_length") if kind == 3 else ("min_value", "max_value")
    assert described.get(low) is None or measure >= described[low], f"/{name} {option}: {value!r} is too small"
    assert described.get(high) is None or measure <= described[high], f"/{name} {option}: {value!r} is too large"
    return {"value": value}


def _names(command: Json) -> list[str]:
    return [command["name"], *(command.get("name_localizations") or {}).values()]


def _labels(choice: Json) -> list[Any]:
    return [choice["value"], choice["name"], *(choice.get("name_localizations") or {}).values()]
