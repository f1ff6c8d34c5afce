"""One part of the program in a process of its own (`stillreel worker` and its like), and what it said when ready."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.program import COMMAND, environment


@dataclass
class Part:
    process: subprocess.Popen[str]
    said: str

    @property
    def seconds(self) -> float:
        """CPU seconds that it has used, its children's that have ended among them."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(each) for each in fields[11:15]) / os.sysconf("SC_CLK_TCK")

    @property
    def memory(self) -> int:
        """Bytes that it holds in memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    @property
    def url(self) -> str:
        found = re.search(r"http://\S+", self.said)
        assert found, self.said
        return found[0]

    async def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 20)


@asynccontextmanager
async def part(data_dir: Path, name: str, settings: Mapping[str, str]) -> AsyncIterator[Part]:
    """`stillreel NAME` for as long as the block lasts."""
    log = data_dir.parent / f"{name}.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [*COMMAND, name],
            env=environment(data_dir, settings),
            cwd=data_dir.parent,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        said = await asyncio.to_thread(process.stdout.readline)
        assert "ready" in said, f"it did not start: {said!r}\n{log.read_text()}"
        yield Part(process, said)
    finally:
        if process.poll() is None:
            process.kill()
            await asyncio.to_thread(process.wait)
        assert process.stdout is not None
        process.stdout.close()
