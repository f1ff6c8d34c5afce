"""What a video or an audio file really is: a path comes in, `PictureFacts` go out, or `BadPicture`.

A file's first bytes choose the one demuxer that reads it. FFmpeg's own guess is not asked: it goes by the name too, and
it knows playlists that open further files and addresses.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.stream import Disposition

from darkroom.render.facts import BadPicture, PictureFacts

_MP4_BOXES: Final = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
_MIMES: Final = {
    "mp4": ("video/mp4", "audio/mp4"),
    "mov": ("video/quicktime", "audio/mp4"),
    "avi": ("video/x-msvideo", "audio/x-msvideo"),
    "matroska": ("video/x-matroska", "audio/x-matroska"),
    "webm": ("video/webm", "audio/webm"),
    "ogg": ("video/ogg", "audio/ogg"),
    "wav": ("audio/wav", "audio/wav"),
    "flac": ("audio/flac", "audio/flac"),
    "mp3": ("audio/mpeg", "audio/mpeg"),
    "aac": ("audio/aac", "audio/aac"),
}
"""A container's MIME types, with and without video."""
_DEMUXERS: Final = {"mp4": "mov", "webm": "matroska"}
"""FFmpeg's names, where they differ."""
_LOOSE: Final = ("mp3", "aac")
"""Formats whose first bytes are so short a sign that other files may start with them."""


def inspect(path: Path) -> PictureFacts:
    """The facts of a video or an audio file, its first frame decoded.

    Raises `BadPicture` "damaged" for one that cannot be played, "not_media" for any other file.
    """
    with path.open("rb") as file:
        container = _container(file.read(64))
        if container is None:
            raise BadPicture("not_media")
        file.seek(0)
        try:
            with av.open(file, mode="r", format=_DEMUXERS.get(container, container)) as opened:
                return _facts(opened, container)
        except (av.FFmpegError, ValueError, EOFError) as error:
            raise BadPicture("not_media" if container in _LOOSE else "damaged") from error


def _container(head: bytes) -> str | None:
    if head[4:8] in _MP4_BOXES:
        return "mov" if head[8:12] == b"qt  " else "mp4"
    if head.startswith(b"RIFF"):
        return {b"AVI ": "avi", b"WAVE": "wav"}.get(head[8:12])
    if head.startswith(b"\x1aE\xdf\xa3"):
        return "webm" if b"webm" in head else "matroska"
    if head.startswith(b"OggS"):
        return "ogg"
    if head.startswith(b"fLaC"):
        return "flac"
    if head.startswith(b"ID3"):
        return "mp3"
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        layer = head[1] >> 1 & 3
        if layer == 1:
            return "mp3"
        if layer == 0 and head[1] & 0xF0 == 0xF0:
            return "aac"
    return None


def _facts(opened: InputContainer, container: str) -> PictureFacts:
    with_video, without = _MIMES[container]
    for stream in opened.streams.video:
        if Disposition.attached_pic in stream.disposition:
            continue
        stream.thread_count = 1
        frame = next(opened.decode(stream), None)
        if frame is None:
            break
        sides = (frame.width, frame.height)
        width, height = sides if frame.rotation % 180 == 0 else sides[::-1]
        return PictureFacts("video", width, height, with_video)
    for sound in opened.streams.audio:
        if next(opened.decode(sound), None) is not None:
            return PictureFacts("audio", 0, 0, without, frames=0)
    raise BadPicture("damaged")
