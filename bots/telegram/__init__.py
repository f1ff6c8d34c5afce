"""Telegram: updates come in as messages and presses, the core's answers go out through the Bot API.

listener.py    everything together, for as long as a block lasts
polling.py     updates fetched            webhook.py   updates sent to us
intake.py      an update into the inbox   handling.py  out of it, to the conversation
reading.py     what the library cannot read is passed over
updates.py     updates → Incoming, Press, what befell a chat (pure)
addressing.py  whether the bot is meant (pure)
outbox.py      the core's `Outbox` over the Bot API
limiter.py     when a request may go; limits.py: Telegram's numbers
"""

import os

# The library's own switch: lengths of time come as `timedelta`, which its next version brings for good.
os.environ.setdefault("PTB_TIMEDELTA", "true")
