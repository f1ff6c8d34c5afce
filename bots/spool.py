"""A process's own folder for files on their way: `DATA_DIR/spool/<name>`, gone when the process ends, however it ends.

The folder is locked for as long as its process lives; what a killed one left behind is removed by the next that starts.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def spooled(data_dir: Path, name: str) -> Iterator[Path]:
    """`name` is unique to the process. Raises `OSError` where the data directory cannot be written."""
    spool = data_dir / "spool"
    spool.mkdir(parents=True, exist_ok=True)
    for left in spool.iterdir():
        _remove_if_left(left)
    folder = spool / name
    lock = _locked(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _locked(folder: Path) -> int:
    """Make the folder and lock it; made again where another process that starts took it for one left behind."""
    while True:
        folder.mkdir(exist_ok=True)
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue
        with suppress(OSError):  # a file system without locks: then nobody removes what is left there
            fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_still(lock, folder):
            return lock
        os.close(lock)


def _is_still(lock: int, folder: Path) -> bool:
    """Whether the locked folder is the one that has this name now: it may have been removed and made anew."""
    try:
        return os.path.samestat(os.fstat(lock), folder.stat())
    except FileNotFoundError:
        return False


def _remove_if_left(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # another process has just removed it
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if _is_still(lock, folder):
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:  # its process lives, or the file system knows no locks
        pass
    finally:
        os.close(lock)
