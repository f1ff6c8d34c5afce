"""A message as people see it now, and what became of it: sent, edited and deleted, with times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.contents import Content
from tests.counterparts.telegram.files import Stored
from tests.counterparts.telegram.updates import Update

if TYPE_CHECKING:
    from tests.counterparts.telegram.chats import Chat


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic of a forum. `id`: its `message_thread_id`, which is the id of the message that opened it."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a chat's history. `kind`: "sent", "edited" or "deleted"."""

    kind: str
    message: Message
    at: float
    """By the counterpart's clock."""
    by_bot: bool
    wire: Json
    """The message as it was then."""

    @property
    def words(self) -> str:
        return str(self.wire.get("text", self.wire.get("caption", "")))


@dataclass(eq=False, slots=True)
class Message:
    """`wire`: the API's Message without `reply_to_message`, which is `reply`."""

    chat: Chat
    wire: Json
    content: Content
    reply: Message | None = None
    by_bot: bool = False
    is_deleted: bool = False
    was_meant: bool = False
    """Meant for the bot by the rule of privacy mode: by the bot itself, or delivered in spite of that mode."""
    update: Update | None = None
    """What the bot was last told of it; None: nothing."""
    call: Call | None = None
    """The bot's request that it came from."""
    reactions: list[Json] = field(default_factory=list)
    """The bot's own."""

    @property
    def id(self) -> int:
        return int(self.wire["message_id"])

    @property
    def kind(self) -> str:
        """text, other, service or one of `contents.KINDS`."""
        return self.content.kind

    @property
    def text(self) -> str:
        return str(self.wire.get("text", ""))

    @property
    def caption(self) -> str:
        return str(self.wire.get("caption", ""))

    @property
    def words(self) -> str:
        """The text, or of a file the caption."""
        return self.text or self.caption

    @property
    def sender_id(self) -> int | None:
        sender = self.wire.get("from")
        return None if sender is None else int(sender["id"])

    @property
    def thread_id(self) -> int | None:
        thread = self.wire.get("message_thread_id")
        return None if thread is None else int(thread)

    @property
    def topic(self) -> Topic | None:
        """None in the General topic, which has no thread id."""
        return self.chat.board.topics.get(self.thread_id or 0) if "is_topic_message" in self.wire else None

    @property
    def media_group(self) -> str | None:
        return self.wire.get("media_group_id")

    @property
    def edit_date(self) -> int | None:
        return self.wire.get("edit_date")

    @property
    def rows(self) -> list[list[Json]]:
        """The inline keyboard as it was sent."""
        markup = self.wire.get("reply_markup") or {}
        return list(markup.get("inline_keyboard", []))

    @property
    def buttons(self) -> list[str]:
        """Labels of the inline keyboard, row after row."""
        return [str(button["text"]) for row in self.rows for button in row]

    def button(self, label: str) -> Json:
        """The button that has these words in its label. Raises AssertionError where there is not exactly one."""
        found = [button for row in self.rows for button in row if label == button["text"]]
        found = found or [button for row in self.rows for button in row if label in button["text"]]
        assert len(found) == 1, f"{len(found)} buttons named {label!r} of {self.buttons}"
        return found[0]

    @property
    def file(self) -> Stored:
        """What the message carries; of a photo the largest size. Raises AssertionError for mere words."""
        assert self.content.files, f"{self} carries no file"
        return self.content.files[-1]

    @property
    def thumbnail(self) -> Stored | None:
        return self.content.thumbnail

    def json(self) -> Json:
        """The API's Message; a reply holds the message it answers, without what that answered."""
        if self.reply is None or self.reply.is_deleted:
            return dict(self.wire)
        return {**self.wire, "reply_to_message": dict(self.reply.wire)}

    def __getitem__(self, field: str) -> Any:
        """A field of the API's Message."""
        return self.wire[field]

    def __repr__(self) -> str:
        buttons = f" {self.buttons}" if self.rows else ""
        return f"<{self.kind} {self.id} in {self.chat.id}: {self.words!r}{buttons}>"
