"""A whole answer, line by line: sentences that are instructions go, and with them items and headings left empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from core.phrases import chinese, english
from core.phrases.markup import HEADING, lines_of, plain_line
from core.phrases.masks import masked
from core.phrases.said import GuiAction, Said
from core.phrases.sentences import CJK, Rest, rest_of

LONGEST = 20_000
"""Characters of an answer that are read; a chat shows a fifth of it at most."""
_ROUNDS = 6
"""A cut can lay bare another instruction or markup; what has not settled by then was no answer for people."""

_CHEERS = "🎉🎊✨😊🙂😄👍🔥🚀❤💪🥳😀😃😁😍🤩🙌👏✅🎵🎶"
_SENTENCE_END = re.compile(
    r"(?:(?<!\be\.g)(?<!\bi\.e)(?<!\bvs)(?<!\betc)(?<!\bapprox)(?<!\bNo)(?<!\bMr)(?<!\bDr)[.!?…]+[\"'”’)\]\ue000]*(?=\s|$)"
    rf"|[。！？]+[”’」』）)]*)(?:\s?[{_CHEERS}]\ufe0f?)*"
)
_MARKER = re.compile(
    r"(?:[-•·▪◦‣●○–](?=\s)|\d{1,3}[.)](?=\s|[\u3400-\u9fff“「【])|\d{1,3}[、．]|[①-⑳]|[a-z]\)(?=\s))\s*"
)
_NUMBER = re.compile(r"(?P<number>\d{1,3})(?P<rest>[.)、．]\s*)")
_INLINE = re.compile(r"(?:(?<=\s)|(?<=[。：:；]))(?P<number>\d{1,2})[.)、](?=\s?\S)(?!\d)")
_WORD = re.compile(r"[\w\ue000-\ue002]")


@dataclass(frozen=True, slots=True)
class _Sentence:
    marker: str
    text: str
    mask: str
    gap: str
    """What stands between it and the sentence before."""


@dataclass(slots=True)
class _Line:
    """A line while it is worked on. An empty `sentences` and no `marker` is a blank line."""

    marker: str
    heading: bool
    sentences: list[_Sentence]
    rests: list[Rest] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        return not self.sentences

    @property
    def gone(self) -> bool:
        return bool(self.rests) and all(rest.text is None for rest in self.rests)

    @property
    def leads_in(self) -> bool:
        """It announces what follows: a heading, or a colon at its end."""
        return self.heading or (not self.blank and self.sentences[-1].text.rstrip().endswith((":", "：")))


def translate(text: str) -> Said:
    """What the person reads of an answer, and what its instructions stood for.

    Translating the text that comes out again changes nothing. Never raises. Of more than `LONGEST` characters the rest
    is left out.
    """
    actions: list[GuiAction] = []
    edits: list[str] = []
    text = text[:LONGEST]
    for _ in range(_ROUNDS):
        said = _once(text)
        actions += said.actions
        edits += said.edits
        if said.text == text:
            break
        text = said.text
    else:
        text = ""
    return Said(text, tuple(dict.fromkeys(actions)), tuple(dict.fromkeys(edits)))


def _once(text: str) -> Said:
    lines = [_read(line) for line in map(plain_line, lines_of(text)) if line is not None]
    _work(lines)
    actions = [action for line in lines for rest in line.rests for action in rest.actions]
    edits = [edit for line in lines for rest in line.rests for edit in rest.edits]
    _drop_lead_ins(lines)
    return Said("\n".join(_written(lines)), tuple(actions), tuple(edits))


def _read(line: str) -> _Line:
    heading = HEADING.match(line)
    line = line[heading.end() :] if heading is not None else line
    marker = _MARKER.match(line)
    start = marker.end() if marker is not None else 0
    if not line[start:].strip():
        return _Line("", heading=False, sentences=[])
    return _Line(line[:start], heading is not None, list(_sentences(line[start:])))


def _sentences(line: str) -> Iterator[_Sentence]:
    mask = masked(line)
    numbers = _inline_numbers(mask)
    ends = {found.end() for found in _SENTENCE_END.finditer(mask) if not _in_number(found.start(), numbers)}
    bounds = sorted(ends | {start for start, _ in numbers} | {len(line)})
    start, gap = 0, ""
    for end in bounds:
        part = line[start:end]
        lead = len(part) - len(part.lstrip())
        body = part.strip()
        if not body:
            continue
        begin = start + lead
        marker_end = next((stop for first, stop in numbers if first == begin), begin)
        marker = line[begin:marker_end]
        while marker_end < end and line[marker_end].isspace():
            marker += line[marker_end]
            marker_end += 1
        stop = begin + len(body)
        yield _Sentence(marker, line[marker_end:stop], mask[marker_end:stop], gap or part[:lead])
        gap = line[stop:end]
        start = end


def _inline_numbers(mask: str) -> list[tuple[int, int]]:
    """Steps within a line, "1. … 2. …": only where they count up from 1."""
    found: list[tuple[int, int]] = []
    for match in _INLINE.finditer(" " + mask):
        if int(match["number"]) == len(found) + 1:
            found.append((match.start() - 1, match.end() - 1))
    return found if len(found) > 1 else []


def _in_number(place: int, numbers: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in numbers)


def _work(lines: list[_Line]) -> None:
    """Judge every sentence; what follows an instruction is judged as its continuation."""
    before: _Line | None = None
    for line in lines:
        follows = before is not None and _ends_in_instruction(before) and bool(before.marker) == bool(line.marker)
        line.rests = _rests(line, follows)
        before = None if line.blank else line
    for run in _numbered_runs(lines):
        if any(line.gone for line in run):
            for line in run:
                line.rests = _rests(line, follows=True)


def _ends_in_instruction(line: _Line) -> bool:
    return bool(line.rests) and line.rests[-1].ends_in_instruction


def _rests(line: _Line, follows: bool) -> list[Rest]:
    rests: list[Rest] = []
    whole = len(line.sentences) == 1
    for sentence in line.sentences:
        is_item = bool(sentence.marker) or (whole and bool(line.marker or line.heading))
        rest = rest_of(sentence.text, sentence.mask, follows=follows, item=is_item)
        rests.append(rest)
        follows = rest.ends_in_instruction
    for index in range(len(rests) - 1):
        sentence, following = line.sentences[index], rests[index + 1]
        rules = chinese if CJK.search(sentence.text) else english
        leads = sentence.text.rstrip().endswith(("?", "？")) and rules.asks_readiness(sentence.text)
        leads = leads or sentence.text.rstrip().endswith((":", "："))
        if leads and following.text is None and not rests[index].touched:
            numbered = [
                rest for s, rest in zip(line.sentences[index + 1 :], rests[index + 1 :], strict=True) if s.marker
            ]
            if all(rest.text is None for rest in numbered):
                rests[index] = Rest(None, touched=True)
        if not _WORD.search(line.sentences[index + 1].mask) and rests[index].text is None:
            rests[index + 1] = replace(following, text=None, touched=True)
    return rests


def _numbered_runs(lines: Iterable[_Line]) -> Iterator[list[_Line]]:
    run: list[_Line] = []
    for line in lines:
        if _NUMBER.match(line.marker):
            run.append(line)
        elif not line.blank:
            yield run
            run = []
    yield run


def _drop_lead_ins(lines: list[_Line]) -> None:
    """Take away headings and "Next steps:" under which nothing is left."""
    for index, line in enumerate(lines):
        if not line.leads_in or line.gone:
            continue
        under = _under(lines, index)
        if under and all(one.gone for one in under):
            line.rests[-1] = replace(line.rests[-1], text=None)


def _under(lines: list[_Line], index: int) -> list[_Line]:
    under: list[_Line] = []
    for line in lines[index + 1 :]:
        if line.blank:
            continue
        if line.heading or (under and not lines[index].heading and bool(line.marker) != bool(under[0].marker)):
            break
        under.append(line)
        if not lines[index].heading and not line.marker:
            break
    return under


def _written(lines: list[_Line]) -> Iterator[str]:
    _renumber(lines)
    pending, any_written = False, False
    for line in lines:
        if line.blank:
            pending = any_written
            continue
        text = _joined(line)
        if text:
            if pending:
                yield ""
            yield f"{line.marker}{text}" if line.marker else text
            pending, any_written = False, True


def _renumber(lines: list[_Line]) -> None:
    for run in _numbered_runs(lines):
        if not any(line.gone for line in run):
            continue
        for number, line in enumerate((line for line in run if not line.gone), 1):
            line.marker = _NUMBER.sub(lambda found, number=number: f"{number}{found['rest']}", line.marker, count=1)  # type: ignore[misc]


def _joined(line: _Line) -> str:
    out, number, gap = "", 0, ""
    renumbered = any(rest.text is None for s, rest in zip(line.sentences, line.rests, strict=True) if s.marker)
    for sentence, rest in zip(line.sentences, line.rests, strict=True):
        gap = gap or sentence.gap
        if rest.text is None:
            continue
        marker = sentence.marker
        if marker:
            number += 1
            marker = _NUMBER.sub(rf"{number}\g<rest>", marker, count=1) if renumbered else marker
        out += (gap if out else "") + marker + rest.text
        gap = ""
    return out.strip()
