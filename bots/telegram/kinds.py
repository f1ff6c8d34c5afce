"""What a message holds: the file that came with it, by reference, and whether a person said it at all. Pure.

Taken are the largest size of a photo, pictures sent as files, videos, animations, round videos, voice and music,
stickers, and any other file. What else people send (a place, a contact, a poll, a kind that is newer than the library)
counts as said, without words: the conversation answers what to send instead.
"""

from __future__ import annotations

from telegram import Animation, Audio, Document, ExternalReplyInfo, Message, Video, VideoNote, Voice

from core.chat import Media, MediaKind

SERVICE = (
    "new_chat_members", "left_chat_member", "chat_owner_left", "chat_owner_changed", "new_chat_title",
    "new_chat_photo", "delete_chat_photo", "group_chat_created", "supergroup_chat_created", "channel_chat_created",
    "message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message",
    "successful_payment", "refunded_payment", "users_shared", "chat_shared", "gift", "unique_gift",
    "gift_upgrade_sent", "connected_website", "write_access_allowed", "passport_data", "proximity_alert_triggered",
    "boost_added", "chat_background_set", "checklist_tasks_done", "checklist_tasks_added",
    "direct_message_price_changed", "forum_topic_created", "forum_topic_edited", "forum_topic_closed",
    "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden", "giveaway_created",
    "giveaway", "giveaway_winners", "giveaway_completed", "managed_bot_created", "paid_message_price_changed",
    "poll_option_added", "poll_option_deleted", "suggested_post_approved", "suggested_post_approval_failed",
    "suggested_post_declined", "suggested_post_paid", "suggested_post_refunded", "video_chat_scheduled",
    "video_chat_started", "video_chat_ended", "video_chat_participants_invited", "web_app_data",
)  # fmt: skip
"""The fields of a message that Telegram itself writes into a chat: nobody waits for an answer."""

_DOCUMENTS = {"image": MediaKind.PHOTO, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}


def said(message: Message) -> bool:
    """Whether a person said it, in whatever form."""
    return not any(getattr(message, name, None) for name in SERVICE)


def media_of(message: Message | ExternalReplyInfo) -> tuple[Media, ...]:
    """The file of a message, or of one in another chat that is replied to."""
    # A live photo comes with a photo beside it, an animation with a document.
    if message.photo:
        best = max(reversed(message.photo), key=lambda size: size.width * size.height)
        return (Media(best.file_id, MediaKind.PHOTO, "photo.jpg", "image/jpeg", best.file_size),)
    if message.sticker is not None:
        return (Media(message.sticker.file_id, MediaKind.STICKER, "sticker", size=message.sticker.file_size),)
    if message.animation is not None:
        return (_file(message.animation, MediaKind.VIDEO, "animation.mp4"),)
    if message.video is not None:
        return (_file(message.video, MediaKind.VIDEO, "video.mp4"),)
    if message.video_note is not None:
        return (_file(message.video_note, MediaKind.VIDEO, "video.mp4"),)
    if message.audio is not None:
        return (_file(message.audio, MediaKind.AUDIO, "audio.mp3"),)
    if message.voice is not None:
        return (_file(message.voice, MediaKind.AUDIO, "voice.ogg"),)
    if message.document is not None:
        kind = (message.document.mime_type or "").partition("/")[0]
        return (_file(message.document, _DOCUMENTS.get(kind, MediaKind.FILE), "file"),)
    return ()


def _file(found: Animation | Video | VideoNote | Audio | Voice | Document, kind: MediaKind, otherwise: str) -> Media:
    """`otherwise`: its name where the sender gave none."""
    name = getattr(found, "file_name", None) or otherwise
    return Media(found.file_id, kind, name, getattr(found, "mime_type", None) or "", found.file_size)
