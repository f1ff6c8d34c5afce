"""Channels, threads and direct messages: who may do what there, what stands there, and what the bot is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.counterparts.discord.clocks import made_at, written
from tests.counterparts.discord.messages import Change, Message
from tests.counterparts.discord.permissions import BITS, PRIVATE, Overwrite, bits, overwritten
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.guilds import Guild
    from tests.counterparts.discord.people import Person
    from tests.counterparts.discord.world import World

TEXT, DM, GROUP_DM, PUBLIC_THREAD, PRIVATE_THREAD = 0, 1, 3, 11, 12


class Channel:
    """Any place with messages: a guild's text channel, a thread (`parent`), direct messages (`people`)."""

    def __init__(
        self,
        world: World,
        id: int,  # noqa: A002 - Discord's own word
        kind: int,
        name: str = "",
        *,
        guild: Guild | None = None,
        parent: Channel | None = None,
        people: Sequence[Person] = (),
    ) -> None:
        self.id = id
        self.kind = kind
        self.name = name
        self.guild = guild
        self.parent = parent
        self.people = list(people)
        """Of direct messages: the two or more; of a private thread: who was let in."""
        self.owner_id = 0
        """Of a thread: who opened it."""
        self.is_deleted = False
        self.is_archived = False
        self.is_locked = False
        self.history: list[Change] = []
        """Everything that became of its messages, without the ephemeral ones."""
        self.typing: list[float] = []
        """When the bot was seen typing, by Discord's clock."""
        self.overwrites: dict[int, Overwrite] = {}
        self._living: dict[int, Message] = {}
        self._world = world

    # What is there

    @property
    def is_thread(self) -> bool:
        return self.kind in {PUBLIC_THREAD, PRIVATE_THREAD}

    @property
    def is_bot_dm(self) -> bool:
        return self.kind == DM and self._world.bot in self.people

    @property
    def messages(self) -> list[Message]:
        """As everybody sees them now, the oldest first."""
        return list(self._living.values())

    @property
    def from_bot(self) -> list[Message]:
        return [message for message in self.messages if message.author is self._world.bot]

    @property
    def videos(self) -> list[Message]:
        """The bot's messages with a film."""
        return [message for message in self.from_bot if message.has_video]

    @property
    def deleted(self) -> list[Message]:
        return [change.message for change in self.history if change.kind == "deleted"]

    @property
    def upload_limit(self) -> int:
        return self._world.upload_limit if self.guild is None else self.guild.upload_limit

    @property
    def stated_limit(self) -> int:
        return self._world.upload_limit if self.guild is None else self.guild.stated_limit

    @property
    def bot_sees(self) -> bool:
        """Whether the bot is told what happens here."""
        if self.guild is None:
            return self._world.bot in self.people
        permitted = self.permissions(self._world.bot)
        if not self.guild.has_bot or not permitted & BITS["VIEW_CHANNEL"]:
            return False
        is_open = self.kind != PRIVATE_THREAD or self._world.bot in self.people
        return is_open or bool(permitted & BITS["MANAGE_THREADS"])

    def message(self, message_id: int) -> Message | None:
        return self._living.get(message_id)

    def permissions(self, person: Person) -> int:
        if self.guild is None:
            return PRIVATE if person in self.people else 0
        place = self.parent or self
        member = self.guild.members.get(person.id)
        if member is None or self.guild.owner is person:
            return self.guild.permissions(person)
        return overwritten(
            self.guild.permissions(person),
            place.overwrites,
            everyone=self.guild.id,
            roles=member.roles,
            member=person.id,
        )

    # What the test makes of it

    def thread(
        self,
        name: str,
        *,
        private: bool = False,
        people: Sequence[Person] = (),
        owner: Person | None = None,
        start: Message | None = None,
    ) -> Channel:
        """A thread of this channel, with the id of the message that it starts from.

        A private one shows itself to `people` and to who may manage threads.
        """
        assert self.guild is not None, "threads are in guilds"
        assert not self.is_thread, "a thread has no threads"
        kind = PRIVATE_THREAD if private else PUBLIC_THREAD
        number = start.id if start is not None else self._world.ids()
        made = Channel(self._world, number, kind, name, guild=self.guild, parent=self, people=people)
        made.owner_id = (owner or self.guild.owner or self._world.bot).id
        if start is not None:
            start.thread = made
        self.guild.channels.append(made)
        self._world.open(made)
        if made.bot_sees:
            self._world.emit("THREAD_CREATE", made.json | {"newly_created": True}, made)
        return made

    def permits(self, *names: str, everyone: bool = False) -> None:
        """The bot (or everyone) may do this here from now on."""
        self._overwrite_later(everyone=everyone, allow=bits(names))

    def denies(self, *names: str, everyone: bool = False) -> None:
        self._overwrite_later(everyone=everyone, deny=bits(names))

    def overwrite(self, whose: int, kind: int, allow: int, deny: int) -> None:
        if allow or deny:
            self.overwrites.setdefault(whose, Overwrite(kind)).change(allow, deny)

    async def deletes(self) -> None:
        await self._world.inside(self._vanish)

    # What becomes of its messages

    def post(self, author: Person, **fields: Any) -> Message:
        """A new message; the bot is told of it where it sees it."""
        message = Message(self._world.ids(), self, author, **fields)
        if message.seen_by is not None:
            message.seen_by.ephemeral.append(message)
            message.note("sent", self._world.now(), by_bot=True)
            return message
        self._living[message.id] = message
        self._note("sent", message)
        self._world.emit_message("MESSAGE_CREATE", message)
        return message

    def edit(self, message: Message, *, by_bot: bool, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(message, name, value)
        message.edited = self._world.now()
        if message.seen_by is not None:
            message.note("edited", self._world.now(), by_bot=by_bot)
            return
        self._note("edited", message, by_bot=by_bot)
        self._world.emit_message("MESSAGE_UPDATE", message)

    def remove(self, message: Message, *, by_bot: bool) -> None:
        message.is_deleted = True
        if message.seen_by is not None:
            message.seen_by.ephemeral.remove(message)
            message.note("deleted", self._world.now(), by_bot=by_bot)
            return
        del self._living[message.id]
        self._note("deleted", message, by_bot=by_bot)
        gone: Json = {"id": str(message.id), "channel_id": str(self.id)}
        if self.guild is not None:
            gone["guild_id"] = str(self.guild.id)
        if self.bot_sees:
            self._world.emit("MESSAGE_DELETE", gone, self)

    # As JSON

    @property
    def json(self) -> Json:
        """The API's channel object."""
        latest = str(max(self._living)) if self._living else None
        base: Json = {"id": str(self.id), "type": self.kind, "last_message_id": latest, "flags": 0}
        if self.guild is None:
            others = [person.json for person in self.people if person is not self._world.bot]
            named: Json = {"name": self.name or None, "owner_id": str(self.people[0].id), "icon": None}
            return base | {"recipients": others} | (named if self.kind == GROUP_DM else {})
        base |= {"guild_id": str(self.guild.id), "name": self.name, "rate_limit_per_user": 0}
        if self.parent is not None:
            return base | self._thread_json(self.parent)
        overwrites = [
            {"id": str(whose), "type": each.kind, "allow": str(each.allow), "deny": str(each.deny)}
            for whose, each in self.overwrites.items()
        ]
        return base | {
            "parent_id": None,
            "position": self.guild.channels.index(self) if self in self.guild.channels else 0,
            "permission_overwrites": overwrites,
            "nsfw": False,
            "topic": None,
        }

    def _thread_json(self, parent: Channel) -> Json:
        made = written(made_at(self.id))
        return {
            "parent_id": str(parent.id),
            "owner_id": str(self.owner_id),
            "message_count": len(self._living),
            "total_message_sent": len(self._living),
            "member_count": 1,
            "thread_metadata": {
                "archived": self.is_archived,
                "archive_timestamp": made,
                "auto_archive_duration": 4320,
                "locked": self.is_locked,
                "create_timestamp": made,
            },
        }

    def _overwrite_later(self, *, everyone: bool, allow: int = 0, deny: int = 0) -> None:
        assert self.guild is not None, "overwrites are of guilds"
        self.overwrite(self.guild.id if everyone else self._world.bot.id, 0 if everyone else 1, allow, deny)
        self._world.emit("CHANNEL_UPDATE", self.json, self)

    def _vanish(self) -> None:
        self.is_deleted = True
        kind = "THREAD_DELETE" if self.is_thread else "CHANNEL_DELETE"
        self._world.emit(kind, self.json, self)
        self._world.close(self)
        if self.guild is not None:
            self.guild.channels.remove(self)

    def _note(self, kind: str, message: Message, *, by_bot: bool | None = None) -> None:
        by = message.author is self._world.bot if by_bot is None else by_bot
        self.history.append(message.note(kind, self._world.now(), by_bot=by))

    def __repr__(self) -> str:
        return f"<channel {self.name or self.people} {self.id}>"
