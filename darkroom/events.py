"""One turn of the agent as the event stream of Google's Agent Development Kit. A change comes in, frames go out. Pure.

The shapes are those of the kit's API server (2.13): a function call and its response for every step, the draft in
the last response's `stateDelta`, and the text, whole, after its pieces where the client asked for streaming.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from darkroom.agent import Step

AUTHOR = "nemo_agent"
HEARTBEAT = b": heartbeat\n\n"
PIECE = 24
"""Characters of a partial text."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a turn did and said. `state`: the keys of the session's state that it changed."""

    steps: Sequence[Step]
    text: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Voice:
    """Writes the events of one turn. `now` gives Unix seconds, `new_id` a new id for every event and call."""

    invocation: str
    new_id: Callable[[], str]
    now: Callable[[], float]

    def events(self, said: Said, *, streaming: bool) -> Iterator[dict[str, Any]]:
        """The turn's events, in order. A turn that changed nothing and says nothing has none."""
        told = False
        for at, step in enumerate(said.steps):
            call = f"adk-{self.new_id()}"
            args = {"id": call, "args": dict(step.args), "name": step.tool}
            yield self._event({"parts": [{"functionCall": args}], "role": "model"})
            last = at == len(said.steps) - 1
            response = {"id": call, "name": step.tool, "response": _response(step.result)}
            yield self._event(
                {"parts": [{"functionResponse": response}], "role": "user"}, state=said.state if last else {}
            )
            told = told or last
        if said.state and not told:
            yield self._event(None, state=said.state)
        if not said.text:
            return
        if streaming:
            for piece in pieces(said.text):
                yield self._event({"parts": [{"text": piece}], "role": "model"}, partial=True)
        yield self._event({"parts": [{"text": said.text}], "role": "model"}, turnComplete=True)

    def _event(
        self, content: Mapping[str, Any] | None, *, state: Mapping[str, Any] | None = None, **marks: bool
    ) -> dict[str, Any]:
        return {
            **({} if content is None else {"content": content}),
            **marks,
            "invocationId": self.invocation,
            "author": AUTHOR,
            "actions": {
                "stateDelta": dict(state or {}),
                "artifactDelta": {},
                "requestedAuthConfigs": {},
                "requestedToolConfirmations": {},
            },
            "id": self.new_id(),
            "timestamp": self.now(),
        }


def frame(event: Mapping[str, Any]) -> bytes:
    """One event on the wire. ASCII alone, so that no line splitter finds a line break inside."""
    return b"data: " + json.dumps(event, separators=(",", ":")).encode("ascii") + b"\n\n"


def failure(message: str, now: float) -> dict[str, Any]:
    """The last frame of a turn that failed: its `message` is for people."""
    details = {"error_type": "TurnFailed", "error_message": message, "timestamp": now}
    return {"error": message, "error_details": details}


def pieces(text: str) -> list[str]:
    """A text in pieces of at most `PIECE` characters that make it up again, broken after a space where there is one."""
    return re.findall(rf"(?s:.{{1,{PIECE}}}(?:(?<=\s)|\Z)|.{{1,{PIECE}}})", text)


def _response(result: object) -> dict[str, Any]:
    """A tool's result is an object on the wire; anything else stands in one, as the kit has it."""
    return dict(result) if isinstance(result, Mapping) else {"result": result}
