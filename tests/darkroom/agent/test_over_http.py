"""What a running darkroom gives its agent besides the words: which characters its fonts can draw."""

from __future__ import annotations

from pathlib import Path

from darkroom.timeline import from_draft
from tests.darkroom.visitor import Visitor, frames, text_of


async def test_a_title_goes_without_the_characters_that_the_fonts_lack(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.clip(tmp_path)
    told = text_of(frames((await visitor.say('title "Hi 🎉"')).content))
    assert "the title goes without them: 🎉." in told
    shown = from_draft((await visitor.state())["draft"]).titles
    assert [title.text for title in shown] == ["Hi"]
    told = text_of(frames((await visitor.say('add the title "مرحبا" at the top')).content))
    assert "cannot be drawn yet" in told
    assert from_draft((await visitor.state())["draft"]).titles == shown
