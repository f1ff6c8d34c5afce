"""What the page is told: entries, changes and files as JSON, addresses included. Pure functions."""

from __future__ import annotations

from typing import Any

from bots.web.files import StoredFile
from bots.web.sniff import SAFE_INLINE
from core.chat import Media
from core.store.transcripts import Change, Entry, History


def history_view(history: History) -> dict[str, Any]:
    return {
        "entries": [entry_view(entry) for entry in history.entries],
        "cursor": history.cursor,
        "earlier": history.earlier,
    }


def change_view(change: Change) -> dict[str, Any]:
    return {"id": change.id, "entry": entry_view(change.entry) if change.entry else None}


def entry_view(entry: Entry) -> dict[str, Any]:
    video = entry.video
    return {
        "id": entry.id,
        "at": entry.at,
        "author": entry.author.value,
        "text": entry.message.text,
        "buttons": [{"label": button.label, "action": button.action} for button in entry.message.buttons],
        "fraction": entry.message.fraction,
        "media": [_media_view(media) for media in entry.media],
        "video": video
        and {
            "url": address(video.ref),
            "name": video.name,
            "size": video.size,
            "width": video.width,
            "height": video.height,
            "duration": video.duration,
        },
        "reply_to": entry.reply_to,
    }


def file_view(stored: StoredFile) -> dict[str, Any]:
    return {
        "ref": stored.ref,
        "name": stored.name,
        "kind": stored.kind.value,
        "size": stored.size,
        "picture": address(stored.ref) if stored.shown else None,
    }


def address(ref: str) -> str:
    """Where the page finds a file, relative to the page."""
    return f"files/{ref}"


def _media_view(media: Media) -> dict[str, Any]:
    shown = media.mime in SAFE_INLINE and media.mime.startswith("image/")
    return {
        "name": media.name,
        "kind": media.kind.value,
        "url": address(media.ref),
        "picture": address(media.ref) if shown else None,
    }
