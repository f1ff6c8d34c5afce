"""The agent's events → what a person sees of one turn. Pure: each step gives the next state and what to show.

A passage is shown provisionally while it grows and then once as a whole; tools are progress; thoughts never arrive
here. How the turn ended, and whether the session's state must be asked what became of it, stands in `Turn`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from core.nemo.envelope import coded_error
from core.nemo.errors import NemoError, NoCredits, RateLimited, StreamSilent, StreamTimeout, TurnFailed
from core.nemo.stream import AgentEvent, AgentFailure, Event, Heartbeat


class Ended(StrEnum):
    DONE = "done"
    SILENT = "silent"
    """In order, but without a word: the state tells what changed."""
    ERROR = "error"
    INTERRUPTED = "interrupted"
    CUT = "cut"
    STALLED = "stalled"
    """Nothing but heartbeats for too long."""
    TIMEOUT = "timeout"


@dataclass(frozen=True, slots=True)
class Turn:
    """`texts`: the whole passages in order. `unfinished`: what was shown of one that never became whole.

    `tools`: the names of the tools that were called, in order. `state_delta`: the state's keys that the turn set.
    """

    ended: Ended
    texts: tuple[str, ...] = ()
    unfinished: str = ""
    tools: tuple[str, ...] = ()
    state_delta: Mapping[str, Any] = field(default_factory=dict)
    error: NemoError | None = None

    @property
    def text(self) -> str:
        return "\n".join(self.texts)

    @property
    def is_uncertain(self) -> bool:
        """The work may still be running: recovery by reading the state decides, never a second message."""
        return self.ended in {Ended.CUT, Ended.STALLED, Ended.TIMEOUT}


@dataclass(frozen=True, slots=True)
class TurnStarted:
    """The stream has begun: from here on the message counts as accepted."""


@dataclass(frozen=True, slots=True)
class Provisional:
    """The passage that is growing, as far as it has come. Empty: what was shown of it is withdrawn."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A whole passage, in the place of what was shown provisionally."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolStarted:
    name: str


@dataclass(frozen=True, slots=True)
class ToolFinished:
    name: str


@dataclass(frozen=True, slots=True)
class StateTouched:
    """The names of the state's fields that changed."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StillWorking:
    """`seconds` have passed since the message was sent."""

    seconds: float


@dataclass(frozen=True, slots=True)
class TurnEnded:
    turn: Turn


TurnEvent = TurnStarted | Provisional | Said | ToolStarted | ToolFinished | StateTouched | StillWorking | TurnEnded

_TROUBLE = "i encountered a temporary issue"
_TROUBLE_TO_END = re.compile(r"\s*\bI encountered a temporary issue\b.*", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Progress:
    """A turn under way."""

    texts: tuple[str, ...] = ()
    growing: str = ""
    shown: str = ""
    tools: tuple[str, ...] = ()
    calls: frozenset[str] = frozenset()
    state_delta: Mapping[str, Any] = field(default_factory=dict)
    failure: AgentFailure | None = None
    complete: bool = False
    interrupted: bool = False


def step(now: Progress, event: Event) -> tuple[Progress, tuple[TurnEvent, ...]]:
    """The state after an event, and what the event gives a person to see."""
    if isinstance(event, Heartbeat):
        return now, ()
    if isinstance(event, AgentFailure):
        trailing = bool(now.texts) and _TROUBLE in event.message.lower()
        return (now if trailing or now.failure else replace(now, failure=event)), ()
    out: list[TurnEvent] = []
    if event.text is not None and event.partial:
        now = _grow(now, event.text, out)
    elif event.text is not None:
        now = _whole(now, event.text if event.text.strip() else now.growing, out)
    now = _tools(now, event, out)
    if event.state_delta:
        now = replace(now, state_delta={**now.state_delta, **event.state_delta})
        out.append(StateTouched(tuple(event.state_delta)))
    goes_on = event.text is not None or bool(event.calls or event.results)
    complete = event.turn_complete or (now.complete and not goes_on)
    return replace(now, complete=complete, interrupted=now.interrupted or event.interrupted), tuple(out)


def finish(now: Progress, broken: NemoError | None = None) -> tuple[Turn, tuple[TurnEvent, ...]]:
    """The turn, once its stream has ended: in order, or with the error that it broke with.

    A stream that breaks after the agent has told how its turn ended takes nothing away from that.
    """
    out: list[TurnEvent] = []
    if now.complete or now.failure is not None:
        broken = None
    error = broken or (None if now.failure is None else turn_error(now.failure))
    if error is None and not now.interrupted:
        now = _whole(now, now.growing, out)
    ended = _ended(now, broken, error)
    return Turn(ended, now.texts, now.shown, now.tools, now.state_delta, error), tuple(out)


def turn_error(failure: AgentFailure) -> NemoError:
    """What a failure inside a stream stands for. The stream had begun, so the message was accepted."""
    about: dict[str, Any] = {"accepted": True, "detail": failure.message}
    if isinstance(failure.code, int):
        known = coded_error("prompt", failure.code, **about)
        if known is not None:
            return known
        if failure.code == 429:
            return RateLimited("prompt", **about)
    # The model's quota and the person's credits share this word; only the explanation tells them apart.
    if failure.code == "RESOURCE_EXHAUSTED" and "credit" in failure.message.lower():
        return NoCredits("prompt", code=failure.code, **about)
    return TurnFailed("prompt", code=failure.code, **about)


def _ended(now: Progress, broken: NemoError | None, error: NemoError | None) -> Ended:
    if isinstance(broken, StreamSilent):
        return Ended.STALLED
    if isinstance(broken, StreamTimeout):
        return Ended.TIMEOUT
    if broken is not None:
        return Ended.CUT
    if error is not None:
        return Ended.ERROR
    if now.interrupted:
        return Ended.INTERRUPTED
    return Ended.DONE if now.texts else Ended.SILENT


def _grow(now: Progress, text: str, out: list[TurnEvent]) -> Progress:
    growing = now.growing + text
    shown = _provisional(growing, bool(now.texts))
    if shown and shown != now.shown:
        out.append(Provisional(shown))
        now = replace(now, shown=shown)
    return replace(now, growing=growing)


def _provisional(growing: str, answered: bool) -> str:
    """What can be shown of a passage that grows: not the trailing "temporary issue", nor what may become it."""
    text = _without_trouble(growing, answered).strip()
    if answered and _TROUBLE.startswith(text.lower()):
        return ""
    return text


def _whole(now: Progress, text: str, out: list[TurnEvent]) -> Progress:
    """A passage that is complete. One that was said already, or says only "temporary issue", is withdrawn."""
    said = _without_trouble(text, bool(now.texts)).strip()
    fresh = said and not _is_repetition(now.texts, said)
    if fresh:
        out.append(Said(said))
    elif now.shown:
        out.append(Provisional(""))
    return replace(now, texts=(*now.texts, said) if fresh else now.texts, growing="", shown="")


def _is_repetition(texts: tuple[str, ...], said: str) -> bool:
    """The last passage again, or all passages of the turn once more in one."""
    return said in texts[-1:] or (len(texts) > 1 and _letters("".join(texts)) == _letters(said))


def _letters(text: str) -> str:
    return "".join(text.split())


def _without_trouble(text: str, answered: bool) -> str:
    """The backend ends good answers with an excuse of its own at times. Alone it is all there is, and stays."""
    cut = _TROUBLE_TO_END.sub("", text)
    return cut if answered or cut.strip() else text


def _tools(now: Progress, event: AgentEvent, out: list[TurnEvent]) -> Progress:
    for call in event.calls:
        # A streaming server repeats a call in the whole event; without an id the partial one is left to that.
        if call.id in now.calls or (call.id is None and event.partial):
            continue
        out.append(ToolStarted(call.name))
        calls = now.calls if call.id is None else now.calls | {call.id}
        now = replace(now, tools=(*now.tools, call.name), calls=calls)
    if event.results:
        # A tool answers after the passage that called it has ended, whether or not that came as a whole.
        now = _whole(now, now.growing, out) if now.growing else now
        out.extend(ToolFinished(result.name) for result in event.results)
    return now
