"""Exports: real renderer processes, followed, stopped, killed and taken up again, and the file at the end."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import httpx
import pytest

from darkroom.settings import load
from darkroom.timeline import TITLE_TRACK
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.processes import renderers
from tests.darkroom.visitor import Visitor, photo, small
from tests.waiting import wait_until

LONG = "30 seconds, zoom in, portrait"
"""A clip whose rendering takes many seconds."""


def partials(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "data" / "darkroom" / "partial").iterdir())


def seconds_of(mp4: bytes) -> float:
    with av.open(io.BytesIO(mp4), "r") as video:
        assert video.duration is not None
        return video.duration / 1_000_000


async def test_an_export_ends_with_a_file_at_an_address_that_needs_no_token(visitor: Visitor, tmp_path: Path) -> None:
    draft = small(await visitor.clip(tmp_path))
    accepted = (await visitor.export("render_1", draft)).json()
    assert (accepted["code"], accepted["data"]["id"]) == (0, "render_1")
    done = await visitor.reaching("render_1", "completed", "failed")
    assert (done["status"], done["progress"]) == ("completed", 1)
    assert "code" not in done, "the status stands at top level, not in the envelope"
    url = done["output"]["url"]
    assert url.startswith(str(visitor.http.base_url))
    async with httpx.AsyncClient(trust_env=False) as stranger:
        whole = await stranger.get(url)
        assert whole.headers["content-type"] == "video/mp4"
        assert seconds_of(whole.content) == pytest.approx(1, abs=0.05)
        tag = whole.headers["etag"]
        part = await stranger.get(url, headers={"Range": "bytes=100-199", "If-Range": tag})
        assert (part.status_code, part.content) == (206, whole.content[100:200])
        other = await stranger.get(url, headers={"Range": "bytes=100-199", "If-Range": '"another version"'})
        assert (other.status_code, other.content) == (200, whole.content)
        assert (await stranger.get(url.replace("/renders/", "/renders/0"))).status_code == 404
    second = await visitor.http.get("/api/render/proxy/render_1/download", headers=visitor.headers)
    assert second.content == whole.content
    media = (await visitor.state())["generated_media"]
    assert [(each["id"], each["size"]) for each in media] == [("render_1", len(whole.content))]
    assert partials(tmp_path) == []


async def test_progress_is_true_and_only_grows(visitor: Visitor, tmp_path: Path) -> None:
    draft = await visitor.clip(tmp_path, "3 seconds, zoom in, square")
    await visitor.export("render_1", draft)
    seen: list[float] = []

    async def ended() -> bool:
        answer = await visitor.status("render_1")
        status = answer.json()
        seen.append(status["progress"])
        has_ended = bool(status["status"] == "completed")
        assert ("retry-after" in answer.headers) is not has_ended
        if not has_ended:
            assert int(answer.headers["retry-after"]) >= 1
        return has_ended

    await wait_until(ended, 60)
    assert seen == sorted(seen)
    assert len({each for each in seen if 0 < each < 1}) >= 3


async def test_the_same_id_again_is_the_same_export(visitor: Visitor, tmp_path: Path) -> None:
    draft = small(await visitor.clip(tmp_path))
    for _ in range(3):
        assert (await visitor.export("render_1", draft)).status_code == 200
    first = await visitor.reaching("render_1", "completed")
    again = await visitor.export("render_1", draft)
    assert again.json()["data"] == {"id": "render_1", "status": "completed"}
    assert (await visitor.status("render_1")).json() == first
    assert len((await visitor.state())["generated_media"]) == 1


async def test_an_export_without_attribution_is_refused_with_402(visitor: Visitor, tmp_path: Path) -> None:
    draft = small(await visitor.clip(tmp_path))
    for name in ("X-Skill-Source", "X-Skill-Version", "X-Skill-Platform"):
        kept = visitor.headers.pop(name)
        refused = await visitor.export("render_1", draft)
        assert (refused.status_code, refused.json()["code"]) == (402, 402)
        visitor.headers[name] = kept
    assert (await visitor.status("render_1")).status_code == 404


def _changed(draft: Mapping[str, Any], **segment: Any) -> dict[str, Any]:
    (track,) = draft["t"]
    return {**draft, "t": [{**track, "sg": [{**track["sg"][0], **segment}]}]}


async def test_a_draft_that_cannot_be_drawn_is_refused_with_400(visitor: Visitor, tmp_path: Path) -> None:
    draft = small(await visitor.clip(tmp_path))
    meta = draft["t"][0]["sg"][0]["m"]
    wrong: list[object] = [
        None,
        [],
        {},
        {"t": []},
        {**draft, "t": []},
        {**draft, "t": [{"tt": 0, "sg": []}]},
        {**draft, "t": "abc"},
        {**draft, "t": [{"tt": 1, "sg": [{"st": 0, "d": 1, "m": {}}]}]},
        {**draft, "t": [{"tt": TITLE_TRACK, "sg": [{"st": 0, "d": 500, "m": {"text": "x", "place": "top"}}]}]},
        {**draft, "canvas": {"width": 100_000, "height": 100_000}},
        _changed(draft, d=10**9),
        _changed(draft, d=-5),
        _changed(draft, d="soon"),
        _changed(draft, m={**meta, "file": "../../records.sqlite"}),
        _changed(draft, m={**meta, "file": "f" * 32}),
        _changed(draft, m={**meta, "motion": "explode"}),
    ]
    for each in wrong:
        refused = await visitor.export("render_1", each)
        assert (refused.status_code, refused.json()["code"]) == (400, 400), each
    size = '{"width":1e999,"height":2}'
    endless = f'{{"id":"render_1","sessionId":"{visitor.session}","draft":{{"canvas":{size},"t":[]}}}}'
    for body in (endless, "[" * 100_000, "{", '"draft"', ""):
        refused = await visitor.http.post("/api/render/proxy/lambda", content=body, headers=visitor.headers)
        assert (refused.status_code, refused.json()["code"]) == (400, 400), body[:80]
    assert (await visitor.status("render_1")).status_code == 404


async def test_an_id_that_cannot_stand_in_a_path_is_refused(visitor: Visitor) -> None:
    ids: tuple[Any, ...] = ("", "a/b", "..\\x", "x" * 200, 7, None, "render 1", "猫")
    for export_id in ids:
        refused = await visitor.export(export_id, {})
        assert (refused.status_code, refused.json()["code"]) == (400, 400), export_id


async def test_a_render_of_another_account_does_not_exist(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    async with open_darkroom() as new:
        owner, stranger = await new().enter("one"), await new().enter("two")
        await owner.export("render_1", small(await owner.clip(tmp_path)))
        for answer in (
            await stranger.status("render_1"),
            await stranger.stop("render_1"),
            await stranger.http.get("/api/render/proxy/render_1/download", headers=stranger.headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, 404)
        assert (await owner.reaching("render_1", "completed", "failed"))["status"] == "completed"
        await stranger.export("render_1", small(await stranger.clip(tmp_path)))
        mine = await stranger.reaching("render_1", "completed")
        assert mine["output"]["url"] != (await owner.status("render_1")).json()["output"]["url"]


async def test_a_stopped_export_ends_at_once_with_its_process(visitor: Visitor, tmp_path: Path) -> None:
    draft = await visitor.clip(tmp_path, LONG)
    await visitor.export("render_1", draft)
    await visitor.export("render_2", draft)
    await visitor.reaching("render_1", "processing")
    (process,) = await wait_until(renderers)
    stopped = (await visitor.stop("render_1")).json()
    assert (stopped["code"], stopped["data"]["status"]) == (0, "failed")
    assert process not in renderers()
    status = (await visitor.status("render_1")).json()
    assert (status["status"], status["reason"]) == ("failed", "cancelled")
    assert (await visitor.stop("render_2")).json()["data"]["status"] == "failed", "one that waits stops too"
    short = await visitor.say("make it 1 second long")
    assert short.status_code == 200
    await visitor.export("render_3", (await visitor.state())["draft"])
    assert (await visitor.reaching("render_3", "completed", "failed"))["status"] == "completed"
    assert (await visitor.stop("render_3")).json()["data"]["status"] == "completed", "what has ended stays"
    assert partials(tmp_path) == []


async def test_a_renderer_that_dies_once_is_replaced_and_twice_fails_the_export(
    visitor: Visitor, tmp_path: Path
) -> None:
    draft = await visitor.clip(tmp_path, LONG)
    await visitor.export("render_1", draft)
    killed: set[int] = set()
    while len(killed) < 2:
        process = next(iter(await wait_until(lambda: set(renderers()) - killed)))
        assert (await visitor.status("render_1")).json()["status"] != "failed"
        os.kill(process, signal.SIGKILL)
        killed.add(process)
    failed = await visitor.reaching("render_1", "failed")
    assert failed["reason"] == "renderer_died"
    assert failed["error"]
    await visitor.say("make it 1 second long")
    await visitor.export("render_2", (await visitor.state())["draft"])
    assert (await visitor.reaching("render_2", "completed", "failed"))["status"] == "completed"


async def test_a_render_that_fails_names_its_reason_and_no_path(visitor: Visitor, tmp_path: Path) -> None:
    draft = small(await visitor.clip(tmp_path))
    for path in (tmp_path / "data" / "darkroom" / "uploads").iterdir():
        path.write_bytes(b"no longer a photo")
    await visitor.export("render_1", draft)
    failed = await visitor.reaching("render_1", "failed", "completed")
    assert (failed["status"], failed["reason"]) == ("failed", "not_media")
    await visitor.export("render_2", draft)
    for path in (tmp_path / "data" / "darkroom" / "uploads").iterdir():
        path.unlink()
    await visitor.export("render_3", draft)
    for export_id in ("render_2", "render_3"):
        failed = await visitor.reaching(export_id, "failed", "completed")
        assert failed["status"] == "failed"
        assert str(tmp_path) not in str(failed)


async def test_one_export_a_session_runs_at_a_time_and_sessions_side_by_side(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    async with open_darkroom(renderers=2) as new:
        one, other = await new().enter("one"), await new().enter("other")
        draft = await one.clip(tmp_path, LONG)
        await one.export("first", draft)
        await one.export("second", draft)
        await other.export("third", await other.clip(tmp_path, LONG))
        await one.reaching("first", "processing")
        await other.reaching("third", "processing")
        assert (await one.status("second")).json()["status"] == "pending"
        await one.stop("first")
        await one.reaching("second", "processing")


async def test_the_renderers_end_with_the_server_and_yield_to_everybody(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    async with open_darkroom() as new:
        visitor = await new().enter()
        await visitor.export("render_1", await visitor.clip(tmp_path, LONG))
        await visitor.reaching("render_1", "processing")
        (process,) = await wait_until(renderers)
        await wait_until(lambda: os.getpriority(os.PRIO_PROCESS, process) == 10)
        slowest = 0.0
        for _ in range(20):
            begun = time.monotonic()
            await visitor.status("render_1")
            slowest = max(slowest, time.monotonic() - begun)
        assert slowest < 2, "the server answers while it renders"
        begun = time.monotonic()
    assert time.monotonic() - begun < 5
    assert renderers() == []


PROGRAM = """
import asyncio, sys
from pathlib import Path
from darkroom.server import serving
from darkroom.settings import load

async def main():
    async with serving(load(data_dir=Path(sys.argv[1]), renderers=1), host="127.0.0.1", port=0) as url:
        print(url, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_server_takes_its_exports_up_again_under_their_ids(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, str(tmp_path / "data"), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert server.stdout is not None
        url = (await server.stdout.readline()).decode().strip()
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as http:
            before = await Visitor(http).enter()
            draft = await before.clip(tmp_path)
            await before.export("render_1", small(draft))
            await before.export("render_2", small(draft))
            orphans = await wait_until(lambda: renderers(server.pid))
    finally:
        server.kill()
        await server.wait()
    await wait_until(lambda: not any(Path(f"/proc/{each}").exists() for each in orphans), what="no renderer is left")
    async with open_darkroom() as new:
        after = new()
        after.headers, after.session = before.headers, before.session
        assert (await after.state())["draft"] == draft
        for export_id in ("render_1", "render_2"):
            assert (await after.reaching(export_id, "completed", "failed"))["status"] == "completed"
        assert partials(tmp_path) == []


async def test_an_export_from_before_a_restart_keeps_its_address(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    async with open_darkroom() as new:
        before = await new().enter()
        await before.export("render_1", small(await before.clip(tmp_path)))
        path = (await before.reaching("render_1", "completed"))["output"]["url"].partition("/renders/")[2]
    async with open_darkroom() as new:
        assert (await new().http.get(f"/renders/{path}")).status_code == 200


DAY = 24 * 3600


async def test_old_things_are_removed_after_their_time(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    now = time.time()
    root = tmp_path / "data" / "darkroom"
    async with open_darkroom(clock=lambda: now) as new:
        visitor = await new().enter()
        await visitor.export("render_1", small(await visitor.clip(tmp_path)))
        await visitor.reaching("render_1", "completed")
    (root / "uploads" / ("0" * 32)).write_bytes(b"an upload whose record was never written")
    (root / "partial" / "x").write_bytes(b"half")
    async with open_darkroom(clock=lambda: now + 6 * DAY) as new:
        assert len(list((root / "uploads").iterdir())) == 1
        assert len(list((root / "renders").iterdir())) == 1
        assert partials(tmp_path) == []
    async with open_darkroom(clock=lambda: now + 8 * DAY) as new:
        assert len(list((root / "uploads").iterdir())) == 1
        assert list((root / "renders").iterdir()) == []
    async with open_darkroom(clock=lambda: now + 31 * DAY) as new:
        assert list((root / "uploads").iterdir()) == []
        later = new()
        await later.token()
        later.session = visitor.session
        assert (await later.say("hello")).json()["code"] == 1002


async def test_old_things_are_removed_while_the_server_runs(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    now = [time.time()]
    async with open_darkroom(clock=lambda: now[0], sweep_every=0.05) as new:
        visitor = await new().enter()
        await visitor.upload(("photo.jpg", photo(tmp_path)))
        uploads = tmp_path / "data" / "darkroom" / "uploads"
        assert len(list(uploads.iterdir())) == 1
        now[0] += 31 * DAY
        await wait_until(lambda: not list(uploads.iterdir()))


async def test_two_servers_never_work_on_one_folder(open_darkroom: OpenDarkroom) -> None:
    async with open_darkroom():
        with pytest.raises(OSError, match="another server"):
            async with open_darkroom():
                pass


async def test_an_address_that_is_taken_is_an_error_before_anything_else(tmp_path: Path) -> None:
    from darkroom.server import serving

    taken = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    async with taken:
        port = taken.sockets[0].getsockname()[1]
        with pytest.raises(OSError, match=r"in use"):
            async with serving(load(data_dir=tmp_path / "data"), host="127.0.0.1", port=port):
                pass
    assert not (tmp_path / "data").exists()


async def test_data_of_a_later_version_is_left_alone(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    async with open_darkroom():
        pass
    with sqlite3.connect(tmp_path / "data" / "darkroom" / "records.sqlite") as records:
        records.execute("PRAGMA user_version = 99")
    records.close()
    with pytest.raises(OSError, match="version 99"):
        async with open_darkroom():
            pass
