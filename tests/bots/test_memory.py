"""200 MB pass through the program in pieces: a photo up from the page and on to the backend, and a video back."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests import photos, program
from tests.counterparts.nemo import ScriptedNemo

BIG = 200 * 1024 * 1024
MOST = 32 * 1024 * 1024
"""Bytes that the program's memory may grow by."""

QUICK = {"NEMO_POLL_INTERVAL": "0.1"}


async def _bytes_of(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(256 * 1024):
            yield chunk


def _big_photo(path: Path) -> Path:
    """A JPEG of exactly 200 MB: a photo, and nothing but zeros behind it."""
    photos.landscape(path, (1200, 900))
    with path.open("r+b") as file:
        file.truncate(BIG)
    return path


def _big_video(path: Path) -> Path:
    """A playable MP4 of exactly 200 MB: its last box is free space."""
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(30):
            picture = np.full((240, 320, 3), number * 8, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 30)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size)
        file.write(struct.pack(">I4s", BIG - size, b"free"))
        file.truncate(BIG)
    return path


class Memory:
    """A process's resident memory: now, and at its highest since `reset` (Linux' /proc)."""

    def __init__(self, pid: int) -> None:
        self._folder = Path(f"/proc/{pid}")

    def reset(self) -> int:
        """Forget the highest mark. → bytes now."""
        (self._folder / "clear_refs").write_text("5")
        return self._field("VmRSS")

    def highest(self) -> int:
        return self._field("VmHWM")

    def _field(self, name: str) -> int:
        for line in (self._folder / "status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(name)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from Linux' /proc")
async def test_uploading_and_delivering_200_mb_raises_memory_by_32_mb_at_most(tmp_path: Path) -> None:
    photo, video = _big_photo(tmp_path / "big.jpg"), _big_video(tmp_path / "big.mp4")
    small = photos.landscape(tmp_path / "small.jpg", (640, 480))
    async with ScriptedNemo(video=video) as nemo:
        settings = {"BACKEND": "nemo", "NEMO_API_URL": nemo.url, **QUICK}
        async with program.up(tmp_path / "data", settings) as up, program.visitor(up.url) as somebody:
            await somebody.upload("warm-up.jpg", small.read_bytes())
            memory = Memory(up.process.pid)
            before = memory.reset()

            uploaded = await somebody.upload(photo.name, _bytes_of(photo))
            assert uploaded.status_code == 201, uploaded.text
            said = await somebody.send_files("animate it", uploaded.json()["ref"])
            answer = await somebody.outcome(said, 120)
            assert answer["video"] is not None, answer["text"]
            assert answer["video"]["size"] == BIG
            got = await somebody.fetch(answer, tmp_path / "got.mp4")

            grown = memory.highest() - before
        assert [upload.size for upload in nemo.uploads] == [BIG]
        assert _digest(got) == _digest(video)
    assert grown <= MOST, f"it grew by {grown / 2**20:.0f} MB"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="memory is read from Linux' /proc")
@pytest.mark.long
async def test_darkroom_takes_200_mb_with_32_mb_of_memory_at_most(tmp_path: Path) -> None:
    photo = _big_photo(tmp_path / "big.jpg")
    small = photos.landscape(tmp_path / "small.jpg", (1200, 900))
    async with program.up(tmp_path / "data") as up, program.visitor(up.url) as somebody:
        assert (await somebody.outcome(await somebody.send("1 second", small)))["video"] is not None
        memory = Memory(up.process.pid)
        before = memory.reset()
        uploaded = await somebody.upload(photo.name, _bytes_of(photo))
        answer = await somebody.outcome(await somebody.send_files("1 second", uploaded.json()["ref"]), 120)
        assert answer["video"] is not None, answer["text"]
        grown = memory.highest() - before
    assert grown <= MOST, f"it grew by {grown / 2**20:.0f} MB"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
