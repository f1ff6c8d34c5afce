"""The call `/run_sse`: a message to the agent comes in, the event stream of its turn goes out.

What is refused before the stream has the shapes of the agent's server: 422 with a list for a malformed body, 404 with
a detail for another agent; the contract's own codes come in the envelope.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from darkroom.api.answers import Refusal, as_json
from darkroom.api.requests import json_value
from darkroom.events import AUTHOR, HEARTBEAT
from darkroom.storage.sessions import UnknownSession
from darkroom.turns import Prompt, Turn, Turns


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str | None = None


class _Content(BaseModel):
    parts: list[_Part] = Field(min_length=1, max_length=100)


class _Run(BaseModel):
    """Both spellings of the names are taken, as the agent's server does."""

    app_name: str = Field(validation_alias=AliasChoices("app_name", "appName"))
    user_id: str = Field(validation_alias=AliasChoices("user_id", "userId"))
    session_id: str = Field(validation_alias=AliasChoices("session_id", "sessionId"))
    new_message: _Content = Field(validation_alias=AliasChoices("new_message", "newMessage"))
    streaming: bool = False

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.new_message.parts if part.text)


@dataclass(frozen=True, slots=True)
class MessageCalls:
    """`heartbeat`: seconds of silence after which the stream gives a sign of life."""

    turns: Turns
    heartbeat: float

    async def run(self, request: Request, account: str) -> Response:
        try:
            run = _Run.model_validate(await _body(request))
        except ValidationError as error:
            return as_json({"detail": _details(error)}, 422)
        if run.app_name != AUTHOR:
            return as_json({"detail": f"App {run.app_name[:100]} not found"}, 404)
        if run.user_id != "me":
            raise UnknownSession
        turn = self.turns.start(Prompt(account, run.session_id, run.text, run.streaming))
        await turn.begun
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return StreamingResponse(self._frames(turn), media_type="text/event-stream", headers=headers)

    async def _frames(self, turn: Turn) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self.heartbeat):
                    frame = await turn.frames.get()
            except TimeoutError:
                yield HEARTBEAT
                continue
            if frame is None:
                return
            yield frame


async def _body(request: Request) -> Any:
    """What is no JSON is no object either, which the model says in the server's shape."""
    try:
        return await json_value(request)
    except Refusal as refusal:
        if refusal.status == 400:
            return None
        raise


def _details(error: ValidationError) -> list[dict[str, Any]]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [{**each, "loc": ["body", *each["loc"]]} for each in found]
