"""What every test may ask for: a real Valkey, one for each test process, emptied before each test that uses it.

And the order in which the files run.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.store.connection import connected
from core.store.server import binary, die_with_parent

_START_SECONDS = 20.0

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
    """URL of an embedded Valkey that keeps nothing on disk. It ends with the test process, however that ends."""
    folder = Path(tempfile.mkdtemp(prefix="stillreel-test-", dir="/tmp"))
    path = folder / "valkey.sock"
    with (folder / "valkey.log").open("wb") as log:
        server = subprocess.Popen(
            [
                binary(),
                *("--port", "0", "--unixsocket", str(path), "--dir", str(folder)),
                *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,
        )
    try:
        _await_answer(server, path, folder / "valkey.log")
        yield f"unix://{path}"
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A connected client on an empty database."""
    async with connected(redis_url) as client:
        await client.flushdb()
        yield client


def _await_answer(server: subprocess.Popen[bytes], path: Path, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            break
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(path))
                client.sendall(b"PING\r\n")
                if client.recv(16).startswith(b"+PONG"):
                    return
        except OSError:
            pass
        time.sleep(0.01)
    raise RuntimeError(f"the tests' Valkey did not start:\n{log.read_text('utf-8', 'replace')}")
