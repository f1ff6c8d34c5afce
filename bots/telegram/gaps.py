"""What the library needs and a server may leave out: Telegram's JSON comes in, the same goes out with the gaps filled.

Telegram itself leaves out nothing. Servers for tests do: a message that says who wrote what is understood all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FILM: Mapping[str, Any] = {"width": 0, "height": 0, "duration": 0}
_SOMEBODY: Mapping[str, Any] = {"is_bot": False, "first_name": ""}

_GAPS: Mapping[str, Mapping[str, Any]] = {
    "from": _SOMEBODY,
    "user": _SOMEBODY,
    "photo": {"width": 0, "height": 0},
    "video": _FILM,
    "animation": _FILM,
    "audio": {"duration": 0},
    "voice": {"duration": 0},
    "video_note": {"length": 0, "duration": 0},
    "sticker": {"width": 0, "height": 0, "is_animated": False, "is_video": False, "type": "regular"},
    "callback_query": {"chat_instance": ""},
}
"""For an object under this name, or each of a list of them."""

_MEMBER: Mapping[str, Any] = {
    **dict.fromkeys(
        (
            "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
            "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
            "can_edit_stories", "can_delete_stories", "can_pin_messages", "can_manage_topics",
            "can_edit_tag",
        ),
        False,
    ),
    **dict.fromkeys(
        (
            "can_send_messages", "can_send_polls", "can_send_other_messages", "can_add_web_page_previews",
            "can_send_audios", "can_send_documents", "can_send_photos", "can_send_videos", "can_send_video_notes",
            "can_send_voice_notes", "is_member",
        ),
        True,
    ),
    "until_date": 0,
}  # fmt: skip
"""For a member of a chat: nobody is muted whom the server does not call so."""

_CHATS = ("chat", "sender_chat")


def filled(value: Any, name: str = "") -> Any:
    """`value`, which stands under `name`, and all that is in it."""
    if isinstance(value, list):
        return [filled(each, name) for each in value]
    if not isinstance(value, dict):
        return value
    whole = {**_GAPS.get(name, {}), **{key: filled(each, key) for key, each in value.items()}}
    if "status" in whole and "user" in whole:
        whole = {**_MEMBER, **whole}
    if "is_bot" in whole:
        whole.setdefault("first_name", "")
    if "message_id" in whole:
        # 0 would say that the message cannot be seen any more.
        whole.setdefault("date", 1)
    if "file_path" in whole:
        whole.setdefault("file_id", "")
    if "file_id" in whole:
        whole.setdefault("file_unique_id", whole["file_id"])
    if name in _CHATS and isinstance(whole.get("id"), int):
        whole.setdefault("type", "private" if whole["id"] > 0 else "supergroup")
    return whole
