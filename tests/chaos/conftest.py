"""A Telegram server and a photo for the runs, and the seed, which is printed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.load import Load
from tests.counterparts.telegram import Telegram
from tests.photos import landscape


@pytest.fixture
async def telegram() -> AsyncIterator[Telegram]:
    async with Telegram("123456:TEST-token-that-no-log-may-ever-show") as telegram:
        yield telegram


@pytest.fixture
def load(telegram: Telegram, tmp_path: Path) -> Load:
    return Load(telegram, landscape(tmp_path / "photo.jpg", (480, 360)).read_bytes())


@pytest.fixture
def seed() -> int:
    """`SEED` repeats a run."""
    found = int(os.environ.get("SEED") or int.from_bytes(os.urandom(3)))
    print(f"SEED={found} make chaos  repeats this run")
    return found
