"""The REST routes of channels: messages, threads, typing. A call in, status and JSON out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.channels import PRIVATE_THREAD, PUBLIC_THREAD, Channel
from tests.counterparts.discord.messages import Message
from tests.counterparts.discord.permissions import BITS
from tests.counterparts.discord.posting import answered, changed, check_seeing, check_sending, drafted, pinged
from tests.counterparts.discord.refusals import Refused, missing_permissions, unknown
from tests.counterparts.discord.routes import NOTHING, Answer, Common, Route
from tests.counterparts.discord.world import World
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.rest import Rest

REPLY = 19
NONCE_SECONDS = 180
"""For how long a nonce is remembered: "the past few minutes"."""


class Messages:
    """`rest` says how an upload over the limit is refused."""

    def __init__(self, rest: Rest, world: World, common: Common) -> None:
        self._rest = rest
        self._world = world
        self._common = common

    @property
    def routes(self) -> list[Route]:
        channel = "/channels/{channel_id}"
        messages, one = f"{channel}/messages", f"{channel}/messages/{{message_id}}"
        return [
            Route("list_messages", "GET", messages, self.list),
            Route("create_message", "POST", messages, self.create),
            Route("get_message", "GET", one, self.get),
            Route("update_message", "PATCH", one, self.update),
            Route("delete_message", "DELETE", one, self.delete),
            Route("trigger_typing_indicator", "POST", f"{channel}/typing", self.typing),
            Route("create_thread", "POST", f"{channel}/threads", self.create_thread),
            Route("create_thread_from_message", "POST", f"{one}/threads", self.create_thread),
            Route("join_thread", "PUT", f"{channel}/thread-members/@me", self.join),
            Route("leave_thread", "DELETE", f"{channel}/thread-members/@me", self.leave),
            Route("add_my_message_reaction", "PUT", f"{one}/reactions/{{emoji_name}}/@me", self.react),
            Route("delete_my_message_reaction", "DELETE", f"{one}/reactions/{{emoji_name}}/@me", self.react),
        ]

    def list(self, call: Call) -> Answer:
        """The newest first, as Discord lists them; empty without the permission to read the history."""
        channel = self._common.seen(call)
        if not channel.permissions(self._world.bot) & BITS["READ_MESSAGE_HISTORY"]:
            return 200, []
        return 200, [self._shown(each) for each in _chosen(channel.messages, call.query)]

    def get(self, call: Call) -> Answer:
        channel, message = self._found(call)
        if not channel.permissions(self._world.bot) & BITS["READ_MESSAGE_HISTORY"]:
            raise missing_permissions()
        return 200, self._shown(message)

    def create(self, call: Call) -> Answer:
        channel, body = self._common.channel(call), call.body
        check_sending(self._world, channel, body, call)
        nonce = body.get("nonce")
        if body.get("enforce_nonce"):
            repeated = self._by_nonce(channel, nonce)
            if repeated is not None:
                return 200, self._shown(repeated, with_nonce=True)
        reply_to = answered(self._world, channel, body)
        fields = drafted(self._world, channel, call, body, self._rest.large_answer)
        mentions = dict.fromkeys([*fields.pop("mentions", []), *pinged(body, reply_to)])
        message = channel.post(
            self._world.bot,
            **fields,
            nonce=nonce,
            mentions=list(mentions),
            reply_to=reply_to,
            kind=0 if reply_to is None else REPLY,
        )
        return 200, self._shown(message, with_nonce=True)

    def update(self, call: Call) -> Answer:
        channel, message = self._found(call)
        if message.author is not self._world.bot:
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        if channel.is_locked:
            raise Refused(400, 50083, "Thread is archived")
        fields = changed(self._world, channel, call, call.body, self._rest.large_answer, before=message)
        channel.edit(message, by_bot=True, **fields)
        return 200, self._shown(message)

    def delete(self, call: Call) -> Answer:
        channel, message = self._found(call)
        is_own = message.author is self._world.bot
        if not is_own and not channel.permissions(self._world.bot) & BITS["MANAGE_MESSAGES"]:
            raise missing_permissions()
        channel.remove(message, by_bot=True)
        return NOTHING

    def typing(self, call: Call) -> Answer:
        channel = self._common.channel(call)
        check_sending(self._world, channel, {}, call)
        channel.typing.append(self._world.now())
        return NOTHING

    def create_thread(self, call: Call) -> Answer:
        """From a message, then with its id, or without one."""
        parent = self._common.seen(call)
        private = (call.body.get("type") or PUBLIC_THREAD) == PRIVATE_THREAD
        needed = "CREATE_PRIVATE_THREADS" if private else "CREATE_PUBLIC_THREADS"
        if not parent.permissions(self._world.bot) & BITS[needed]:
            raise missing_permissions()
        start = self._found(call)[1] if "message_id" in call.parameters else None
        if start is not None and start.thread is not None:
            raise Refused(400, 160004, "A thread has already been created for this message")
        thread = parent.thread(
            call.body["name"], private=private, people=[self._world.bot], owner=self._world.bot, start=start
        )
        return 201, thread.json

    def join(self, call: Call) -> Answer:
        thread = self._common.seen(call)
        if self._world.bot not in thread.people:
            thread.people.append(self._world.bot)
        return NOTHING

    def leave(self, call: Call) -> Answer:
        thread = self._common.seen(call)
        if self._world.bot in thread.people:
            thread.people.remove(self._world.bot)
        return NOTHING

    def react(self, call: Call) -> Answer:
        """Reactions are taken and not kept."""
        channel, _ = self._found(call)
        if not channel.permissions(self._world.bot) & BITS["ADD_REACTIONS"]:
            raise missing_permissions()
        return NOTHING

    def _found(self, call: Call) -> tuple[Channel, Message]:
        channel = self._common.channel(call)
        check_seeing(channel)
        message = channel.message(int(call.parameters["message_id"]))
        if message is None:
            raise unknown("Message")
        return channel, message

    def _by_nonce(self, channel: Channel, nonce: object) -> Message | None:
        since = self._world.now() - NONCE_SECONDS
        for change in channel.history:
            message = change.message
            is_recent = change.kind == "sent" and message.author is self._world.bot and change.at >= since
            if is_recent and not message.is_deleted and str(message.nonce) == str(nonce):
                return message
        return None

    def _shown(self, message: Message, *, with_nonce: bool = False) -> Json:
        """Content stands in answers by the same rule as in events."""
        reads = "message_content" in self._world.gateway.privileged
        return self._world.message_json(message, content_intent=reads, with_nonce=with_nonce)


def _chosen(messages: list[Message], query: dict[str, str]) -> list[Message]:
    """https://discord.com/developers/docs/resources/message#get-channel-messages"""
    limit = int(query.get("limit", 50))
    newest = messages[::-1]
    if "after" in query:
        return [each for each in messages if each.id > int(query["after"])][:limit][::-1]
    if "before" in query:
        return [each for each in newest if each.id < int(query["before"])][:limit]
    if "around" in query:
        around = int(query["around"])
        later = [each for each in messages if each.id >= around][: limit // 2 + 1]
        earlier = [each for each in newest if each.id < around][: limit // 2]
        return later[::-1] + earlier
    return newest[:limit]
