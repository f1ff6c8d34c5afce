"""What goes wrong with the bot's requests (`tests.counterparts.troubles`), in Telegram's terms."""

from __future__ import annotations

from tests.counterparts import troubles
from tests.counterparts.sockets import Altered, Answer
from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.refusals import Refused
from tests.counterparts.troubles import Held, Slow, Unheard

UNTROUBLED = {"getUpdates", "getMe", "setWebhook", "deleteWebhook", "getWebhookInfo", "getFile", "file"}
"""What a rule for any method leaves alone: Telegram's floods hit what a bot sends."""

Spoiled = Answer | Altered
"""Another answer than Telegram's own."""

Fault = Refused | Spoiled | Unheard | Slow | Held
Rule = troubles.Rule[Refused | Spoiled]


class Faults(troubles.Faults[Refused | Spoiled]):
    def __init__(self) -> None:
        super().__init__(lambda method: method not in UNTROUBLED)
        self.patience = Patience()
        self.cuts: dict[str, int] = {}
        """Methods whose next request is cut off, after so many bytes of its body."""


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
