"""The stage *prompting*: the person's words go to the backend once, and the outcome is put into words.

The state before is recorded first. Whoever finds a job here with no outcome NEVER sends the words again: the work may
be running, and a second time is charged. It reads the state, waits and compares (`core.nemo.recovery`).
"""

from __future__ import annotations

from core.jobs.job import Stage
from core.jobs.run import Run
from core.nemo import errors
from core.nemo.answers import Session, State
from core.nemo.recovery import fingerprint, recover
from core.nemo.turn import ToolStarted, Turn, TurnEnded
from core.phrases import translate
from core.texts.tools import doing
from core.timeline import changes

PROMPT_SHARE = (0.15, 0.30)


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
    text = "" if turn is None else turn.text
    said = translate(text)
    await run.record(
        turn_over=True,
        reply=said.text,
        changes=tuple(changes(before, after, job.language)),
        before=None,
    )


async def _send(run: Run, session: Session) -> Turn | None:
    """The turn as it ended, None where nobody can know what became of the prompt.

    Raises what the backend refused the prompt with, or what it gave up with before it said anything.
    """
    low, high = PROMPT_SHARE
    steps = 0
    try:
        async for event in run.desk.nemo.prompt(session, run.job.prompt):
            match event:
                case ToolStarted():
                    steps += 1
                    run.progress.show(doing(event.name, run.say), high - (high - low) / (1 + steps))
                case TurnEnded():
                    if event.turn.error is not None and not event.turn.is_uncertain and not event.turn.texts:
                        raise event.turn.error
                    return event.turn
                case _:
                    pass
    except errors.NemoError as error:
        if error.accepted is not None:
            raise
    return None


async def _recovered(run: Run, session: Session, before: State) -> State:
    run.progress.show(run.say("The connection broke; looking what became of it"), PROMPT_SHARE[1])
    after = await recover(
        lambda: run.desk.nemo.state(session), fingerprint(before), run.desk.nemo.options, run.desk.sleep
    )
    if after is None:
        raise errors.Interrupted("prompt", accepted=None)
    return after
