"""What goes wrong with the bot's requests, and when: a rule for each, asked in order at every request.

faults.add("create_message", Unheard(effect=True))       posted, but the bot sees the connection end
faults.add("*", flooded(2), every=3, times=None)         every third answer of any route that sends is a flood
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.counterparts.discord.refusals import Refused
from tests.counterparts.telegram.faults import Held, Slow, Unheard

__all__ = ["Fault", "Faults", "Held", "Rule", "Slow", "Unheard"]

ANY = "*"
SENDING = {
    "create_message",
    "update_message",
    "delete_message",
    "execute_webhook",
    "update_webhook_message",
    "update_original_webhook_message",
    "delete_webhook_message",
    "delete_original_webhook_message",
}
"""What a rule for any route strikes."""

Fault = Refused | Unheard | Slow | Held


@dataclass(eq=False, slots=True)
class Rule:
    route: str
    fault: Fault
    times: int | None
    """How often it still strikes; None: for ever."""
    channel: int | None
    every: int
    seen: int = 0
    struck: int = 0

    def strikes(self, route: str, channel: int | None) -> bool:
        """Whether this request is one that it hits; counts it."""
        named = self.route == route or (self.route == ANY and route in SENDING)
        if not named or self.times == 0 or (self.channel is not None and self.channel != channel):
            return False
        self.seen += 1
        if self.seen % self.every:
            return False
        if self.times is not None:
            self.times -= 1
        self.struck += 1
        return True


class Faults:
    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def add(
        self, route: str, fault: Fault, *, times: int | None = 1, channel: int | None = None, every: int = 1
    ) -> Rule:
        """`every`: strike only each so-manieth of the requests that match."""
        rule = Rule(route, fault, times, channel, every)
        self._rules.append(rule)
        return rule

    def lift(self) -> None:
        """Nothing goes wrong any more; what is held is let go."""
        for rule in self._rules:
            if isinstance(rule.fault, Held):
                rule.fault.release()
        self._rules.clear()

    def next(self, route: str, channel: int | None) -> Fault | None:
        """What is wrong with this request: the first rule that strikes."""
        return next((rule.fault for rule in self._rules if rule.strikes(route, channel)), None)
