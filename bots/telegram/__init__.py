"""Telegram: updates come in as messages and presses, the core's answers go out through the Bot API.

listener.py    everything together, for as long as a block lasts
polling.py     updates fetched            webhook.py   updates sent to us
reading.py     what the library cannot read is passed over    answers.py, gaps.py: what other servers say, and omit
intake.py      an update into the inbox   handling.py  out of it, to the conversation
updates.py     updates → Incoming, Press, what befell a chat (pure)
kinds.py       what a message holds (pure)
addressing.py  whether the bot is meant (pure)
presses.py     a press is answered        admins.py    who manages a group
outbox.py      the core's `Outbox` over the Bot API
files.py       files fetched              thumbnail.py, buttons.py: what goes out
limiter.py     when a request may go      limits.py    Telegram's numbers
faults.py      what Telegram's errors mean    concessions.py: what is left out where it is refused
bot.py         the library's bot          commands.py  its menus   words.py  what the adapter itself says
checkup.py     what `doctor` is told
"""

import os

# The library's own switch: lengths of time come as `timedelta`, which its next version brings for good.
os.environ.setdefault("PTB_TIMEDELTA", "true")
