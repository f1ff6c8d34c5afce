"""The words about titles in a prompt: edits of titles go out. Read before anything else, so that a title's own words
are never taken for a wish (a title "Zoom in 5 seconds" sets no motion).

Quoted words are titles; of unquoted ones those that are introduced as such ("title: Hello", "标题是你好"). When and where
a title shows stands beside its text, in its own part of the sentence or in one that speaks of nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from darkroom.agent import title_patterns as patterns
from darkroom.agent.edit import Edit, Reading, Said
from darkroom.agent.prompt import TAKEN, Prompt, Span, clauses
from darkroom.agent.quotes import Quote, plain, quotes
from darkroom.agent.references import references
from darkroom.agent.titles import ANY, AddTitle, MoveTitle, RemoveTitles, RewordTitle, Which
from darkroom.agent.windows import SPAN, UNSAID, Window, find_window
from darkroom.timeline import Place

NO_TEXT = Said("What should the title say? For example: title “Hello”.", "标题写什么？例如：标题“你好”。")


@dataclass(slots=True)
class _Notes:
    """What was read so far, and where it stands."""

    edits: list[Edit] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    taken: list[Span] = field(default_factory=list)
    stands: list[int] = field(default_factory=list)
    """Where each edit's text or noun stands in the prompt."""

    def add(self, edit: Edit, at: int) -> None:
        self.edits.append(edit)
        self.stands.append(at)


@dataclass(frozen=True, slots=True)
class _Shown:
    """When and where, as said in some stretch of the prompt, and where that is said."""

    window: Window = UNSAID
    place: Place | None = None
    spans: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return self.window != UNSAID or self.place is not None

    def beside(self, other: _Shown) -> _Shown:
        """This, and where it says nothing, the other."""
        return _Shown(
            self.window if self.window != UNSAID else other.window,
            self.place or other.place,
            self.spans + other.spans,
        )


def read_titles(prompt: Prompt) -> Reading:
    """Wishes about titles. Removals come first among the edits: "a new title, and remove the old one"."""
    notes = _Notes()
    quoted = quotes(prompt.raw, prompt.text)
    rest = prompt.take((quote.start, quote.end) for quote in quoted)
    for start, end in clauses(rest.take_all(SPAN).text):
        inside = [quote for quote in quoted if start <= quote.start < end]
        if inside:
            _read_quotes(rest.text, (start, end), inside, notes)
    rest = rest.take(notes.taken)
    rest = _read_removals(rest, notes)
    # Before the unquoted texts: "the title is wrong" does not call it "wrong".
    wrong = patterns.WRONG.search(rest.text) is not None
    rest = rest.take_all(patterns.WRONG)
    rest = _read_unquoted(rest, notes)
    rest = _read_moves(rest, notes)
    rest = _read_neighbours(rest, notes)
    if wrong and not notes.edits:
        notes.said.append(NO_TEXT)
    removals = [edit for edit in notes.edits if isinstance(edit, RemoveTitles)]
    others = [edit for edit in notes.edits if not isinstance(edit, RemoveTitles)]
    return Reading(rest, (*removals, *_in_turns(others)), tuple(notes.said))


def _read_quotes(text: str, part: Span, inside: list[Quote], notes: _Notes) -> None:
    """The quotes of one part of the sentence."""
    start, end = part
    notes.taken += [match.span() for match in patterns.DESCRIBED.finditer(text, start, end)]
    was: Quote | None = None
    for at, quote in enumerate(inside):
        begin = inside[at - 1].end if at else start
        stop = inside[at + 1].start if at + 1 < len(inside) else end
        before, after = text[begin : quote.start], text[quote.end : stop]
        if at + 1 < len(inside) and patterns.TO.fullmatch(after) and patterns.CHANGING.search(before):
            was = quote
            continue
        if patterns.FILE_NAME.fullmatch(quote.text) or patterns.UNLIKE.search(before):
            notes.said.append(Said(f"I did not understand “{quote.text}”.", f"我没看懂“{quote.text}”。"))
            continue
        if (denied := patterns.REMOVING.search(before)) or (after and patterns.GONE_ZH.match(after)):
            notes.add(RemoveTitles(Which(quote.text)), quote.start)
            notes.taken.append((begin + denied.start() if denied else begin, quote.end))
            if not denied and (gone := patterns.GONE_ZH.match(after)):
                notes.taken.append((quote.end, quote.end + gone.end()))
            continue
        near = patterns.NEAR.match(after)
        shown = _shown(after[: near.end()] if near else "", quote.end, bare=True)
        if at == 0 and was is None:
            shown = shown.beside(_shown(before, begin, bare=bool(patterns.LASTING_TITLE.search(before))))
        notes.taken += shown.spans
        reword = patterns.REWORDING.search(before)
        if was is not None or reword:
            which = Which(was.text) if was else _which(reword)
            notes.add(RewordTitle(quote.text, which, shown.window, shown.place), quote.start)
        else:
            named = references(before) or references(after)
            photo = named[-1].index if named and shown.window == UNSAID else None
            notes.add(AddTitle(quote.text, shown.window, shown.place, photo), quote.start)
        if reword:
            notes.taken.append((begin + reword.start(), quote.start))
        was = None


def _read_neighbours(prompt: Prompt, notes: _Notes) -> Prompt:
    """Parts of the sentence beside a title's that hold its time or place and nothing else."""
    parts = list(clauses(prompt.take_all(SPAN).text))
    for number, (start, end) in enumerate(parts):
        piece = prompt.text[start:end]
        shown = _shown(piece, start, bare=bool(patterns.SHOWN.search(piece)))
        left = _blanked(piece, [(a - start, b - start) for a, b in shown.spans])
        if not shown or TAKEN in piece or patterns.BESIDES.sub("", left):
            continue
        until = parts[number + 1][1] if number + 1 < len(parts) else end
        owner = _owner(notes.stands, start, until)
        edit = notes.edits[owner] if owner is not None else None
        if owner is not None and isinstance(edit, AddTitle | RewordTitle | MoveTitle):
            mine = _Shown(edit.window, edit.place).beside(shown)
            notes.edits[owner] = replace(edit, window=mine.window, place=mine.place)
            prompt = prompt.take([(start, end)])
    return prompt


def _owner(stands: list[int], start: int, until: int) -> int | None:
    """The title that a part of the sentence is about: the last one before it, else one in the part that follows."""
    before = [(at, number) for number, at in enumerate(stands) if at < start]
    after = [(at, number) for number, at in enumerate(stands) if start <= at < until]
    if before:
        return max(before)[1]
    return min(after)[1] if after else None


def _read_removals(prompt: Prompt, notes: _Notes) -> Prompt:
    for match in patterns.REMOVE.finditer(prompt.text):
        piece = match[0]
        place = next((place for place, pattern in patterns.PLACES.items() if pattern.search(piece)), None)
        index = _index(match)
        if match["first"] == "top":
            index = None
        removal = RemoveTitles(Which(None, index, place), wanted=not (match["without"] or match["none"]))
        notes.add(removal, match.start())
    return prompt.take_all(patterns.REMOVE)


def _read_unquoted(prompt: Prompt, notes: _Notes) -> Prompt:
    at = 0
    while match := _introduction(prompt.text, at):
        at = match.end()
        end = _text_end(prompt.text, at)
        piece = prompt.text[at:end]
        tail, shown = _tail(piece, at)
        words = plain(prompt.raw[at : at + tail].strip(" \t-—:：,，"))
        if TAKEN in prompt.text[at : at + tail] or not words:
            continue
        if patterns.REWORDING_AHEAD.found(match):
            notes.add(RewordTitle(words, _which(match), shown.window, shown.place), at)
        else:
            named = references(prompt.text[max(0, match.start() - 30) : match.start()])
            photo = named[-1].index if named and not shown else None
            notes.add(AddTitle(words, shown.window, shown.place, photo), at)
        prompt = prompt.take([(match.start(), end)])
        at = end
    return prompt


def _introduction(text: str, at: int) -> re.Match[str] | None:
    """The next words that introduce a title's text."""
    found = [
        match for pattern in (patterns.REWORDING_AHEAD, patterns.INTRODUCED) if (match := pattern.search(text, at))
    ]
    return min(found, key=lambda match: match.start(), default=None)


def _text_end(text: str, start: int) -> int:
    """Where an unquoted title ends: at a sentence's end, or where the next wish begins."""
    for end in patterns.END.finditer(text, start):
        if end[0] in "!?！？":
            return end.end()
        if end[0] not in (",", "and") or patterns.EDIT_BEGINS.match(text, end.end()):
            return end.start()
    return len(text)


def _tail(piece: str, offset: int) -> tuple[int, _Shown]:
    """How much of an unquoted title is its text, and the time and place said after it."""
    found = find_window(piece, bare=bool(patterns.LASTING.search(piece)))
    marks: list[tuple[Span, Place | None, bool]] = [(span, None, True) for span in (found.spans if found else ())]
    for place, pattern in patterns.PLACES.items():
        marks += [(match.span(), place, False) for match in pattern.finditer(piece)]
    marks += [(match.span(), None, False) for match in patterns.ON_IT.finditer(piece)]
    tail = len(piece)
    window, where = UNSAID, None
    for (start, end), there, timed in sorted(marks, key=lambda mark: -mark[0][1]):
        if end <= tail and not piece[end:tail].strip(" ()（）.!,，。\0"):
            tail = start
            where = there or where
            window = found.window if timed and found else window
    return tail, _Shown(window, where, ((offset + tail, offset + len(piece)),))


def _read_moves(prompt: Prompt, notes: _Notes) -> Prompt:
    """Titles without a text: one that is there is moved, and a new one lacks its words."""
    titled = bool(notes.edits)
    for match in patterns.LONGER_AHEAD.finditer(prompt.text):
        notes.add(MoveTitle(factor=_factor(longer=bool(match["longer"] or match["longer_zh"]))), match.start())
        prompt = prompt.take([match.span()])
    for start, end in clauses(prompt.take_all(SPAN).text):
        piece = patterns.MADE_LAST.sub(lambda made: made[0][:-4] + " " * 4, prompt.text[start:end])
        noun = patterns.NOUN.search(piece)
        if noun is None and titled:
            noun = patterns.IT_MOVED.search(piece)
        titled = titled or noun is not None
        if noun is None or patterns.STYLE.search(piece, noun.end()):
            continue
        near = patterns.NEAR.match(piece[noun.end() :])
        shown = _shown(piece[noun.end() : noun.end() + (near.end() if near else 0)], start + noun.end(), bare=True)
        spans = [(start + noun.start(), start + noun.end())]
        if shown and near:
            spans = [(start + noun.start(), start + noun.end() + near.end())]
        if patterns.INDEFINITE.search(piece):
            notes.said.append(NO_TEXT)
        elif lasting := patterns.LONGER.search(piece, noun.end()):
            notes.add(
                MoveTitle(
                    factor=_factor(longer=any(lasting[name] for name in ("longer", "longer_zh", "brief_zh"))),
                ),
                start,
            )
            spans.append((start + lasting.start(), start + lasting.end()))
        elif shown or (shown := _shown(piece[: noun.start()], start, bare=False)):
            spans += shown.spans
            notes.add(MoveTitle(shown.window, shown.place), start)
            # Not to be read as a motion.
            if moved := patterns.MOVING.search(piece[: noun.start()]):
                spans.append((start + moved.start(), start + noun.start()))
        elif patterns.ALONE.fullmatch(piece):
            notes.said.append(NO_TEXT)
        elif not patterns.KEPT.search(piece):
            continue
        prompt = prompt.take(spans)
    return prompt


def _factor(*, longer: bool) -> float:
    return patterns.LONGER_TIMES if longer else 1 / patterns.LONGER_TIMES


def _shown(text: str, offset: int, *, bare: bool) -> _Shown:
    found = find_window(text, bare=bare)
    spans = list(found.spans) if found else []
    left = _blanked(text, spans)
    at = min(
        (
            (match.start(), place, match.span())
            for place, pattern in patterns.PLACES.items()
            if (match := pattern.search(left))
        ),
        default=None,
        key=lambda hit: hit[0],
    )
    if at:
        spans.append(at[2])
    return _Shown(
        found.window if found else UNSAID,
        at[1] if at else None,
        tuple((offset + start, offset + end) for start, end in spans),
    )


def _in_turns(edits: list[Edit]) -> list[Edit]:
    """New titles of one prompt that share a place make room for each other, and take turns where no time was said."""
    shared: dict[Place | None, list[int]] = {}
    for at, edit in enumerate(edits):
        if isinstance(edit, AddTitle) and edit.window == UNSAID and edit.photo is None:
            shared.setdefault(edit.place, []).append(at)
    turns = {at: (turn, len(places)) for places in shared.values() for turn, at in enumerate(places)}
    told: list[Edit] = []
    following: dict[Place | None, Window] = {}
    for at, edit in reversed(list(enumerate(edits))):
        if isinstance(edit, AddTitle):
            edit = replace(edit, turn=turns.get(at, (0, 1)), following=following.get(edit.place))
            following[edit.place] = edit.window
        told.insert(0, edit)
    return told


def _which(match: re.Match[str] | None) -> Which:
    index = _index(match) if match else None
    return ANY if index is None else Which(index=index)


def _index(match: re.Match[str]) -> int | None:
    groups = match.groupdict()
    for names, index in (
        (("first", "zh_first"), 0),
        (("second", "zh_second"), 1),
        (("third",), 2),
        (("last", "zh_last"), -1),
    ):
        if any(groups.get(name) for name in names):
            return index
    return None


def _blanked(text: str, spans: list[Span]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
