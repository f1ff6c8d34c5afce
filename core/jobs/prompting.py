"""The stage *prompting*: the person's words go to the backend once, and the outcome is put into words.

The state before is recorded first. Whoever finds a job here with no outcome NEVER sends the words again: the work may
be running, and a second time is charged. It reads the state, waits and compares (`core.nemo.recovery`).
"""

from __future__ import annotations

import re
from contextlib import aclosing

from core import phrases
from core.jobs.job import Stage
from core.jobs.rendering import digest
from core.jobs.run import Run
from core.nemo import errors
from core.nemo.answers import Session, State
from core.nemo.recovery import fingerprint, recover
from core.nemo.turn import Provisional, Said, StateTouched, ToolFinished, ToolStarted, Turn, TurnEnded, TurnEvent
from core.phrases import GuiAction, translate
from core.texts.problems import is_disk_full, sentence
from core.texts.tools import doing, generates
from core.timeline import changes, exportable, summary, tracks

PROMPT_SHARE = (0.15, 0.30)

MOST_SUGGESTIONS = 3
"""Edits proposed by the backend that become buttons."""

_SENTENCE_END = re.compile(r"[.!?…]+(?=\s)|[。！？]+|\n")


async def prompting(run: Run, session: Session) -> None:
    """Send the prompt, or find out what became of it, and record the reply and the changes."""
    job = run.job
    run.progress.show(run.say("Reading your wishes"), PROMPT_SHARE[0])
    if job.stage is Stage.PROMPTING and job.before is not None:
        before = State.model_validate(job.before)
        turn = None
    else:
        before = await run.desk.nemo.state(session)
        await run.record(stage=Stage.PROMPTING, before=before.model_dump(mode="json"))
        turn = await _send(run, session)
    if turn is None or turn.is_uncertain:
        after = await _recovered(run, session, before)
    else:
        after = await run.desk.nemo.state(session)
    said = translate("" if turn is None else turn.text)
    told = changes(before, after, job.language)
    await run.record(
        turn_over=True,
        reply=_reply(run, said, before, after, told),
        changes=tuple(told),
        suggestions=said.edits[:MOST_SUGGESTIONS],
        show_credits=GuiAction.CREDITS in said.actions,
        news=await _has_news(run, after, wanted=bool(told) or GuiAction.EXPORT in said.actions),
        before=None,
    )


async def _send(run: Run, session: Session) -> Turn | None:
    """The turn as it ended, None where nobody can know what became of the prompt.

    Raises what the backend refused the prompt with, or what it gave up with before it said anything.
    """
    seen = _Seen(run)
    try:
        async with aclosing(run.desk.nemo.prompt(session, run.job.prompt)) as events:
            async for event in events:
                if isinstance(event, TurnEnded):
                    return _ended(run, event.turn)
                seen.show(event)
    except errors.NemoError as error:
        # A backend that has no room says so before it does anything.
        if error.accepted is not None or is_disk_full(error):
            raise
    finally:
        run.progress.show_beneath("")
    return None


def _ended(run: Run, turn: Turn) -> Turn:
    """The turn, where it left something to tell. Credits that ended in the middle of it are told beside that."""
    error = turn.error
    if error is None or turn.is_uncertain:
        return turn
    if not turn.texts:
        raise error
    if isinstance(error, errors.NoCredits):
        run.notes.append(sentence(error, run.job.language, web_url=run.desk.nemo.options.web_url))
    return turn


class _Seen:
    """What is shown of a turn while it runs: the tool at work, and what is said, as far as it is sure."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._steps = 0
        self._raw_video = ""
        self._said: list[str] = []

    def show(self, event: TurnEvent) -> None:
        say, progress = self._run.say, self._run.progress
        low, high = PROMPT_SHARE
        match event:
            case ToolStarted():
                self._steps += 1
                progress.show(doing(event.name, say), high - (high - low) / (1 + self._steps))
            case ToolFinished() if generates(event.name):
                self._first_stage()
            case StateTouched() if "generated_media" in event.keys:
                self._first_stage()
            case Said():
                self._said.append(event.text)
                self._beneath("")
            case Provisional():
                self._beneath(_whole_sentences(event.text))
            case _:
                pass

    def _first_stage(self) -> None:
        """The contract's two stages: the raw video, then music, title and effects."""
        self._raw_video = self._run.say("The raw video is there. Music, title and effects come next.")
        self._beneath("")

    def _beneath(self, growing: str) -> None:
        said = translate("\n".join((*self._said, growing))).text
        self._run.progress.show_beneath("\n".join(line for line in (self._raw_video, said) if line))


def _whole_sentences(growing: str) -> str:
    """Only what has come to an end: half an instruction for a GUI cannot be told from something that is meant."""
    ends = [found.end() for found in _SENTENCE_END.finditer(growing)]
    return growing[: ends[-1]] if ends else ""


async def _has_news(run: Run, after: State, *, wanted: bool) -> bool:
    """Whether there is a video to make: of what changed, or of what never came to the chat."""
    if after.draft is None or not exportable(after.draft):
        return False
    last = await run.desk.clips.delivery(run.job.clip)
    return wanted or last is None or not last.is_posted or last.draft != digest(after.draft)


def _reply(run: Run, said: phrases.Said, before: State, after: State, told: list[str]) -> str:
    """What the person reads of the turn: what was said, and what really changed.

    A clip's first timeline needs no list of its additions where it was spoken of: it is shown as a whole beside it.
    """
    parts = [said.text] if said.text else []
    is_first = not tracks(before.draft) and before.generated_media == after.generated_media
    if told and not (said.text and is_first):
        parts += told
    if GuiAction.STATE in said.actions and not run.job.export:
        parts.append(summary(after.draft or {}, run.job.language))
    return "\n".join(parts)


async def _recovered(run: Run, session: Session, before: State) -> State:
    run.progress.show(run.say("The connection broke; looking what became of it"), PROMPT_SHARE[1])
    after = await recover(
        lambda: run.desk.nemo.state(session), fingerprint(before), run.desk.nemo.options, run.desk.sleep
    )
    if after is None:
        raise errors.Interrupted("prompt", accepted=None)
    return after
