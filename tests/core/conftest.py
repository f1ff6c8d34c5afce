"""The backends that the tests of the conversation run against, and a photo and a film that are small."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from redis.asyncio import Redis

from tests import photos
from tests.core.conversing import Backend, House, darkroom_in_thread, housed
from tests.counterparts.nemo import ScriptedNemo


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real MP4 for the scripted service to deliver: 64×48, ten frames."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for shade in range(0, 200, 20):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), shade, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


@pytest.fixture(scope="session")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photos.landscape(tmp_path_factory.mktemp("photos") / "hills.jpg", (320, 240))


@pytest.fixture(scope="session")
def other_photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return photos.portrait(tmp_path_factory.mktemp("photos") / "tower.jpg", (240, 320))


@pytest.fixture(scope="session")
def darkroom_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One darkroom for all tests; each has accounts and sessions of its own there."""
    with darkroom_in_thread(tmp_path_factory.mktemp("darkroom")) as url:
        yield url


@pytest.fixture
async def nemo(film: Path) -> AsyncIterator[Backend]:
    """The scripted service."""
    async with ScriptedNemo(video=film) as scripted:
        yield Backend("nemo", scripted.url, scripted)


@pytest.fixture(params=["darkroom", "nemo"])
def backend(request: pytest.FixtureRequest) -> Backend:
    """Both backends, one after the other."""
    if request.param == "darkroom":
        return Backend("darkroom", request.getfixturevalue("darkroom_url"))
    found: Backend = request.getfixturevalue("nemo")
    return found


@pytest.fixture
async def house(backend: Backend, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    """A process with a worker, against either backend."""
    async with housed(backend, redis, tmp_path) as house, house.working():
        yield house


@pytest.fixture
async def cloud(nemo: Backend, redis: Redis, tmp_path: Path) -> AsyncIterator[House]:
    """A process with a worker, against the scripted service alone."""
    async with housed(nemo, redis, tmp_path) as house, house.working():
        yield house
