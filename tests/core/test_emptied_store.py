"""A Redis that comes back empty, or is emptied, while a job is at work: the one who does it brings it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from redis import Redis as Client
from redis.asyncio import Redis

from core.jobs.worker import Worker
from tests.core.conversing import Backend, housed
from tests.counterparts.sockets import Altered


@pytest.mark.parametrize("call", ["upload", "render_status"])
async def test_item_1_a_job_at_work_outlives_a_store_that_was_emptied(
    redis_url: str, redis: Redis, nemo: Backend, photo: Path, tmp_path: Path, call: str
) -> None:
    assert nemo.nemo is not None
    with Client.from_url(redis_url) as other:

        def emptied(answer: Any) -> Any:
            other.flushdb()
            return answer

        async with housed(nemo, redis, tmp_path) as house:
            nemo.nemo.script(call, Altered(emptied))
            room = house.private()
            asked = await room.say("fly", photo)
            async with house.working(Worker(house.desk, 8, 0.5)):
                await room.video(asked)
                await room.settled()
                # And the next one, in a group of workers that was gone.
                await room.video(await room.say("slower", photo))
            assert len(await room.videos()) == 2
        assert nemo.nemo.prompts == ["fly", "slower"]
