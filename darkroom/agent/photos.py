"""The photos on the timeline: placing new ones, removing, swapping, reversing. Their words come in, edits go out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from darkroom.agent.edit import Applied, Edit, Photo, Reading, Said, Stage
from darkroom.agent.prompt import Prompt
from darkroom.agent.references import NOUN, Reference, references
from darkroom.agent.rule import Rule
from darkroom.agent.windows import follow
from darkroom.limits import MOST_SHOTS, SHORTEST_SHOT, share_out
from darkroom.timeline import LANDSCAPE, PORTRAIT, SQUARE, Canvas, Motion, Shot, Timeline

ALONE = 5_000
"""Milliseconds that the only photo of a clip shows, when nobody says how long."""
AMONG_OTHERS = 3_000
"""Milliseconds that each of several photos shows, when nobody says how long."""


def empty(photo: Photo) -> Timeline:
    """The timeline that a first photo is placed on: its canvas is the one nearest to the photo's shape."""
    return Timeline(nearest_canvas(photo.width / photo.height))


def nearest_canvas(ratio: float) -> Canvas:
    """By the logarithm of width over height; a shape halfway gets the oblong canvas, not the square."""
    return min(
        (PORTRAIT, LANDSCAPE, SQUARE),
        key=lambda canvas: round(abs(math.log(ratio) - math.log(canvas.width / canvas.height)), 9),
    )


@dataclass(frozen=True, slots=True)
class PlacePhotos:
    """New photos go to the timeline's end, in the order they came. Needs at least one."""

    photos: tuple[Photo, ...]
    stage = Stage.PHOTOS
    tool = "arrange_photos"

    @property
    def args(self) -> Mapping[str, object]:
        return {"add": [photo.name for photo in self.photos]}

    def apply(self, timeline: Timeline) -> Applied:
        room = MOST_SHOTS - len(timeline.shots)
        placed = self.photos[:room]
        alone = not timeline.shots and len(placed) == 1
        new = tuple(Shot(photo.file, photo.name, ALONE if alone else AMONG_OTHERS) for photo in placed)
        shots = timeline.shots + new
        note = None
        if len(placed) < len(self.photos):
            note = Said(
                f"A clip takes at most {MOST_SHOTS} photos, so {len(self.photos) - len(placed)} are left out.",
                f"一个短片最多 {MOST_SHOTS} 张照片，有 {len(self.photos) - len(placed)} 张没有放进去。",
            )
        count = len(placed)
        return Applied(
            _laid(timeline, shots),
            Said(f"added {'the photo' if count == 1 else f'{count} photos'}", f"加入了 {count} 张照片"),
            note,
        )


@dataclass(frozen=True, slots=True)
class RemovePhotos:
    """`indices` as `Reference` has them; at least one photo stays."""

    indices: tuple[int, ...]
    stage = Stage.PHOTOS
    tool = "arrange_photos"

    @property
    def args(self) -> Mapping[str, object]:
        return {"remove": [index + 1 if index >= 0 else "last" for index in self.indices]}

    def apply(self, timeline: Timeline) -> Applied:
        there = places(self.indices, len(timeline.shots))
        rest = tuple(shot for at, shot in enumerate(timeline.shots) if at not in there)
        if not rest:
            return Applied(timeline, Said("", ""), Said("The last photo has to stay.", "最后一张照片要留着。"))
        if not there:
            return Applied(timeline, Said("", ""), missing(len(timeline.shots)))
        names = ", ".join(str(at + 1) for at in there)
        return Applied(
            _laid(timeline, rest),
            Said(f"removed photo{'s' if len(there) > 1 else ''} {names}", f"去掉了第 {names} 张照片"),
        )


@dataclass(frozen=True, slots=True)
class ReversePhotos:
    stage = Stage.PHOTOS
    tool = "arrange_photos"

    @property
    def args(self) -> Mapping[str, object]:
        return {"reverse": True}

    def apply(self, timeline: Timeline) -> Applied:
        return Applied(
            replace(timeline, shots=timeline.shots[::-1]),
            Said("reversed the order of the photos", "把照片的顺序倒了过来"),
        )


@dataclass(frozen=True, slots=True)
class SwapPhotos:
    one: int
    other: int
    stage = Stage.PHOTOS
    tool = "arrange_photos"

    @property
    def args(self) -> Mapping[str, object]:
        return {"swap": [self.one + 1, self.other + 1]}

    def apply(self, timeline: Timeline) -> Applied:
        there = places((self.one, self.other), len(timeline.shots))
        if len(there) != 2:
            return Applied(timeline, Said("", ""), missing(len(timeline.shots)))
        shots = list(timeline.shots)
        first, second = there
        shots[first], shots[second] = shots[second], shots[first]
        return Applied(
            replace(timeline, shots=tuple(shots)),
            Said(f"swapped photos {first + 1} and {second + 1}", f"对调了第 {first + 1} 张和第 {second + 1} 张照片"),
        )


def places(indices: tuple[int, ...], count: int) -> tuple[int, ...]:
    """The indices that exist among `count` shots, counted from the front, in order, each once."""
    return tuple(sorted({index % count for index in indices if -count <= index < count}))


def missing(count: int) -> Said:
    """What a person is told who named a photo that is not there."""
    there = "is only 1 photo" if count == 1 else f"are only {count} photos"
    return Said(f"There {there} in the clip.", f"短片里只有 {count} 张照片。")


_REMOVE = Rule(
    r"\b(?:remove|delete|drop|take\s+out|leave\s+out|get\s+rid\s+of|skip)\s+(?:the\s+)?(?P<en>\0*[^,;.\0]{0,40})"
    r"|(?:删除|删掉|去掉|移除|不要)(?P<zh>[^，。；,;\0]{0,16})",
    re.ASCII,
)
_SWAP = Rule(
    r"\b(?:swap|switch|exchange)\b(?P<en>[^,;.]{0,60})|(?:对调|交换|调换)(?P<zh>[^，。；]{0,24})|(?P<zh_before>[^，。；]{0,24})(?:对调|互换|交换)",
    re.ASCII,
)
_REVERSE = Rule(
    rf"\b(?:reverse|flip|invert|swap|switch)\s+(?:the\s+)?(?:order|sequence)(?:\s+of\s+(?:the\s+|my\s+)?{NOUN})?\b|\bin\s+(?:the\s+)?reverse(?:d)?(?:\s+order)?\b"
    rf"|\breverse\s+(?:the\s+|my\s+)?{NOUN}\b|\b(?:swap|switch|exchange)\s+(?:the\s+|my\s+|both\s+|these\s+)*(?:two\s+)?(?:photos|pictures|images|pics)\b(?!\s*\d)|两张(?:照片|图片?)?(?:对调|互换|交换)|(?:对调|交换|调换)(?:一下)?(?:两张|这两张)?(?:照片|图片|顺序|位置)|倒序|反过来排|(?:顺序)?(?:反过来|颠倒|倒过来)(?:顺序)?",
    re.ASCII,
)


def read_arrangement(prompt: Prompt) -> Reading:
    """Wishes to remove, swap or reverse photos. "remove the title" is not one of them: no photo is named."""
    edits: list[Edit] = []
    for match in _REVERSE.finditer(prompt.text):
        edits = [*edits, ReversePhotos()]
        prompt = prompt.take([match.span()])
    for match in _SWAP.finditer(prompt.text):
        named = _named(match)
        if len(named) == 2:
            edits.append(SwapPhotos(named[0].index, named[1].index))
            prompt = prompt.take([match.span()])
    for match in _REMOVE.finditer(prompt.text):
        named = _named(match)
        if named:
            edits.append(RemovePhotos(tuple(reference.index for reference in named)))
            end = match.start(match.lastgroup or 0) + named[-1].end
            prompt = prompt.take([(match.start(), end)])
    return Reading(prompt, tuple(edits))


def _named(match: re.Match[str]) -> tuple[Reference, ...]:
    return references(match[match.lastgroup or 0] or "")


def _laid(timeline: Timeline, shots: tuple[Shot, ...]) -> Timeline:
    """The timeline with other shots, within the bounds of a clip, its titles moved along."""
    durations = tuple(max(shot.duration, SHORTEST_SHOT) for shot in shots)
    shares = share_out(sum(durations), durations)
    changed = tuple(
        shot if shot.duration == share else replace(shot, duration=share)
        for shot, share in zip(shots, shares, strict=True)
    )
    return replace(timeline, shots=changed, titles=follow(timeline.titles, timeline.duration, sum(shares)))


MOVING = Motion.ZOOM_IN
"""How a photo moves when nobody says how."""
