"""A process's own folder for files on their way: `DATA_DIR/spool/<name>`, gone when the process ends, however it ends.

The folder is locked for as long as its process lives; what a killed one left behind is removed by the next that starts.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def spooled(data_dir: Path, name: str) -> Iterator[Path]:
    """`name` is unique to the process. Raises `OSError` where the data directory cannot be written."""
    spool = data_dir / "spool"
    spool.mkdir(parents=True, exist_ok=True)
    for left in spool.iterdir():
        _remove_if_left(left)
    folder = spool / name
    folder.mkdir()
    lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _remove_if_left(folder: Path) -> None:
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # another process has just removed it
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        pass
    finally:
        os.close(lock)
