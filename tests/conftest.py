"""What every test may ask for: a real Valkey, one for each test process, emptied before each test that uses it.

And the order in which the files run.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from core.store.connection import connected
from tests.valkey import valkey

_FIRST = (
    "tests/bots/test_up.py",
    "tests/bots/test_make.py",
    "tests/bots/test_make_clips.py",
    "tests/bots/test_bad_input.py",
    "tests/bots/",
    "tests/darkroom/",
)
"""How paths begin of what runs before the rest, the slowest first: no process is alone with a long file in the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((at for at, start in enumerate(_FIRST) if item.nodeid.startswith(start)), len(_FIRST))

    items.sort(key=place)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """URL of a Valkey that keeps nothing on disk. It ends with the test process, however that ends."""
    with valkey() as (url, _):
        yield url


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connected client on an empty database."""
    async with connected(redis_url) as client:
        await client.flushdb()
        yield client
