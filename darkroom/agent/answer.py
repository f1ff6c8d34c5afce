"""The agent's turn: a prompt and its situation come in, the timeline after it and what to tell the person go out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from darkroom.agent import canvas, motions
from darkroom.agent.absent import read_absent
from darkroom.agent.canvas import read_canvas
from darkroom.agent.courtesy import read_courtesy
from darkroom.agent.durations import SetDuration, read_durations, seconds
from darkroom.agent.edit import Applied, Edit, Reading, Said, Situation
from darkroom.agent.history import MOST_STEPS, read_undo
from darkroom.agent.leftover import leftover
from darkroom.agent.motions import read_motions
from darkroom.agent.photos import PlacePhotos, empty, read_arrangement
from darkroom.agent.prompt import HAN, LONGEST_PROMPT, Prompt, read
from darkroom.agent.quotes import quotes
from darkroom.agent.rule import Rule
from darkroom.agent.tempo import ChangeTempo, read_tempo
from darkroom.agent.title_words import read_titles
from darkroom.agent.titles import drawn
from darkroom.agent.variation import informed, read_variation, settled
from darkroom.limits import check
from darkroom.timeline import BadDraft, Timeline

ABLE = Said(
    "I can set the length, zoom in or out, pan left, right, up or down, try another motion, set the shape (9:16, 1:1, "
    "16:9), add, change or remove a title, make it slower or faster, and undo.",
    "我可以设置时长、推近或拉远、向左右上下平移、换一种动法、改画面比例（9:16、1:1、16:9）、添加、修改或去掉标题、放慢或加快，以及撤销。",
)
SEND_A_PHOTO = Said("Send a photo first, then tell me how it should move.", "请先发一张照片，再告诉我怎么动起来。")
UNCHANGED = Said("Nothing changed.", "没有改动。")
BY_LENGTH = Said(
    "The camera's speed follows from the length, so I kept to the length.", "镜头的快慢由时长决定，所以按你说的时长来。"
)
NOTHING_TO_UNDO = Said("There is nothing to undo.", "没有可以撤销的操作。")
LONGEST_QUOTE = 80
"""Characters quoted of a stretch that was not understood."""
MOST_QUOTES = 3

_ASKED = Rule(
    r"\bwhat\s+(?:else\s+)?(?:can|could|do)\s+you\s+(?:do|make|offer)\b|\bhow\s+(?:does\s+(?:it|this)|do\s+you)\s+work\b|\bhelp\b(?!\s+(?:me|us)\b)"
    r"|你?(?:能|会|可以)(?:做|干)?(?:什么|啥|哪些)|怎么用|帮助",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One tool call of the agent as the event stream shows it. `args` can be written as JSON."""

    tool: str
    args: Mapping[str, object]
    result: str


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    """For the person, in the prompt's language; never empty."""
    steps: tuple[Step, ...]
    timeline: Timeline | None
    """After the turn; the one before where nothing was done."""
    past: tuple[Timeline, ...]
    """What undo goes back to after the turn, the newest last, at most `MOST_STEPS`."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Everything that was read from a prompt."""

    edits: tuple[Edit, ...]
    undo: int
    notes: tuple[Said, ...]
    absent: tuple[Said, ...]
    unknown: tuple[str, ...]
    """What was not understood, in the person's words."""
    asked: bool = False
    """Whether the person asks what the agent can do."""
    courtesy: Said | None = None
    """The answer to small talk, for a prompt that says nothing else."""


@dataclass(slots=True)
class _Turn:
    """The timeline while the edits of a prompt are applied, and what there is to tell of them."""

    timeline: Timeline | None
    past: tuple[Timeline, ...]
    done: list[Said] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


def answer(prompt: str, situation: Situation) -> Answer:
    """Does what a prompt asks for, as far as it can, and says so. Waiting photos are placed whatever the prompt says."""
    words = read(prompt)
    wishes = understand(words)
    turn = _Turn(situation.timeline, situation.past[-MOST_STEPS:])
    if wishes.undo:
        _undo(turn, wishes.undo)
    before = turn.timeline
    edits: list[Edit] = []
    for wish in informed(wishes.edits, situation):
        edit, note = drawn(wish, situation.undrawable)
        edits += [edit] if edit else []
        turn.notes += [note] if note else []
    if situation.waiting:
        _place(turn, situation, described=bool(edits))
    for edit in sorted(edits, key=lambda edit: edit.stage):
        _apply(turn, edit)
    if before is not None and turn.timeline != before:
        turn.past = (*turn.past, before)[-MOST_STEPS:]
    if len(prompt) > LONGEST_PROMPT:
        turn.notes.append(
            Said(f"I read only the first {LONGEST_PROMPT} characters.", f"我只读了前 {LONGEST_PROMPT} 个字。")
        )
    said = _told(turn, wishes, situation)
    chinese = speaks_chinese(words, situation.language)
    text = "".join(part.zh for part in said) if chinese else " ".join(part.en for part in said)
    return Answer(text, tuple(turn.steps), turn.timeline, turn.past)


def understand(prompt: Prompt) -> Wishes:
    """What a prompt asks for. Each reader takes its words, so that the next does not read them again."""
    if (inner := _all_quoted(prompt)) is not None:
        wishes = understand(read(inner))
        if (wishes.edits or wishes.undo) and not wishes.unknown:
            return wishes
    titles = read_titles(prompt)
    variation = read_variation(titles.prompt)
    rest, undo = read_undo(variation.prompt)
    rest, absent = read_absent(rest)
    edits, notes = titles.edits + variation.edits, titles.notes
    for reader in (read_arrangement, read_canvas, read_tempo, read_motions, read_durations):
        reading: Reading = reader(rest)
        rest, edits, notes = reading.prompt, edits + reading.edits, notes + reading.notes
    if any(isinstance(edit, SetDuration) for edit in edits):
        # The camera's way is fixed, so its speed follows from the length: a length that was said holds.
        kept = tuple(edit for edit in edits if not isinstance(edit, ChangeTempo))
        edits, notes = kept, notes + (BY_LENGTH,) * (len(kept) < len(edits))
    asked = _ASKED.search(rest.text) is not None
    rest, courtesy = read_courtesy(rest.take_all(_ASKED))
    unknown = leftover(rest)
    edits = settled(edits, alone=not (undo or notes or absent or unknown or asked))
    return Wishes(edits, undo, tuple(dict.fromkeys(notes)), absent, unknown, asked, courtesy)


def speaks_chinese(prompt: Prompt, language: str) -> bool:
    """Whether to answer in Chinese: by the words outside quotation marks, or by the session where there are none."""
    own = prompt.take((quote.start, quote.end) for quote in quotes(prompt.raw, prompt.text)).text
    if HAN.search(own):
        return True
    return language.lower().startswith("zh") and not re.search(r"[^\W\d_]", own)


def summary(timeline: Timeline) -> Said:
    """What a clip is like: "5 seconds, zoom in, 9:16 (1080×1920)"."""
    moves = list(dict.fromkeys(shot.motion for shot in timeline.shots))
    length, shape = seconds(timeline.duration), canvas.shape(timeline.canvas)
    titles = ", ".join(f"“{title.text}”" for title in timeline.titles)
    return Said(
        f"{length} {'second' if length == '1' else 'seconds'}, {', '.join(motions.NAMES[move].en for move in moves)}, {shape}"
        + (f", with the title {titles}" if titles else ""),
        f"{length} 秒，{'、'.join(motions.NAMES[move].zh for move in moves)}，{shape}"
        + (f"，标题 {titles}" if titles else ""),
    )


def _undo(turn: _Turn, steps: int) -> None:
    back = min(steps, len(turn.past))
    if not back:
        turn.notes.append(NOTHING_TO_UNDO)
        turn.steps.append(Step("undo", {"steps": steps}, NOTHING_TO_UNDO.en))
        return
    turn.timeline, turn.past = turn.past[-back], turn.past[:-back]
    now = summary(turn.timeline)
    changes = "the last change" if back == 1 else f"{back} changes"
    said = Said(
        f"undid {changes} (now {now.en})", f"撤销了{'上一步' if back == 1 else f' {back} 步'}（现在是：{now.zh}）"
    )
    turn.done.append(said)
    turn.steps.append(Step("undo", {"steps": back}, said.en))


def _place(turn: _Turn, situation: Situation, *, described: bool) -> None:
    """Puts the waiting photos on the timeline. Where no edit describes the new clip, it is described whole."""
    started = turn.timeline is None
    timeline = empty(situation.waiting[0]) if turn.timeline is None else turn.timeline
    _apply(turn, PlacePhotos(situation.waiting), timeline)
    if not started or turn.timeline is None:
        return
    count = len(turn.timeline.shots)
    if described and count == 1:
        turn.done.clear()
    elif not described:
        now = summary(turn.timeline)
        of = "your photo" if count == 1 else f"your {count} photos"
        turn.done[:] = [
            Said(
                f"made a clip of {of}: {now.en}", f"用{'这' if count == 1 else f' {count} '}张照片做成了短片：{now.zh}"
            )
        ]


def _apply(turn: _Turn, edit: Edit, timeline: Timeline | None = None) -> None:
    """Applies an edit and remembers what to tell of it. `timeline` is the turn's own where none is given."""
    timeline = timeline or turn.timeline
    if timeline is None:
        return
    result = applied(edit, timeline)
    turn.timeline = result.timeline
    if result.said.en:
        turn.done.append(result.said)
    if result.note:
        turn.notes.append(result.note)
    told = result.said.en or (result.note.en if result.note else "nothing to change")
    turn.steps.append(Step(edit.tool, edit.args, told))


def applied(edit: Edit, timeline: Timeline) -> Applied:
    """What an edit makes of a timeline; the timeline itself, and a note, where it would leave the bounds of a clip."""
    result = edit.apply(timeline)
    try:
        check(result.timeline, {shot.file for shot in result.timeline.shots})
    except BadDraft as refusal:
        return Applied(
            timeline, Said("", ""), Said(f"I left one wish out: {refusal}.", f"有一个要求做不到：{refusal}。")
        )
    return result


def _told(turn: _Turn, wishes: Wishes, situation: Situation) -> list[Said]:
    """The sentences of the answer."""
    said = list(_unusable(situation.unusable))
    if turn.timeline is None:
        return [*said, SEND_A_PHOTO]
    changed = turn.timeline != situation.timeline
    if changed:
        done = [part for part in dict.fromkeys(turn.done) if part.en] or [summary(turn.timeline)]
        said.append(
            Said(f"Done: {', '.join(part.en for part in done)}.", f"好了：{'，'.join(part.zh for part in done)}。")
        )
    elif turn.done:
        now = summary(turn.timeline)
        said.append(Said(f"That is how it already is: {now.en}.", f"现在已经是这样了：{now.zh}。"))
    said += dict.fromkeys((*turn.notes, *wishes.notes))
    said += _absent(wishes.absent)
    said += _unknown(wishes.unknown)
    if not said and not wishes.asked:
        said.append(wishes.courtesy or UNCHANGED)
    if wishes.asked or (not changed and (wishes.absent or wishes.unknown)) or said == [UNCHANGED]:
        said.append(ABLE)
    return said


def _unusable(names: Sequence[str]) -> tuple[Said, ...]:
    if not names:
        return ()
    listed = ", ".join(names)
    return (
        Said(
            f"Videos and sounds cannot be used here yet, only photos; I left out: {listed}.",
            f"这里还不能用视频和声音，只能用照片；没有放进去的：{listed}。",
        ),
    )


def _absent(topics: tuple[Said, ...]) -> tuple[Said, ...]:
    if not topics:
        return ()
    names = Said(", ".join(topic.en for topic in topics), "、".join(topic.zh for topic in topics))
    return (Said(f"Not available here yet: {names.en}.", f"这里暂时还没有：{names.zh}。"),)


def _unknown(words: tuple[str, ...]) -> tuple[Said, ...]:
    if not words:
        return ()
    shown = [
        word if len(word) <= LONGEST_QUOTE else f"{word[:LONGEST_QUOTE].rstrip()}…" for word in words[:MOST_QUOTES]
    ]
    more = Said(" and more", "等") if len(words) > MOST_QUOTES else Said("", "")
    return (
        Said(
            f"I did not understand {', '.join(f'“{word}”' for word in shown)}{more.en}.",
            f"我没看懂{'、'.join(f'“{word}”' for word in shown)}{more.zh}。",
        ),
    )


def _all_quoted(prompt: Prompt) -> str | None:
    """What stands between the marks of a prompt that is one quote from end to end."""
    found = quotes(prompt.raw, prompt.text)
    if len(found) == 1 and not (prompt.text[: found[0].start] + prompt.text[found[0].end :]).strip():
        return found[0].text
    return None
