"""The timeline that the agent edits and the renderer draws, and its JSON form: the draft.

The draft has the API's short keys (`t` tracks, `tt` track type, `sg` segments, `d` duration, `st` start, `m`
metadata; times in milliseconds). `to_draft` and `from_draft` are inverse to each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FPS = 30
"""Frames a second of every clip."""

VIDEO_TRACK = 0
TITLE_TRACK = 7


class BadDraft(Exception):
    """The draft cannot be drawn; the message says which part is wrong."""


class Motion(StrEnum):
    STILL = "still"
    ZOOM_IN = "zoom_in"
    ZOOM_OUT = "zoom_out"
    PAN_LEFT = "pan_left"
    """The view travels to the left over the picture."""
    PAN_RIGHT = "pan_right"
    PAN_UP = "pan_up"
    PAN_DOWN = "pan_down"


class Place(StrEnum):
    TOP = "top"
    MIDDLE = "middle"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Canvas:
    """The clip's size in pixels, both even."""

    width: int
    height: int


PORTRAIT = Canvas(1080, 1920)
LANDSCAPE = Canvas(1920, 1080)
SQUARE = Canvas(1080, 1080)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture and how the view moves over it."""

    file: str
    """Id of the upload within the session."""
    name: str
    """The upload's name, for people."""
    duration: int
    """Milliseconds."""
    motion: Motion = Motion.ZOOM_IN


@dataclass(frozen=True, slots=True)
class Title:
    text: str
    start: int
    """Milliseconds from the clip's start."""
    duration: int
    """Milliseconds."""
    place: Place = Place.BOTTOM


@dataclass(frozen=True, slots=True)
class Timeline:
    canvas: Canvas
    shots: tuple[Shot, ...] = ()
    titles: tuple[Title, ...] = ()

    @property
    def duration(self) -> int:
        """Milliseconds."""
        return sum(shot.duration for shot in self.shots)


def frame_at(milliseconds: int) -> int:
    """The first frame at or after a time, so that 3000 ms ends before frame 90 and a 5 s clip has 150 frames."""
    return round(milliseconds * FPS / 1000)


def to_draft(timeline: Timeline) -> dict[str, Any]:
    """The draft of a timeline. A track without segments is left out."""
    tracks: list[dict[str, Any]] = []
    if timeline.shots:
        segments = []
        start = 0
        for shot in timeline.shots:
            meta = {"name": shot.name, "file": shot.file, "motion": shot.motion.value}
            segments.append({"st": start, "d": shot.duration, "m": meta})
            start += shot.duration
        tracks.append({"tt": VIDEO_TRACK, "sg": segments})
    tracks.extend(
        {
            "tt": TITLE_TRACK,
            "sg": [{"st": title.start, "d": title.duration, "m": {"text": title.text, "place": title.place.value}}],
        }
        for title in timeline.titles
    )
    return {"t": tracks, "canvas": {"width": timeline.canvas.width, "height": timeline.canvas.height}}


def from_draft(draft: Mapping[str, Any]) -> Timeline:
    """The timeline of a draft. Raises `BadDraft` for one that this backend did not make."""
    try:
        canvas = Canvas(int(draft["canvas"]["width"]), int(draft["canvas"]["height"]))
        shots: list[Shot] = []
        titles: list[Title] = []
        for track in draft["t"]:
            for segment in track["sg"]:
                meta = segment["m"]
                if track["tt"] == VIDEO_TRACK:
                    shots.append(Shot(str(meta["file"]), str(meta["name"]), int(segment["d"]), Motion(meta["motion"])))
                elif track["tt"] == TITLE_TRACK:
                    titles.append(Title(str(meta["text"]), int(segment["st"]), int(segment["d"]), Place(meta["place"])))
                else:
                    raise BadDraft(f"there is no track type {track['tt']}")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadDraft(f"the draft is not one of this backend's: {error!r}") from error
    return Timeline(canvas, tuple(shots), tuple(titles))
