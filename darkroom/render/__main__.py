"""A renderer process: jobs come in on standard input, what becomes of them goes out on standard output, line by line.

In:   {"draft": {…}, "files": {"<file id>": "<path>"}, "out": "<path>"}
Out:  {"ready": true} once, then for each job {"progress": 0.42} lines and at last {"done": true}
      or {"failed": "<one sentence for the log>", "reason": "<why>"}

A reason is a `BadPicture`'s, or "draft" for a job that makes no sense, "disk_full", or "broken" for anything else.
The process ends when its standard input is closed, also in the middle of a render: a parent that is killed leaves no
renderer behind. SIGINT is the parent's business.
"""

from __future__ import annotations

import errno
import io
import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TextIO

from darkroom import limits
from darkroom.render.clip import partial, render
from darkroom.render.pictures import BadPicture
from darkroom.timeline import BadDraft, Timeline, from_draft

PROGRESS_INTERVAL: Final = 0.1
"""Seconds between two lines of progress, at least."""
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Say = Callable[[Mapping[str, Any]], None]


class BadJob(Exception):
    """A line is not a job; the message says why."""


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    say = _speaker()
    jobs = Jobs(io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="replace"))
    say({"ready": True})
    for line in jobs:
        say(_run(line, say, jobs))


class Jobs:
    """The lines of a stream as they come. When it is closed the process ends at once, whatever it is doing."""

    def __init__(self, lines: TextIO) -> None:
        self._lines = lines
        self._waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.writing: Path | None = None
        """The unfinished file to take away when the process ends."""
        threading.Thread(target=self._watch, name="stdin", daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        while True:
            yield self._waiting.get()

    def _watch(self) -> None:
        for line in self._lines:
            if line.strip():
                self._waiting.put(line)
        if self.writing is not None:
            with suppress(OSError):
                self.writing.unlink()
        os._exit(0)


def _run(line: str, say: Say, jobs: Jobs) -> Mapping[str, Any]:
    """Does one job; what to say of its end."""
    try:
        timeline, files, out = _job(line)
        jobs.writing = partial(out)
        render(timeline, files, out, _throttled(say, time.monotonic))
    except (BadJob, BadDraft) as error:
        return {"failed": str(error), "reason": "draft"}
    except BadPicture as error:
        return {"failed": str(error), "reason": error.reason}
    except OSError as error:
        reason = "disk_full" if error.errno in _FULL else "broken"
        return {"failed": f"the clip could not be written or read: {error}", "reason": reason}
    except Exception as error:  # noqa: BLE001 - one job's fault must not end the process for the next
        return {"failed": f"{type(error).__name__}: {error}", "reason": "broken"}
    finally:
        jobs.writing = None
    return {"done": True}


def _job(line: str) -> tuple[Timeline, dict[str, Path], Path]:
    try:
        job = json.loads(line)
        files = {str(file): Path(path) for file, path in job["files"].items()}
        out, draft = Path(job["out"]), dict(job["draft"])
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadJob(f"the line is not a job: {error!r}") from error
    return limits.check(from_draft(draft), files), files, out


def _throttled(say: Say, clock: Callable[[], float]) -> Callable[[float], None]:
    said = clock() - PROGRESS_INTERVAL

    def on_progress(share: float) -> None:
        nonlocal said
        now = clock()
        if now - said >= PROGRESS_INTERVAL or share == 1:
            said = now
            say({"progress": round(share, 4)})

    return on_progress


def _speaker() -> Say:
    """Writes lines to standard output, which from here on is nobody else's: what libraries print goes to the log."""
    lines = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)

    def say(message: Mapping[str, Any]) -> None:
        try:
            lines.write(json.dumps(message, ensure_ascii=False) + "\n")
        except BrokenPipeError:
            os._exit(0)

    return say


if __name__ == "__main__":
    main()
