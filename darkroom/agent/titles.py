"""Titles on the timeline: adding, rewording, moving and removing them. What was asked for comes in as an edit.

Which words ask for it is read in `title_words`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from darkroom.agent.durations import seconds
from darkroom.agent.edit import Applied, Edit, Said, Stage
from darkroom.agent.photos import missing, places
from darkroom.agent.quotes import plain
from darkroom.agent.windows import UNSAID, Window, belongs_to_the_end
from darkroom.limits import MOST_TITLES, SHORTEST_TITLE, TITLE_LENGTH
from darkroom.timeline import Place, Timeline, Title

PLACES = {
    Place.TOP: Said("at the top", "在顶部"),
    Place.MIDDLE: Said("in the middle", "在中间"),
    Place.BOTTOM: Said("at the bottom", "在底部"),
}
NONE_YET = Said(
    "There is no title yet: tell me its text, like: title “Hello”.", "还没有标题：请告诉我文字，例如：标题“你好”。"
)


@dataclass(frozen=True, slots=True)
class Which:
    """Which of the titles on the timeline are meant; where nothing is said, all of them."""

    text: str | None = None
    index: int | None = None
    """0 is the first by time, -1 the last."""
    place: Place | None = None

    def among(self, titles: tuple[Title, ...]) -> tuple[int, ...]:
        """Their places in `titles`."""
        meant = [
            at
            for at, title in enumerate(titles)
            if (self.text is None or title.text.casefold() == self.text.casefold())
            and (self.place is None or title.place is self.place)
        ]
        if self.index is None:
            return tuple(meant)
        meant.sort(key=lambda at: titles[at].start)
        return (meant[self.index],) if -len(meant) <= self.index < len(meant) else ()


ANY = Which()


@dataclass(frozen=True, slots=True)
class AddTitle:
    """A new title. One that shows at the same time in the same place makes way for it."""

    text: str
    window: Window = UNSAID
    place: Place | None = None
    photo: int | None = None
    """Shows with that photo (index as in `Reference`); where it is None, `window` counts."""
    turn: tuple[int, int] = (0, 1)
    """Which of how many titles that share the clip's time, when nobody said when each shows."""
    following: Window | None = None
    """When the next title of the same prompt shows in the same place: this one ends before it."""
    stage = Stage.TEXT
    tool = "add_title"

    @property
    def args(self) -> Mapping[str, object]:
        return {"text": self.text, **_when(self.window), **_where(self.place), **_with(self.photo)}

    def apply(self, timeline: Timeline) -> Applied:
        text, note = _bounded(self.text)
        window = self.window
        if self.photo is not None:
            there = places((self.photo,), len(timeline.shots))
            if not there:
                return Applied(timeline, Said("", ""), missing(len(timeline.shots)))
            window = _of_shot(timeline, there[0])
        elif self.turn[1] > 1:
            window = _of_turn(timeline, *self.turn)
        start, duration = window.within(timeline.duration)
        until = self.following.within(timeline.duration)[0] if self.following else start
        if until - start >= SHORTEST_TITLE:
            duration = min(duration, until - start)
        new = Title(text, start, duration, self.place or Place.BOTTOM)
        others = tuple(title for title in timeline.titles if not _collide(title, new))
        if len(others) >= MOST_TITLES:
            full = Said(f"A clip has at most {MOST_TITLES} titles.", f"一个短片最多 {MOST_TITLES} 个标题。")
            return Applied(timeline, Said("", ""), full)
        when = _times(new)
        where = PLACES[new.place] if self.place else Said("", "")
        said = Said(
            f"added the title “{text}”{' ' * bool(where.en)}{where.en} ({when} s)",
            f"加上了标题“{text}”（{where.zh}{'，' * bool(where.zh)}{when} 秒）",
        )
        return Applied(replace(timeline, titles=(*others, new)), said, note)


@dataclass(frozen=True, slots=True)
class RewordTitle:
    """A title gets another text, and keeps its time and place where none is said. Without any title it is a new one."""

    text: str
    which: Which = ANY
    window: Window = UNSAID
    place: Place | None = None
    stage = Stage.TEXT
    tool = "set_title"

    @property
    def args(self) -> Mapping[str, object]:
        return {"text": self.text, **_which(self.which), **_when(self.window), **_where(self.place)}

    def apply(self, timeline: Timeline) -> Applied:
        if not timeline.titles:
            return AddTitle(self.text, self.window, self.place).apply(timeline)
        there = self.which.among(timeline.titles)
        if not there:
            return Applied(timeline, Said("", ""), _no_such(self.which))
        text, note = _bounded(self.text)
        old = timeline.titles[there[-1]]
        new = _moved(replace(old, text=text), self.window, self.place, timeline.duration)
        others = tuple(title for title in timeline.titles if title != old and not _collide(title, new))
        said = Said(f"changed the title to “{text}” ({_times(new)} s)", f"标题改为“{text}”（{_times(new)} 秒）")
        return Applied(replace(timeline, titles=(*others, new)), said, note)


@dataclass(frozen=True, slots=True)
class MoveTitle:
    """Titles show at another time, or in another place."""

    window: Window = UNSAID
    place: Place | None = None
    which: Which = ANY
    factor: float = 1
    """Shows that many times as long, where no window is said."""
    stage = Stage.TEXT
    tool = "set_title"

    @property
    def args(self) -> Mapping[str, object]:
        factor = {} if self.factor == 1 else {"longer_by": round(self.factor, 3)}
        return {**_which(self.which), **_when(self.window), **_where(self.place), **factor}

    def apply(self, timeline: Timeline) -> Applied:
        if not timeline.titles:
            return Applied(timeline, Said("", ""), NONE_YET)
        there = self.which.among(timeline.titles)
        if not there:
            return Applied(timeline, Said("", ""), _no_such(self.which))
        # Moved together they would cover each other: the last one said or added is meant.
        at = there[-1]
        old = timeline.titles[at]
        window = self.window if self.factor == 1 else Window(old.start, old.duration * self.factor)
        new = _moved(old, window, self.place, timeline.duration)
        titles = tuple(title for other, title in enumerate(timeline.titles) if other != at and not _collide(title, new))
        where = PLACES[new.place]
        said = Said(
            f"moved the title “{new.text}”: {where.en}, {_times(new)} s",
            f"调整了标题“{new.text}”：{where.zh}，{_times(new)} 秒",
        )
        return Applied(replace(timeline, titles=(*titles, new)), said)


@dataclass(frozen=True, slots=True)
class RemoveTitles:
    which: Which = ANY
    wanted: bool = True
    """False for "without a title": none being there is then nothing to tell."""
    stage = Stage.TEXT
    tool = "remove_title"

    @property
    def args(self) -> Mapping[str, object]:
        return _which(self.which)

    def apply(self, timeline: Timeline) -> Applied:
        there = self.which.among(timeline.titles)
        if not there:
            if not self.wanted:
                return Applied(timeline, Said("", ""))
            none = Said("There is no title to remove.", "没有可以去掉的标题。")
            return Applied(timeline, Said("", ""), none if not timeline.titles else _no_such(self.which))
        gone = [timeline.titles[at].text for at in there]
        rest = tuple(title for at, title in enumerate(timeline.titles) if at not in there)
        said = Said(
            f"removed the title{'s' if len(gone) > 1 else ''} {', '.join(f'“{text}”' for text in gone)}",
            f"去掉了标题{'、'.join(f'“{text}”' for text in gone)}",
        )
        return Applied(replace(timeline, titles=rest), said)


def drawn(edit: Edit, undrawable: Callable[[str], str]) -> tuple[Edit | None, Said | None]:
    """The edit of a title without the characters that no title can show, and what to say of them.

    None where nothing that anybody could read is left: letters, digits or signs.
    """
    if not isinstance(edit, AddTitle | RewordTitle | RemoveTitles | MoveTitle):
        return edit, None
    if not isinstance(edit, AddTitle) and edit.which.text is not None:
        # The title that is meant was drawn without them, too.
        named = _without(edit.which.text, set(undrawable(edit.which.text))) or edit.which.text
        edit = replace(edit, which=replace(edit.which, text=named))
    if isinstance(edit, RemoveTitles | MoveTitle):
        return edit, None
    lost = set(undrawable(edit.text))
    kept = _without(edit.text, lost)
    if kept == edit.text:
        return edit, None
    words = _stretches(edit.text, lost)
    if not any(unicodedata.category(letter)[0] in "LNS" for letter in kept):
        return None, Said(
            f"These characters cannot be drawn yet, so there is no title with them: {words}.",
            f"这些字符暂时还画不出来，所以没有加这个标题：{words}。",
        )
    if not words:
        return replace(edit, text=kept), None
    return replace(edit, text=kept), Said(
        f"These characters cannot be drawn yet, so the title goes without them: {words}.",
        f"这些字符暂时还画不出来，标题里没有放：{words}。",
    )


def _without(text: str, lost: set[str]) -> str:
    return plain("".join(letter for letter in text if letter not in lost))


def _stretches(text: str, lost: set[str]) -> str:
    """What was lost of a text, a stretch of words at a time. What nobody sees (a variation selector) is not told."""
    found = []
    for gone, letters in groupby(text, key=lambda letter: letter in lost or letter == " "):
        stretch = "".join(letters).strip()
        if gone and any(unicodedata.category(letter) not in ("Mn", "Me", "Cf") for letter in stretch):
            found.append(stretch)
    return " ".join(dict.fromkeys(found))


def _moved(title: Title, window: Window, place: Place | None, clip: int) -> Title:
    start, duration = title.start, title.duration
    if window.start is None and window.part is None and window.duration is not None:
        # Only how long: it begins where it did, or still ends with the clip.
        asked = round(min(max(window.duration, SHORTEST_TITLE), clip))
        start = clip - asked if belongs_to_the_end(title, clip) else min(start, clip - asked)
        duration = asked
    elif window != UNSAID:
        start, duration = window.within(clip)
    return replace(title, start=start, duration=duration, place=place or title.place)


def _collide(one: Title, other: Title) -> bool:
    at_once = one.start < other.start + other.duration and other.start < one.start + one.duration
    return at_once and one.place is other.place


def _of_shot(timeline: Timeline, at: int) -> Window:
    return Window(sum(shot.duration for shot in timeline.shots[:at]), timeline.shots[at].duration)


def _of_turn(timeline: Timeline, turn: int, turns: int) -> Window:
    """As many titles as photos: one each. Otherwise the clip's time in equal parts."""
    if turns == len(timeline.shots):
        return _of_shot(timeline, turn)
    start, end = timeline.duration * turn // turns, timeline.duration * (turn + 1) // turns
    return Window(start, end - start)


def _bounded(text: str) -> tuple[str, Said | None]:
    if len(text) <= TITLE_LENGTH:
        return text, None
    return text[:TITLE_LENGTH].rstrip(), Said(
        f"A title has at most {TITLE_LENGTH} characters, so I cut it.",
        f"标题最多 {TITLE_LENGTH} 个字，多的部分去掉了。",
    )


def _no_such(which: Which) -> Said:
    if which.text is not None:
        return Said(f"There is no title “{which.text}”.", f"没有标题“{which.text}”。")
    return Said("There is no such title.", "没有这个标题。")


def _times(title: Title) -> str:
    return f"{seconds(title.start)}–{seconds(title.start + title.duration)}"


def _which(which: Which) -> dict[str, object]:
    said: dict[str, object] = {}
    if which.text is not None:
        said["which"] = which.text
    if which.index is not None:
        said["number"] = which.index + 1 if which.index >= 0 else "last"
    if which.place is not None:
        said["at"] = which.place.value
    return said


def _when(window: Window) -> dict[str, object]:
    """Seconds; a time without end is left out, and a window up to the clip's end says so."""
    said: dict[str, object] = {}
    if window.start is not None:
        said["start"] = "end" if window.start == -1 else window.start / 1000
    if window.duration is not None and window.duration != float("inf"):
        said["seconds"] = window.duration / 1000
    if window.part:
        said["part"] = [round(share, 3) for share in window.part]
    return said


def _where(place: Place | None) -> dict[str, object]:
    return {} if place is None else {"place": place.value}


def _with(photo: int | None) -> dict[str, object]:
    return {} if photo is None else {"photo": photo + 1 if photo >= 0 else "last"}
