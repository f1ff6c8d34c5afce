"""What an interaction was and how it is answered, kept for as long as its answers may take.

The listener writes it before the conversation hears of the interaction; the outbox, in whatever process, reads it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from core.store.notes import Notes

TOKEN_SECONDS = 15 * 60
"""Discord's documents: "Interaction tokens are valid for 15 minutes"."""

_KEEP = 7 * 24 * 3600
_ANSWERS_KEEP = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Asked:
    interaction: int
    application: int
    token: str
    created: float
    """Seconds since the epoch."""
    person: int
    is_member: bool
    """The bot can post in the channel as itself; otherwise answers go through the interaction's webhook."""
    direct: bool = False
    """It was asked in the bot's own direct messages with the person, where each message calls them."""
    private: bool = False
    """Answers are for the person alone (ephemeral); the first one replaces the acknowledgement."""
    answers: int | None = None
    """The message of the channel that answers reply to: the acknowledgement that all can see, or the picture's."""


async def keep(notes: Notes, asked: Asked) -> None:
    await notes.write(f"asked:{asked.interaction}", json.dumps(asdict(asked)), _KEEP)


async def recall(notes: Notes, interaction: int) -> Asked | None:
    text = await notes.read(f"asked:{interaction}")
    return None if text is None else Asked(**json.loads(text))


async def keep_way(notes: Notes, channel: int, interaction: int) -> None:
    """The interaction by which a channel can be reached in which the bot itself cannot post."""
    await notes.write(f"way:{channel}", str(interaction), TOKEN_SECONDS)


async def way(notes: Notes, channel: int) -> int | None:
    text = await notes.read(f"way:{channel}")
    return None if text is None else int(text)


async def keep_answer(notes: Notes, message: int, core_id: str) -> None:
    """The core's id of a message that was posted by another way than the channel's."""
    await notes.write(f"answer:{message}", core_id, _ANSWERS_KEEP)


async def core_id(notes: Notes, message: int) -> str:
    """The core's id of a message that a person pressed or replied to."""
    return await notes.read(f"answer:{message}") or str(message)


async def keep_limit(notes: Notes, channel: int, most: int) -> None:
    """The upload limit that an interaction or a server named for a channel, in bytes."""
    await notes.write(f"limit:{channel}", str(most), _KEEP)


async def limit(notes: Notes, channel: int) -> int | None:
    text = await notes.read(f"limit:{channel}")
    return None if text is None else int(text)
