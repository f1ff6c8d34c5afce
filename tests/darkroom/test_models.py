"""What darkroom answers, byte for byte, against the typed models that the client reads at the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.nemo.answers import (
    Answer,
    ClaimAnswer,
    Credits,
    RenderAnswer,
    RenderStage,
    SessionAnswer,
    StateAnswer,
    TokenAnswer,
    render_status,
)
from core.nemo.envelope import code_of, data, decode, parse_object, validate
from core.nemo.errors import NemoError
from core.nemo.stream import AgentEvent, read_events
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.visitor import Visitor, small


def _opened(call: str, model: type[Answer], answer: httpx.Response) -> Answer:
    """The answer as the client would take it, with every field that the model names really there."""
    payload = decode(call, answer.status_code, answer.headers, answer.content, 0.0)
    assert code_of(payload) == 0
    found = data(call, model, payload)
    assert found.model_fields_set, answer.text
    return found


async def test_every_answer_is_what_the_clients_models_say(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    async with open_darkroom() as new:
        visitor: Visitor = new()
        token = _opened("token", TokenAnswer, await visitor.token())
        assert isinstance(token, TokenAnswer)
        assert token.token.startswith("nmv_usr_")
        assert token.credits == 100
        session = _opened("session", SessionAnswer, await visitor.open())
        assert isinstance(session, SessionAnswer)
        assert session.task_id
        assert session.bind_id
        body = {"task_id": session.task_id, "session_id": session.session_id}
        claim = _opened(
            "claim", ClaimAnswer, await visitor.http.post("/api/auth/claim-token", json=body, headers=visitor.headers)
        )
        assert isinstance(claim, ClaimAnswer)
        assert claim.claim_token.startswith("clm_")
        assert claim.expires_in == 604800

        draft = await visitor.clip(tmp_path)
        path = f"/api/state/nemo_agent/me/{visitor.session}/latest"
        state = _opened("state", StateAnswer, await visitor.http.get(path, headers=visitor.headers))
        assert isinstance(state, StateAnswer)
        opened = state.opened()
        assert opened.draft == draft
        assert opened.video_infos
        assert opened.canvas_config
        balance = _opened(
            "credits", Credits, await visitor.http.get("/api/credits/balance/simple", headers=visitor.headers)
        )
        assert isinstance(balance, Credits)
        assert balance.frozen == 0
        assert balance.costs is not None

        accepted = await visitor.export("render_1", small(draft))
        assert code_of(decode("render", accepted.status_code, accepted.headers, accepted.content, 0.0)) == 0
        await visitor.reaching("render_1", "completed")
        raw = (await visitor.status("render_1")).json()
        assert set(raw) >= {"status", "output", "progress"}, "not in the envelope"
        status = render_status("render_1", validate("render_status", RenderAnswer, raw), 1.0)
        assert status.stage is RenderStage.COMPLETED
        assert status.progress == 1.0
        assert status.url is not None


async def test_every_event_of_the_stream_is_one_that_the_client_reads(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.clip(tmp_path)
    answer = await visitor.say("2 seconds, pan left", streaming=True)

    async def body() -> AsyncIterator[bytes]:
        yield answer.content

    events = [event async for event in read_events(body())]
    assert all(isinstance(event, AgentEvent) for event in events)
    assert any(event.calls for event in events if isinstance(event, AgentEvent))
    assert any(event.text for event in events if isinstance(event, AgentEvent))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/tasks/me/with-session/nemo_agent", {"task_name": "project", "language": "en"}),
        ("/api/auth/claim-token", {"task_id": "none", "session_id": "none"}),
        ("/api/render/proxy/lambda", {"id": "r", "sessionId": "none", "draft": {}, "output": {}}),
        ("/run_sse", {"app_name": "nemo_agent", "user_id": "me", "session_id": "none", "new_message": {}}),
    ],
)
async def test_every_refusal_is_an_error_of_the_clients_tree(visitor: Visitor, path: str, body: dict[str, Any]) -> None:
    answer = await visitor.http.post(path, json=body, headers={**visitor.headers, "Authorization": "Bearer wrong"})
    assert parse_object(answer.content) is not None
    with pytest.raises(NemoError):
        decode("prompt", answer.status_code, answer.headers, answer.content, 0.0)
