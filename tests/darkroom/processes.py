"""The renderer processes that live, for tests that count, kill or await them (Linux' /proc)."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_strangers: set[int] = set()


def overlook_renderers() -> None:
    """From now on `renderers` leaves out those that live already: another test's, or another darkroom's."""
    _strangers.update(renderers())


def renderers(parent: int | None = None) -> list[int]:
    """The process ids of the renderers that a process (this one unless named) has started, strangers left out."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdigit() else []
            if b"darkroom.render" in words:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == (parent or os.getpid()) and fields[0] != "Z":
                    found.append(int(folder.name))
        except (OSError, ProcessLookupError):
            continue
    return [each for each in found if each not in _strangers]


@contextmanager
def held(*processes: int) -> Iterator[None]:
    """They stand still meanwhile: whatever they render lasts, on the fastest machine too. They can be killed."""
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGCONT)
