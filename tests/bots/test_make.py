"""`stillreel make`: one video from the shell, through the same core and API as any chat."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests import clips, photos, program
from tests.waiting import wait_until


def test_item_6_make_writes_a_smooth_clip_of_150_frames(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "photo.jpg", (2000, 1500))
    out = tmp_path / "clip.mp4"
    words = "turn this image into a 5-second animated video clip with smooth motion"
    ended = program.run(tmp_path / "data", "make", str(photo), "--say", words, "--out", str(out))
    assert ended.returncode == 0, ended.stderr
    assert clips.clip(out) == clips.Clip("h264", "yuv420p", 1920, 1080, Fraction(30), 150, 5.0)
    assert str(out) in ended.stdout
    assert "Traceback" not in ended.stderr
    moved = _steps(out)
    assert len(moved) == 149
    assert min(moved) > 0.15, "the picture stands still somewhere"
    jumps = np.abs(np.diff(moved))
    assert jumps.max() < 0.5 * np.median(moved), "the motion jerks"
    assert program.processes_of(tmp_path / "data") == []


def _steps(path: Path) -> list[float]:
    """How far (pixels at 960 wide) a tracked set of points moves from each frame to the next."""
    frames = list(clips.lumas(path, 960))
    height, width = frames[0].shape
    corner = np.zeros_like(frames[0])
    corner[height // 2 :, : width // 2] = 255
    moved = []
    for before, after in itertools.pairwise(frames):
        points = cv2.goodFeaturesToTrack(before, 60, 0.01, 12, mask=corner)
        ahead, found, _ = cv2.calcOpticalFlowPyrLK(before, after, points, points.copy(), winSize=(31, 31))
        steps = np.linalg.norm((ahead - points)[found.ravel() == 1].reshape(-1, 2), axis=1)
        moved.append(float(np.median(steps)))
    return moved


async def test_item_6_make_beside_up_uses_it_and_starts_no_second_server(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "photo.jpg", (800, 600))
    data = tmp_path / "data"
    async with program.up(data) as running:
        before = program.servers_of(data)
        assert len(before) == 1
        process = subprocess.Popen(
            [*program.COMMAND, "make", str(photo), "--say", "1 second, square", "--out", str(tmp_path / "clip.mp4")],
            env=program.environment(data),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        seen = set()

        def ended() -> bool:
            seen.update(program.servers_of(data))
            return process.poll() is not None

        await wait_until(ended, 60)
        _, said = process.communicate()
        assert process.returncode == 0, said
        assert seen == set(before), "a second server was started"
        assert clips.clip(tmp_path / "clip.mp4").frames == 30
        assert running.process.poll() is None
    assert program.processes_of(data) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("{folder}/nothing.jpg", "--say", "x"), "PHOTO: there is no file"),
        (("{folder}/photo.jpg", "--say", "x", "--out", "{folder}/no/clip.mp4"), "--out: there is no folder"),
        (("{folder}/photo.jpg", "--say", "x", "--out", "{folder}"), "--out: "),
        (("{folder}/photo.jpg", "--say", "x", "--out", "{folder}/photo.jpg"), "--out: {folder}/photo.jpg is the photo"),
        (("{folder}/photo.jpg", "--say", "x", "--out", "{folder}/" + "y" * 300), "--out: "),
    ],
)
def test_make_names_the_path_that_must_be_mended(tmp_path: Path, arguments: tuple[str, ...], sentence: str) -> None:
    photos.landscape(tmp_path / "photo.jpg", (400, 300))
    ended = program.run(tmp_path / "data", "make", *(part.format(folder=tmp_path) for part in arguments))
    assert ended.returncode == 2
    assert sentence.format(folder=tmp_path) in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


def test_make_says_in_one_sentence_why_there_is_no_video(tmp_path: Path) -> None:
    photo = photos.text_file(tmp_path / "notes.jpg")
    ended = program.run(tmp_path / "data", "make", str(photo), "--say", "zoom in", "--out", str(tmp_path / "clip.mp4"))
    assert ended.returncode == 1
    assert "notes.jpg is not a picture" in ended.stderr
    assert not (tmp_path / "clip.mp4").exists()
    assert "Traceback" not in ended.stderr + ended.stdout


async def test_make_beside_an_up_that_is_killed_ends_with_a_sentence(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "photo.jpg", (800, 600))
    data = tmp_path / "data"
    async with program.up(data) as running:
        process = subprocess.Popen(
            [*program.COMMAND, "make", str(photo), "--say", "60 seconds", "--out", str(tmp_path / "clip.mp4")],
            env=program.environment(data),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        for line in process.stderr:
            if "Rendering" in line:
                break
        running.process.kill()
        running.process.wait()
        _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Traceback" not in said
    assert "has ended meanwhile. Please run it again." in said
    assert not (tmp_path / "clip.mp4").exists()


async def test_item_6_ctrl_c_ends_make_and_leaves_nothing_behind(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "photo.jpg", (800, 600))
    data = tmp_path / "data"
    process = subprocess.Popen(
        [*program.COMMAND, "make", str(photo), "--say", "60 seconds", "--out", str(tmp_path / "clip.mp4")],
        env=program.environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Rendering" in line:
            break
    os.killpg(process.pid, signal.SIGINT)
    _, rest = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in rest
    await wait_until(lambda: program.processes_of(data) == [], 5)
    assert not (tmp_path / "clip.mp4").exists()
