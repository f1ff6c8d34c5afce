"""ARCHITECTURE.md is true: its table of rooms is what the import contracts hold, and it covers all of the code."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOUSES = ("core", "bots", "darkroom")

_ROW = re.compile(r"^\| ([\w-]+) \| ((?:core|bots|darkroom)\.[\w., ]*) \| ([\w, -]*)\|$", re.MULTILINE)


@dataclass(frozen=True)
class Room:
    modules: frozenset[str]
    may_import: frozenset[str]


def rooms() -> dict[str, Room]:
    """The table of ARCHITECTURE.md."""
    found = _ROW.findall((ROOT / "ARCHITECTURE.md").read_text("utf-8"))
    return {name: Room(_names(modules), _names(arrows)) for name, modules, arrows in found}


def _names(cell: str) -> frozenset[str]:
    return frozenset(name.strip() for name in cell.split(",") if name.strip())


def contracts() -> dict[str, dict[str, object]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    return {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def test_item_1_every_room_has_a_contract_with_the_arrows_of_the_table() -> None:
    drawn, held = rooms(), contracts()
    assert len(drawn) > 15
    assert {f"room-{name}" for name in drawn} == {name for name in held if name.startswith("room-")}
    for name, room in drawn.items():
        contract = held[f"room-{name}"]
        assert contract["type"] == "forbidden"
        assert frozenset(contract["source_modules"]) == room.modules  # type: ignore[call-overload]
        shut = frozenset().union(
            *(other.modules for key, other in drawn.items() if key not in {name, *room.may_import})
        )
        assert frozenset(contract["forbidden_modules"]) == shut, name  # type: ignore[call-overload]
        assert "ignore_imports" not in contract


def test_every_arrow_of_the_table_leads_to_a_room() -> None:
    drawn = rooms()
    for room in drawn.values():
        assert room.may_import <= drawn.keys()


def test_every_module_stands_in_exactly_one_room() -> None:
    drawn = rooms()
    for house in HOUSES:
        for path in (ROOT / house).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            if len(parts) == 2 and parts[1] == "__init__":
                continue
            module = ".".join(parts[:2])
            assert [name for name, room in drawn.items() if module in room.modules] != [], f"{module} has no room"
            assert sum(module in room.modules for room in drawn.values()) == 1, module


def test_every_module_of_the_table_exists() -> None:
    for room in rooms().values():
        for module in room.modules:
            path = ROOT.joinpath(*module.split("."))
            assert path.with_suffix(".py").is_file() or path.is_dir(), module


def test_darkroom_and_core_are_held_apart() -> None:
    apart = contracts()["backend-apart"]
    assert apart["type"] == "independence"
    assert apart["modules"] == ["core", "darkroom"]


def test_import_linter_holds_the_contracts() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    if not linter.is_file():
        pytest.skip("import-linter is not installed in this environment")
    ended = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout
    assert "0 broken" in ended.stdout
