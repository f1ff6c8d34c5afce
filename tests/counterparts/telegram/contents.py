"""What a message holds besides words: a stored file in, the message's fields out, as Telegram writes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.files import Stored

KINDS = ("photo", "video", "animation", "document", "audio", "voice", "video_note", "sticker")


@dataclass(frozen=True, slots=True)
class Content:
    """`fields`: what the message's JSON gets. `files`: what it carries; of a photo all sizes, the largest last."""

    kind: str
    fields: Json = field(default_factory=dict)
    files: tuple[Stored, ...] = ()
    thumbnail: Stored | None = None


def content(kind: str, files: list[Stored], thumbnail: Stored | None = None) -> Content:
    """`files`: the one file, or a photo's sizes."""
    if kind == "photo":
        sizes = [each.facts | {"width": each.width, "height": each.height} for each in files]
        return Content(kind, {kind: sizes}, tuple(files))
    described = _FIELDS[kind](files[0])
    if thumbnail is not None:
        measures = {"width": thumbnail.width, "height": thumbnail.height}
        described["thumbnail"] = thumbnail.facts | measures
    fields = {kind: described}
    if kind == "animation":
        # "when this field is set, the document field will also be set" (https://core.telegram.org/bots/api#message)
        fields["document"] = _named(files[0])
    return Content(kind, fields, tuple(files), thumbnail)


def _named(file: Stored) -> Json:
    names = {"file_name": file.name, "mime_type": file.mime}
    return file.facts | {name: value for name, value in names.items() if value}


def _film(file: Stored) -> Json:
    return _named(file) | {"width": file.width, "height": file.height, "duration": file.duration}


def _sound(file: Stored) -> Json:
    return _named(file) | {"duration": file.duration}


def _voice(file: Stored) -> Json:
    described = _sound(file)
    described.pop("file_name", None)
    return described


def _round(file: Stored) -> Json:
    return file.facts | {"length": file.width or 384, "duration": file.duration}


def _sticker(file: Stored) -> Json:
    measures = {"width": file.width or 512, "height": file.height or 512}
    return file.facts | measures | {"type": "regular", "is_animated": False, "is_video": False, "emoji": "🙂"}


_FIELDS: dict[str, Callable[[Stored], Json]] = {
    "video": _film,
    "animation": _film,
    "document": _named,
    "audio": _sound,
    "voice": _voice,
    "video_note": _round,
    "sticker": _sticker,
}
