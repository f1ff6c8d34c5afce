"""A video encoded anew so that it fits what a chat lets through: an MP4 and a number of bytes come in, an MP4 goes out.

The bit rate follows from size and length; where it would be too low for the picture, the picture is made smaller. An
attempt that came out too large is followed by one with as much less. Sound is kept as it is. Blocks: it belongs in a
thread, and `show` is the way to stop it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.media import BadFile, Reason, VideoFacts, video_facts

ATTEMPTS = 3

BITS_A_PIXEL = 0.05
"""Bits for each pixel of each frame below which x264's picture falls apart into blocks."""

SMALLEST_SIDE = 240
"""Pixels of the shorter side below which nothing is made smaller."""

_FILLED = 0.94
"""Share of the limit that is aimed at: the container and the encoder's swing take the rest."""

_LEAST_RATE = 40_000


class DoesNotFit(Exception):
    """The video is too long for the limit, however small it is made."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one attempt encodes to."""

    width: int
    height: int
    bit_rate: int
    """Of the picture, bits a second."""


def fit(source: Path, target: Path, most: int, show: Callable[[float], None]) -> VideoFacts:
    """Write `source` to `target` with at most so many bytes. → the result's size and length.

    `show` gets the share that is done, 0 to 1; what it raises ends the work and passes through. Raises `DoesNotFit`,
    and `BadFile` for what is no video.
    """
    facts = video_facts(source)
    try:
        with av.open(str(source)) as container:
            rate = float(container.streams.video[0].average_rate or 30)
            sound = sum(stream.bit_rate or 128_000 for stream in container.streams.audio[:1])
        share = 1.0
        for attempt in range(ATTEMPTS):
            wanted = plan(facts, rate, sound, int(most * share))
            _encode(source, target, wanted, lambda part, n=attempt: show((n + part) / ATTEMPTS))  # type: ignore[misc]
            size = target.stat().st_size
            if size <= most:
                show(1.0)
                return video_facts(target)
            share *= _FILLED * most / size
    except av.error.FFmpegError as error:
        raise BadFile(Reason.DAMAGED) from error
    raise DoesNotFit


def plan(facts: VideoFacts, rate: float, sound: int, most: int) -> Plan:
    """Size and bit rate for so many bytes. `rate`: frames a second; `sound`: bits a second. Raises `DoesNotFit`."""
    bits = most * 8 * _FILLED / max(facts.duration, 0.1) - sound
    if bits < _LEAST_RATE:
        raise DoesNotFit
    pixels = bits / (rate * BITS_A_PIXEL)
    scale = min(1.0, math.sqrt(pixels / (facts.width * facts.height)))
    scale = min(1.0, max(scale, SMALLEST_SIDE / min(facts.width, facts.height)))
    return Plan(_even(facts.width * scale), _even(facts.height * scale), int(bits))


def _encode(source: Path, target: Path, wanted: Plan, show: Callable[[float], None]) -> None:
    with av.open(str(source)) as given, av.open(str(target), "w", options={"movflags": "faststart"}) as made:
        picture = given.streams.video[0]
        out = made.add_stream("libx264", rate=picture.average_rate or 30)
        out.width, out.height, out.pix_fmt = wanted.width, wanted.height, "yuv420p"
        out.bit_rate = wanted.bit_rate
        out.options = {
            "preset": "veryfast",
            "maxrate": str(wanted.bit_rate),
            "bufsize": str(2 * wanted.bit_rate),
        }
        context, was = out.codec_context, picture.codec_context
        context.color_primaries, context.color_trc = was.color_primaries, was.color_trc
        context.colorspace, context.color_range = was.colorspace, was.color_range
        sound = given.streams.audio[0] if given.streams.audio else None
        kept = made.add_stream_from_template(sound) if sound is not None else None
        for part, packets in _packets(given, picture, out, sound, kept):
            made.mux(packets)
            show(part)
        made.mux(out.encode())


def _packets(
    given: av.container.InputContainer,
    picture: VideoStream,
    out: VideoStream,
    sound: AudioStream | None,
    kept: AudioStream | None,
) -> Iterator[tuple[float, list[Packet[Any]]]]:
    """The target's packets in the source's order, each with the share that is done. Sound goes through as it is."""
    length = float(given.duration or 1) / av.time_base
    streams = [picture] if sound is None else [picture, sound]
    for packet in given.demux(streams):
        if packet.stream is picture:
            packets: list[Packet[Any]] = []
            for frame in packet.decode():
                assert isinstance(frame, VideoFrame)
                packets += out.encode(frame.reformat(width=out.width, height=out.height, format="yuv420p"))
            done = float((packet.pts or 0) * (picture.time_base or 0)) / length
            yield min(1.0, max(0.0, done)), packets
        elif packet.dts is not None and kept is not None:
            packet.stream = kept
            yield 0.0, [packet]


def _even(length: float) -> int:
    return max(2, int(length) // 2 * 2)
