"""A small picture of a video: the MP4's path comes in, JPEG bytes within Telegram's limits go out.

Blocks: it belongs in a thread.
"""

from __future__ import annotations

import io
from pathlib import Path

import av
from PIL import Image

from bots.telegram.limits import THUMBNAIL_BYTES, THUMBNAIL_SIDE

_QUALITIES = (88, 75, 60, 40, 20)


def thumbnail(path: Path) -> bytes | None:
    """The video's first frame as a JPEG; None for what has no picture: a video goes without one, too."""
    try:
        with av.open(str(path)) as container:
            frame = next(container.decode(video=0))
            return jpeg_of(Image.fromarray(frame.to_ndarray(format="rgb24")))
    except (av.error.FFmpegError, StopIteration, IndexError, ValueError):
        return None


def jpeg_of(picture: Image.Image) -> bytes | None:
    """The picture as a JPEG of at most 320 pixels a side and less than 200 kB."""
    small = picture.convert("RGB")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    for quality in _QUALITIES:
        sink = io.BytesIO()
        small.save(sink, "JPEG", quality=quality, optimize=True)
        if sink.tell() < THUMBNAIL_BYTES:
            return sink.getvalue()
    return None
