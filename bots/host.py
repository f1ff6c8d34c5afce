"""One host for each data directory: the process that runs its embedded server and its backend.

The host holds a lock on `DATA_DIR/host.lock` for as long as it lives (the system frees it when the process dies,
however it dies) and writes into `DATA_DIR/host.json` where its parts are reached; others attach to those.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path


class NotWritable(Exception):
    """The data directory cannot be written; the text says why."""


class Busy(Exception):
    """Another process is the host. `pid` is 0 where it has not yet said which."""

    def __init__(self, pid: int) -> None:
        super().__init__(f"process {pid} is the host")
        self.pid = pid


@dataclass(frozen=True, slots=True)
class Host:
    """Where a host's parts are reached."""

    pid: int
    redis_url: str
    backend_url: str
    web_url: str | None = None


@contextmanager
def claimed(data_dir: Path) -> Iterator[None]:
    """Be the host of a data directory, made where it is missing. Raises `Busy`, `NotWritable`."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / "host.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise NotWritable(f"{data_dir} cannot be written ({error.strerror})") from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            host = announced(data_dir)
            raise Busy(host.pid if host else 0) from error
        except OSError as error:
            raise NotWritable(f"{data_dir} cannot be locked ({error.strerror})") from error
        try:
            _file(data_dir).unlink(missing_ok=True)
            yield
        finally:
            _file(data_dir).unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def announce(data_dir: Path, host: Host) -> None:
    """Say where the host's parts are reached, all at once, and to this user alone: the URL may hold a password."""
    partial = data_dir / "host.json.new"
    partial.unlink(missing_ok=True)
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(asdict(host), file)
    partial.replace(_file(data_dir))


def announced(data_dir: Path) -> Host | None:
    """What the host has said, None where there is none or it is still starting."""
    try:
        return Host(**json.loads(_file(data_dir).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _file(data_dir: Path) -> Path:
    return data_dir / "host.json"
