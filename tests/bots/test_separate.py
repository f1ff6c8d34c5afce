"""Each part of the program in a process of its own, over one Redis: `stillreel telegram | web | worker | darkroom`."""

from __future__ import annotations

import asyncio
import socket
from contextlib import AsyncExitStack
from io import StringIO
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from bots.doctor import examine
from core.settings import load
from tests.clips import clip
from tests.parts import part
from tests.photos import landscape
from tests.program import environment, processes_of, run, up, visitor
from tests.valkey import valkey
from tests.waiting import wait_until


@pytest.mark.usefixtures("redis")
async def test_item_2_web_worker_and_darkroom_as_processes_of_their_own(redis_url: str, tmp_path: Path) -> None:
    data_dir, photo = tmp_path / "data", landscape(tmp_path / "lake.jpg", (1600, 1200))
    shared = {"REDIS_URL": redis_url, "DARKROOM_PORT": "0", "SHUTDOWN_GRACE": "1"}
    async with AsyncExitStack() as stack:
        darkroom = await stack.enter_async_context(part(data_dir, "darkroom", shared))
        shared["DARKROOM_URL"] = darkroom.url
        first, page = await asyncio.gather(
            stack.enter_async_context(part(data_dir, "worker", shared)),
            stack.enter_async_context(part(data_dir, "web", shared)),
        )
        person = await stack.enter_async_context(visitor(page.url))
        asked = await person.send("zoom in for 1 second, 480p", photo)
        # A rolling restart: the second worker takes over what the first one hands on.
        await person.progress(asked)
        second = await stack.enter_async_context(part(data_dir, "worker", shared))
        assert await first.end() == 0
        answer = await person.outcome(asked)
        assert answer["video"], answer
        assert clip(await person.fetch(answer, tmp_path / "clip.mp4")).frames == 30
        videos = [entry for entry in await person.entries() if entry["video"]]
        assert len(videos) == 1
        for each in (second, page, darkroom):
            assert await each.end() == 0
    assert processes_of(data_dir) == []
    assert list((data_dir / "spool").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "given", "named"),
    [
        ("worker", {}, "REDIS_URL"),
        ("web", {"REDIS_URL": "…"}, "DARKROOM_URL"),
        ("telegram", {"REDIS_URL": "…", "DARKROOM_URL": "http://127.0.0.1:1"}, "TELEGRAM_TOKEN"),
        ("discord", {"REDIS_URL": "…", "DARKROOM_URL": "http://127.0.0.1:1"}, "DISCORD_TOKEN"),
        ("renderer", {}, "REDIS_URL"),
        ("darkroom", {"DARKROOM_RENDERERS": "0"}, "DARKROOM_RENDERERS"),
    ],
)
def test_item_2_what_a_part_lacks_is_one_sentence(
    name: str, given: dict[str, str], named: str, redis_url: str, tmp_path: Path
) -> None:
    settings = {key: redis_url if value == "…" else value for key, value in given.items()}
    ended = run(tmp_path / "data", name, settings=settings)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"{named}: "), ended.stderr
    assert len(ended.stderr.splitlines()) == 1


async def test_item_2_parts_wait_for_a_redis_that_starts_after_them(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"REDIS_URL": f"redis://127.0.0.1:{port}", "DARKROOM_URL": "http://127.0.0.1:1", "LOG_LEVEL": "debug"}
    names = ("renderer", "worker")

    async def starts_and_ends(name: str) -> int:
        async with part(tmp_path / "data", name, settings) as started:
            return await started.end()

    def waits(name: str) -> bool:
        log = tmp_path / f"{name}.log"
        return log.exists() and "waited" in log.read_text()

    running = [asyncio.create_task(starts_and_ends(name)) for name in names]
    await wait_until(lambda: all(waits(name) for name in names), 30)
    with valkey("--port", str(port)):
        assert await asyncio.gather(*running) == [0] * len(names)


async def test_doctor_says_how_a_redis_may_lose_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def said(url: str) -> str:
        for name, value in environment(tmp_path / "data", {"REDIS_URL": url}).items():
            monkeypatch.setenv(name, value)
        console = Console(file=StringIO(), width=300)
        assert await examine(load(), console)
        return cast("StringIO", console.file).getvalue()

    careless = ("--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru")
    with valkey(*careless) as (url, _):
        report = await said(url)
    assert "set maxmemory-policy noeviction" in report
    assert "set appendonly yes" in report
    with valkey("--maxmemory", "100mb", "--appendonly", "yes") as (url, _):
        report = await said(url)
    assert "maxmemory" not in report
    assert "appendonly" not in report


@pytest.mark.usefixtures("redis")
async def test_item_2_two_darkrooms_never_share_one_redis(redis_url: str, tmp_path: Path) -> None:
    settings = {"REDIS_URL": redis_url, "LEASE_SECONDS": "2"}
    async with up(tmp_path / "one", settings) as first:
        second = await asyncio.to_thread(run, tmp_path / "two", "up", settings=settings)
        assert second.returncode == 2
        assert second.stderr.splitlines()[-1].startswith("REDIS_URL: another Stillreel with a darkroom of its own")
        # One that was killed is waited for.
        first.process.kill()
        async with up(tmp_path / "two", settings) as other:
            assert await other.end() == 0
