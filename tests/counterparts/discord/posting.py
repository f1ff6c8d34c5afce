"""What the bot posts: a request's body and files in, a message's fields out; and the rules for who may post where."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.files import Attachment
from tests.counterparts.discord.messages import COMPONENTS_V2, Message, numbered
from tests.counterparts.discord.permissions import BITS
from tests.counterparts.discord.refusals import Refused, breach, missing_access, missing_permissions, too_large
from tests.counterparts.telegram.bodies import Json

if TYPE_CHECKING:
    from tests.counterparts.discord.channels import Channel
    from tests.counterparts.discord.people import Person
    from tests.counterparts.discord.world import World

_MENTION = re.compile(r"<@!?(\d+)>")
_FILE = re.compile(r"files\[(\d+)\]")
_KEPT_FLAGS = COMPONENTS_V2 | 1 << 2 | 1 << 12
"""Those that a bot may set: no embeds, no notification, and components of the second kind."""
EMPTY = Refused(400, 50006, "Cannot send an empty message")


def drafted(world: World, channel: Channel, call: Call, body: Json, large_answer: str) -> Json:
    """The fields of a new message. Raises Refused for one that is empty or too large."""
    fields = changed(world, channel, call, body, large_answer, before=None)
    parts = ("content", "attachments", "embeds", "components")
    if not any(fields.get(name) for name in parts) and not body.get("sticker_ids") and not body.get("poll"):
        raise EMPTY
    return fields


def changed(
    world: World, channel: Channel, call: Call, body: Json, large_answer: str, *, before: Message | None
) -> Json:
    """The fields that a body sets, in a new message or one that was there `before`. Raises Refused."""
    fields: Json = {}
    if "content" in body:
        fields["content"] = (body["content"] or "").strip()
        fields["mentions"] = _mentioned(world, body)
    if "embeds" in body:
        fields["embeds"] = [{"type": "rich"} | each for each in body["embeds"] or []]
    if "components" in body:
        fields["components"] = numbered(body["components"] or [])
    if before is None and "flags" in body:
        fields["flags"] = (body["flags"] or 0) & _KEPT_FLAGS
    if "attachments" in body or call.uploads:
        fields["attachments"] = _attached(world, channel, call, body, large_answer, before)
    return fields


def check_sending(world: World, channel: Channel, body: Json, call: Call) -> None:
    """Whether the bot may post this here. Raises Refused: 50001, 50007, 50013, 50083, 50278, 160002."""
    if channel.guild is None:
        if not channel.is_bot_dm:
            raise missing_access()
        if not all(person.takes_dms for person in channel.people):
            raise Refused(403, 50007, "Cannot send messages to this user")
        if not _is_acquainted(world, channel):
            raise Refused(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
        return
    check_seeing(channel)
    permitted = channel.permissions(world.bot)
    needed = ["SEND_MESSAGES_IN_THREADS" if channel.is_thread else "SEND_MESSAGES"]
    if call.uploads:
        needed.append("ATTACH_FILES")
    if any(not permitted & BITS[name] for name in needed):
        raise missing_permissions()
    if body.get("message_reference") and not permitted & BITS["READ_MESSAGE_HISTORY"]:
        raise Refused(403, 160002, "Cannot reply without permission to read message history")
    if channel.is_locked:
        raise Refused(400, 50083, "Thread is archived")


def _is_acquainted(world: World, direct: Channel) -> bool:
    """Whether a person shares a guild with the bot, has it in their account, or wrote to it."""
    (person,) = (each for each in direct.people if each is not world.bot)
    shared = any(guild.has_bot and person.id in guild.members for guild in world.guilds.values())
    return shared or person.user_install or any(message.author is person for message in direct.messages)


def check_seeing(channel: Channel) -> None:
    """Raises Refused (50001)."""
    if not channel.bot_sees:
        raise missing_access()


def answered(world: World, channel: Channel, body: Json) -> Message | None:
    """What a new message answers. Raises Refused where that is gone and the bot insists."""
    reference = body.get("message_reference")
    if not reference:
        return None
    found = channel.message(int(reference["message_id"]))
    if str(reference.get("channel_id") or channel.id) != str(channel.id):
        raise breach("message_reference", "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL", "Cannot reply to another channel")
    if found is None and reference.get("fail_if_not_exists", True) is not False:
        raise Refused(
            400,
            50035,
            "Invalid Form Body",
            errors={
                "message_reference": {"_errors": [{"code": "REPLIES_UNKNOWN_MESSAGE", "message": "Unknown message"}]}
            },
        )
    return found


def pinged(body: Json, answer_to: Message | None) -> list[Person]:
    """Whom a reply mentions without naming them."""
    allowed = body.get("allowed_mentions")
    if answer_to is None or (allowed is not None and not allowed.get("replied_user")):
        return []
    return [answer_to.author]


def _mentioned(world: World, body: Json) -> list[Person]:
    """https://discord.com/developers/docs/resources/message#allowed-mentions-object"""
    allowed: Any = body.get("allowed_mentions")
    named = [world.people[int(each)] for each in _MENTION.findall(body["content"] or "") if int(each) in world.people]
    if allowed is not None and "users" not in (allowed.get("parse") or []):
        users = {str(each) for each in allowed.get("users") or []}
        named = [each for each in named if str(each.id) in users]
    return list(dict.fromkeys(named))


def _attached(
    world: World, channel: Channel, call: Call, body: Json, large_answer: str, before: Message | None
) -> list[Attachment]:
    """Attachments that stay, and new ones from the request's files. Where the body names none, all stay."""
    for upload in call.uploads.values():
        if upload.size > channel.upload_limit:
            raise too_large(large_answer)
    listed = body.get("attachments")
    stated = {str(each["id"]): each for each in listed or []}
    there = before.attachments if before is not None else []
    kept = [each for each in there if listed is None or str(each.id) in stated]
    numbers = set()
    for part, upload in call.uploads.items():
        named = _FILE.fullmatch(part)
        number = named[1] if named else part
        numbers.add(number)
        kept.append(world.files.keep_upload(upload, f"attachments/{channel.id}", stated.get(number, {})))
    strangers = [each for each in stated if each not in numbers | {str(each.id) for each in there}]
    if strangers:
        raise breach("attachments", "ATTACHMENT_NOT_FOUND", f"Attachment data cannot be found: {strangers}")
    return kept
