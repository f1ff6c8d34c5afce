"""Renderers as processes of their own, over a real Redis: they take renders, die, are stopped, and leave."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from darkroom.clips import Order
from darkroom.queue import board
from darkroom.queue.broker import brokered
from darkroom.queue.desk import MOST_TRIES
from darkroom.renderer import rendering
from darkroom.settings import DarkroomSettings, WrongSetting, load
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.far import renderer_process
from tests.darkroom.processes import held, overlook_renderers, renderers
from tests.darkroom.visitor import Visitor, small
from tests.s3 import KEYS, files_in, new_bucket, s3_server
from tests.valkey import valkey
from tests.waiting import wait_until

LONG = "30 seconds, zoom in, portrait"
"""A clip whose rendering takes many seconds."""
SHORT = "15 seconds, zoom in, square"
"""On a small canvas: a clip whose rendering takes a second or two."""
LEASE = 1.0


@asynccontextmanager
async def renderer_here(folder: Path, settings: DarkroomSettings, grace: float = 0) -> AsyncIterator[None]:
    """A renderer in this process, for tests that look at its children."""
    folder.mkdir(parents=True, exist_ok=True)
    overlook_renderers()
    async with rendering(settings, folder, grace=grace):
        yield
    assert files_in(folder) == []


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, redis: Redis) -> DarkroomSettings:
    """Of a renderer that shares darkroom's folder."""
    return load(data_dir=tmp_path / "data", redis_url=redis_url, renderers=1, render_lease=LEASE)


async def test_item_2_a_renderer_takes_renders(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with s3_server() as endpoint:
        url = new_bucket(endpoint, "shared")
        shared = {"REDIS_URL": redis_url, "FILES_URL": url, **KEYS}
        async with open_darkroom(redis_url=redis_url, files_url=url, renderers=0) as new:
            visitor = await new().enter()
            await visitor.export("render_1", small(await visitor.clip(tmp_path)))
            # Long enough for several reports, however fast the machine is.
            square = {"width": 720, "height": 720}
            await visitor.export("render_2", {**await visitor.clip(tmp_path, LONG), "canvas": square})
            assert (await visitor.status("render_1")).json()["status"] == "pending"
            seen: set[float] = set()
            async with renderer_process(tmp_path / "far", shared, lease=LEASE):

                async def ended() -> bool:
                    status = (await visitor.status("render_2")).json()
                    seen.add(status["progress"])
                    return bool(status["status"] == "completed")

                # Watched from the start: which of the two is done first is not said.
                await wait_until(ended, 60)
                done = await visitor.reaching("render_1", "completed", "failed")
                assert done["status"] == "completed"
            assert any(0 < progress < 1 for progress in seen), "its progress was told"
            async with httpx.AsyncClient(trust_env=False) as stranger:
                video = await stranger.get(done["output"]["url"])
            assert (len(video.content), video.content[4:8]) == (done["output"]["size"], b"ftyp")
        assert files_in(tmp_path / "far") == []
        assert renderers() == [], "nothing was rendered here"


async def test_item_2_the_render_of_a_killed_renderer_is_taken_up_by_another(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, settings: DarkroomSettings
) -> None:
    shared = {"REDIS_URL": redis_url, "FILES_URL": (tmp_path / "shared").as_uri()}
    files_url = shared["FILES_URL"]
    async with open_darkroom(redis_url=redis_url, files_url=files_url, renderers=0) as new:
        visitor = await new().enter()
        async with renderer_process(tmp_path / "far", shared, lease=LEASE) as victim:
            await visitor.export("render_1", small(await visitor.clip(tmp_path, SHORT)))
            with held(*await wait_until(lambda: renderers(victim.pid), 30)):
                await visitor.reaching("render_1", "processing")
                victim.send_signal(signal.SIGKILL)
                await victim.wait()
        assert (await visitor.status("render_1")).json()["status"] == "processing"
        heir = load(
            data_dir=tmp_path / "heir", redis_url=redis_url, files_url=files_url, renderers=1, render_lease=LEASE
        )
        async with renderer_here(tmp_path / "near", heir):
            assert (await visitor.reaching("render_1", "completed", "failed"))["status"] == "completed"
        state = await visitor.state()
        assert [each["id"] for each in state["generated_media"]] == ["render_1"]


async def test_item_2_cancel_stops_a_remote_render(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, settings: DarkroomSettings
) -> None:
    async with (
        open_darkroom(redis_url=redis_url, renderers=0) as new,
        renderer_here(tmp_path / "near", settings),
    ):
        visitor = await new().enter()
        await visitor.export("render_1", await visitor.clip(tmp_path, LONG))
        await visitor.reaching("render_1", "processing")
        (process,) = await wait_until(renderers)
        begun = time.monotonic()
        assert (await visitor.stop("render_1")).json()["data"]["status"] == "failed"
        await wait_until(lambda: process not in renderers(), 2, what="the renderer is rid of it")
        assert time.monotonic() - begun < 2
        assert (await visitor.status("render_1")).json()["reason"] == "cancelled"
        await visitor.export("render_2", small(await visitor.clip(tmp_path, "make it 1 second long")))
        assert (await visitor.reaching("render_2", "completed", "failed"))["status"] == "completed"


async def test_item_2_a_render_stopped_before_anybody_took_it_is_never_begun(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis, settings: DarkroomSettings
) -> None:
    async with open_darkroom(redis_url=redis_url, renderers=0) as new:
        visitor = await new().enter()
        draft = small(await visitor.clip(tmp_path))
        await visitor.export("render_1", draft)
        (queue,) = await _keys(redis, "darkroom:*:renders")
        await wait_until(lambda: _length(redis, queue, 1), what="it waits in the queue")
        await visitor.stop("render_1")
        await visitor.export("render_2", draft)
        async with renderer_here(tmp_path / "near", settings):
            assert (await visitor.reaching("render_2", "completed", "failed"))["status"] == "completed"
            assert (await visitor.status("render_1")).json()["reason"] == "cancelled"
            await wait_until(lambda: _length(redis, queue, 0), what="nothing is left in the queue")


async def _keys(redis: Redis, pattern: str, count: int = 1) -> list[str]:
    """The keys of a pattern, once there are so many."""

    async def found() -> list[str]:
        keys = [str(key) for key in await redis.keys(pattern)]
        return keys if len(keys) == count else []

    return await wait_until(found, what=f"{count} keys like {pattern}")


async def _length(redis: Redis, queue: str, length: int) -> bool:
    return bool(await redis.xlen(queue) == length)


async def test_item_2_a_renderer_that_leaves_hands_its_render_over_at_once(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis
) -> None:
    patient = load(data_dir=tmp_path / "data", redis_url=redis_url, renderers=1, render_lease=3600)
    async with open_darkroom(redis_url=redis_url, renderers=0) as new:
        visitor = await new().enter()
        await visitor.export("render_1", small(await visitor.clip(tmp_path, SHORT)))
        with ExitStack() as stack:
            async with renderer_here(tmp_path / "one", patient):
                stack.enter_context(held(*await wait_until(renderers, 30)))
                await visitor.reaching("render_1", "processing")
        assert renderers() == []
        async with renderer_here(tmp_path / "other", patient):
            assert (await visitor.reaching("render_1", "completed", "failed"))["status"] == "completed"


async def test_item_2_a_renderer_that_leaves_lets_a_short_render_end(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, settings: DarkroomSettings
) -> None:
    async with open_darkroom(redis_url=redis_url, renderers=0) as new:
        visitor = await new().enter()
        await visitor.export("render_1", small(await visitor.clip(tmp_path)))
        async with renderer_here(tmp_path / "one", settings, grace=30):
            await visitor.reaching("render_1", "processing", "completed")
        assert (await visitor.reaching("render_1", "completed"))["status"] == "completed"


async def test_item_2_the_renders_go_on_while_darkroom_restarts(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis, settings: DarkroomSettings
) -> None:
    async with renderer_here(tmp_path / "near", settings):
        async with open_darkroom(redis_url=redis_url, renderers=0) as new:
            before = await new().enter()
            await before.export("render_1", small(await before.clip(tmp_path, SHORT)))
            await before.reaching("render_1", "processing", "completed")
        async with open_darkroom(redis_url=redis_url, renderers=0) as new:
            after: Visitor = new()
            after.headers, after.session = before.headers, before.session
            assert (await after.reaching("render_1", "completed", "failed"))["status"] == "completed"
    (known,) = await _keys(redis, "darkroom:*:render:*")
    assert await redis.hget(known, "tries") == "1", "it was begun once"


async def test_item_2_a_redis_that_forgot_the_queue_is_asked_again(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis, settings: DarkroomSettings
) -> None:
    async with open_darkroom(redis_url=redis_url, renderers=0) as new, renderer_here(tmp_path / "near", settings):
        visitor = await new().enter()
        await visitor.export("render_0", await visitor.clip(tmp_path, LONG))
        await visitor.reaching("render_0", "processing")
        other = await new().enter("other")
        draft = small(await other.clip(tmp_path))
        await other.export("render_1", draft)
        (queue,) = await _keys(redis, "darkroom:*:renders")
        await wait_until(lambda: _length(redis, queue, 2), what="the second render waits")
        # What is in the queue is noted right afterwards: with a note and no queue, nobody would ask again.
        await _keys(redis, "darkroom:*:render:*", 2)
        await redis.flushdb()
        await visitor.stop("render_0")
        assert (await other.reaching("render_1", "completed", "failed"))["status"] == "completed"


async def test_item_2_connections_to_redis_that_are_cut_cost_nothing(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis, settings: DarkroomSettings
) -> None:
    async with open_darkroom(redis_url=redis_url, renderers=0) as new, renderer_here(tmp_path / "near", settings):
        visitor = await new().enter()
        await visitor.export("render_1", small(await visitor.clip(tmp_path, SHORT)))
        await visitor.reaching("render_1", "processing", "completed")
        await redis.client_kill_filter(_type="normal", skipme=True)
        await visitor.export("render_2", small(await visitor.clip(tmp_path, "make it 1 second long")))
        await redis.client_kill_filter(_type="normal", skipme=True)
        for export in ("render_1", "render_2"):
            assert (await visitor.reaching(export, "completed", "failed"))["status"] == "completed"
    for known in await _keys(redis, "darkroom:*:render:*", 2):
        assert await redis.hget(known, "tries") == "1", "each was begun once"


async def test_item_2_a_render_of_which_every_renderer_dies_fails(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis, settings: DarkroomSettings
) -> None:
    async with open_darkroom(redis_url=redis_url, renderers=0) as new:
        visitor = await new().enter()
        await visitor.export("render_1", small(await visitor.clip(tmp_path)))
        (known,) = await _keys(redis, "darkroom:*:render:*")
        await redis.hset(known, "tries", str(MOST_TRIES))
        async with renderer_here(tmp_path / "near", settings):
            failed = await visitor.reaching("render_1", "failed", "completed")
        assert failed["reason"] == "renderer_died"
        assert 0 < await redis.ttl(known) <= 3600, "its end was read and is soon forgotten"


async def test_item_2_a_renderer_takes_nothing_whose_files_it_does_not_reach(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis
) -> None:
    stranger = load(data_dir=tmp_path / "elsewhere", redis_url=redis_url, renderers=1)
    async with open_darkroom(redis_url=redis_url, renderers=0) as new, renderer_here(tmp_path / "far", stranger):
        visitor = await new().enter()
        await visitor.export("render_1", small(await visitor.clip(tmp_path)))
        await _keys(redis, "darkroom:*:renders", 2)
        await _keys(redis, "darkroom:*:render:*")
        assert (await visitor.status("render_1")).json()["status"] == "pending"


async def test_item_2_with_a_shared_redis_darkroom_renders_itself_too(
    open_darkroom: OpenDarkroom, tmp_path: Path, redis_url: str, redis: Redis
) -> None:
    async with open_darkroom(redis_url=redis_url) as new:
        visitor = await new().enter()
        await visitor.export("render_1", small(await visitor.clip(tmp_path)))
        assert (await visitor.reaching("render_1", "completed", "failed"))["status"] == "completed"
    assert renderers() == []


async def test_a_renderer_without_work_to_take_says_so(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("darkroom.queue.board._FIRST_TRIES", 0.1)
    with pytest.raises(WrongSetting, match="REDIS_URL"):
        async with rendering(load(data_dir=tmp_path), tmp_path, grace=0):
            pass
    with pytest.raises(WrongSetting, match="DARKROOM_RENDERERS"):
        async with rendering(load(data_dir=tmp_path, redis_url=redis_url, renderers=0), tmp_path, grace=0):
            pass
    with pytest.raises(WrongSetting, match="DARKROOM_RENDERERS"):
        load(data_dir=tmp_path, renderers=0)
    with pytest.raises(board.QueueUnreachable):
        async with rendering(load(data_dir=tmp_path, redis_url="redis://127.0.0.1:9"), tmp_path, grace=0):
            pass


async def test_item_2_a_renderer_ends_though_redis_hangs(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    with valkey() as (url, server):
        async with open_darkroom(redis_url=url, renderers=0) as new:
            visitor = await new().enter()
            own = load(data_dir=tmp_path / "data", redis_url=url, renderers=1, render_lease=60)
            try:
                async with renderer_here(tmp_path / "near", own):
                    await visitor.export("render_1", await visitor.clip(tmp_path, LONG))
                    await visitor.reaching("render_1", "processing")
                    os.kill(server, signal.SIGSTOP)
                    began = time.monotonic()
                assert time.monotonic() - began < 8, "not the time-outs of a call to Redis on top"
            finally:
                os.kill(server, signal.SIGCONT)


async def test_item_2_a_renderer_waits_while_redis_takes_no_writes() -> None:
    """As in a failover, during which it is a replica; and with its queue gone."""
    with valkey() as (url, _):
        async with (
            Redis.from_url(url) as redis,
            brokered(url, "place", renderer="far", lease=LEASE) as broker,
            brokered(url, "place") as darkroom,
        ):
            taking = asyncio.ensure_future(anext(broker.listen()))

            async def blocks() -> bool:
                return int((await redis.info("clients"))["blocked_clients"]) == 1

            await wait_until(blocks)
            await redis.replicaof("127.0.0.1", "1")
            done, _ = await asyncio.wait({taking}, timeout=0.5)
            assert not done
            await redis.replicaof("NO", "ONE")
            await redis.flushdb()
            await darkroom.send(Order("ab", {}))
            async with asyncio.timeout(10):
                assert b"ab" in (await taking).data


async def test_item_2_a_redis_that_is_of_no_use_is_said_so() -> None:
    with pytest.raises(board.QueueUnreachable, match="write it as redis://HOST:PORT/NUMBER"):
        async with board.opened("redis://127.0.0.1:9/first", "place"):
            pass
    refused = pytest.raises(board.QueueUnreachable, match="a replica that takes no writes: name the primary")
    with valkey("--replicaof", "127.0.0.1", "1") as (url, _), refused:
        async with board.opened(url, "place"):
            pass


async def test_item_2_a_redis_that_wants_a_password_is_said_so() -> None:
    with valkey() as (url, _):
        async with Redis.from_url(url) as redis:
            await redis.config_set("requirepass", "word")
        for wrong in (url, f"{url}?password=another"):
            with pytest.raises(board.QueueUnreachable, match="wants a name or a password"):
                async with board.opened(wrong, "place"):
                    pass
        async with board.opened(f"{url}?password=word", "place"):
            pass
