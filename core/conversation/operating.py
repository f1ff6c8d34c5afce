"""What the operator may ask in a private chat: /stats, /allow and /block. For everybody else these are no commands."""

from __future__ import annotations

import re
from collections import Counter

import structlog

from core.chat import ChatKind, ChatRef, Incoming
from core.conversation.means import Heard, Means
from core.conversation.work import cancel
from core.jobs.mailbox import Numbers
from core.store.connection import STORE_AWAY
from core.store.lists import List, is_name
from core.texts import Speaker

log = structlog.get_logger(__name__)

_COMMAND = re.compile(r"/(stats|allow|block)(?:\s+(.*))?", re.DOTALL)
COMMANDS = ("stats", "allow", "block")
_OFF = ("off", "remove", "关闭", "移除")

_MOST_NAMED = 5
"""People whom /stats names."""

_QUOTA, _QUEUE = ("quota_person", "quota_chat"), ("queue_person", "queue_chat")


def asked(means: Means, incoming: Incoming) -> tuple[str, str] | None:
    """The operator's command and its arguments; None for whatever else it is, and from whomever else it comes."""
    if incoming.chat_kind is not ChatKind.PRIVATE:
        return None
    if not means.lists.is_operator(incoming.chat.platform, incoming.person.id):
        return None
    if incoming.command is not None:
        return (incoming.command, incoming.text.strip()) if incoming.command in COMMANDS else None
    # Platforms that know their commands beforehand hand the others over as text.
    found = _COMMAND.fullmatch(incoming.text.strip())
    return None if found is None else (found[1], (found[2] or "").strip())


async def operate(means: Means, heard: Heard, command: str, arguments: str) -> None:
    """Answer it."""
    if command == "stats":
        await heard.reply(numbers(await means.mailbox.numbers(_MOST_NAMED), heard.say))
        return
    which = List(command)
    names = arguments.replace(",", " ").split()
    takes_off = bool(names) and names[0].casefold() in _OFF
    names = names[1:] if takes_off else names
    if not names and not takes_off:
        await heard.reply(await _listed(means, which, heard.say))
    elif not names or not all(_known(means, name) for name in names):
        example = f"{heard.chat.platform}:123456"
        await heard.reply(
            heard.say(
                "Write /{command} {example}, a person or a chat, or /{command} off {example}.",
                command=command,
                example=example,
            )
        )
    elif takes_off:
        await _take_off(means, heard, which, [*names, *await _now(means, names)])
    else:
        names = await _now(means, names)
        await means.lists.add(which, names)
        if which is List.BLOCK:
            await _end_jobs(means, names)
        await heard.reply(await _listed(means, which, heard.say))


def numbers(found: Numbers, say: Speaker) -> str:
    """The state of things, a line each."""
    at_work = sum(held for _, _, held in found.busy)
    waiting = sum(jobs for _, jobs, _ in found.busy) - at_work
    today = Counter[str]()
    for (what, _), count in found.today.items():
        today[what] += count
    lines = [
        say("At work: {n}. Waiting: {waiting}.", n=at_work, waiting=waiting),
        say(
            "Today (UTC): {taken} taken, {done} done, {failed} failed, {cancelled} cancelled, {expired} expired.",
            **{what: today[what] for what in ("taken", "done", "failed", "cancelled", "expired")},
        ),
        say(
            "Refused today: {quota} for a quota, {queue} for a full queue.",
            quota=sum(today[why] for why in _QUOTA),
            queue=sum(today[why] for why in _QUEUE),
        ),
        say("Chats: {busy} with work, {chats} with videos today.", busy=len(found.busy), chats=found.chats),
    ]
    platforms = {chat.platform for chat, _, _ in found.busy} | {platform for _, platform in found.today}
    lines += [
        say(
            "{platform}: {unfinished} unfinished, {done} done, {failed} failed.",
            platform=platform,
            unfinished=sum(jobs for chat, jobs, _ in found.busy if chat.platform == platform),
            done=found.today.get(("done", platform), 0),
            failed=found.today.get(("failed", platform), 0),
        )
        for platform in sorted(platforms)
    ]
    if found.most:
        lines.append(say("Most today: {who}.", who=", ".join(f"{who} ({count})" for who, count in found.most)))
    return "\n".join(lines)


async def _listed(means: Means, which: List, say: Speaker) -> str:
    names = ", ".join(await means.lists.names(which))
    if which is List.ALLOW:
        return (
            say("Let in are {names}, and nobody else.", names=names)
            if names
            else say("Everybody is let in who is not blocked.")
        )
    return say("Blocked: {names}.", names=names) if names else say("Nobody is blocked.")


async def _take_off(means: Means, heard: Heard, which: List, names: list[str]) -> None:
    await means.lists.remove(which, names)
    text = await _listed(means, which, heard.say)
    if fixed := await means.lists.fixed(which, dict.fromkeys(names)):
        setting = which.value.upper()
        text += "\n" + heard.say(
            "{names}: set in {setting}, and can only be taken off there.", names=", ".join(fixed), setting=setting
        )
    await heard.reply(text)


async def _now(means: Means, names: list[str]) -> list[str]:
    """The names under which chats go on that have moved."""
    return [(await means.people.now_at(ChatRef.parse(name))).key for name in names]


def _known(means: Means, name: str) -> bool:
    return is_name(name) and name.partition(":")[0] in means.outboxes


async def _end_jobs(means: Means, names: list[str]) -> None:
    """What is being made for a chat or a person that is blocked now."""
    for name in names:
        jobs = [*await means.mailbox.unfinished_of(name)]
        for place in await means.people.places(ChatRef.parse(name)):
            jobs += await means.mailbox.unfinished(place)
        for job in reversed(jobs):
            try:
                await cancel(means, job)
            except STORE_AWAY:
                raise
            except Exception as error:  # noqa: BLE001 - a chat that cannot be told must not keep the others at work
                log.warning("cancel_not_shown", job=job.id, chat=job.chat.key, reason=type(error).__name__)
