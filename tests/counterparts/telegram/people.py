"""Who is in a chat: persons and the bot in, their `User` and `ChatMember` objects out."""

from __future__ import annotations

from dataclasses import dataclass

from tests.counterparts.telegram.bodies import Json


@dataclass(frozen=True, slots=True)
class Person:
    """A user, or with `is_bot` a bot."""

    id: int
    name: str
    language_code: str | None = "en"
    username: str | None = None
    is_bot: bool = False

    @property
    def user(self) -> Json:
        user: Json = {"id": self.id, "is_bot": self.is_bot, "first_name": self.name}
        if self.username is not None:
            user["username"] = self.username
        if self.language_code is not None and not self.is_bot:
            user["language_code"] = self.language_code
        return user


ANONYMOUS = Person(1087968824, "Group", None, "GroupAnonymousBot", is_bot=True)
"""Who anonymous administrators of a group write as; `sender_chat` is the group then."""
CHANNEL = Person(136817688, "Channel", None, "Channel_Bot", is_bot=True)
"""Who writes in a group on behalf of a channel; `sender_chat` is the channel then."""
TELEGRAM = Person(777000, "Telegram", None)
"""Who forwards the posts of a channel into its discussion group."""

_SENDING = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
)
_MANAGING = ("can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics")
_ADMINISTERING = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
)
RIGHTS = {
    "text": ("can_send_messages", "text messages"),
    "photo": ("can_send_photos", "photos"),
    "video": ("can_send_videos", "videos"),
    "animation": ("can_send_other_messages", "animations"),
    "document": ("can_send_documents", "documents"),
    "audio": ("can_send_audios", "music"),
    "voice": ("can_send_voice_notes", "voice notes"),
    "video_note": ("can_send_video_notes", "video notes"),
    "sticker": ("can_send_other_messages", "stickers"),
}
"""The right that each kind of message needs, and what it is called in "not enough rights to send … to the chat"."""


def membership(status: str, user: Json, *, kind: str = "supergroup", denied: frozenset[str] = frozenset()) -> Json:
    """A ChatMember of one of the statuses of the API. `denied`: the rights that a restricted member has not."""
    member: Json = {"status": status, "user": user}
    match status:
        case "creator":
            member["is_anonymous"] = False
        case "administrator":
            member |= {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(_ADMINISTERING, True)
            if kind == "channel":
                member |= {"can_post_messages": True, "can_edit_messages": True}
            elif kind == "supergroup":
                member |= {"can_pin_messages": True, "can_manage_topics": False}
        case "restricted":
            member |= {"is_member": True, "until_date": 0}
            member |= {right: right not in denied for right in _SENDING} | dict.fromkeys(_MANAGING, False)
        case "kicked":
            member["until_date"] = 0
    return member
