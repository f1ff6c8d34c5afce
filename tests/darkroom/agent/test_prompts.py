"""What people write, and the clip they get: every case of `prompts.toml`, whose head says how to read it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from darkroom.agent import answer
from darkroom.limits import check
from tests.darkroom.agent.scenes import CLIP, PAST, new_clip, on_clip, title

CASES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text("utf-8"))["case"]
SHAPES = {(1080, 1920): "9:16", (1920, 1080): "16:9", (1080, 1080): "1:1"}
FIELDS = {"prompt", "on", "photos", "seconds", "each", "motions", "shape", "titles", "unknown", "absent", "says"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["prompt"][:60])
def test_a_prompt_makes_the_clip_that_was_meant(case: dict[str, Any]) -> None:
    assert case.keys() <= FIELDS
    old = case.get("on") == "clip"
    photos = 1 if old else case.get("photos", 1)
    said = answer(case["prompt"], on_clip(CLIP, (PAST,)) if old else new_clip(photos))
    assert said.timeline is not None
    check(said.timeline, {shot.file for shot in said.timeline.shots})
    got = {
        "seconds": round(said.timeline.duration / 1000, 2),
        "motions": [shot.motion.value for shot in said.timeline.shots],
        "shape": SHAPES[said.timeline.canvas.width, said.timeline.canvas.height],
        "titles": [title(shown) for shown in said.timeline.titles],
        "unknown": _quoted(said.text),
        "absent": _absent(said.text),
    }
    expected = {
        "seconds": case.get("seconds", 6 if old else 5 if photos == 1 else 3 * photos),
        "motions": case.get("motions", ["zoom_out" if old else "zoom_in"] * photos),
        "shape": case.get("shape", "9:16" if old else "16:9"),
        "titles": case.get("titles", ["Old | 0-6 bottom"] if old else []),
        "unknown": case.get("unknown", []),
        "absent": case.get("absent", []),
    }
    assert got == expected, said.text
    if "each" in case:
        assert [round(shot.duration / 1000, 2) for shot in said.timeline.shots] == case["each"]
    for words in case.get("says", ()):
        assert words in said.text


def test_the_table_holds_both_languages_and_no_prompt_twice() -> None:
    prompts = [(case["prompt"], case.get("on"), case.get("photos")) for case in CASES]
    assert len(set(prompts)) == len(prompts) >= 120
    assert sum(any("\u4e00" <= char <= "\u9fff" for char in prompt) for prompt, _, _ in prompts) >= 40


def _quoted(text: str) -> list[str]:
    """The words that an answer says it did not understand."""
    found = re.search(r"(?:I did not understand |我没看懂)“(.+?)”(?: and more|等)?[.。]", text)
    return found[1].replace("”, “", "”、“").split("”、“") if found else []


def _absent(text: str) -> list[str]:
    """The things that an answer says are not available."""
    found = re.search(r"Not available here yet: (.+?)\.(?: |$)|这里暂时还没有：(.+?)。", text)
    return re.split(", |、", found[1] or found[2]) if found else []
