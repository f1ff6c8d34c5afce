"""One host for each data directory, over processes, whatever becomes of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bots.host import Busy, Host, NotWritable, announce, announced, claimed

HOST = Host(os.getpid(), "redis://:pass@localhost", "http://127.0.0.1:1", "http://127.0.0.1:2")

_CLAIMER = """
import sys
from pathlib import Path
from bots.host import Host, announce, claimed
with claimed(Path(sys.argv[1])):
    if sys.argv[2] == "announce":
        import os
        announce(Path(sys.argv[1]), Host(os.getpid(), "r", "b"))
    print("claimed", flush=True)
    sys.stdin.read()
"""


@contextmanager
def other_host(data_dir: Path, does: str = "announce") -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is the host until its input ends."""
    program = subprocess.Popen(
        [sys.executable, "-c", _CLAIMER, str(data_dir), does], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert program.stdout is not None
        assert program.stdout.readline() == b"claimed\n"
        yield program
    finally:
        program.kill()
        program.communicate()


def test_the_folder_is_made_and_what_the_host_says_is_read(tmp_path: Path) -> None:
    data_dir = tmp_path / "deep" / "data"
    with claimed(data_dir):
        assert announced(data_dir) is None
        announce(data_dir, HOST)
        assert announced(data_dir) == HOST
        announce(data_dir, Host(1, "r", "b"))
        assert announced(data_dir) == Host(1, "r", "b")
    assert announced(data_dir) is None


def test_nobody_else_can_read_what_the_host_says(tmp_path: Path) -> None:
    with claimed(tmp_path):
        announce(tmp_path, HOST)
        assert (tmp_path / "host.json").stat().st_mode & 0o077 == 0


def test_a_second_host_is_told_who_is_the_first(tmp_path: Path) -> None:
    with other_host(tmp_path) as program:
        with pytest.raises(Busy) as caught, claimed(tmp_path):
            pytest.fail("claimed twice")
        assert caught.value.pid == program.pid
        found = announced(tmp_path)
        assert found is not None
        assert found.pid == program.pid


def test_a_first_host_that_has_said_nothing_yet_is_known_to_be_there(tmp_path: Path) -> None:
    with other_host(tmp_path, "nothing"), pytest.raises(Busy) as caught, claimed(tmp_path):
        pytest.fail("claimed twice")
    assert caught.value.pid == 0


def test_within_one_process_too(tmp_path: Path) -> None:
    with claimed(tmp_path), pytest.raises(Busy), claimed(tmp_path):
        pytest.fail("claimed twice")
    with claimed(tmp_path):
        pass


def test_a_killed_host_is_followed_by_the_next_one_who_believes_nothing_it_said(tmp_path: Path) -> None:
    with other_host(tmp_path) as program:
        program.kill()
        program.wait()
        assert announced(tmp_path) is not None
        with claimed(tmp_path):
            assert announced(tmp_path) is None


def test_a_host_that_breaks_frees_its_folder(tmp_path: Path) -> None:
    def breaking() -> None:
        with claimed(tmp_path):
            announce(tmp_path, HOST)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        breaking()
    assert announced(tmp_path) is None
    with claimed(tmp_path):
        pass


def test_programs_that_a_host_starts_do_not_keep_its_lock(tmp_path: Path) -> None:
    with claimed(tmp_path):
        child = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        with claimed(tmp_path):
            pass
    finally:
        child.kill()
        child.wait()


def test_two_folders_have_two_hosts(tmp_path: Path) -> None:
    with claimed(tmp_path / "a"), claimed(tmp_path / "b"):
        pass


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": 1, "unknown": 2}'])
def test_what_cannot_be_read_is_as_if_nothing_was_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "host.json").write_text(text)
    assert announced(tmp_path) is None


@pytest.mark.parametrize("where", ["/proc/nowhere", "a file"])
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, where: str) -> None:
    data_dir = Path(where)
    if where == "a file":
        data_dir = tmp_path / "file"
        data_dir.write_text("")
    with pytest.raises(NotWritable, match="cannot be written") as caught, claimed(data_dir):
        pytest.fail("claimed")
    assert "\n" not in str(caught.value)
