"""A process's own folder: kept from others that start at the same moment, also where locks are not known."""

from __future__ import annotations

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from bots.spool import spooled


def test_processes_that_start_at_once_keep_their_folders(tmp_path: Path) -> None:
    many = 4
    meet, all_in = Barrier(many), Barrier(many)

    def start(name: str) -> bool:
        meet.wait()
        with spooled(tmp_path, name) as folder:
            all_in.wait(10)
            return folder.is_dir()

    with ThreadPoolExecutor(many) as pool:
        for turn in range(25):
            assert all(pool.map(start, [f"{turn}-{number}" for number in range(many)]))
    assert list((tmp_path / "spool").iterdir()) == []


def test_a_file_system_without_locks_is_used_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_file: int, _operation: int) -> None:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr(fcntl, "flock", unknown)
    with spooled(tmp_path, "one") as one, spooled(tmp_path, "two") as two:
        assert (one.is_dir(), two.is_dir()) == (True, True)
