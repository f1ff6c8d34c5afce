"""One message of a person → replies and jobs.

means.py    what the conversation works with
wishes.py   a message → what it asks for (pure)
talk.py     photos and words → jobs; courtesy, stickers, the unknown → an answer
commands.py /help, /credits, /status, /settings and their like
presses.py  a button → a job, a command or a switch
work.py     into the chat's mailbox, and out of it again
"""

from __future__ import annotations

from core.conversation.talk import JOIN_SECONDS, Conversation

__all__ = ["JOIN_SECONDS", "Conversation"]
