"""One renderer process, as an object: a job goes in, its progress comes back, and it ends with a file or an error.

The process is `python -m darkroom.render`, which speaks JSON lines: a job each on its input, `{"ready": true}`,
`{"progress": 0.42}`, `{"done": true}` or `{"failed": "<sentence>", "reason": "<word>"}` on its output. It is started
at the first job, kept warm for the next, and given the lowest claim to the processor, so that the server stays quick.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NICENESS = 10
_TAIL = 2000
_GOODBYE = 1.0
"""Seconds that an idle renderer gets to end by itself."""


class RenderFailed(Exception):
    """The renderer could not make the clip, and would not another time. The text is for the log alone."""

    def __init__(self, sentence: str, reason: str | None) -> None:
        super().__init__(sentence)
        self.reason = reason


class RendererDied(Exception):
    """The process ended, fell silent or made no sense in the middle of a job."""


@dataclass(frozen=True, slots=True)
class Job:
    """`files`: where the draft's uploads lie. `out`: where the MP4 goes, which is replaced."""

    draft: Mapping[str, Any]
    files: Mapping[str, Path]
    out: Path

    def line(self) -> bytes:
        files = {upload: str(path) for upload, path in self.files.items()}
        return json.dumps({"draft": self.draft, "files": files, "out": str(self.out)}).encode() + b"\n"


class Renderer:
    """For one job at a time. `stall`: seconds of silence after which the process counts as dead."""

    def __init__(self, stall: float) -> None:
        self._stall = stall
        self._process: Process | None = None
        self._complaints: asyncio.Task[str] | None = None

    async def render(self, job: Job, on_progress: Callable[[float], None]) -> None:
        """Raises `RenderFailed`, `RendererDied`. Where it is cancelled, the process is killed with its job."""
        try:
            process = await self._ready()
            await _say(process, job.line())
            while True:
                word = await self._listen(process)
                if "progress" in word:
                    on_progress(min(1.0, max(0.0, float(word["progress"]))))
                elif word.get("done"):
                    return
                elif "failed" in word:
                    reason = word.get("reason")
                    failure = RenderFailed(str(word["failed"]), None if reason is None else str(reason))
                    break
        except RendererDied as death:
            complaints = await self.kill()
            raise RendererDied(f"{death}: {complaints}") from None
        except (TypeError, ValueError) as error:
            await self.kill()
            raise RendererDied("it spoke nonsense") from error
        except BaseException:
            await self.kill()
            raise
        raise failure

    async def kill(self) -> str:
        """→ how the process ended, and the last that it complained of."""
        process, self._process = self._process, None
        if process is None or self._complaints is None:
            return ""
        with suppress(ProcessLookupError):
            process.kill()
        await _ended(process)
        return f"status {process.returncode}, {await self._complaints!r}"

    async def close(self) -> None:
        """End an idle process."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(_GOODBYE):
                await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
            await _ended(process)

    async def _ready(self) -> Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "darkroom.render", stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        assert process.stderr is not None
        self._complaints = asyncio.create_task(_tail(process.stderr))
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        while not (await self._listen(process)).get("ready"):
            pass
        return process

    async def _listen(self, process: Process) -> dict[str, Any]:
        assert process.stdout is not None
        try:
            async with asyncio.timeout(self._stall):
                line = await process.stdout.readline()
        except TimeoutError as error:
            raise RendererDied("it fell silent") from error
        if not line.endswith(b"\n"):
            raise RendererDied("it ended")
        word = json.loads(line)
        if not isinstance(word, dict):
            raise TypeError("not an object")
        return word


async def _say(process: Process, line: bytes) -> None:
    assert process.stdin is not None
    try:
        process.stdin.write(line)
        await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError) as error:
        raise RendererDied("it took no job") from error


async def _tail(stream: asyncio.StreamReader) -> str:
    """The end of what was written, once it is over."""
    kept = b""
    while chunk := await stream.read(_TAIL):
        kept = (kept + chunk)[-_TAIL:]
    return kept.decode(errors="replace")


async def _ended(process: Process) -> None:
    """Wait until the system has let go of a process that was told to end, even where the waiting is cancelled."""
    ending = asyncio.ensure_future(process.wait())
    cancelled = False
    while not ending.done():
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
