"""How large a clip may become. A timeline comes in; it goes out unchanged, or `BadDraft` says what is out of bounds.

The agent keeps its timelines inside these bounds; an export checks them again, since its draft comes over the network.
"""

from __future__ import annotations

from collections.abc import Collection

from darkroom.timeline import BadDraft, Timeline

SHORTEST = 1_000
"""Milliseconds of the shortest clip."""
LONGEST = 60_000
"""Milliseconds of the longest clip."""
SHORTEST_SHOT = 500
"""Milliseconds: below that a picture is a flicker."""
MOST_SHOTS = 60
SHORTEST_TITLE = 500
"""Milliseconds: below that nobody can read it."""
TITLE_LENGTH = 120
"""Characters."""
MOST_TITLES = 12
LONGEST_SIDE = 1920
"""Pixels of the canvas."""


def check(timeline: Timeline, files: Collection[str]) -> Timeline:
    """The timeline itself. Raises `BadDraft` where it is out of bounds or shows a file that is not among `files`."""
    if not 1 <= len(timeline.shots) <= MOST_SHOTS:
        raise BadDraft(f"a clip has 1 to {MOST_SHOTS} pictures, not {len(timeline.shots)}")
    if len(timeline.titles) > MOST_TITLES:
        raise BadDraft(f"a clip has at most {MOST_TITLES} titles, not {len(timeline.titles)}")
    if any(shot.duration < SHORTEST_SHOT for shot in timeline.shots):
        raise BadDraft(f"a picture shows for at least {SHORTEST_SHOT} ms")
    if not SHORTEST <= timeline.duration <= LONGEST:
        raise BadDraft(f"a clip lasts {SHORTEST} to {LONGEST} ms, not {timeline.duration}")
    sides = (timeline.canvas.width, timeline.canvas.height)
    if any(side % 2 or not 64 <= side <= LONGEST_SIDE for side in sides):
        raise BadDraft(f"the canvas has even sides of 64 to {LONGEST_SIDE} pixels, not {sides[0]}×{sides[1]}")
    for title in timeline.titles:
        if not (0 < len(title.text) <= TITLE_LENGTH and title.text.isprintable()):
            raise BadDraft(f"a title has 1 to {TITLE_LENGTH} printable characters")
        if title.start < 0 or title.duration < SHORTEST_TITLE or title.start + title.duration > timeline.duration:
            raise BadDraft(f"the title {title.text!r} does not fit into the clip's time")
    for shot in timeline.shots:
        if shot.file not in files:
            raise BadDraft(f"the session has no picture {shot.file!r}")
    return timeline


def share_out(total: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """Milliseconds for each shot, in proportion to its weight and never below `SHORTEST_SHOT`.

    They add up to `total` brought within `length(total, len(weights))`.
    """
    total = length(total, len(weights))
    held: set[int] = set()
    while True:
        rest = total - SHORTEST_SHOT * len(held)
        weight = sum(value for at, value in enumerate(weights) if at not in held)
        short = {at for at, value in enumerate(weights) if at not in held and value * rest < SHORTEST_SHOT * weight}
        if not short:
            break
        held |= short
    shares: list[int] = []
    seen = given = 0
    for at, value in enumerate(weights):
        if at in held:
            shares.append(SHORTEST_SHOT)
            continue
        seen += value
        until = round(rest * seen / weight)
        shares.append(until - given)
        given = until
    return tuple(shares)


def length(total: float, shots: int) -> int:
    """The clip's length nearest to `total` (milliseconds) that so many shots may have."""
    return round(min(max(total, SHORTEST, SHORTEST_SHOT * shots), LONGEST))
