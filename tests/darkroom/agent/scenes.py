"""Situations to begin a turn in, and a clip's timeline in the short form of `prompts.toml`."""

from __future__ import annotations

from darkroom.agent import Photo, Situation
from darkroom.timeline import PORTRAIT, Motion, Shot, Timeline, Title

PAST = Timeline(PORTRAIT, (Shot("a", "a.jpg", 3_000, Motion.PAN_LEFT),))
CLIP = Timeline(PORTRAIT, (Shot("a", "a.jpg", 6_000, Motion.ZOOM_OUT),), (Title("Old", 0, 6_000),))
"""One photo, upright, zoomed out of for 6 seconds, under the title "Old"."""


def new_clip(photos: int = 1, language: str = "") -> Situation:
    """Nothing but photos that wait, all of them wide."""
    waiting = tuple(Photo(f"f{at}", f"{at}.jpg", 1600, 900) for at in range(1, photos + 1))
    return Situation(waiting=waiting, language=language)


def on_clip(clip: Timeline = CLIP, past: tuple[Timeline, ...] = ()) -> Situation:
    return Situation(timeline=clip, past=past)


def title(shown: Title) -> str:
    """ "Hello | 0-2.5 bottom": text, seconds from the clip's start, place."""
    end = shown.start + shown.duration
    return f"{shown.text} | {shown.start / 1000:g}-{end / 1000:g} {shown.place.value}"
