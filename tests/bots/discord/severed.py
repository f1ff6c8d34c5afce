"""A store behind a line that can be cut: a Redis URL comes in, another one goes out, which works until it is cut."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.lines import Line


@asynccontextmanager
async def severed(url: str, folder: Path) -> AsyncIterator[Line]:
    """`url`: unix://…; `folder`: for the socket of the line."""
    line = Line(folder / "line", Path(urlsplit(url).path))
    await line.open()
    try:
        yield line
    finally:
        await line.shut()
