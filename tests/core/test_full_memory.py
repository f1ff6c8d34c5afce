"""A Redis whose memory is full (`maxmemory`, no eviction): work waits for room and goes on, nobody is in silence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from redis import Redis as Client
from structlog.testing import capture_logs

from core.jobs.worker import Worker
from core.store.connection import connected
from tests.core.conversing import ALICE, Backend, House, Room, housed
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Altered
from tests.valkey import valkey
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def own_url() -> Iterator[str]:
    with valkey() as (url, _):
        yield url


@asynccontextmanager
async def opened(url: str, nemo: Backend, folder: Path) -> AsyncIterator[tuple[House, Room, ScriptedNemo, Client]]:
    """A house over that server, Alice's room in it, and a client with which the server's memory is filled."""
    assert nemo.nemo is not None
    with Client.from_url(url) as other:
        async with connected(url) as redis, housed(nemo, redis, folder) as house:
            await redis.flushdb()
            # The account: who gets a token that cannot be kept waits for the next one.
            await house.client.credits()
            yield house, house.private(ALICE), nemo.nemo, other


@pytest.mark.parametrize("call", ["session", "render", "render_status"])
async def test_item_3_a_memory_that_is_full_is_waited_for(
    own_url: str, nemo: Backend, photo: Path, tmp_path: Path, call: str
) -> None:
    async with opened(own_url, nemo, tmp_path) as (house, room, script, other):

        def full(answer: Any) -> Any:
            other.config_set("maxmemory", 1)
            return answer

        script.script(call, Altered(full))
        asked = await room.say("fly", photo)
        with capture_logs() as logs:
            async with house.working(Worker(house.desk, 8, 0.5, tell_every=0.05)):
                await wait_until(lambda: any(each["event"] == "disk_full" for each in logs), 20)
                await wait_until(lambda: any(each["event"].endswith(("waits", "_wait")) for each in logs), 20)
                other.config_set("maxmemory", 0)
                await room.video(asked)
        assert [each["where"] for each in logs if each["event"] == "disk_full"] == ["the store's"]
        assert not [each for each in logs if "exc_info" in each]
        assert script.prompts == ["fly"]
        assert script.count("session") <= 2, "each may cost credits"


async def test_item_3_an_outcome_that_the_store_cannot_take_is_told_when_it_can(
    own_url: str, nemo: Backend, photo: Path, tmp_path: Path
) -> None:
    async with opened(own_url, nemo, tmp_path) as (house, room, script, other):

        def full(answer: Any) -> Any:
            other.config_set("maxmemory", 1)
            return {"code": 2001, "message": "insufficient credits"}

        script.script("session", Altered(full))
        asked = await room.say("fly", photo)
        with capture_logs() as logs:
            async with house.working():
                await wait_until(lambda: any(each["event"] == "outcome_waits" for each in logs), 20)
                other.config_set("maxmemory", 0)
                outcome = await room.outcome(asked)
        assert "register" in outcome.message.text, outcome
