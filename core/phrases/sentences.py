"""One sentence → what is left of it without its instructions.

In: the sentence and its mask (see `core.phrases.masks`), places alike. Out: `Rest`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from core.phrases import chinese, english
from core.phrases.clauses import Break, Clause, clauses_of, with_lists_closed
from core.phrases.edits import edits_of
from core.phrases.links import ADDRESS, is_gui_page, page_action
from core.phrases.masks import ELSEWHERE, PAGE
from core.phrases.said import GuiAction
from core.phrases.verdict import CONTENT, Kind, Verdict

CJK = re.compile(r"[\u3400-\u9fff]")
_PARENTHESIS = re.compile(r"\s?[(（]([^()（）]*)[)）]")
_TAIL = re.compile(r"[^\w\"'”’」』》】)）\]%\ue000-\ue002]*$")
_DECORATION = re.compile(r"[^\w\ue000-\ue002]*")
_STOP = re.compile(r"[.!?。！？…]")
_STOPPED = ".!?。！？…"
_WORD = re.compile(r"\w")
_HEAD_JOINT = re.compile(
    r"(?:[\s,;:.，；：、。—–-]|(?:and then|and|then|but|so|or|plus)\b\s*|然后|接着|而且|并且|但是?|所以|或者?|不过)+",
    re.IGNORECASE,
)
_TAIL_JOINT = re.compile(
    r"(?:[\s,;:，；：、—–→>-]|\s(?:and|then|but|so|or|plus|please|just)(?=\s*$)|(?:然后|接着|并且?|或者?|以及|请)(?=\s*$))+$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?!.*(?:已|了|好|完成|\b(?:is|are|was|were|has|have|I)\b))(?:\S{1,20}(?: \S{1,20}){0,4})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Rest:
    """`text` is None where the whole sentence was an instruction, and the sentence itself where none of it was."""

    text: str | None
    actions: tuple[GuiAction, ...] = ()
    edits: tuple[str, ...] = ()
    touched: bool = False
    ends_in_instruction: bool = False


@dataclass(frozen=True, slots=True)
class _Cut:
    start: int
    end: int
    instead: str = ""
    actions: tuple[GuiAction, ...] = ()


def rest_of(text: str, mask: str, *, follows: bool = False, item: bool = False) -> Rest:
    """`follows`: the sentence before ended in an instruction. `item`: it needs no full stop, being no sentence."""
    cuts, mask, whole = _parentheses(text, mask), with_lists_closed(mask), mask
    for cut in cuts:
        mask = mask[: cut.start] + " " * (cut.end - cut.start) + mask[cut.end :]
    cuts = [cut for cut in cuts if cut.instead != text[cut.start : cut.end]]
    end = _tail_start(mask)
    asked = "?" in mask[end:] or "？" in mask[end:]
    clauses = clauses_of(mask[:end])
    verdicts = _verdicts([mask[clause.start : clause.end] for clause in clauses], clauses, asked)
    for index, clause in enumerate(clauses):
        # "Download it here: https://…": who has an address needs no GUI.
        until = clauses[index + 1].start + 1 if index + 1 < len(clauses) else len(whole)
        if ELSEWHERE in whole[clause.start : until]:
            verdicts[index] = CONTENT
    gone = _gone(clauses, verdicts, follows)
    aim: GuiAction | None = None
    for clause, verdict, is_gone in zip(clauses, verdicts, gone, strict=True):
        if verdict.kind is Kind.BEFORE:
            aim = verdict.action or aim
        elif is_gone:
            action = verdict.action
            if action is None and verdict.kind is Kind.INSTRUCTION and not _repeats(mask, clause, cuts):
                action = aim or _page(text, mask, clause.start, end) or GuiAction.STATE
            cuts.append(_Cut(clause.start, clause.start, actions=(action,) if action else ()))
        else:
            cuts.extend(_tails(text, mask, clause))
    if not cuts and not any(gone):
        return Rest(text)
    cuts.sort(key=lambda cut: (cut.start, cut.end))
    actions = tuple(dict.fromkeys(action for cut in cuts for action in cut.actions))
    edits = edits_of(text) if GuiAction.EDIT in actions else ()
    kept = [
        index
        for index, clause in enumerate(clauses)
        if not gone[index] and _WORD.search(_cut(text, clause.start, clause.end, cuts))
    ]
    if _says_nothing(text, mask, clauses, verdicts, kept, any(gone)):
        return Rest(None, actions, edits, touched=True, ends_in_instruction=True)
    if len(kept) == len(clauses):
        body = _TAIL_JOINT.sub("", _cut(text, 0, end, cuts))
        return Rest(body.lstrip() + _cut(text, end, len(text), cuts), actions, edits, touched=True)
    return Rest(
        _rebuilt(text, clauses, kept, end, cuts, item), actions, edits, touched=True, ends_in_instruction=gone[-1]
    )


def _tail_start(mask: str) -> int:
    found = _TAIL.search(mask)
    return len(mask) if found is None else found.start()


def _parentheses(text: str, mask: str) -> list[_Cut]:
    cuts = []
    for found in _PARENTHESIS.finditer(mask):
        start, end = found.span(1)
        rest = rest_of(text[start:end], mask[start:end], item=True)
        instead = text[found.start() : start] + rest.text + text[end : found.end()] if rest.text is not None else ""
        cuts.append(_Cut(*found.span(), instead, rest.actions))
    return cuts


def _verdicts(parts: list[str], clauses: list[Clause], asked: bool) -> list[Verdict]:
    verdicts: list[Verdict] = []
    announced = False
    for part, clause in zip(parts, clauses, strict=True):
        words = part[_decorated(part) :]
        announced = announced and clause.after in (Break.JOINED, Break.SOFT)
        rules = chinese if CJK.search(words) else english
        verdict = rules.judge(words, asked=asked, announced=announced)
        joined_to_content = (
            clause.after is Break.JOINED and bool(verdicts) and verdicts[-1].kind in (Kind.CONTENT, Kind.FRAGMENT)
        )
        if joined_to_content and verdict.kind is Kind.INSTRUCTION and not rules.unmistakable(words):
            verdict = CONTENT
        verdicts.append(verdict)
        announced = verdict.agent_goes_on
    return verdicts


def _decorated(part: str) -> int:
    found = _DECORATION.match(part)
    return 0 if found is None or found.end() == len(part) else found.end()


def _gone(clauses: list[Clause], verdicts: list[Verdict], follows: bool) -> list[bool]:
    gone = [verdict.kind is Kind.INSTRUCTION for verdict in verdicts]
    before = follows
    for index, verdict in enumerate(verdicts):
        match verdict.kind:
            case Kind.AFTER:
                gone[index] = before
            case Kind.FRAGMENT:
                gone[index] = before and index > 0 and clauses[index].after in (Break.SOFT, Break.JOINED)
            case _:
                pass
        if verdict.kind is not Kind.BEFORE:
            before = gone[index]
    after: bool | None = None
    for index in reversed(range(len(verdicts))):
        if verdicts[index].kind is not Kind.BEFORE:
            after = gone[index]
        elif after is not None:
            gone[index] = after
        else:
            gone[index] = any(gone[:index]) and before
    return gone


def _repeats(mask: str, clause: Clause, cuts: list[_Cut]) -> bool:
    """It is no more than the address that the instruction before it speaks of."""
    return mask[clause.start : clause.end].strip(f"{PAGE} ") == "" and any(cut.actions for cut in cuts)


def _page(text: str, mask: str, start: int, end: int) -> GuiAction | None:
    """What the page is for whose address stands there."""
    if PAGE not in mask[start:end]:
        return None
    return next((page_action(found[0]) for found in ADDRESS.finditer(text[start:end]) if is_gui_page(found[0])), None)


def _tails(text: str, mask: str, clause: Clause) -> list[_Cut]:
    words = mask[clause.start : clause.end]
    rules = chinese if CJK.search(words) else english
    cuts = []
    for start, end, action in rules.tails(words):
        place = clause.start + start, clause.start + end
        cuts.append(_Cut(*place, actions=(_page(text, mask, *place) or action,)))
    return cuts


def _cut(text: str, start: int, end: int, cuts: list[_Cut]) -> str:
    parts = []
    for cut in cuts:
        if start <= cut.start and cut.end <= end and cut.start < cut.end:
            parts += [text[start : cut.start], cut.instead]
            start = cut.end
    parts.append(text[start:end])
    return "".join(parts)


def _says_nothing(
    text: str, mask: str, clauses: list[Clause], verdicts: list[Verdict], kept: list[int], some_gone: bool
) -> bool:
    """Nothing is left, or no more than "Great" or the label of what is gone: "Music: open the Audio tab"."""
    if not kept:
        return True
    if not some_gone:
        return False
    if all(verdicts[index].kind is Kind.BEFORE for index in kept):
        return True
    if len(kept) > 1 or kept[0] + 1 == len(clauses):
        return False
    label, cut = clauses[kept[0]], clauses[kept[0] + 1]
    between = text[label.end : cut.start]
    name = mask[label.start : label.end].strip()
    limit = 8 if CJK.search(name) else 60
    return (":" in between or "：" in between) and len(name) <= limit and _LABEL.fullmatch(name) is not None


def _rebuilt(text: str, clauses: list[Clause], kept: list[int], end: int, cuts: list[_Cut], item: bool) -> str:
    out = ""
    for position, index in enumerate(kept):
        clause = clauses[index]
        words = _cut(text, clause.start, clause.end, cuts)
        if position == 0:
            if index > 0:
                joint = _HEAD_JOINT.match(words)
                words = words[joint.end() :] if joint is not None and joint.end() < len(words) else words
                words = words[:1].upper() + words[1:]
            out = words
            continue
        between = text[clauses[index - 1].end : clause.start]
        if not between.strip() and index - 1 != kept[position - 1]:
            between = between or ("" if CJK.search(words[:1]) else " ")
        out += between + words
    if kept[-1] == len(clauses) - 1:
        return out + _cut(text, end, len(text), cuts)
    out = _TAIL_JOINT.sub("", out)
    if item and not _STOP.search(text[end:]):
        return out
    if out and out[-1] in _STOPPED:
        return out
    return out + _full_stop(out, text[end:])


def _full_stop(words: str, tail: str) -> str:
    stop = _STOP.search(tail)
    if stop is not None and CJK.search(words):
        return "。" if stop[0] in "。！？" else "."
    return "。" if CJK.search(words[:1]) or CJK.search(words[-2:]) else "."
