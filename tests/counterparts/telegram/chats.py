"""A chat and what its people do in it: they write, edit, press buttons, add and remove the bot, make it a supergroup.

What they do becomes messages and updates as Telegram makes them; what the bot did is read from `messages` (what people
see now), `history` (every change with its time) and `actions` ("is typing").
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.counterparts.telegram.board import Board
from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.contents import KINDS, Content, content
from tests.counterparts.telegram.entities import detected
from tests.counterparts.telegram.files import Content as Bytes
from tests.counterparts.telegram.files import Media
from tests.counterparts.telegram.messages import Change, Message, Topic
from tests.counterparts.telegram.people import ANONYMOUS, CHANNEL, RIGHTS, Person, membership
from tests.counterparts.telegram.presses import Press
from tests.counterparts.telegram.privacy import is_delivered
from tests.counterparts.telegram.refusals import Refused
from tests.counterparts.telegram.standing import Standing
from tests.counterparts.telegram.world import World

Sendable = Bytes | Media | tuple[str, Bytes, str]
"""A file: its content; with measures; or name, content and type."""


FIRST_IN_LARGE_CHATS = 2
"""The first message id of supergroups and channels: 1 is their creation, and of a forum the General topic."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a message is shown to be from."""

    fields: Json
    is_post: bool = False


class Chat:
    """`kind`: private, group, supergroup or channel. The first of `admins` owns a group or channel."""

    def __init__(
        self,
        world: World,
        chat_id: int,
        kind: str,
        title: str,
        members: Sequence[Person],
        *,
        admins: Sequence[Person] = (),
        forum: bool = False,
        username: str | None = None,
        bot: str = "member",
        ids: Callable[[], int] | None = None,
    ) -> None:
        self.id = chat_id
        self.kind = kind
        self.title = title
        self.username = username
        self.forum = forum
        self.members = list(dict.fromkeys([*admins, *members]))
        self.admins = list(admins)
        self.standing = Standing(kind, bot)
        """What the bot is here."""
        self.migrated_to: Chat | None = None
        self.other_bot_was_last = False
        """Another bot was the last one to write here (see `privacy`)."""
        self.actions: list[tuple[float, str, int | None]] = []
        """When, which ("upload_video"), and in which topic the bot was seen doing something."""
        self.board = Board(self, ids=ids or itertools.count(FIRST_IN_LARGE_CHATS).__next__, now=world.now)
        self._world = world

    # What is there

    @property
    def json(self) -> Json:
        """The API's Chat."""
        chat: Json = {"id": self.id, "type": self.kind}
        if self.kind == "private":
            chat["first_name"] = self.title
        else:
            chat["title"] = self.title
        if self.username is not None:
            chat["username"] = self.username
        return chat | ({"is_forum": True} if self.forum else {})

    @property
    def messages(self) -> list[Message]:
        """What people see in the chat now, the oldest first."""
        return list(self.board.living.values())

    @property
    def history(self) -> list[Change]:
        return self.board.history

    @property
    def from_bot(self) -> list[Message]:
        return [message for message in self.messages if message.by_bot]

    @property
    def videos(self) -> list[Message]:
        """The films that the bot posted and that are still there."""
        return [message for message in self.from_bot if message.kind == "video"]

    def changes(self, kind: str, *, by_bot: bool = True) -> list[Change]:
        """Of the history, what was "sent", "edited" or "deleted"."""
        return [change for change in self.history if change.kind == kind and change.by_bot is by_bot]

    def message(self, message_id: int) -> Message | None:
        """A message that was not deleted."""
        return self.board.living.get(message_id)

    def is_admin(self, person_id: int) -> bool:
        return any(admin.id == person_id for admin in self.admins)

    def member(self, person: Person) -> Json:
        """The API's ChatMember of a person or of the bot."""
        if person == self._world.bot:
            status = "left" if self.standing.status == "absent" else self.standing.status
        elif self.admins and person == self.admins[0]:
            status = "creator"
        elif person in self.admins:
            status = "administrator"
        else:
            status = "member" if person in self.members else "left"
        return membership(status, person.user, kind=self.kind, denied=self.standing.denied)

    # What people do

    async def sends(
        self,
        person: Person | None = None,
        text: str | None = None,
        *,
        photo: Bytes | None = None,
        video: Sendable | None = None,
        animation: Sendable | None = None,
        document: Sendable | None = None,
        audio: Sendable | None = None,
        voice: Sendable | None = None,
        video_note: Sendable | None = None,
        sticker: Sendable | None = None,
        caption: str | None = None,
        reply_to: Message | None = None,
        topic: Topic | None = None,
        media_group: str | None = None,
        anonymous: bool = False,
        as_channel: Chat | None = None,
        signature: str | None = None,
        forwarded_from: Person | None = None,
        via_bot: bool = False,
        entities: list[Json] | None = None,
    ) -> Message:
        """A person writes, or sends one file. In a channel `person` may be left out: posts have no author.

        `anonymous`: as an administrator who hides behind the group. `as_channel`: on behalf of a channel of theirs.
        `signature`: shown beside a post or an anonymous message. `entities`: instead of what Telegram finds itself.
        """
        files = {
            "photo": photo,
            "video": video,
            "animation": animation,
            "document": document,
            "audio": audio,
            "voice": voice,
            "video_note": video_note,
            "sticker": sticker,
        }
        sent = [(kind, files[kind]) for kind in KINDS if files[kind] is not None]
        assert len(sent) == (0 if text is not None else 1), "either words or one file"
        sender = self._sender(person, anonymous=anonymous, as_channel=as_channel, signature=signature)

        def act() -> Message:
            if self.standing.status == "absent":
                self.standing.change("member")
            fields = dict(sender.fields)
            if media_group is not None:
                fields["media_group_id"] = media_group
            if via_bot:
                fields["via_bot"] = self._world.bot.user
            if forwarded_from is not None:
                origin = {"type": "user", "date": int(self._world.now()), "sender_user": forwarded_from.user}
                fields["forward_origin"] = origin
            if sent:
                kind, given = sent[0]
                assert given is not None
                body = self._content(kind, given)
                fields |= _worded("caption", caption, entities)
            else:
                body = Content("text")
                fields |= _worded("text", text, entities)
            message = self.board.post(body, fields, reply_to=reply_to, thread_id=None if topic is None else topic.id)
            self._tell("channel_post" if sender.is_post else "message", message)
            return message

        return await self._world.inside(act)

    async def sends_other(self, person: Person, fields: Json, *, reply_to: Message | None = None) -> Message:
        """A person sends what has neither words nor a file: `{"location": {…}}`, a contact, a poll."""
        sender = self._sender(person, anonymous=False, as_channel=None, signature=None)

        def act() -> Message:
            message = self.board.post(Content("other"), sender.fields | fields, reply_to=reply_to)
            self._tell("message", message)
            return message

        return await self._world.inside(act)

    async def sends_album(
        self, person: Person | None, photos: Sequence[Bytes], *, caption: str | None = None, **how: Any
    ) -> list[Message]:
        """Photos as one album: a message each, the first with the caption. `how`: as in `sends`."""
        album = str(13_000_000_000 + self._world.number())
        captions = [caption, *[None] * (len(photos) - 1)]
        return [
            await self.sends(person, photo=photo, caption=words, media_group=album, **how)
            for photo, words in zip(photos, captions, strict=True)
        ]

    async def edits(self, message: Message, words: str) -> None:
        """A person changes their own text or caption."""

        def act() -> None:
            place = "text" if message.kind == "text" else "caption"
            self.board.change(message, _worded(place, words, None), by_bot=False)
            self._tell("edited_channel_post" if self.kind == "channel" else "edited_message", message)

        await self._world.inside(act)

    async def deletes(self, message: Message) -> None:
        """A person deletes a message. The bot is not told: Telegram has no update for it."""
        await self._world.inside(lambda: self.board.remove(message, by_bot=False))

    async def presses(
        self, person: Person, message: Message, label: str | None = None, *, data: str | None = None
    ) -> Press:
        """A person presses the button with these words in its label, or one with `data` that is not shown any more."""

        def act() -> Press:
            chosen = data if data is not None else message.button(label or "").get("callback_data")
            assert chosen is not None, f"the button {label!r} sends nothing to the bot"
            press = Press(
                str(4_000_000_000_000_000_000 + self._world.number()), person, message, chosen, self._world.now()
            )
            self._world.open_press(press)
            query: Json = {"id": press.id, "from": person.user, "chat_instance": str(-self.id), "data": chosen}
            if message.is_deleted:
                query["message"] = {"chat": self.json, "message_id": message.id, "date": 0}
            else:
                query["message"] = message.json()
            press.update = self._world.emit("callback_query", query)
            return press

        return await self._world.inside(act)

    async def opens_topic(self, person: Person, name: str) -> Topic:
        """A new topic in a forum, with the service message that opens it."""

        def act() -> Topic:
            assert self.forum, f"{self.title} is no forum"
            topic, message = self.board.open_topic(name, person.user)
            self._tell("message", message)
            return topic

        return await self._world.inside(act)

    async def closes_topic(self, topic: Topic) -> None:
        await self._world.inside(lambda: self.board.closed.add(topic.id))

    async def deletes_topic(self, topic: Topic) -> None:
        """The topic goes with all its messages; the bot is not told."""

        def act() -> None:
            del self.board.topics[topic.id]
            for message in self.messages:
                if message.thread_id == topic.id:
                    self.board.remove(message, by_bot=False)

        await self._world.inside(act)

    async def adds_bot(self, by: Person, *, admin: bool = False) -> None:
        """The bot comes into a group or channel, or a person starts or unblocks it in a private chat."""
        status = "administrator" if admin or self.kind == "channel" else "member"
        await self._world.inside(lambda: self._becomes(status, by, "new_chat_members"))

    async def removes_bot(self, by: Person) -> None:
        """The bot is thrown out of a group or channel; in a private chat the person blocks it."""
        await self._world.inside(lambda: self._becomes("kicked", by, "left_chat_member"))

    async def promotes_bot(self, by: Person) -> None:
        await self._world.inside(lambda: self._becomes("administrator", by))

    async def restricts_bot(self, by: Person, *rights: str) -> None:
        """The bot may not send any more; with `rights` ("can_send_videos") only these are taken."""

        def act() -> None:
            denied = frozenset(rights or {right for right, _ in RIGHTS.values()})
            self._becomes("restricted", by, denied=denied)

        await self._world.inside(act)

    async def migrates(self, by: Person | None = None, *, forum: bool = False) -> Chat:
        """A group becomes a supergroup: another id, other message ids, and the old id is refused from now on.

        The updates are those that were seen (github.com/tdlib/telegram-bot-api/issues/266): the bot joins the
        supergroup, and each chat gets a service message; that it left the old group is never said.
        """
        by = by or self.admins[0]

        def act() -> Chat:
            assert self.kind == "group", f"{self.title} is a {self.kind}"
            new_id = -1_002_000_000_000 - self._world.number()
            chat = Chat(
                self._world, new_id, "supergroup", self.title, self.members, admins=self.admins, forum=forum, bot="left"
            )
            self._world.register(chat)
            self.migrated_to = chat
            chat._becomes("member", by)
            self._tell("message", self._service(by, {"migrate_to_chat_id": chat.id}))
            chat._tell("message", chat._service(ANONYMOUS, {"migrate_from_chat_id": self.id, "sender_chat": chat.json}))
            return chat

        return await self._world.inside(act)

    # What the server does

    def bot_leaves(self) -> None:
        self._becomes("left", self._world.bot)

    def check_access(self) -> None:
        """Raises Refused where the bot may not write here at all, or not under this id any more."""
        if self.migrated_to is not None:
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, said, migrate_to_chat_id=self.migrated_to.id)
        self.standing.check_access()

    def _tell(self, kind: str, message: Message) -> None:
        """Deliver a message to the bot, if it sees it."""
        is_group = self.kind in {"group", "supergroup"}
        is_seen = self.standing.is_in
        if is_group and message.kind != "service" and self._world.privacy and not self.standing.is_admin:
            message.was_meant = is_delivered(
                message.wire,
                username=self._world.bot.username or "",
                reply_was_meant=message.reply is not None and message.reply.was_meant,
                other_bot_was_last=self.other_bot_was_last,
            )
            is_seen = is_seen and message.was_meant
        if is_seen:
            message.update = self._world.emit(kind, message.json())

    def _sender(
        self, person: Person | None, *, anonymous: bool, as_channel: Chat | None, signature: str | None
    ) -> Sender:
        signed = {} if signature is None else {"author_signature": signature}
        if self.kind == "channel":
            assert person is None or person in self.admins, f"{person} may not post here"
            return Sender({"sender_chat": self.json} | signed, is_post=True)
        if as_channel is not None:
            return Sender({"from": CHANNEL.user, "sender_chat": as_channel.json})
        assert person is not None, "only channels have messages without an author"
        if anonymous:
            assert person in self.admins, f"{person.name} is no administrator"
            return Sender({"from": ANONYMOUS.user, "sender_chat": self.json} | signed)
        assert person in self.members, f"{person.name} is not in {self.title}"
        return Sender({"from": person.user})

    def _content(self, kind: str, given: Sendable) -> Content:
        if kind == "photo":
            assert not isinstance(given, int | Media | tuple), "a photo is a picture's bytes or path"
            return content(kind, self._world.files.photo_sizes(given))
        if isinstance(given, tuple):
            name, inside, mime = given
            given = Media(inside, name, mime)
        media = given if isinstance(given, Media) else Media(given, *_USUAL.get(kind, ("", "")))
        return content(kind, [self._world.files.keep(media, kind)])

    def _service(self, by: Person, fields: Json) -> Message:
        return self.board.post(Content("service"), {"from": by.user} | fields)

    def _becomes(
        self, status: str, by: Person, service: str | None = None, *, denied: frozenset[str] = frozenset()
    ) -> None:
        """The bot's membership changes; it is told even where it is not in the chat any more."""
        before = self.member(self._world.bot)
        self.standing.change(status, denied)
        change = {"chat": self.json, "from": by.user, "date": int(self._world.now())}
        after = self.member(self._world.bot)
        self._world.emit("my_chat_member", change | {"old_chat_member": before, "new_chat_member": after})
        if service is None or self.kind in {"private", "channel"}:
            return
        bot = self._world.bot.user
        changed = {service: [bot] if service == "new_chat_members" else bot}
        message = self._service(by, changed)
        self._world.emit("message", message.json())


_USUAL = {
    "video": ("video.mp4", "video/mp4"),
    "animation": ("animation.mp4", "video/mp4"),
    "audio": ("song.mp3", "audio/mpeg"),
    "voice": ("", "audio/ogg"),
    "document": ("file.bin", "application/octet-stream"),
}
"""Name and type of a file that was given without."""


def _worded(place: str, words: str | None, entities: list[Json] | None) -> Json:
    """The fields of a text or caption with its entities; None in place of what there is not."""
    if words is None:
        return {}
    found = detected(words) if entities is None else entities
    return {place: words, "entities" if place == "text" else "caption_entities": found or None}
