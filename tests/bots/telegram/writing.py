"""Updates as Telegram writes them: a few facts come in, the library's objects go out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telegram import Update

from bots.telegram.addressing import Me

ME = Me(777, "stillreel_bot")

Json = dict[str, Any]

BOT: Json = {"id": ME.id, "is_bot": True, "first_name": "Stillreel", "username": ME.username}
ANN: Json = {"id": 5, "is_bot": False, "first_name": "Ann", "last_name": "Lee", "language_code": "en"}
PRIVATE: Json = {"id": 5, "type": "private", "first_name": "Ann"}
GROUP: Json = {"id": -1005, "type": "supergroup", "title": "Harbour"}
CHANNEL: Json = {"id": -1009, "type": "channel", "title": "News"}

SIZES: list[Json] = [
    {"file_id": name, "file_unique_id": name, "width": side, "height": side, "file_size": side * 10}
    for name, side in (("small", 90), ("large", 1280), ("middle", 320))
]


def message(chat: Mapping[str, Any] = PRIVATE, **fields: Any) -> Json:
    """A message of Ann's, or a post of a channel's; `author=None` leaves her out."""
    author: Json = {} if chat["type"] == "channel" else {"from": ANN}
    found: Json = {"message_id": 42, "date": 1_700_000_000, "chat": dict(chat), **author, **fields}
    if found.get("photo") == "sizes":
        found["photo"] = SIZES
    if found.get("pinned_message") == "bot":
        found["pinned_message"] = message(chat, **{"from": BOT}, text="pinned")
    return found


def mentioning(text: str) -> tuple[str, Json]:
    """The words behind the bot's name, and the entity that marks it."""
    name = f"@{ME.username}"
    return f"{name} {text}", {"type": "mention", "offset": 0, "length": len(name)}


def update(kind: str, content: Mapping[str, Any], number: int = 1000) -> Update:
    found = Update.de_json({"update_id": number, kind: dict(content)}, None)
    assert found is not None
    return found


def of(said: Json, number: int = 1000) -> Update:
    """The update that brings a message or a channel's post."""
    return update("channel_post" if said["chat"]["type"] == "channel" else "message", said, number)
