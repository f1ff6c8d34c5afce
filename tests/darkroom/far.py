"""A renderer in a process of its own, as on another machine: it shares Redis and the files with darkroom, no more."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.program import ROOT

PROGRAM = """
import asyncio, sys
from pathlib import Path
from darkroom.renderer import rendering
from darkroom.settings import load

async def main():
    async with rendering(load(renderers=1, render_lease=float(sys.argv[2])), Path(sys.argv[1]), grace=0) as ready:
        print(ready, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


@asynccontextmanager
async def renderer_process(
    folder: Path, settings: Mapping[str, str], *, lease: float, core: int | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A renderer that renders one clip at a time; `core`: the one that it and its children run on."""
    scratch = folder / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "DATA_DIR": str(folder), **settings}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, str(scratch), str(lease)),
        env=environment,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        assert process.stdout is not None
        assert b"ready" in await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
