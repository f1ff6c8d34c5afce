"""The platforms' servers and a photo for the runs, and the seed, which is printed."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos.load import Load
from tests.chaos.on_discord import OnDiscord
from tests.chaos.on_telegram import OnTelegram
from tests.counterparts.discord import Discord
from tests.counterparts.telegram import Telegram
from tests.photos import landscape


@pytest.fixture
async def telegram() -> AsyncIterator[OnTelegram]:
    async with Telegram("123456:TEST-token-that-no-log-may-ever-show") as server:
        yield OnTelegram(server)


@pytest.fixture
async def discord() -> AsyncIterator[OnDiscord]:
    async with Discord() as server:
        yield OnDiscord(server)


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    return landscape(tmp_path / "photo.jpg", (480, 360)).read_bytes()


@pytest.fixture
def load(telegram: OnTelegram, photo: bytes) -> Load:
    """On Telegram."""
    return Load([telegram], photo)


@pytest.fixture
def load_on_discord(discord: OnDiscord, photo: bytes) -> Load:
    return Load([discord], photo)


@pytest.fixture
def load_on_both(telegram: OnTelegram, discord: OnDiscord, photo: bytes) -> Load:
    return Load([telegram, discord], photo)


@pytest.fixture
def seed() -> int:
    """`SEED` repeats a run."""
    found = int(os.environ.get("SEED") or int.from_bytes(os.urandom(3)))
    print(f"SEED={found} make chaos  repeats this run")
    return found
