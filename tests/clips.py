"""Finished videos, looked at: a path comes in, what a player would find comes out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

Luma = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Clip:
    codec: str
    pixel_format: str
    width: int
    height: int
    rate: Fraction
    """Frames a second."""
    frames: int
    """As decoded, one by one."""
    seconds: float


def clip(path: Path) -> Clip:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        count = sum(1 for _ in container.decode(stream))
        assert stream.average_rate is not None
        assert container.duration is not None
        return Clip(
            stream.codec_context.name,
            str(stream.codec_context.pix_fmt),
            stream.width,
            stream.height,
            Fraction(stream.average_rate),
            count,
            container.duration / 1_000_000,
        )


def lumas(path: Path, width: int | None = None) -> Iterator[Luma]:
    """The luma plane of every frame, (height, width); shrunk to `width` pixels where given."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="gray")
            if width is not None:
                size = (width, round(picture.shape[0] * width / picture.shape[1]))
                picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
            yield np.asarray(picture, np.uint8)


def planes(path: Path) -> Iterator[bytes]:
    """All planes of every frame as they were decoded."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray().tobytes()
