"""What stands in a chat: messages are posted, changed and removed, and every change is kept with its time.

Which topic or thread a message belongs to is decided here (https://core.telegram.org/bots/api#message): topics of a
forum; outside of forums the thread that a reply in a supergroup continues.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.contents import Content
from tests.counterparts.telegram.messages import Change, Message, Topic
from tests.counterparts.telegram.refusals import bad_request

if TYPE_CHECKING:
    from tests.counterparts.telegram.chats import Chat


class Board:
    """`ids`: the numbers of new messages. `now`: Unix seconds."""

    def __init__(self, chat: Chat, *, ids: Callable[[], int], now: Callable[[], float]) -> None:
        self.living: dict[int, Message] = {}
        self.history: list[Change] = []
        self.topics: dict[int, Topic] = {}
        self.closed: set[int] = set()
        """Ids of topics that nobody but administrators may write in."""
        self._chat = chat
        self._ids = ids
        self._now = now

    def post(
        self,
        body: Content,
        fields: Json,
        *,
        reply_to: Message | None = None,
        thread_id: int | None = None,
        by_bot: bool = False,
    ) -> Message:
        """A new message, with `fields` where they are not None. A reply belongs to the topic of what it answers."""
        wire: Json = {"message_id": self._ids(), "date": int(self._now()), "chat": self._chat.json}
        if self._chat.kind == "supergroup":
            if thread_id is None and reply_to is not None:
                thread_id = _thread_of(reply_to, in_forum=self._chat.forum)
            if thread_id is not None:
                wire["message_thread_id"] = thread_id
                if self._chat.forum:
                    wire["is_topic_message"] = True
                    # What answers nothing in a topic answers the message that opened it.
                    reply_to = reply_to or self.living.get(thread_id)
        given = {name: value for name, value in fields.items() if value is not None}
        message = Message(self._chat, wire | given | body.fields, body, reply_to, by_bot=by_bot, was_meant=by_bot)
        self.living[message.id] = message
        self._note("sent", message, by_bot=by_bot)
        return message

    def open_topic(self, name: str, by: Json) -> tuple[Topic, Message]:
        """A topic, and the service message that opens it and gives it its id."""
        created = {"name": name, "icon_color": 7322096}
        message = self.post(Content("service"), {"from": by, "forum_topic_created": created, "is_topic_message": True})
        message.wire["message_thread_id"] = message.id
        topic = self.topics[message.id] = Topic(message.id, name)
        return topic, message

    def change(self, message: Message, fields: Json, *, by_bot: bool, body: Content | None = None) -> None:
        """New fields for a message; a None takes one away. With `body` also another file."""
        if body is not None:
            for name in message.content.fields:
                del message.wire[name]
            message.content = body
            message.wire.update(body.fields)
        for name, value in fields.items():
            if value is None:
                message.wire.pop(name, None)
            else:
                message.wire[name] = value
        message.wire["edit_date"] = int(self._now())
        self._note("edited", message, by_bot=by_bot)

    def remove(self, message: Message, *, by_bot: bool) -> None:
        del self.living[message.id]
        message.is_deleted = True
        self._note("deleted", message, by_bot=by_bot)

    def check_thread(self, thread_id: int | None) -> int | None:
        """The topic to send to. Outside of forums a thread's id is passed over, as the API's server does.

        Raises Refused for a topic that is gone or closed, and for 1, the General topic, which must not be named.
        """
        if thread_id is None or not (self._chat.forum or self._chat.kind == "private"):
            return None
        if thread_id not in self.topics:
            raise bad_request("message thread not found")
        if thread_id in self.closed:
            raise bad_request("TOPIC_CLOSED")
        return thread_id

    def _note(self, kind: str, message: Message, *, by_bot: bool) -> None:
        self.history.append(Change(kind, message, self._now(), by_bot, dict(message.wire)))


def _thread_of(answered: Message, *, in_forum: bool) -> int | None:
    if in_forum:
        return answered.thread_id
    return answered.thread_id or answered.id
