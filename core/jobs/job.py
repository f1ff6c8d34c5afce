"""A job: what one message of a person wants done, and how far it has come. Plain data, written to Redis as JSON."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from core.chat import ChatRef, Media, MediaKind, Person


def derived_id(*parts: str) -> str:
    """12 characters of `[a-z2-7]`, the same for the same parts: an update that comes twice makes one job."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:12]


class Stage(StrEnum):
    """Written before each effect and after it, so that whoever takes the job up knows what may have happened."""

    QUEUED = "queued"
    UPLOADING = "uploading"
    PROMPTING = "prompting"
    RENDERING = "rendering"
    DELIVERING = "delivering"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in (Stage.DONE, Stage.FAILED, Stage.CANCELLED)


class Kind(StrEnum):
    EDIT = "edit"
    """Upload what came with it, send the prompt, render, deliver."""
    UPLOAD = "upload"
    """Upload what came and ask what to do with it."""
    EXPORT = "export"
    """Render what is there, or deliver it again where nothing changed."""


@dataclass(frozen=True, slots=True)
class Upload:
    media: Media
    done: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """`id` is 12 characters of `[a-z2-7]`: it stands in buttons and nonces."""

    id: str
    kind: Kind
    chat: ChatRef
    person: Person
    clip: str
    created: float
    """Seconds since the epoch."""
    language: str
    request: str | None = None
    """Id of the message that asked; the answer replies to it."""
    prompt: str = ""
    uploads: tuple[Upload, ...] = ()
    stage: Stage = Stage.QUEUED
    progress_message: str | None = None
    session_id: str | None = None
    """The backend's session that the recorded uploads went to."""
    before: dict[str, Any] | None = None
    """The state before the prompt, recorded before the prompt is sent."""
    turn_over: bool = False
    """The prompt's outcome is known: `reply` and `changes` hold it."""
    reply: str = ""
    """What the backend said, without instructions for its GUI."""
    changes: tuple[str, ...] = ()
    """What the turn did to the timeline, in words."""
    news: bool = True
    """Whether the turn left a video to make; otherwise it is answered in words."""
    suggestions: tuple[str, ...] = ()
    """Edits that the backend proposed, as words for a next message; at most four, for buttons."""
    show_credits: bool = False
    """The backend told the person to look at their account: the answer says what is left."""
    render: str | None = None
    """Id of the render, recorded before it is submitted."""
    render_tries: int = 0
    draft: dict[str, Any] | None = None
    """The draft under that render id, exactly as the state gave it."""
    export: bool = True
    """Whether a video is made when the turn is over."""
    video_message: str | None = None
    problem: str = ""
    """What went wrong, as the person read it."""
    gives_back: bool = False
    """Whether the day's quota gets it back: it failed by no fault of the person's, or was cancelled before it began."""
    expired: bool = False
    """It was too old to be done when its turn came."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Job:
        raw = json.loads(text)
        raw["kind"] = Kind(raw["kind"])
        raw["stage"] = Stage(raw["stage"])
        raw["chat"] = ChatRef(**raw["chat"])
        raw["person"] = Person(**raw["person"])
        raw["changes"] = tuple(raw["changes"])
        raw["suggestions"] = tuple(raw.get("suggestions", ()))
        raw["uploads"] = tuple(
            Upload(Media(**{**upload["media"], "kind": MediaKind(upload["media"]["kind"])}), upload["done"])
            for upload in raw["uploads"]
        )
        return cls(**raw)

    def uploaded(self, index: int) -> Job:
        """The job with its upload number `index` (from 0) done."""
        uploads = list(self.uploads)
        uploads[index] = replace(uploads[index], done=True)
        return replace(self, uploads=tuple(uploads))

    def again(self, job_id: str, now: float) -> Job:
        """A new job that goes on where this one failed; a prompt whose outcome is unknown is sent anew.

        Only a person's press may cause this: the backend may charge for the second prompt.
        """
        return replace(
            self,
            id=job_id,
            created=now,
            stage=Stage.QUEUED,
            before=None,
            render=None,
            render_tries=0,
            draft=None,
            progress_message=None,
            problem="",
            gives_back=False,
            expired=False,
        )
