"""A draft in words: what stands on the timeline, and what a turn has changed on it. Pure functions.

Of a draft the contract names only `t`, `tt`, `sg`, `d` and, loosely, `m` and `st`; all else in it is opaque, any field
may be missing or of another type, and where nothing is found the kind of the track alone is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core.nemo.answers import State
from core.texts import Speaker, speaker

VIDEO, AUDIO, TITLE = 0, 1, 7
"""Track types (`tt`)."""

_MOST_NAMED = 4
"""Segments of one track that are named one by one."""

_MOST_CHANGES = 12
"""Changes that are told one by one."""

_LONGEST_NAME = 80

_LOUDEST = 100
"""The contract has volumes from 0 to 1; what is far beyond is no volume."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a track. Times in milliseconds from the clip's start; `volume` 0 to 1."""

    name: str
    start: int
    duration: int
    volume: float | None = None

    @property
    def end(self) -> int:
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class Track:
    kind: int | None
    segments: tuple[Segment, ...]

    @property
    def start(self) -> int:
        return min(segment.start for segment in self.segments)

    @property
    def end(self) -> int:
        return max(segment.end for segment in self.segments)


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: int | None
    segment: Segment


def tracks(draft: Mapping[str, Any] | None) -> tuple[Track, ...]:
    """The tracks that hold at least one segment."""
    found = (_track(raw) for raw in _list((draft or {}).get("t")) if isinstance(raw, Mapping))
    return tuple(track for track in found if track.segments)


def exportable(draft: Mapping[str, Any]) -> bool:
    """Whether there is anything to export: at least one track whose `sg` is not empty."""
    return any(isinstance(raw, Mapping) and bool(_list(raw.get("sg"))) for raw in _list(draft.get("t")))


def summary(draft: Mapping[str, Any], language: str) -> str:
    """`Timeline (2 tracks): 1. Video: city (0-10s) 2. Title: "Urban Dreams" (0-3s)`."""
    say = speaker(language)
    found = tracks(draft)
    if not found:
        return say("There is nothing on the timeline yet.")
    head = say("Timeline (1 track):") if len(found) == 1 else say("Timeline ({count} tracks):", count=len(found))
    return " ".join((head, *(f"{at}. {_line(track, say)}" for at, track in enumerate(found, start=1))))


def changes(before: State, after: State, language: str) -> list[str]:
    """What a turn did to a session, a sentence each: added, removed, moved, retimed, with names and times.

    What the backend generated is told in its two stages: the raw video, then what was added to it.
    """
    say = speaker(language)
    told = _told(before, after, say)
    if not told and before.canvas_config != after.canvas_config and _size(after.canvas_config):
        told = [say("Changed the frame to {size}.", size=_size(after.canvas_config))]
    if not told and before.draft != after.draft:
        told = [say("Changed the look of the video.")]
    if len(told) > _MOST_CHANGES:
        told = [*told[:_MOST_CHANGES], say("… and {count} more changes.", count=len(told) - _MOST_CHANGES)]
    return told


def _told(before: State, after: State, say: Speaker) -> list[str]:
    old, new = _pieces(before.draft), _pieces(after.draft)
    gone, come = list((old - new).elements()), list((new - old).elements())
    told: list[str] = []
    for piece in tuple(come):
        earlier = _same(piece, gone)
        if earlier is not None:
            gone.remove(earlier)
            come.remove(piece)
            told += _difference(_called(piece, say), earlier.segment, piece.segment, say)
    told += [say("Removed: {what}.", what=_called(piece, say)) for piece in gone]
    generated = list((_names(after.generated_media) - _names(before.generated_media)).elements())
    told += _arrivals(sorted(come, key=_order), generated, say)
    told += [
        say("Uploaded: {what}.", what=name)
        for name in (_names(after.video_infos) - _names(before.video_infos)).elements()
    ]
    if before.draft and after.draft and _canvas(before.draft) != _canvas(after.draft) and _canvas(after.draft):
        told.append(say("Changed the frame to {size}.", size=_canvas(after.draft)))
    return told


def _arrivals(come: list[_Piece], generated: list[str], say: Speaker) -> list[str]:
    """What is new on the timeline. A generated video and what came with it are two stages."""
    raw = [piece for piece in come if piece.kind == VIDEO]
    extras = [piece for piece in come if piece.kind != VIDEO]
    if generated and extras:
        first = ", ".join(_placed(piece, say) for piece in raw) or ", ".join(generated)
        second = ", ".join(_placed(piece, say) for piece in extras)
        return [say("First the raw video: {what}.", what=first), say("Then added to it: {what}.", what=second)]
    shown = {piece.segment.name for piece in raw}
    return [
        *(say("Generated: {what}.", what=name) for name in generated if name not in shown),
        *(say("Added: {what}.", what=_placed(piece, say)) for piece in come),
    ]


def _same(piece: _Piece, among: list[_Piece]) -> _Piece | None:
    """What this piece was before: of the same kind and name, the nearest in time."""
    named = [other for other in among if other.kind == piece.kind and other.segment.name == piece.segment.name]
    return min(named, key=lambda other: abs(other.segment.start - piece.segment.start), default=None)


def _difference(called: str, before: Segment, after: Segment, say: Speaker) -> Iterator[str]:
    if before.duration != after.duration:
        yield say(
            "{what}: {before} s → {after} s.",
            what=called,
            before=_seconds(before.duration),
            after=_seconds(after.duration),
        )
    elif before.start != after.start:
        yield say("Moved: {what}, now at {time}.", what=called, time=_span(after.start, after.end))
    if before.volume != after.volume and after.volume is not None:
        yield say("{what}: volume {volume}.", what=called, volume=f"{after.volume:.0%}")


def _names(value: Any) -> Counter[str]:
    """The names in a list (or a mapping) of media, whatever they are called there."""
    items = list(value.values()) if isinstance(value, Mapping) else _list(value)
    return Counter(_name(item) for item in items if isinstance(item, Mapping) and _name(item))


def _pieces(draft: Mapping[str, Any] | None) -> Counter[_Piece]:
    return Counter(_Piece(track.kind, segment) for track in tracks(draft) for segment in track.segments)


def _order(piece: _Piece) -> tuple[bool, int, int]:
    """By kind (the picture first), then by time."""
    return piece.kind is None, piece.kind or 0, piece.segment.start


def _track(raw: Mapping[str, Any]) -> Track:
    kind = raw.get("tt")
    segments: list[Segment] = []
    clock = 0
    for piece in _list(raw.get("sg")):
        if not isinstance(piece, Mapping):
            continue
        meta = piece.get("m")
        meta = meta if isinstance(meta, Mapping) else {}
        start = next((time for time in map(_time, (piece.get("st"), meta.get("st"))) if time is not None), clock)
        duration = _time(piece.get("d")) or 0
        segments.append(Segment(_name(meta), start, duration, _volume(meta.get("volume"))))
        clock = start + duration
    return Track(kind if isinstance(kind, int) and not isinstance(kind, bool) else None, tuple(segments))


def _line(track: Track, say: Speaker) -> str:
    label = _kind(track.kind, say)
    if len(track.segments) > _MOST_NAMED:
        what = say("{count} clips", count=len(track.segments))
        return f"{label}: {what} ({_span(track.start, track.end)})"
    parts = []
    for segment in track.segments:
        loud = "" if segment.volume is None else f", {segment.volume:.0%}"
        name = _quoted(track.kind, segment.name)
        parts.append(f"{name} ({_span(segment.start, segment.end)}{loud})".lstrip())
    # A track of nothing but nameless pieces is its kind and its times.
    return f"{label}{': ' if any(segment.name for segment in track.segments) else ' '}{', '.join(parts)}"


def _called(piece: _Piece, say: Speaker) -> str:
    return f"{_kind(piece.kind, say)} {_quoted(piece.kind, piece.segment.name)}".strip()


def _placed(piece: _Piece, say: Speaker) -> str:
    return f"{_called(piece, say)} ({_span(piece.segment.start, piece.segment.end)})"


def _quoted(kind: int | None, name: str) -> str:
    return f'"{name}"' if kind == TITLE and name else name


def _kind(kind: int | None, say: Speaker) -> str:
    match kind:
        case 0:
            return say("Video")
        case 1:
            return say("BGM")
        case 7:
            return say("Title")
        case _:
            return say("Track")


def _span(start: int, end: int) -> str:
    return f"{_seconds(start)}-{_seconds(end)}s"


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f}".removesuffix(".0")


def _name(meta: Mapping[str, Any]) -> str:
    for key in ("name", "title", "text", "file_name"):
        value = meta.get(key)
        if isinstance(value, str) and value.strip():
            clean = " ".join(value.split())
            return clean if len(clean) <= _LONGEST_NAME else clean[: _LONGEST_NAME - 1] + "…"
    return ""


def _canvas(draft: Mapping[str, Any]) -> str:
    return _size(draft.get("canvas"))


def _size(canvas: Any) -> str:
    if not isinstance(canvas, Mapping):
        return ""
    width, height = _time(canvas.get("width")), _time(canvas.get("height"))
    return f"{width}×{height}" if width and height else ""


def _volume(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LOUDEST:
        return None
    return float(value)


def _time(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
        return None
    return round(value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
