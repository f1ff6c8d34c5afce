"""What goes wrong with a bot's requests at a platform's counterpart, and when: a rule for each, asked in order.

faults.add("sendVideo", Unheard(effect=True))            posted, but the bot sees the connection end
faults.add("*", refused, every=3, times=None)            every third answer of any request that sends is a refusal
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

ANY = "*"

R = TypeVar("R")
"""How the platform refuses."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """The connection ends instead of an answer, before or after the effect.

    `how`: "reset", "close", or "stall" (silence, until the other side gives up). `after`: of a file that is fetched, so
    many bytes of it still come.
    """

    effect: bool
    how: str = "close"
    after: int | None = None


@dataclass(frozen=True, slots=True)
class Slow:
    """The answer comes so many seconds late, the effect at once."""

    seconds: float


@dataclass(eq=False, slots=True)
class Held:
    """The request waits until the test lets it go. The effect comes first where `effect`, else after."""

    effect: bool = False
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait(self) -> None:
        self.reached.set()
        await self.gone.wait()

    def release(self) -> None:
        """From the server's own loop."""
        self.gone.set()


@dataclass(eq=False, slots=True)
class Rule(Generic[R]):
    """`call`: a method or route, or `ANY`. `place`: the chat or channel that alone is hit."""

    call: str
    fault: R | Unheard | Slow | Held
    times: int | None
    """How often it still strikes; None: for ever."""
    place: int | None
    every: int
    seen: int = 0
    struck: int = 0

    def end(self) -> None:
        """It strikes no more."""
        self.times = 0

    def strikes(self, call: str, place: int | None, *, sends: bool) -> bool:
        """Whether this request is one that it hits; counts it. `sends`: a rule for any call is about it."""
        named = self.call.lower() == call.lower() or (self.call == ANY and sends)
        if not named or self.times == 0 or (self.place is not None and self.place != place):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        self.struck += 1
        return True


class Faults(Generic[R]):
    """`sends`: whether a rule for any call is about this one."""

    def __init__(self, sends: Callable[[str], bool]) -> None:
        self._sends = sends
        self._rules: list[Rule[R]] = []

    def add(
        self,
        call: str,
        fault: R | Unheard | Slow | Held,
        *,
        times: int | None = 1,
        place: int | None = None,
        every: int = 1,
    ) -> Rule[R]:
        """`every`: strike only each so-manieth of the requests that match."""
        rule = Rule(call, fault, times, place, every)
        self._rules.append(rule)
        return rule

    def lift(self) -> None:
        """Nothing goes wrong any more; what is held is let go."""
        for rule in self._rules:
            if isinstance(rule.fault, Held):
                rule.fault.release()
        self._rules.clear()

    def next(self, call: str, place: int | None) -> R | Unheard | Slow | Held | None:
        """What is wrong with this request: the first rule that strikes."""
        sends = self._sends(call)
        return next((rule.fault for rule in self._rules if rule.strikes(call, place, sends=sends)), None)
