"""Updates as Telegram writes them: a few facts come in, the library's objects go out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    for name in ("pinned_message", "reply_to_message"):
        if isinstance(found.get(name), str):
            found[name] = _SHORT[found[name]](chat)
    return found


FILM: Json = {"file_id": "film", "file_unique_id": "u", "width": 4, "height": 3, "duration": 2}


def bots_film(chat: Mapping[str, Any]) -> Json:
    """A video of the bot's; in a channel it has no author and is known by its buttons."""
    author: Json = {} if chat["type"] == "channel" else {"from": BOT}
    buttons = {"inline_keyboard": [[{"text": "Slower", "callback_data": "e.clip.slower"}]]}
    return message(chat, **author, message_id=40, video=FILM, reply_markup=buttons)


_SHORT: Mapping[str, Callable[[Mapping[str, Any]], Json]] = {
    "the bot's video": bots_film,
    "somebody's photo": lambda chat: message(chat, message_id=41, photo="sizes"),
}
"""What a table names instead of writing it out."""


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
