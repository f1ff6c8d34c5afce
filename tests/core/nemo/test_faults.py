"""Each call under each fault, over real sockets: what is raised, whether the call counts as accepted, what was sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from core.nemo.answers import RenderStage, RenderStatus
from core.nemo.errors import NemoError
from core.nemo.turn import Turn, TurnEnded
from core.texts.problems import sentence
from tests.core.nemo.conftest import IMPATIENT, OPTIONS, Bench, benched
from tests.core.nemo.faults import FAULTS, INSTEAD, REDIRECT, REFUSED, TABLE, Outcome
from tests.counterparts.answers import elsewhere
from tests.counterparts.sockets import RawServer, Reply, Request

VIDEO = b"a short film" * 40
DRAFT = {"t": [{"tt": 0, "sg": [{"d": 5000}]}]}

CASES = [(call, fault) for call, row in TABLE.items() for fault in row]

Drive = Callable[[Bench, Path], Awaitable[Turn | None]]


async def _upload(bench: Bench, folder: Path) -> None:
    path = folder / "photo.jpg"
    path.write_bytes(b"a photo")
    await bench.client.upload(bench.session, path, "photo.jpg", "image/jpeg", lambda _: None)


async def _prompt(bench: Bench, folder: Path) -> Turn:
    async with aclosing(bench.client.prompt(bench.session, "add music")) as events:
        async for event in events:
            if isinstance(event, TurnEnded):
                return event.turn
    raise AssertionError("a turn without an end")


async def _render(bench: Bench, folder: Path) -> None:
    bench.nemo.projects[bench.session.session_id].draft = DRAFT
    await bench.client.submit_render("render_1", bench.session, DRAFT)


async def _download(bench: Bench, folder: Path, url: str | None) -> None:
    status = RenderStatus("render_1", RenderStage.COMPLETED, url=url)
    try:
        await bench.client.download(status, folder / "out.mp4", lambda _: None)
    except NemoError:
        assert list(folder.iterdir()) == []
        raise
    assert (folder / "out.mp4").read_bytes() == VIDEO


async def _nothing(call: Awaitable[object]) -> None:
    await call


DRIVES: dict[str, Drive] = {
    "token": lambda bench, _: _nothing(bench.client.open_session("en")),
    "session": lambda bench, _: _nothing(bench.client.open_session("en")),
    "claim": lambda bench, _: _nothing(bench.client.claim_link(bench.session)),
    "upload": _upload,
    "upload_url": lambda bench, _: bench.client.upload_url(bench.session, "https://example.org/cat.jpg"),
    "credits": lambda bench, _: _nothing(bench.client.credits()),
    "state": lambda bench, _: _nothing(bench.client.state(bench.session)),
    "prompt": _prompt,
    "render": _render,
    "render_status": lambda bench, _: _nothing(bench.client.render_status("render_1")),
    "stop_render": lambda bench, _: bench.client.stop_render("render_1"),
    "file": lambda bench, folder: _download(bench, folder, f"{bench.nemo.files.url}/files/render_1.mp4"),
    "download": lambda bench, folder: _download(bench, folder, None),
}


async def _prepare(bench: Bench, call: str, fault: str) -> None:
    project = bench.nemo.projects[bench.session.session_id]
    if call != "render":
        await _render(bench, Path())
        project.draft = DRAFT
    if call == "token" or "token" in dict(TABLE[call][fault].also):
        bench.nemo.expire_tokens()
    if call == "token":
        bench.tokens.tokens.clear()
    bench.reset()


def test_the_table_is_whole() -> None:
    assert set(TABLE) == set(DRIVES)
    for call, row in TABLE.items():
        assert set(row) == set(FAULTS), call


@pytest.mark.parametrize(("call", "fault"), CASES, ids=[f"{call}: {fault}" for call, fault in CASES])
async def test_outcome(call: str, fault: str, tmp_path: Path) -> None:
    outcome = TABLE[call][fault]
    arrives = call in INSTEAD and fault == "a slow body"
    options = IMPATIENT if "stall" in fault or (fault == "a slow body" and not arrives) else OPTIONS
    async with Stranger() as stranger, benched(options, video=VIDEO) as bench:
        await _prepare(bench, call, fault)
        secrets = [token.secret for token in bench.tokens.tokens.values()]
        if fault == REFUSED:
            await (bench.nemo.files if call == "file" else bench.nemo.api).close()
        else:
            broken = (
                elsewhere(stranger.url) if fault == REDIRECT else INSTEAD.get(call, FAULTS).get(fault, FAULTS[fault])
            )
            bench.nemo.always(call, broken)
        await _assert_outcome(bench, call, outcome, tmp_path, secrets)
        assert stranger.requests == [] or (call, fault) == ("file", REDIRECT)
        assert all("authorization" not in request.headers for request in stranger.requests)
        if call == "token":
            bench.nemo.violations.clear()


async def _assert_outcome(bench: Bench, call: str, outcome: Outcome, folder: Path, secrets: list[str]) -> None:
    turn: Turn | None = None
    if outcome.error is None:
        turn = await DRIVES[call](bench, folder)
    else:
        with pytest.raises(NemoError) as caught:
            await DRIVES[call](bench, folder)
        error = caught.value
        assert type(error) is outcome.error
        assert (error.accepted, error.advice, error.call) == (outcome.accepted, outcome.advice, call)
        said = sentence(error, "en", web_url="https://nemovideo.com")
        for text in (str(error), repr(error), said):
            assert all(secret not in text for secret in secrets)
        assert said != sentence(RuntimeError(), "en", web_url="")
    assert (None if turn is None else turn.ended) == outcome.ended
    others = {name: count for name, count in bench.nemo.counts.items() if name != call}
    assert bench.nemo.count(call) == outcome.sent
    assert others == dict(outcome.also) or (call, outcome.error) == ("token", None)
    assert tuple(bench.clock.waits) == outcome.waits


class Stranger:
    """A host that has nothing to do with the API, and everything that reaches it."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._server = RawServer(self._take)

    async def __aenter__(self) -> Stranger:
        await self._server.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._server.close()

    @property
    def url(self) -> str:
        return f"{self._server.url}/elsewhere"

    async def _take(self, request: Request) -> tuple[Reply, None]:
        self.requests.append(request)
        return Reply(404), None
