"""The embedded server, with real processes: what is written survives, nothing is left behind, there are never two."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.store.connection import connected
from core.store.server import SOCKET_PATH_BYTES, ServerFailed, embedded, socket_of, url_of
from tests.disks import fill, small_disk
from tests.waiting import wait_until

_OWNER = """
import asyncio, sys
from pathlib import Path
from core.store.connection import connected
from core.store.server import embedded

async def main():
    async with embedded(Path(sys.argv[1])) as url, connected(url) as redis:
        print((await redis.info("server"))["process_id"], flush=True)
        for line in iter(sys.stdin.readline, ""):
            await redis.set(line.strip(), "kept")
            print("written", flush=True)

asyncio.run(main())
"""
"""A program with a server of its own: says the server's process id, then writes each line it reads as a key."""


@asynccontextmanager
async def owner(data_dir: Path) -> AsyncIterator[tuple[Process, int]]:
    """That program and its server's process id."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _OWNER, str(data_dir), stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    assert program.stdout is not None
    try:
        said = await program.stdout.readline()
        if not said:
            assert program.stderr is not None
            pytest.fail((await program.stderr.read()).decode())
        yield program, int(said)
    finally:
        if program.returncode is None:
            program.kill()
        await program.communicate()


async def write(program: Process, name: str) -> None:
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(f"{name}\n".encode())
    assert await program.stdout.readline() == b"written\n"


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def pid_of(redis: Redis) -> int:
    return int((await redis.info("server"))["process_id"])


@pytest.fixture(autouse=True)
def no_server_left(tmp_path: Path) -> Iterator[None]:
    yield
    socket_of(tmp_path).unlink(missing_ok=True)
    for record in Path("/proc").glob("[0-9]*/cwd"):
        try:
            held = record.readlink()
        except OSError:
            continue
        if held.is_relative_to(tmp_path):
            os.kill(int(record.parent.name), signal.SIGKILL)


async def test_starts_keeps_its_data_and_ends_with_its_context(tmp_path: Path) -> None:
    async with embedded(tmp_path) as url, connected(url) as redis:
        assert url == url_of(tmp_path)
        first = await pid_of(redis)
        await redis.set("name", "kept")
    assert not lives(first)
    assert not socket_of(tmp_path).exists()
    async with embedded(tmp_path) as url, connected(url) as redis:
        assert await redis.get("name") == "kept"
        assert await pid_of(redis) != first


async def test_only_the_owner_of_the_socket_can_reach_it(tmp_path: Path) -> None:
    async with embedded(tmp_path):
        socket = socket_of(tmp_path)
        assert socket.stat().st_mode & 0o077 == 0
        assert socket.parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(sys.platform != "linux", reason="a parent's death is told on Linux alone")
async def test_ends_with_a_killed_program_and_has_kept_what_was_answered(tmp_path: Path) -> None:
    async with owner(tmp_path) as (program, server):
        await write(program, "before-the-kill")
        program.kill()
        await program.wait()
        await wait_until(lambda: not lives(server), what="the server ended with its program")
    async with embedded(tmp_path) as url, connected(url) as redis:
        assert await redis.get("before-the-kill") == "kept"


async def test_one_that_outlives_its_killed_program_is_replaced_and_loses_nothing(tmp_path: Path) -> None:
    async with owner(tmp_path) as (program, server):
        await write(program, "before-the-kill")
        # Stopped, it cannot act on the signal that its program's death brings: as where there is no such signal.
        os.kill(server, signal.SIGSTOP)
        program.kill()
        await program.wait()
        assert lives(server)
        resumed = asyncio.get_running_loop().call_later(0.3, os.kill, server, signal.SIGCONT)
        async with embedded(tmp_path) as url, connected(url) as redis:
            assert not lives(server)
            assert await pid_of(redis) != server
            assert await redis.get("before-the-kill") == "kept"
        resumed.cancel()


async def test_one_that_hangs_is_killed_and_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.server._STOP_SECONDS", 0.2)
    async with owner(tmp_path) as (program, server):
        await write(program, "before-the-kill")
        os.kill(server, signal.SIGSTOP)
        program.kill()
        await program.wait()
        async with embedded(tmp_path) as url, connected(url) as redis:
            assert not lives(server)
            assert await redis.get("before-the-kill") == "kept"


async def test_never_two_on_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody knows who holds the folder, nobody is ended, and nothing is started."""
    monkeypatch.setattr("core.store.server._STOP_SECONDS", 0.1)
    async with owner(tmp_path) as (program, server):
        (tmp_path / "redis" / "server.json").write_text("{}")
        with pytest.raises(ServerFailed, match="another server is at work"):
            async with embedded(tmp_path):
                pytest.fail("a second server was started")
        assert lives(server)
        await write(program, "goes-on")


async def test_a_process_id_given_to_another_program_is_not_ended(tmp_path: Path) -> None:
    other = await asyncio.create_subprocess_exec("sleep", "60")
    try:
        (tmp_path / "redis").mkdir()
        (tmp_path / "redis" / "server.json").write_text(f'{{"pid": {other.pid}, "socket": "{socket_of(tmp_path)}"}}')
        async with embedded(tmp_path) as url, connected(url) as redis:
            await redis.ping()
        assert lives(other.pid)
    finally:
        other.kill()
        await other.wait()


async def test_is_started_again_when_it_is_killed(tmp_path: Path) -> None:
    async with embedded(tmp_path) as url, connected(url) as redis:
        await redis.set("name", "kept")
        first = await pid_of(redis)
        os.kill(first, signal.SIGKILL)
        await wait_until(lambda: not lives(first))
        # The client's own retries bridge the gap.
        assert await redis.get("name") == "kept"
        second = await pid_of(redis)
        assert second != first
    assert not lives(second)


async def test_is_started_again_when_its_socket_was_swept_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.server._LOOK_SECONDS", 0.05)
    async with embedded(tmp_path) as url:
        async with connected(url) as redis:
            await redis.set("name", "kept")
        socket_of(tmp_path).unlink()
        await wait_until(socket_of(tmp_path).exists)
        async with connected(url) as redis:
            assert await redis.get("name") == "kept"


async def test_a_torn_tail_of_its_log_loads_what_was_whole(tmp_path: Path) -> None:
    async with embedded(tmp_path) as url, connected(url) as redis:
        await redis.set("whole", "kept")
        await redis.set("torn", "x" * 1000)
    (log,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    os.truncate(log, log.stat().st_size - 500)
    async with embedded(tmp_path) as url, connected(url) as redis:
        assert await redis.get("whole") == "kept"
        assert await redis.get("torn") is None


@pytest.mark.parametrize("torn", [0, 500])
async def test_a_log_whose_last_blocks_were_never_written_loads_what_was_whole(tmp_path: Path, torn: int) -> None:
    """As a file system leaves it after a loss of power."""
    async with embedded(tmp_path) as url, connected(url) as redis:
        await redis.set("whole", "kept")
        await redis.set("last", "x" * 1000)
    (log,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    size = log.stat().st_size
    os.truncate(log, size - torn)
    os.truncate(log, size + 100_000)
    async with embedded(tmp_path) as url, connected(url) as redis:
        assert await redis.get("whole") == "kept"
        assert await redis.get("last") == (None if torn else "x" * 1000)
        await redis.set("next", "kept")
    async with embedded(tmp_path) as url, connected(url) as redis:
        assert await redis.get("next") == "kept"


async def test_a_log_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    async with embedded(tmp_path) as url, connected(url) as redis:
        await redis.set("name", "kept")
    (log,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    log.write_bytes(b"\0" * 100 + log.read_bytes())
    with pytest.raises(ServerFailed, match=r"ended at once: see .*server\.log"):
        async with embedded(tmp_path):
            pytest.fail("started with a log that cannot be read")


@pytest.mark.parametrize("where", ["/proc/nowhere", "a file"])
async def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, where: str) -> None:
    data_dir = Path(where)
    if where == "a file":
        data_dir = tmp_path / "file"
        data_dir.write_text("")
    with pytest.raises(ServerFailed, match=r"cannot be written .*: set DATA_DIR") as caught:
        async with embedded(data_dir):
            pytest.fail("started without a folder")
    assert "\n" not in str(caught.value)


async def test_a_disk_that_is_full_at_the_start_is_one_sentence(tmp_path: Path) -> None:
    with small_disk(tmp_path / "small") as data_dir:
        filler = fill(data_dir)
        with pytest.raises(ServerFailed, match=r"cannot be written \(No space left on device\): make room there"):
            async with embedded(data_dir):
                pytest.fail("started without room")
        filler.unlink()
        async with embedded(data_dir) as url, connected(url) as redis:
            assert await redis.set("name", "kept")


async def test_a_runtime_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    socket_of(tmp_path).parent.mkdir(mode=0o755)
    with pytest.raises(ServerFailed, match="belongs to somebody else"):
        async with embedded(tmp_path):
            pytest.fail("started with a socket that others can reach")


def test_the_socket_of_a_very_deep_folder_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path.joinpath(*["a-long-name"] * 40)
    assert len(os.fsencode(socket_of(deep))) <= SOCKET_PATH_BYTES
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    assert len(os.fsencode(socket_of(deep))) <= SOCKET_PATH_BYTES
    assert socket_of(deep) != socket_of(deep.parent)
    assert socket_of(deep) == socket_of(deep / ".." / deep.name)


async def test_a_very_deep_folder_works(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-long-name"] * 20)
    async with embedded(deep) as url, connected(url) as redis:
        assert await redis.ping()


async def test_a_start_that_is_cancelled_leaves_no_server(tmp_path: Path) -> None:
    async def run() -> None:
        async with embedded(tmp_path):
            await asyncio.Event().wait()

    task = asyncio.create_task(run())
    record = tmp_path / "redis" / "server.json"
    await wait_until(record.exists)
    pid = int(record.read_text().split(":")[1].split(",")[0])
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not lives(pid)
