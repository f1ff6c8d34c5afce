"""The published description of the Bot API: from raw fields come typed parameters and what is wrong with them.

The description (`telegram-bot-api.json`) is no part of the repository: it lies beside it in `../shared/api-specs` or
where API_SPECS says. Without it parameters are guessed from their looks and nothing is checked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.counterparts.telegram.bodies import Json, Upload

FOLDER = Path(os.environ.get("API_SPECS") or Path(__file__).parents[4] / "shared" / "api-specs")

_ARRAY = "Array of "
_CONSTANT = re.compile(r"(?:must be|always) [\"“]?(\w+)[\"”]?")
_WORDS = {"text", "caption", "url", "file_id", "callback_query_id", "secret_token", "name", "description"}
"""Parameters that stay strings where no description says so."""

_LEAST = {"Integer": 1, "Float": 1.0, "Boolean": True, "String": "x"}

Types = list[str]


@cache
def published() -> Spec | None:
    """The description, where it is there."""
    path = FOLDER / "telegram-bot-api.json"
    return Spec(json.loads(path.read_text("utf-8"))) if path.is_file() else None


class Spec:
    """`data`: the description's JSON, with `methods` and `types` by name."""

    def __init__(self, data: Json) -> None:
        self._methods: dict[str, Json] = {name.lower(): method for name, method in data["methods"].items()}
        self._types: dict[str, Json] = data["types"]

    def method(self, name: str) -> str | None:
        """A method's name as it is written, whatever case it came in; None: there is no such method."""
        known = self._methods.get(name.lower())
        return None if known is None else str(known["name"])

    def decode(self, method: str, fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> tuple[Json, list[str]]:
        """A call's parameters in their own types, and what breaks the description."""
        described = {each["name"]: each for each in self._methods[method.lower()].get("fields", [])}
        attached: set[str] = set()
        reading = _Reading(self._types, uploads, attached)
        parameters: Json = {}
        problems: list[str] = []
        for name, raw in fields.items():
            if name not in described:
                problems.append(f"{name}: {method} has no such parameter")
                continue
            types = described[name]["types"]
            value = _from_form(raw, types)
            problems.extend(reading.problems(value, types, name))
            parameters[name] = value
        for name in uploads:
            if name in described and "InputFile" in described[name]["types"]:
                parameters[name] = f"attach://{name}"
                attached.add(name)
        problems.extend(
            f"{name}: missing" for name, each in described.items() if each["required"] and name not in parameters
        )
        problems.extend(f"{name}: a file that nothing refers to" for name in uploads if name not in attached)
        return parameters, problems

    def problems(self, value: object, type_name: str) -> list[str]:
        """What is wrong with a value that should be of a type of the API, for example an Update."""
        return _Reading(self._types, {}, set()).problems(value, [type_name], type_name)

    def fields(self, type_name: str) -> dict[str, Types]:
        """The fields of a type of the API, with their types."""
        return {each["name"]: each["types"] for each in self._types[type_name]["fields"]}

    def least(self, type_name: str) -> Any:
        """The smallest value of a type: its required fields alone, and the first of several variants."""
        if type_name.startswith(_ARRAY):
            return [self.least(type_name.removeprefix(_ARRAY))]
        if type_name in _LEAST:
            return _LEAST[type_name]
        described = self._types[type_name]
        if "subtypes" in described:
            return self.least(described["subtypes"][0])
        constants = _constants(self._types, type_name)
        return {
            each["name"]: constants.get(each["name"]) or self.least(each["types"][0])
            for each in described.get("fields", [])
            if each["required"]
        }


def guessed(fields: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Json:
    """Parameters in the types that they look like, where no description can be asked."""
    parameters = {name: value if name in _WORDS else _from_looks(value) for name, value in fields.items()}
    referred = json.dumps(parameters)
    return parameters | {name: f"attach://{name}" for name in uploads if f"attach://{name}" not in referred}


def _from_form(raw: Any, types: Types) -> Any:
    """A field of a form as the type it stands for; what cannot be read stays a string."""
    if not isinstance(raw, str):
        return raw
    if "Integer" in types and re.fullmatch(r"-?\d+", raw):
        return int(raw)
    if "Float" in types and re.fullmatch(r"-?\d+(\.\d+)?", raw):
        return float(raw)
    if types == ["Boolean"] and raw.lower() in {"true", "false", "1", "0"}:
        return raw.lower() in {"true", "1"}
    if {"String", "InputFile"} & set(types):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _from_looks(raw: Any) -> Any:
    if not isinstance(raw, str):
        return raw
    try:
        return json.loads(raw)
    except ValueError:
        return raw


class _Reading:
    """Looks at the values of one request; notes in `attached` which of its files they refer to."""

    def __init__(self, types: Mapping[str, Json], uploads: Mapping[str, Upload], attached: set[str]) -> None:
        self._types = types
        self._uploads = uploads
        self._attached = attached

    def problems(self, value: Any, types: Types, at: str) -> list[str]:
        """Empty if the value is of one of the types."""
        if all(each.startswith(_ARRAY) for each in types):
            if not isinstance(value, list):
                return [f"{at}: {_shown(value)} is no array"]
            inner = [each.removeprefix(_ARRAY) for each in types]
            return [each for index, item in enumerate(value) for each in self.problems(item, inner, f"{at}[{index}]")]
        if len(types) == 1 or set(types) == {"InputFile", "String"}:
            return self._of_type(value, types[0], at)
        if isinstance(value, dict):
            return self._one_of(value, types, " or ".join(types), at)
        if any(not self._of_type(value, each, at) for each in types):
            return []
        return [f"{at}: {_shown(value)} is none of {', '.join(types)}"]

    def _of_type(self, value: Any, name: str, at: str) -> list[str]:
        match name:
            case "Integer":
                right = isinstance(value, int) and not isinstance(value, bool)
            case "Float":
                right = isinstance(value, int | float) and not isinstance(value, bool)
            case "Boolean":
                right = isinstance(value, bool)
            case "String" | "InputFile":
                return self._string(value, at)
            case _:
                return self._object(value, name, at)
        return [] if right else [f"{at}: {_shown(value)} is no {name}"]

    def _string(self, value: Any, at: str) -> list[str]:
        if not isinstance(value, str):
            return [f"{at}: {_shown(value)} is no String"]
        if value.startswith("attach://"):
            name = value.removeprefix("attach://")
            if name not in self._uploads:
                return [f"{at}: no file {name} was sent"]
            self._attached.add(name)
        return []

    def _object(self, value: Any, name: str, at: str) -> list[str]:
        described = self._types[name]
        if "subtypes" in described:
            return self._one_of(value, described["subtypes"], name, at)
        if not isinstance(value, dict):
            return [f"{at}: {_shown(value)} is no {name}"]
        fields = {each["name"]: each for each in described.get("fields", [])}
        found = [f"{at}.{each}: {name} has no such field" for each in value if each not in fields]
        for field, each in fields.items():
            if field in value:
                found.extend(self.problems(value[field], each["types"], f"{at}.{field}"))
            elif each["required"]:
                found.append(f"{at}.{field}: missing")
        return found

    def _one_of(self, value: Any, subtypes: Types, name: str, at: str) -> list[str]:
        """Of the variants of a type, the one that its constant field names."""
        if not isinstance(value, dict):
            plain = [each for each in subtypes if each == "String" or each.startswith(_ARRAY)]
            return self.problems(value, plain, at) if plain else [f"{at}: {_shown(value)} is no {name}"]
        best: list[str] | None = None
        for each in subtypes:
            constants = _constants(self._types, each)
            if any(value.get(field) != constant for field, constant in constants.items()):
                continue
            found = self._of_type(value, each, at)
            if best is None or len(found) < len(best):
                best = found
        return [f"{at}: {_shown(value)} is no variant of {name}"] if best is None else best


def _constants(types: Mapping[str, Json], name: str) -> dict[str, str]:
    """The fields of a variant whose value tells it from the others: `type`, `status`, `source`."""
    constants = {}
    for each in types.get(name, {}).get("fields", []):
        said = _CONSTANT.search(each["description"]) if each["name"] in {"type", "status", "source"} else None
        if said is not None:
            constants[each["name"]] = said[1]
    return constants


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else f"{text[:77]}…"
