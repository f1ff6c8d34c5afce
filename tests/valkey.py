"""A Valkey of one's own on a Unix socket, ended with the process that started it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.store.server import binary, die_with_parent

_START_SECONDS = 20.0


@contextmanager
def valkey(*options: str) -> Iterator[tuple[str, int]]:
    """Run a server that keeps nothing on disk. → its URL and its process id. `options`: further ones of its own."""
    folder = Path(tempfile.mkdtemp(prefix="stillreel-test-", dir="/tmp"))
    path = folder / "valkey.sock"
    with (folder / "valkey.log").open("wb") as log:
        server = subprocess.Popen(
            [
                binary(),
                *("--port", "0", "--unixsocket", str(path), "--dir", str(folder)),
                *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
                *options,
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,
        )
    try:
        _await_answer(server, path, folder / "valkey.log")
        yield f"unix://{path}", server.pid
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


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
