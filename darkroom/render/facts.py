"""What is known of an upload once its bytes have been read, and the reason why it cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["empty", "damaged", "too_many_pixels", "not_media"]

_SENTENCES: dict[Reason, str] = {
    "empty": "the file has no bytes",
    "damaged": "the file is damaged or not whole",
    "too_many_pixels": "the picture has too many pixels",
    "not_media": "the file is neither a picture nor a video nor audio",
}


class BadPicture(Exception):
    """A file cannot be used as what it should be; `reason` says why, the message says it in words."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_SENTENCES[reason])
        self.reason = reason


@dataclass(frozen=True, slots=True)
class PictureFacts:
    kind: Literal["photo", "video", "audio"]
    width: int
    """Pixels as people see them: after the turn that EXIF or the container asks for. 0 for audio."""
    height: int
    mime: str
    frames: int = 1
    """Pictures in the file: more than 1 for an animated GIF, WebP or PNG. 1 for videos, 0 for audio."""

    @property
    def animated(self) -> bool:
        return self.frames > 1
