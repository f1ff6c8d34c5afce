"""The site for tests of one event loop, and the pictures and films that visitors send and get."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import av
import pytest
from redis.asyncio import Redis

from core.chat import Video
from tests.bots.web.scripted import Site, served
from tests.photos import landscape, scene


@pytest.fixture
async def site(redis: Redis, tmp_path: Path) -> AsyncIterator[Site]:
    async with served(redis, tmp_path / "web") as running:
        yield running


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return landscape(tmp_path_factory.mktemp("photos") / "hills.jpg", (640, 480))


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Video:
    """A real MP4 of one second, upright: the scene moving sideways."""
    path = tmp_path_factory.mktemp("videos") / "hills.mp4"
    width, height, rate = 180, 320, 12
    still = scene(width + rate, height)
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(rate):
            frame = av.VideoFrame.from_ndarray(still[:, number : number + width].copy(), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return Video(path, "hills.mp4", path.stat().st_size, width, height, 1.0)
