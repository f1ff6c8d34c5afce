"""The recorded table `incoming.toml`: each kind of message, by where it is said; and that no kind is missing there."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bots.telegram.kinds import SERVICE
from bots.telegram.updates import meaning
from core.chat import ChatKind, Incoming
from tests.bots.telegram.writing import BOT, CHANNEL, GROUP, ME, PRIVATE, Json, mentioning, message, of, update
from tests.counterparts.telegram import published

KINDS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("incoming.toml").read_text("utf-8"))["kind"]
PLACES = ("private", "group", "addressed", "topic", "channel", "channel_addressed")
_CHATS = {"private": PRIVATE, "channel": CHANNEL, "channel_addressed": CHANNEL}

SAID = {
    "text", "rich_message", "animation", "audio", "document", "live_photo", "paid_media", "photo", "sticker", "story",
    "video", "video_note", "voice", "checklist", "contact", "dice", "game", "poll", "venue", "location", "invoice",
}  # fmt: skip
"""The fields of a message that hold what a person sent."""

ABOUT = {
    "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
    "sender_business_bot", "sender_tag", "date", "guest_query_id", "business_connection_id", "chat", "forward_origin",
    "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote", "reply_to_story",
    "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot", "guest_bot_caller_user",
    "guest_bot_caller_chat", "edit_date", "has_protected_content", "is_from_offline", "is_paid_post", "media_group_id",
    "author_signature", "paid_star_count", "entities", "link_preview_options", "suggested_post_info", "effect_id",
    "caption", "caption_entities", "show_caption_above_media", "has_media_spoiler", "reply_markup",
}  # fmt: skip
"""The fields that tell of a message and are none by themselves."""


def said(fields: Json, place: str, *, as_reply: bool) -> Json:
    """The message as it is said in a place: the bot is addressed by its name, or by a reply where there are no words.

    A channel's post without words cannot address it.
    """
    fields = dict(fields)
    marks = fields.get("entities", ())
    begins_with_a_command = any(mark["type"] == "bot_command" and mark["offset"] == 0 for mark in marks)
    if place in ("addressed", "topic", "channel_addressed") and not begins_with_a_command:
        words = next((name for name in ("text", "caption") if name in fields), None)
        if words is not None:
            marks = "entities" if words == "text" else "caption_entities"
            fields[words], mention = mentioning(fields[words])
            moved = [{**entity, "offset": entity["offset"] + mention["length"] + 1} for entity in fields.get(marks, ())]
            fields[marks] = [mention, *moved]
        elif as_reply and place != "channel_addressed":
            fields["reply_to_message"] = message(GROUP, **{"from": BOT}, text="Done.", message_id=39)
    if place == "topic":
        fields |= {"is_topic_message": True, "message_thread_id": 7}
    return message(_CHATS.get(place, GROUP), **fields)


@pytest.mark.parametrize("kind", KINDS, ids=[kind["name"] for kind in KINDS])
def test_what_happens(kind: dict[str, Any]) -> None:
    assert {place: _happens(kind, place) for place in PLACES} == {place: kind[place] for place in PLACES}


def _happens(kind: dict[str, Any], place: str) -> str:
    chat = _CHATS.get(place, GROUP)
    first, *others = kind.get("album") or [kind["message"]]
    messages = [said(first, place, as_reply=True), *(said(item, place, as_reply=False) for item in others)]
    if "edited" in kind:
        updates = [update("edited_channel_post" if chat is CHANNEL else "edited_message", messages[0])]
    else:
        updates = [of({**each, "message_id": 42 + n}, 1000 + n) for n, each in enumerate(messages)]
    found = meaning(updates, ME)
    if found is None:
        return "-"
    assert isinstance(found, Incoming)
    assert found.addressed
    assert found.event == ("album-9-42" if others else "1000")
    assert found.chat.key == f"telegram:{chat['id']}{':7' if place == 'topic' else ''}"
    kinds = {"private": ChatKind.PRIVATE, "channel": ChatKind.CHANNEL}
    assert found.chat_kind is kinds.get(chat["type"], ChatKind.GROUP)
    return _shown(found)


def _shown(found: Incoming) -> str:
    """Files, "/command", words, and "↩" before the message that it answers; or "(nothing)"."""
    parts = [f"[{item.kind.value} {item.ref}]" for item in found.media]
    parts += [f"/{found.command}"] if found.command is not None else []
    parts += [found.text] if found.text else []
    # The reply that only addresses the bot is the test's own.
    parts += [f"↩{found.reply_to}"] if found.reply_to not in (None, "39") else []
    return " ".join(parts) or "(nothing)"


def test_each_row_says_what_happens_everywhere() -> None:
    for kind in KINDS:
        assert set(kind) - {"edited"} in ({"name", "message", *PLACES}, {"name", "album", *PLACES}), kind["name"]
    held = {field for kind in KINDS for item in kind.get("album") or [kind["message"]] for field in item}
    assert held >= SAID


def test_every_field_of_a_message_is_of_a_known_kind() -> None:
    spec = published()
    if spec is None:
        pytest.skip("the published description is not beside this repository")
    fields = spec.fields("Message")
    assert set(fields) == SAID | ABOUT | set(SERVICE)
    for name in SAID | set(SERVICE) - {"migrate_to_chat_id", "migrate_from_chat_id"}:
        found = meaning((of(message(**{name: spec.least(fields[name][0])})),), ME)
        assert (found is not None) == (name in SAID), name
