"""The product's own client against darkroom: each call of the contract, through the code that will make it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.nemo import errors
from core.nemo.answers import RenderStage
from core.nemo.client import NemoClient
from core.nemo.options import NemoOptions
from core.nemo.turn import Ended, Said, ToolStarted, TurnEnded, TurnEvent
from tests.darkroom.conftest import OpenDarkroom
from tests.photos import landscape, truncated_jpeg
from tests.tokens import MemoryTokens


@asynccontextmanager
async def client(open_darkroom: OpenDarkroom, memory: MemoryTokens, **over: object) -> AsyncIterator[NemoClient]:
    async with open_darkroom(**over) as new:
        options = NemoOptions(api_url=str(new().http.base_url))
        async with NemoClient(options, memory) as nemo:
            yield nemo


async def test_item_2_the_client_takes_a_photo_to_a_file(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    async with client(open_darkroom, MemoryTokens()) as nemo:
        session = await nemo.open_session("en")
        sent: list[float] = []
        await nemo.upload(session, landscape(tmp_path / "a.jpg", (320, 240)), "海.jpg", "image/jpeg", sent.append)
        assert sent[-1] == 1
        events: list[TurnEvent] = [event async for event in nemo.prompt(session, "one second, zoom out, square")]
        assert any(isinstance(event, ToolStarted) for event in events)
        assert len([event for event in events if isinstance(event, Said)]) == 1
        assert isinstance(events[-1], TurnEnded)
        assert events[-1].turn.ended is Ended.DONE
        state = await nemo.state(session)
        assert state.draft == events[-1].turn.state_delta["draft"]
        assert state.bind_id == session.bind_id is not None
        credits_left = await nemo.credits()
        assert credits_left.costs == {"generate": 0, "edit": 0}
        assert (await nemo.claim_link(session) or "").partition("?ct=clm_")[2]

        assert state.draft is not None
        with pytest.raises(errors.RenderUnknown):
            await nemo.render_status("render_1")
        await nemo.submit_render("render_1", session, state.draft)
        readings = [status async for status in nemo.follow_render("render_1")]
        assert readings[-1].stage is RenderStage.COMPLETED
        assert all(status.retry_after == 1 for status in readings[:-1])
        await nemo.download(readings[-1], tmp_path / "out.mp4", lambda _part: None)
        assert (tmp_path / "out.mp4").read_bytes()[4:8] == b"ftyp"

        await nemo.submit_render("render_2", session, state.draft)
        await nemo.stop_render("render_2")
        with pytest.raises(errors.RenderFailed):
            _ = [status async for status in nemo.follow_render("render_2")]


async def test_the_client_understands_every_refusal(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    async with client(open_darkroom, MemoryTokens(), costs="start=0,generate=1", most_bytes=50_000) as nemo:
        session = await nemo.open_session("en")
        with pytest.raises(errors.UnsupportedFile) as unsupported:
            await nemo.upload(
                session, truncated_jpeg(tmp_path / "a.jpg", (320, 240)), "a.jpg", "image/jpeg", lambda _part: None
            )
        assert unsupported.value.reason == "damaged"
        large = landscape(tmp_path / "b.jpg", (1600, 1200))
        with pytest.raises(errors.FileTooLarge):
            await nemo.upload(session, large, "b.jpg", "image/jpeg", lambda _part: None)
        with pytest.raises(errors.UnsupportedFile):
            await nemo.upload_url(session, "http://127.0.0.1:1/x.jpg")
        await nemo.upload(session, landscape(tmp_path / "c.jpg", (160, 120)), "c.jpg", "image/jpeg", lambda _part: None)
        with pytest.raises(errors.NoCredits) as broke:
            _ = [event async for event in nemo.prompt(session, "make a clip")]
        assert (broke.value.bind_id, broke.value.accepted) == (session.bind_id, False)
        with pytest.raises(errors.BadRequest):
            await nemo.submit_render("render_1", session, {"t": []})
        async with NemoClient(nemo.options, MemoryTokens()) as forgetful:
            with pytest.raises(errors.RateLimited):
                await forgetful.credits()
