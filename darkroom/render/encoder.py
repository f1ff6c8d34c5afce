"""The MP4 itself: frames come in one by one, a file goes out. H.264, 4:2:0, exactly 30 frames a second.

Groups of pictures are closed, begin at fixed frames, and no decision of the encoder crosses from one to the next: no
look-ahead, no scene cuts, no macroblock tree, and a quantiser that does not remember what earlier frames cost. So what
a title changes stays within the groups that show it, and the rest of the clip decodes to the same pixels as without it:
exactly its own frames where it begins and ends with a group, else the group's other frames too, by a few levels that
nobody sees. Which frames begin a group never depends on the titles; it is what makes the two clips comparable.
"""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final

import av
import numpy as np
from av.video.frame import PictureType
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc

from darkroom.render.colour import Plane, Planes
from darkroom.timeline import FPS, Canvas

PRESET: Final = "veryfast"
CRF: Final = 21
"""Without the macroblock tree x264 spends more at the same number; this looks like 20 with it."""
THREADS: Final = 2
"""Frames encoded at a time. Each holds some 20 MB of a full-size clip."""
GROUP: Final = FPS // 2
"""Frames from one keyframe to the next: half a second, the step in which titles are mostly timed."""
X264: Final = (
    "scenecut=0:keyint=infinite:mbtree=0:rc-lookahead=0:sync-lookahead=0:qcomp=1:bframes=2:b-adapt=0:b-pyramid=none"
    ":open-gop=0:stitchable=1"
)


class Encoder:
    """Writes an MP4 to `path`, for `with`. Raises OSError where it cannot be written."""

    def __init__(self, path: Path, canvas: Canvas) -> None:
        self._number = 0
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._stream = self._container.add_stream("libx264", rate=FPS)
        self._stream.width, self._stream.height = canvas.width, canvas.height
        self._stream.pix_fmt = "yuv420p"
        context = self._stream.codec_context
        context.time_base = Fraction(1, FPS)
        context.thread_type = "FRAME"
        context.thread_count = THREADS
        context.color_primaries = ColorPrimaries.BT709
        context.color_trc = ColorTrc.BT709
        context.colorspace = Colorspace.ITU709
        context.color_range = ColorRange.MPEG
        context.options = {"preset": PRESET, "crf": str(CRF), "forced-idr": "1", "x264-params": X264}
        self._frame = av.VideoFrame(canvas.width, canvas.height, "yuv420p")
        self._frame.time_base = Fraction(1, FPS)
        sizes = ((canvas.width, canvas.height), *((canvas.width // 2, canvas.height // 2),) * 2)
        self.picture = Planes(*(_pixels(plane, size) for plane, size in zip(self._frame.planes, sizes, strict=True)))
        """The planes of the frame that the next `write` encodes."""

    def write(self) -> None:
        """Encodes `picture` as the next frame. x264 takes a copy, so that the planes may be drawn over at once."""
        self._frame.pict_type = PictureType.NONE if self._number % GROUP else PictureType.I
        self._frame.pts = self._number
        self._container.mux(self._stream.encode(self._frame))
        self._number += 1

    def __enter__(self) -> Encoder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            with suppress(av.FFmpegError, OSError):
                self._container.close()
            return
        try:
            self._container.mux(self._stream.encode(None))
        finally:
            self._container.close()


def _pixels(plane: av.video.plane.VideoPlane, size: tuple[int, int]) -> Plane:
    width, height = size
    return np.asarray(memoryview(plane)).reshape(-1, plane.line_size)[:height, :width]
