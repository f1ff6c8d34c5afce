"""What goes wrong with the bot's requests (`tests.counterparts.troubles`), in Discord's terms."""

from __future__ import annotations

from tests.counterparts import troubles
from tests.counterparts.discord.refusals import Refused
from tests.counterparts.troubles import Held, Slow, Unheard

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
Rule = troubles.Rule[Refused]


class Faults(troubles.Faults[Refused]):
    def __init__(self) -> None:
        super().__init__(SENDING.__contains__)
