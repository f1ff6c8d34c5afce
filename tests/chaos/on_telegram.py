"""Telegram in a run: private chats, each with a person who sends photos with captions."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Any

from tests.chaos.gates import Exchange
from tests.chaos.platforms import Answer, Place, Platform
from tests.counterparts.telegram import Message, Telegram


class OnTelegram(Platform):
    name = "telegram"

    def __init__(self, server: Telegram) -> None:
        self.server = server
        self.url = server.url
        self.secret = server.token.partition(":")[2]

    def settings(self, url: str) -> Mapping[str, str]:
        return {"TELEGRAM_TOKEN": self.server.token, "TELEGRAM_API_URL": url}

    async def is_heard(self) -> None:
        """At any time: updates wait for whoever fetches them."""

    async def breaks(self, rng: random.Random) -> None:
        """Nothing is held open."""

    def place(self, name: str) -> Place:
        chat = self.server.private(self.server.person(name))
        return Place(self, f"{self.name}:{chat.id}", chat)

    async def says(self, place: Place, words: str) -> None:
        await place.chat.sends(place.chat.members[0], words)

    def said(self, place: Place) -> int:
        return len(place.chat.from_bot)

    def is_greeted(self, place: Place) -> bool:
        return any(each.words.startswith("Hello") for each in place.chat.from_bot)

    async def asks(self, place: Place, words: str, photo: bytes | None) -> Message:
        person = place.chat.members[0]
        sent: Message = await (
            place.chat.sends(person, words) if photo is None else place.chat.sends(person, photo=photo, caption=words)
        )
        return sent

    def answers(self, place: Place, asked: Any) -> list[Answer]:
        found: dict[Message, list[str]] = {}
        for change in place.chat.history:
            if change.by_bot and change.message.reply is asked:
                found.setdefault(change.message, []).extend(_labels(change.wire))
        return [
            Answer(message, message.words, message.buttons, had, message.kind == "video", message.is_deleted)
            for message, had in found.items()
        ]

    async def presses(self, place: Place, answer: Answer, button: str) -> None:
        await place.chat.presses(place.chat.members[0], answer.message, button)

    def may_repeat(self, exchange: Exchange, place: Place, asked: Any) -> bool:
        if not exchange.path.endswith("/sendVideo"):
            return False
        chat = re.search(rb'name="chat_id"\r\n\r\n(-?\d+)', exchange.body)
        answered = re.search(rb'"message_id": ?(\d+)', exchange.body)
        return (
            chat is not None and answered is not None and (int(chat[1]), int(answered[1])) == (place.chat.id, asked.id)
        )


def _labels(wire: Mapping[str, Any]) -> list[str]:
    rows = (wire.get("reply_markup") or {}).get("inline_keyboard", [])
    return [button["text"] for row in rows for button in row]
