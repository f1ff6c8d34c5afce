"""What is to be posted, and the JSON that says it to Discord."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

import discord

from bots.discord.buttons import Json, components
from bots.discord.limits import NONCE, TEXT
from bots.discord.rest import Upload
from core.chat import Message, Video
from core.texts.lengths import cut, units

_NO_EMBEDS = 1 << 2
EPHEMERAL = 1 << 6
"""Resources, Message, "Message Flags": SUPPRESS_EMBEDS (no previews of links), EPHEMERAL."""


@dataclass(frozen=True, slots=True)
class Draft:
    """`nonce`: what Discord knows a repetition by. `job`: the one whose video it is. `calls`: the person whom Discord
    tells of it, because it names them. `rings`: whether Discord tells whoever wrote what this replies to.
    """

    message: Message
    nonce: str
    job: str | None = None
    video: Video | None = None
    calls: int | None = None
    rings: bool = True

    @property
    def body(self) -> Json:
        """Of the new message."""
        post = body(self.message, job=self.job)
        allowed = post["allowed_mentions"]
        allowed["replied_user"] = allowed["replied_user"] and self.rings
        if self.calls is not None:
            mention = f"<@{self.calls}>\n"
            post["content"] = mention + shown(self.message.text, TEXT - len(mention))
            allowed["users"] = [str(self.calls)]
        return post

    @property
    def upload(self) -> Upload | None:
        """The video; under the job's name where no button names the job."""
        if self.video is None:
            return None
        name = self.video.name if self.job is None or self.message.buttons else name_of(self.job)
        return Upload(self.video.path, name, "video/mp4")

    def to_person(self, channel: int) -> Draft:
        """The draft for a person's direct messages, when it can no longer be said in the channel."""
        return replace(self, message=to_person(self.message, channel), calls=None)


def nonce_of(job: str) -> str:
    """The same for the same job."""
    return job if len(job) <= NONCE else hashlib.sha256(job.encode()).hexdigest()[:NONCE]


def name_of(job: str) -> str:
    """The file name by which a job's video is known."""
    return f"stillreel-{job}.mp4"


def body(message: Message, *, job: str | None = None) -> Json:
    """Of a new message or an edit, whole: text, buttons, and nobody mentioned."""
    return {
        "content": shown(message.text),
        "components": components(message.buttons, job),
        # Whoever asked is called for the outcome, not for the progress.
        "allowed_mentions": {"parse": [], "replied_user": message.fraction is None},
        "flags": _NO_EMBEDS,
    }


def ephemeral(posted: Json) -> Json:
    """The same for the person alone."""
    return posted | {"flags": posted["flags"] | EPHEMERAL}


def shown(text: str, most: int = TEXT) -> str:
    """Plain text as it reads, not as Markdown, in at most so many characters; Discord takes no empty one."""
    escaped = discord.utils.escape_markdown(text.strip())
    return (escaped if units(escaped) <= most else cut(text.strip(), most)) or "…"


def to_person(message: Message, channel: int) -> Message:
    """For direct messages: without buttons, which belong to the channel, and with where it was asked."""
    asked_in = _ASKED_IN["zh" if _is_chinese(message.text) else "en"].format(place=f"<#{channel}>")
    return Message(f"{cut(message.text.strip(), TEXT - len(asked_in) - 1)}\n{asked_in}", fraction=message.fraction)


_ASKED_IN = {
    "en": "You asked for this in {place}. I can no longer answer there.",
    "zh": "这是你在 {place} 提出的请求，我已无法在那里回复。",
}


def _is_chinese(text: str) -> bool:
    """The language of a text that core has written, of which nothing else says what it is."""
    letters = [character for character in text if character.isalpha()]
    return 4 * sum("一" <= character <= "鿿" for character in letters) > len(letters)
