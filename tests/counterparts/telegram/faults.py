"""What goes wrong with the bot's requests, and when: a rule for each, asked in order at every request.

faults.add("sendVideo", Unheard(effect=True))         posted, but the bot sees the connection end
faults.add("*", flooded(2), every=3, times=None)      every third answer of any method is a flood
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.refusals import Refused

ANY = "*"
UNTROUBLED = {"getUpdates", "getMe", "setWebhook", "deleteWebhook", "getWebhookInfo", "getFile", "file"}
"""What a rule for any method leaves alone: Telegram's floods hit what a bot sends."""


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


Fault = Refused | Unheard | Slow | Held


@dataclass(eq=False, slots=True)
class Rule:
    method: str
    fault: Fault
    times: int | None
    """How often it still strikes; None: for ever."""
    chat: int | None
    every: int
    seen: int = 0
    struck: int = 0

    def end(self) -> None:
        """It strikes no more."""
        self.times = 0

    def strikes(self, method: str, chat: int | None) -> bool:
        """Whether this request is one that it hits; counts it."""
        named = self.method.lower() == method.lower() or (self.method == ANY and method not in UNTROUBLED)
        if not named or self.times == 0 or (self.chat is not None and self.chat != chat):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        self.struck += 1
        return True


class Patience:
    """Which chats are flooded, by method: until when a bot that obeys `retry_after` leaves them alone."""

    def __init__(self) -> None:
        self._until: dict[tuple[str, object], float] = {}

    def begin(self, call: Call, refused: Refused, now: float) -> None:
        seconds = refused.parameters.get("retry_after")
        if seconds is not None:
            self._until[call.method, call.chat_id] = now + seconds

    def early(self, call: Call, now: float) -> str | None:
        """What is wrong with a call that comes before its time; None: nothing."""
        left = self._until.get((call.method, call.chat_id), 0.0) - now
        return f"{call.method} to {call.chat_id} came {left:.3f} s too early" if left > 0 else None


class Faults:
    def __init__(self) -> None:
        self.patience = Patience()
        self._rules: list[Rule] = []

    def add(self, method: str, fault: Fault, *, times: int | None = 1, chat: int | None = None, every: int = 1) -> Rule:
        """`every`: strike only each so-manieth of the requests that match."""
        rule = Rule(method, fault, times, chat, every)
        self._rules.append(rule)
        return rule

    def lift(self) -> None:
        """Nothing goes wrong any more; what is held is let go."""
        for rule in self._rules:
            if isinstance(rule.fault, Held):
                rule.fault.release()
        self._rules.clear()

    def next(self, method: str, chat: int | None) -> Fault | None:
        """What is wrong with this request: the first rule that strikes."""
        for rule in self._rules:
            if rule.strikes(method, chat):
                return rule.fault
        return None
