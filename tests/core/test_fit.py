"""Videos encoded anew to fit a limit."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from core.fit import DoesNotFit, Plan, fit, plan
from core.media import BadFile, VideoFacts
from tests import clips

MB = 1024 * 1024


def noisy(path: Path, frames: int = 20, *, sound: bool = True) -> Path:
    """A film that hardly compresses, with a tone beneath it."""
    rng = np.random.default_rng(3)
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", 20, width=640, height=360, pix_fmt="yuv420p")
        picture.options = {"crf": "4", "preset": "ultrafast"}
        tone = container.add_stream("aac", 48_000) if sound else None
        for _ in range(frames):
            pixels = rng.integers(0, 256, (360, 640, 3), dtype=np.uint8)
            container.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(picture.encode())
        if tone is not None:
            for start in range(0, frames * 2400, 1024):
                wave = np.sin(np.arange(start, start + 1024) / 20).astype(np.float32)
                frame = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = 48_000, start, Fraction(1, 48_000)
                container.mux(tone.encode(frame))
            container.mux(tone.encode())
    return path


@pytest.mark.parametrize("sound", [True, False])
def test_a_video_over_the_limit_is_encoded_anew_to_fit(tmp_path: Path, sound: bool) -> None:
    source = noisy(tmp_path / "large.mp4", sound=sound)
    most = source.stat().st_size // 8
    seen: list[float] = []
    facts = fit(source, tmp_path / "small.mp4", most, seen.append)
    assert (tmp_path / "small.mp4").stat().st_size <= most
    made = clips.clip(tmp_path / "small.mp4")
    assert made.frames == 20
    assert (made.codec, made.pixel_format) == ("h264", "yuv420p")
    assert made.width / made.height == pytest.approx(16 / 9, rel=0.02)
    assert (facts.width, facts.height) == (made.width, made.height)
    with av.open(str(tmp_path / "small.mp4")) as container:
        assert len(container.streams.audio) == int(sound)
    assert seen[-1] == 1.0


def test_a_picture_is_made_smaller_only_where_its_bits_are_too_few() -> None:
    facts = VideoFacts(1080, 1920, 60.0)
    assert plan(facts, 30, 128_000, 50 * MB) == Plan(1080, 1920, int(50 * MB * 8 * 0.94 / 60 - 128_000))
    small = plan(facts, 30, 128_000, 10 * MB)
    assert small.width < 1080
    assert small.width / small.height == pytest.approx(9 / 16, rel=0.02)
    assert small.width % 2 == small.height % 2 == 0
    assert min(plan(facts, 30, 128_000, 2 * MB).width, 1080) == 240


def test_a_film_that_is_too_long_is_refused() -> None:
    with pytest.raises(DoesNotFit):
        plan(VideoFacts(1080, 1920, 36_000.0), 30, 128_000, 50 * MB)


def test_who_watches_can_stop_it(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def show(part: float) -> None:
        if part > 0.1:
            raise Enough

    source = noisy(tmp_path / "large.mp4", sound=False)
    with pytest.raises(Enough):
        fit(source, tmp_path / "small.mp4", source.stat().st_size // 8, show)


def test_what_is_no_video(tmp_path: Path) -> None:
    (tmp_path / "large.mp4").write_bytes(b"nothing of the kind")
    with pytest.raises(BadFile):
        fit(tmp_path / "large.mp4", tmp_path / "small.mp4", 1000, lambda part: None)
