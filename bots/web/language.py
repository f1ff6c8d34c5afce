"""The page's texts, one JSON file a language, and which of them a browser wants."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

FALLBACK = "en"

_WEIGHT = re.compile(r"\s*;\s*q=\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Texts:
    """One language: `tag` for the page's `lang`, `lines` by name; a line may hold `{places}` to fill."""

    tag: str
    lines: Mapping[str, str]

    def line(self, name: str, **places: object) -> str:
        """Raises `KeyError` for a name that is not in the catalogue."""
        return self.lines[name].format(**places)


def load() -> dict[str, Texts]:
    """Every catalogue by the language's first subtag (`en`, `zh`)."""
    catalogues = {}
    for file in files("bots.web").joinpath("texts").iterdir():
        if file.name.endswith(".json"):
            lines = json.loads(file.read_text("utf-8"))
            catalogues[file.name.removesuffix(".json")] = Texts(lines.pop("tag"), lines)
    return catalogues


def wanted(accept_language: str, catalogues: Mapping[str, Texts]) -> Texts:
    """The catalogue for an Accept-Language header (RFC 9110, 12.5.4), English where none fits."""
    ranked = []
    for place, part in enumerate(accept_language.split(",")):
        tag, *weights = _WEIGHT.split(part.strip(), maxsplit=1)
        try:
            quality = float(weights[0]) if weights else 1.0
        except ValueError:
            quality = 0.0
        ranked.append((-quality, place, tag.split("-")[0].strip().lower()))
    chosen = (tag for negative, _, tag in sorted(ranked) if negative < 0 and tag in catalogues)
    return catalogues[next(chosen, FALLBACK)]
