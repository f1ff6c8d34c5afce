"""A gate between a process and Redis: commands go through over a Unix socket, and can be stopped at a boundary.

What a listener was told and has not written down yet is seen nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tests import lines
from tests.chaos.gates import Exchange, Traps, When
from tests.lines import PIECE, End

REDIS = "redis"
"""The path of what passes here; its method is the command's name."""


class Line(lines.Line):
    """One that stops what the traps are set for."""

    def __init__(self, path: Path, target: Path, traps: Traps) -> None:
        super().__init__(path, target)
        self._traps = traps

    def directions(self, near: End, far: End) -> tuple[Coroutine[Any, Any, None], Coroutine[Any, Any, None]]:
        (reader, writer), (there, back) = near, far
        last = Exchange("", REDIS, time.monotonic())

        async def commands() -> None:
            while piece := await reader.read(PIECE):
                last.method, last.body = _name(piece), piece
                await self._traps.stop(When.BEFORE, last)
                back.write(piece)
                await back.drain()

        async def replies() -> None:
            while piece := await there.read(PIECE):
                await self._traps.stop(When.AFTER, last, piece)
                writer.write(piece)
                await writer.drain()

        return commands(), replies()


def _name(command: bytes) -> str:
    """Of a command as clients write it: "*3", the length of its name, its name."""
    parts = command.split(b"\r\n", 3)
    return parts[2].decode("ascii", "replace") if command.startswith(b"*") and len(parts) > 2 else ""
