"""A clip: a timeline and the pictures' files come in, an MP4 goes out."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from darkroom.render.colour import Planes
from darkroom.render.encoder import Encoder
from darkroom.render.pictures import open_photo
from darkroom.render.titles import captions
from darkroom.render.view import View
from darkroom.timeline import FPS, Shot, Timeline, frame_at

DISSOLVE: Final = round(FPS * 0.4)
"""Frames over which one shot goes over into the next, half of them on either side of the cut."""
DISSOLVE_SHARE: Final = 0.25
"""Share of the shorter shot that a dissolve takes at most."""
DRAWING_THREADS: Final = 1
"""OpenCV's. A frame is drawn in a fraction of the time that its encoding takes, on other threads."""


@dataclass(frozen=True, slots=True)
class Span:
    """The frames in which a shot is on the screen; those with its neighbours belong to both."""

    shot: Shot
    first: int
    end: int


def render(timeline: Timeline, files: Mapping[str, Path], out: Path, on_progress: Callable[[float], None]) -> None:
    """Draws the timeline to an MP4 at `out`, which appears there whole or not at all.

    `files` has the path of each file that a shot names. `on_progress` is called after each frame with the share that is
    done. Raises `BadPicture` for a picture that cannot be drawn, OSError where a file cannot be read or written.
    """
    cv2.setNumThreads(DRAWING_THREADS)
    for file in {shot.file for shot in timeline.shots}:
        open_photo(files[file]).close()
    part = partial(out)
    try:
        _draw(timeline, files, part, on_progress)
        part.replace(out)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def partial(out: Path) -> Path:
    """Where this process writes the clip for `out` until it is whole."""
    return out.with_name(f"{out.name}.{os.getpid()}.part")


def spans(shots: Sequence[Shot]) -> tuple[Span, ...]:
    """When each shot is on the screen. Frames are counted from the clip's start, so that rounding never adds up."""
    cuts = [0]
    passed = 0
    for shot in shots:
        passed += shot.duration
        cuts.append(frame_at(passed))
    lengths = [end - first for first, end in itertools.pairwise(cuts)]
    halves = [0]
    for one, other in itertools.pairwise(lengths):
        halves.append(min(DISSOLVE, int(min(one, other) * DISSOLVE_SHARE)) // 2)
    halves.append(0)
    return tuple(
        Span(shot, cuts[number] - halves[number], cuts[number + 1] + halves[number + 1])
        for number, shot in enumerate(shots)
    )


def _draw(timeline: Timeline, files: Mapping[str, Path], path: Path, on_progress: Callable[[float], None]) -> None:
    canvas = timeline.canvas
    frames = frame_at(timeline.duration)
    titles = captions(timeline.titles, canvas, frames)
    waiting = list(spans(timeline.shots))
    showing: list[tuple[Span, View]] = []
    with ExitStack() as stack, Encoder(path, canvas) as encoder:
        stack.callback(_close, showing)
        picture = encoder.picture
        other = Planes(*(np.empty_like(plane) for plane in picture))
        for number in range(frames):
            while showing and showing[0][0].end <= number:
                showing.pop(0)[1].close()
            while waiting and waiting[0].first <= number:
                span = waiting.pop(0)
                view = View(files[span.shot.file], canvas, span.shot.motion, span.end - span.first)
                showing.append((span, view))
            span, view = showing[0]
            view.draw(number - span.first, picture)
            for following, view in showing[1:]:
                view.draw(number - following.first, other)
                _mix(picture, other, (number - following.first + 1) / (span.end - following.first + 1))
            for title in titles:
                if title.first <= number < title.end:
                    title.blend(picture, number)
            encoder.write()
            on_progress((number + 1) / frames)


def _close(showing: Sequence[tuple[Span, View]]) -> None:
    for _, view in showing:
        view.close()


def _mix(picture: Planes, other: Planes, share: float) -> None:
    for plane, added in zip(picture, other, strict=True):
        cv2.addWeighted(plane, 1 - share, added, share, 0, dst=plane)
