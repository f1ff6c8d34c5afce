"""Published limits of the application's commands that the description does not have.

https://discord.com/developers/docs/interactions/application-commands#application-command-object
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.counterparts.discord.commands import CHAT_INPUT
from tests.counterparts.discord.refusals import Breach, breach
from tests.counterparts.telegram.bodies import Json

COMMANDS = {1: 100, 2: 15, 3: 15}
"""How many of each kind a place may have."""
OPTIONS = CHOICES = 25
CHARACTERS = 8000
"""Of names, descriptions and values together, in the longest of the translations."""
_SLASH_NAME = re.compile(r"[-_'\w]{1,32}")
# fmt: off
LOCALES = frozenset({
    "id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl", "no", "pl", "pt-BR",
    "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko", "ar", "he",
})
# fmt: on
"""https://discord.com/developers/docs/reference#locales"""


def check_commands(commands: list[Json]) -> None:
    """All commands of a place. Raises Breach."""
    seen: set[tuple[int, str]] = set()
    for index, command in enumerate(commands):
        kind = command.get("type") or CHAT_INPUT
        if (kind, command["name"]) in seen:
            raise breach(
                f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        seen.add((kind, command["name"]))
        check_command(command, str(index))
    for kind, most in COMMANDS.items():
        if len([each for each, _ in seen if each == kind]) > most:
            raise Breach([f"more than {most} commands of type {kind}"])


def check_command(command: Json, at: str = "") -> None:
    """Raises Breach."""
    is_slash = (command.get("type") or CHAT_INPUT) == CHAT_INPUT
    _check_names(command, at, is_slash=is_slash)
    if is_slash and not command.get("description"):
        raise breach(_below(at, "description"), "BASE_TYPE_REQUIRED", "This field is required")
    if not is_slash and (command.get("description") or command.get("options")):
        raise Breach([f"{_below(at, 'description')}: a command of a menu has none"])
    _check_options(command.get("options") or [], _below(at, "options"))
    size = sum(_longest(each) for each in _texts(command))
    if size > CHARACTERS:
        raise breach(at or "name", "APPLICATION_COMMAND_TOO_LARGE", f"Command exceeds maximum size ({CHARACTERS})")


def _check_options(options: list[Json], at: str) -> None:
    if len(options) > OPTIONS:
        raise breach(at, "BASE_TYPE_MAX_LENGTH", f"Must be {OPTIONS} or fewer in length.")
    is_optional = False
    names: set[str] = set()
    for index, option in enumerate(options):
        place = f"{at}.{index}"
        _check_names(option, place, is_slash=True)
        if option["name"] in names:
            raise breach(at, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", "Option name is not unique")
        names.add(option["name"])
        if not 1 <= len(option.get("description") or "") <= 100:
            raise breach(f"{place}.description", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
        if option.get("required") and is_optional:
            raise breach(
                place, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before others"
            )
        is_optional = is_optional or not option.get("required")
        for number, choice in enumerate(option.get("choices") or []):
            _check_locales(choice, f"{place}.choices.{number}", "name")
        if len(option.get("choices") or []) > CHOICES:
            raise breach(f"{place}.choices", "BASE_TYPE_MAX_LENGTH", f"Must be {CHOICES} or fewer in length.")
        _check_options(option.get("options") or [], f"{place}.options")


def _check_names(named: Json, at: str, *, is_slash: bool) -> None:
    _check_locales(named, at, "name")
    _check_locales(named, at, "description")
    for name in [named["name"], *(named.get("name_localizations") or {}).values()]:
        if is_slash and not (_SLASH_NAME.fullmatch(name) and name == name.lower()):
            raise breach(_below(at, "name"), "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name}")
        if not is_slash and not 1 <= len(name) <= 32:
            raise breach(_below(at, "name"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")


def _check_locales(named: Json, at: str, field: str) -> None:
    strange = set(named.get(f"{field}_localizations") or {}) - LOCALES
    if strange:
        where = _below(at, f"{field}_localizations")
        raise breach(where, "ENUM_TYPE_COERCE", f"{sorted(strange)} are no locales of Discord")


def _texts(named: Json) -> Iterator[list[Any]]:
    """Every text of a command, each with its translations."""
    for field in ("name", "description"):
        yield [named.get(field) or "", *(named.get(f"{field}_localizations") or {}).values()]
    for choice in named.get("choices") or []:
        yield [choice["name"], *(choice.get("name_localizations") or {}).values()]
        yield [choice["value"]]
    for option in named.get("options") or []:
        yield from _texts(option)


def _longest(texts: list[Any]) -> int:
    return max(len(str(each)) for each in texts)


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
