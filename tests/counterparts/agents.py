"""What the scripted agent says: frames as ADK servers write them, and agents that edit a project while they speak.

An agent is an async generator function: it gets the words and the project, yields the bytes of its event stream, and
changes the project between them.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

HEARTBEATS = {
    "comment": b": keep-alive\n\n",
    "named": b"event: heartbeat\ndata: {}\n\n",
    "empty": b"data:\n\n",
    "word": b"data: heartbeat\n\n",
    "number": b"data: 1\n\n",
    "list": b"data: []\n\n",
    "object": b"data: {}\n\n",
    "type": b'data: {"type": "ping"}\n\n',
}
"""Every form that a "keep waiting" may take."""

TROUBLE = "I encountered a temporary issue. Please try again."


@dataclass
class Project:
    """A session at the backend. `prompts`: the words that were accepted."""

    session_id: str
    task_id: str
    language: str
    bind_id: str = "bind-7"
    draft: dict[str, Any] = field(default_factory=lambda: {"t": []})
    video_infos: list[dict[str, Any]] = field(default_factory=list)
    generated_media: list[dict[str, Any]] = field(default_factory=list)
    canvas_config: dict[str, Any] = field(default_factory=lambda: {"width": 1080, "height": 1920})
    prompts: list[str] = field(default_factory=list)

    def add(self, kind: int, name: str, milliseconds: int, **meta: Any) -> None:
        """A track with one segment."""
        segment = {"st": 0, "d": milliseconds, "m": {"name": name, **meta}}
        self.draft = {**self.draft, "t": [*self.draft["t"], {"tt": kind, "sg": [segment]}]}

    @property
    def state(self) -> dict[str, Any]:
        return {
            "draft": self.draft,
            "video_infos": self.video_infos,
            "canvas_config": self.canvas_config,
            "generated_media": self.generated_media,
        }


Agent = Callable[[str, Project], AsyncIterator[bytes]]

_ids = itertools.count(1)


def frame(value: object) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def event(parts: Sequence[dict[str, Any]] | None = None, **more: Any) -> bytes:
    """An event of the agent's with these parts."""
    content = {} if parts is None else {"content": {"parts": list(parts), "role": more.pop("role", "model")}}
    actions = {"stateDelta": more.pop("state", {}), "artifactDelta": {}}
    return frame({**content, **more, "author": "nemo_agent", "actions": actions, "id": f"event-{next(_ids)}"})


def partial(text: str) -> bytes:
    return event([{"text": text}], partial=True)


def said(text: str, **more: Any) -> bytes:
    return event([{"text": text}], **more)


def called(name: str, call: str | None = None) -> bytes:
    return event([{"functionCall": {"id": call or f"call-{name}", "name": name, "args": {}}}])


def answered(name: str, call: str | None = None, **state: Any) -> bytes:
    result = {"id": call or f"call-{name}", "name": name, "response": {"ok": True}}
    return event([{"functionResponse": result}], role="user", state=state)


async def editor(words: str, project: Project) -> AsyncIterator[bytes]:
    """The default: animates what was uploaded in two stages, and afterwards adds one track for each message."""
    fresh = not project.generated_media and bool(project.video_infos)
    if fresh:
        name = str(project.video_infos[-1].get("file_name"))
        yield partial("Animating ")
        yield said(f"Animating {name}.")
        yield called("generate_video")
        project.generated_media = [{"name": name, "type": "video"}]
        project.add(0, name, 5000)
        yield answered("generate_video", draft=project.draft)
        yield called("add_bgm")
        project.add(1, "Lo-fi", 5000, volume=0.35)
        yield answered("add_bgm", draft=project.draft)
        yield partial("Music ")
        yield said("Music added.")
        return
    _edit(words, project)
    yield called("edit_timeline")
    yield answered("edit_timeline", draft=project.draft)
    yield partial("Done: ")
    yield said(f"Done: {words}")


async def silent(words: str, project: Project) -> AsyncIterator[bytes]:
    """Edits like `editor` and never says a word."""
    async for each in editor(words, project):
        if b'"text"' not in each:
            yield each


async def idle(words: str, project: Project) -> AsyncIterator[bytes]:
    """A turn without a byte and without an effect."""
    nothing: tuple[bytes, ...] = ()
    for each in nothing:
        yield each


def replay(*pieces: bytes) -> Agent:
    """An agent that writes these bytes, a chunk each, whatever it is told."""

    async def agent(words: str, project: Project) -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    return agent


def _edit(words: str, project: Project) -> None:
    lower = words.lower()
    if "music" in lower or "音乐" in words:
        project.add(1, "Lo-fi", 5000, volume=0.35)
    elif "title" in lower or "标题" in words:
        project.add(7, words, 3000, text=words)
    else:
        project.add(0, words[:40], 5000)
