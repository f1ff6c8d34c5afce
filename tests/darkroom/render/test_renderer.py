"""The renderer process: its lines, and when it ends."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from darkroom.timeline import Canvas, Motion, Shot, Timeline, to_draft
from tests import photos

PATIENCE = 20
"""Seconds after which a process that should have said something has not."""


class Renderer:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def ask(self, job: dict[str, Any] | str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write((job if isinstance(job, str) else json.dumps(job)) + "\n")
        self.process.stdin.flush()

    def hear(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        heard: dict[str, Any] = json.loads(self.process.stdout.readline())
        return heard

    def outcome(self) -> tuple[list[float], dict[str, Any]]:
        """The progress of a job, and the line that ends it."""
        shares = []
        while "progress" in (line := self.hear()):
            shares.append(line["progress"])
        return shares, line


@contextmanager
def started(preparing: Callable[[], None] | None = None) -> Iterator[Renderer]:
    process = subprocess.Popen(
        [sys.executable, "-m", "darkroom.render"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=preparing,
    )
    impatience = threading.Timer(PATIENCE, process.kill)
    impatience.start()
    try:
        with process:
            yield Renderer(process)
            process.kill()
    finally:
        impatience.cancel()


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    with started() as process:
        assert process.hear() == {"ready": True}
        yield process


def job(photo: Path, out: Path, milliseconds: int = 1000, canvas: Canvas | None = None) -> dict[str, Any]:
    shot = Shot("a", photo.name, milliseconds, Motion.ZOOM_IN)
    draft = to_draft(Timeline(canvas or Canvas(90, 160), (shot,)))
    return {"draft": draft, "files": {"a": str(photo)}, "out": str(out)}


def test_it_draws_one_job_after_the_other(renderer: Renderer, landscape: Path, tmp_path: Path) -> None:
    for name in ("one.mp4", "二.mp4"):
        renderer.ask(job(landscape, tmp_path / name))
        shares, end = renderer.outcome()
        assert end == {"done": True}
        assert shares == sorted(shares)
        assert shares[-1] == 1
        assert (tmp_path / name).stat().st_size > 1000
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mp4", "二.mp4"]


def test_it_tells_of_its_progress_but_not_of_every_frame(renderer: Renderer, landscape: Path, tmp_path: Path) -> None:
    renderer.ask(job(landscape, tmp_path / "clip.mp4", 10_000))
    shares, _ = renderer.outcome()
    assert 2 <= len(shares) < 150


def test_a_job_that_fails_says_why_and_the_next_one_is_done(
    renderer: Renderer, landscape: Path, tmp_path: Path
) -> None:
    good = job(landscape, tmp_path / "clip.mp4")
    bad = {
        "damaged": job(photos.truncated_jpeg(tmp_path / "a.jpg", (320, 240)), tmp_path / "clip.mp4"),
        "empty": job(photos.empty_file(tmp_path / "b.jpg"), tmp_path / "clip.mp4"),
        "not_media": job(photos.text_file(tmp_path / "c.jpg"), tmp_path / "clip.mp4"),
        "broken": job(tmp_path / "missing.jpg", tmp_path / "clip.mp4"),
        "draft": job(landscape, tmp_path / "clip.mp4", 100),
    }
    for reason, asked in bad.items():
        renderer.ask(asked)
        _, end = renderer.outcome()
        assert end["reason"] == reason
        assert end["failed"]
        assert "\n" not in end["failed"]
    for nonsense in ("{", "[]", '{"draft": 3}', json.dumps({**good, "draft": {"t": [{"tt": 0}]}})):
        renderer.ask(nonsense)
        assert renderer.outcome()[1]["reason"] == "draft"
    renderer.ask(good)
    assert renderer.outcome()[1] == {"done": True}


def test_a_full_disk_is_told_apart(landscape: Path, tmp_path: Path) -> None:
    def small_files_only() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    with started(small_files_only) as renderer:
        renderer.hear()
        renderer.ask(job(landscape, tmp_path / "clip.mp4", 2000, Canvas(360, 640)))
        assert renderer.outcome()[1]["reason"] == "disk_full"
        assert list(tmp_path.iterdir()) == []


def test_it_ends_when_its_input_is_closed(renderer: Renderer) -> None:
    assert renderer.process.stdin is not None
    renderer.process.stdin.close()
    assert renderer.process.wait(PATIENCE) == 0


def test_it_ends_in_the_middle_of_a_render_and_takes_the_unfinished_file_along(
    renderer: Renderer, landscape: Path, tmp_path: Path
) -> None:
    renderer.ask(job(landscape, tmp_path / "clip.mp4", 60_000, Canvas(720, 1280)))
    while not list(tmp_path.iterdir()):
        assert "progress" in renderer.hear()
    assert renderer.process.stdin is not None
    renderer.process.stdin.close()
    assert renderer.process.wait(PATIENCE) == 0
    assert list(tmp_path.iterdir()) == []


def test_it_outlives_no_parent(landscape: Path, tmp_path: Path) -> None:
    asked = json.dumps(job(landscape, tmp_path / "clip.mp4", 60_000, Canvas(720, 1280)))
    parent = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-m', 'darkroom.render'], stdin=-1, stdout=-1)\n"
        "child.stdout.readline()\n"
        "child.stdin.write(sys.argv[1].encode() + b'\\n')\n"
        "child.stdin.flush()\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen([sys.executable, "-c", parent, asked], stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        child = int(process.stdout.readline())
        watched = os.pidfd_open(child)
        stack.callback(os.close, watched)
        process.kill()
        assert _ended(watched), "the renderer lives on"


def _ended(watched: int) -> bool:
    readable, _, _ = select.select([watched], [], [], PATIENCE)
    return bool(readable)


def test_it_leaves_sigint_to_its_parent(renderer: Renderer, landscape: Path, tmp_path: Path) -> None:
    renderer.process.send_signal(signal.SIGINT)
    renderer.ask(job(landscape, tmp_path / "clip.mp4"))
    assert renderer.outcome()[1] == {"done": True}
