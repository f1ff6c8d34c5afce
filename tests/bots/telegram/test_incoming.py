"""The recorded table `incoming.toml`: each kind of message, by where it is said."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bots.telegram.updates import meaning
from core.chat import ChatKind, Incoming
from tests.bots.telegram.writing import BOT, CHANNEL, GROUP, ME, PRIVATE, Json, mentioning, message, of

KINDS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("incoming.toml").read_text("utf-8"))["kind"]
PLACES = ("private", "group", "addressed", "topic", "channel", "channel_addressed")
_CHATS = {"private": PRIVATE, "channel": CHANNEL, "channel_addressed": CHANNEL}


def rows() -> Iterator[Any]:
    for kind in KINDS:
        assert set(kind) <= {"name", "message", *PLACES}
        for place in PLACES:
            if place in kind:
                yield pytest.param(kind["message"], place, kind[place], id=f"{kind['name']}, {place}")


def said(fields: Json, place: str) -> Json:
    fields = dict(fields)
    begins_with_a_command = any(entity["type"] == "bot_command" for entity in fields.get("entities", ()))
    if place in ("addressed", "topic", "channel_addressed") and not begins_with_a_command:
        words = next((name for name in ("text", "caption") if name in fields), None)
        if words is None:
            fields["reply_to_message"] = message(GROUP, **{"from": BOT}, text="Done.", message_id=40)
        else:
            fields[words], entity = mentioning(fields[words])
            fields["entities" if words == "text" else "caption_entities"] = [entity]
    if place == "topic":
        fields |= {"is_topic_message": True, "message_thread_id": 7}
    return message(_CHATS.get(place, GROUP), **fields)


@pytest.mark.parametrize(("fields", "place", "expected"), list(rows()))
def test_what_happens(fields: Json, place: str, expected: str) -> None:
    found = meaning((of(said(fields, place)),), ME)
    if expected == "-":
        assert found is None
        return
    assert isinstance(found, Incoming)
    assert _shown(found) == expected
    assert found.addressed
    assert found.event == "1000"
    assert found.chat.key == f"telegram:{_CHATS.get(place, GROUP)['id']}{':7' if place == 'topic' else ''}"
    assert found.chat_kind is {PRIVATE["id"]: ChatKind.PRIVATE, CHANNEL["id"]: ChatKind.CHANNEL}.get(
        int(found.chat.chat), ChatKind.GROUP
    )


def _shown(found: Incoming) -> str:
    parts = [f"[{item.kind.value} {item.ref}]" for item in found.media]
    parts += [f"/{found.command}"] if found.command is not None else []
    return " ".join([*parts, *([found.text] if found.text else [])])
