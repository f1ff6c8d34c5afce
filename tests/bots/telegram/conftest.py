"""One program on one Telegram for all tests of this folder that can share it: each test has chats of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.bots.telegram import running
from tests.counterparts.telegram import Telegram


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def telegram(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    """A Telegram whose bot sees all messages of its groups (privacy mode off), with the program at work.

    A test that uses it must run in its loop, `pytest.mark.asyncio(loop_scope="package")`: in another it would wait for
    ever.
    """
    folder = tmp_path_factory.mktemp("up")
    async with Telegram(running.TOKEN, privacy=False) as telegram, running.bot(telegram, folder / "data"):
        yield telegram


@pytest.fixture(scope="package")
def photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return running.photo(tmp_path_factory.mktemp("photos"))
