"""Films of a known weight: how large and how long they are to be comes in, a real MP4 goes out."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 30
"""Frames a second."""


def heavy_film(path: Path, size: tuple[int, int], seconds: int, bit_rate: int) -> Path:
    """An MP4 at a constant bit rate (bits a second), as cameras write them: what the pictures do not need is padding.

    `size`: width and height in pixels.
    """
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=RATE, width=size[0], height=size[1], pix_fmt="yuv420p")
        stream.bit_rate = bit_rate
        stream.options = {
            "preset": "ultrafast",
            "x264-params": "nal-hrd=cbr:force-cfr=1:keyint=1",
            **dict.fromkeys(("minrate", "maxrate"), str(bit_rate)),
            "bufsize": str(bit_rate // 10),
        }
        for number in range(RATE * seconds):
            picture = np.full((size[1] * 3 // 2, size[0]), 40 + 3 * number % 180, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
