"""Discord's published description of its API: a request or an answer in, what breaks the description out.

The description (`discord-openapi.json`, OpenAPI 3.1) is no part of the repository: it lies beside it in
`../shared/api-specs` or where API_SPECS says. Without it nothing is checked against it.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.counterparts.telegram.bodies import Json

FOLDER = Path(os.environ.get("API_SPECS") or Path(__file__).parents[4] / "shared" / "api-specs")

IGNORED = {"tts", "nsfw"}
"""Fields that discord.py always sends and Discord passes over where it does not know them."""
_FILE_PART = re.compile(r"files\[\d\]|payload_json")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
    "integer": int,
    "number": (int, float),
}


@cache
def published() -> Spec | None:
    """The description, where it is there."""
    path = FOLDER / "discord-openapi.json"
    return Spec(json.loads(path.read_text("utf-8"))) if path.is_file() else None


class Spec:
    """`data`: the description's JSON. Operations are found by their `operationId`."""

    def __init__(self, data: Json) -> None:
        self._schemas: dict[str, Json] = data["components"]["schemas"]
        self._operations: dict[str, tuple[str, str, Json]] = {}
        for path, item in data["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    shared = [*item.get("parameters", []), *operation.get("parameters", [])]
                    whole = operation | {"parameters": shared}
                    self._operations[operation["operationId"]] = (method.upper(), path, whole)

    def place(self, operation: str) -> tuple[str, str]:
        """An operation's method and path, "/channels/{channel_id}". Raises KeyError."""
        method, path, _ = self._operations[operation]
        return method, path

    def request_problems(
        self,
        operation: str,
        parameters: Mapping[str, str],
        query: Mapping[str, str],
        body: Any,
        parts: Iterable[str] = (),
    ) -> list[str]:
        """`body`: its JSON, None where there was none. `parts`: names of a multipart body's parts."""
        described = self._operations[operation][2]
        found = self._parameter_problems(described["parameters"], parameters, query)
        found.extend(f"part {name}: no file of a message" for name in parts if not _FILE_PART.fullmatch(name))
        content = described.get("requestBody", {}).get("content", {})
        if body is None:
            missing = described.get("requestBody", {}).get("required", False)
            return [*found, "the body is missing"] if missing else found
        if not content:
            return [*found, "a body where none is described"]
        if parts and "multipart/form-data" not in content:
            return [*found, "multipart where none is described"]
        return found + self.problems(body, content["application/json"]["schema"], "")

    def answer_problems(self, operation: str, status: int, answer: Any) -> list[str]:
        """What is wrong with an answer that the description gives a schema for."""
        responses = self._operations[operation][2]["responses"]
        if str(status) not in responses:
            return [f"{status}: not among {', '.join(responses)}"]
        content = responses[str(status)].get("content", {})
        return self.problems(answer, content["application/json"]["schema"], "") if content else []

    def problems(self, value: Any, schema: Json, at: str) -> list[str]:
        """What is wrong with a value. A snowflake may be a number, as Discord takes it; fields it does not know may not
        be there, except those of IGNORED."""
        if "$ref" in schema:
            return self.problems(value, self._named(schema["$ref"]), at)
        if schema.get("format") == "snowflake" and isinstance(value, int) and not isinstance(value, bool):
            return []
        variants = schema.get("oneOf") or schema.get("anyOf")
        if variants is not None:
            found = self._variant_problems(value, variants, at)
            if found:
                return found
        found = [each for part in schema.get("allOf", []) for each in self.problems(value, part, at)]
        if "const" in schema and value != schema["const"]:
            return [f"{at}: {_shown(value)} is not {schema['const']!r}"]
        if "enum" in schema and value not in schema["enum"]:
            return [f"{at}: {_shown(value)} is none of {schema['enum']}"]
        types = schema.get("type")
        if types is None:
            return found
        allowed = [types] if isinstance(types, str) else types
        if not any(_is_of(value, each) for each in allowed):
            return [f"{at}: {_shown(value)} is no {' or '.join(allowed)}"]
        return found + self._bound_problems(value, schema, at)

    def _bound_problems(self, value: Any, schema: Json, at: str) -> list[str]:
        match value:
            case str():
                return _string_problems(value, schema, at)
            case bool() | None:
                return []
            case int() | float():
                low, high = schema.get("minimum"), schema.get("maximum")
                outside = (low is not None and value < low) or (high is not None and value > high)
                return [f"{at}: {value} is not within {low} and {high}"] if outside else []
            case list():
                return self._array_problems(value, schema, at)
        return self._object_problems(value, schema, at)

    def _array_problems(self, value: list[Any], schema: Json, at: str) -> list[str]:
        low, high = schema.get("minItems", 0), schema.get("maxItems", len(value))
        found = [] if low <= len(value) <= high else [f"{at}: {len(value)} items, not {low} to {high}"]
        if schema.get("uniqueItems") and len({json.dumps(each, sort_keys=True) for each in value}) != len(value):
            found.append(f"{at}: an item twice")
        inner = schema.get("items", {})
        return found + [
            each for index, item in enumerate(value) for each in self.problems(item, inner, _below(at, index))
        ]

    def _object_problems(self, value: Json, schema: Json, at: str) -> list[str]:
        properties: Json = schema.get("properties", {})
        other = schema.get("additionalProperties")
        found = [f"{_below(at, name)}: missing" for name in schema.get("required", []) if name not in value]
        if len(value) > schema.get("maxProperties", len(value)):
            found.append(f"{at}: {len(value)} fields are too many")
        for name, each in value.items():
            if name in properties:
                found.extend(self.problems(each, properties[name], _below(at, name)))
            elif isinstance(other, dict):
                found.extend(self.problems(each, other, _below(at, name)))
            elif not other and "properties" in schema and name not in IGNORED:
                found.append(f"{_below(at, name)}: no such field")
        return found

    def _variant_problems(self, value: Any, variants: list[Json], at: str) -> list[str]:
        """Empty where one of the variants fits; else what is wrong with the one that comes nearest."""
        if all("const" in each for each in variants):
            allowed = [each["const"] for each in variants]
            return [] if value in allowed else [f"{at}: {_shown(value)} is none of {allowed}"]
        nearest: list[str] | None = None
        for each in [each for each in variants if value is None or each.get("type") != "null"]:
            found = self.problems(value, each, at)
            if not found:
                return []
            # What is wrong with a variant of another type says nothing: a wrong `type` counts most.
            if nearest is None or _strangeness(found, at) < _strangeness(nearest, at):
                nearest = found
        return nearest or []

    def _parameter_problems(
        self, described: list[Json], parameters: Mapping[str, str], query: Mapping[str, str]
    ) -> list[str]:
        found = []
        by_name = {(each["in"], each["name"]): each for each in described}
        for name, raw in parameters.items():
            each = by_name.get(("path", name))
            if each is not None:
                found.extend(self.problems(raw, each["schema"], name))
        for name, raw in query.items():
            each = by_name.get(("query", name))
            if each is None:
                found.append(f"?{name}: no such parameter")
            else:
                found.extend(
                    self.problems(_from_query(raw, self._resolved(each["schema"])), each["schema"], f"?{name}")
                )
        missing = [name for (where, name), each in by_name.items() if where == "query" and each.get("required")]
        return found + [f"?{name}: missing" for name in missing if name not in query]

    def _resolved(self, schema: Json) -> Json:
        return self._named(schema["$ref"]) if "$ref" in schema else schema

    def _named(self, reference: str) -> Json:
        return self._schemas[reference.rpartition("/")[2]]


def _strangeness(found: list[str], at: str) -> tuple[bool, int]:
    is_other = any(each.startswith((f"{_below(at, 'type')}: ", f"{at}: ")) for each in found)
    return is_other, len(found)


def _is_of(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, _TYPES[name])


def _string_problems(value: str, schema: Json, at: str) -> list[str]:
    low, high = schema.get("minLength", 0), schema.get("maxLength", len(value))
    found = [] if low <= len(value) <= high else [f"{at}: {len(value)} characters, not {low} to {high}"]
    if "pattern" in schema and not re.search(schema["pattern"], value):
        found.append(f"{at}: {_shown(value)} does not look like {schema['pattern']}")
    if schema.get("format") == "uri" and "://" not in value:
        found.append(f"{at}: {_shown(value)} is no address")
    return found


def _from_query(raw: str, schema: Json) -> Any:
    """A parameter as the type it stands for; what cannot be read stays a string."""
    if schema.get("type") == "integer" and re.fullmatch(r"-?\d+", raw):
        return int(raw)
    if schema.get("type") == "boolean" and raw.lower() in {"true", "false", "1", "0"}:
        return raw.lower() in {"true", "1"}
    return raw


def _below(at: str, name: object) -> str:
    return f"{at}.{name}" if at else str(name)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) < 80 else f"{text[:77]}…"
