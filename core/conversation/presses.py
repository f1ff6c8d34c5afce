"""A button → a job, a switch, or a command as if it were typed."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from core.actions import Action, Verb
from core.chat import ChatKind, Incoming, Message, Press, place_of
from core.conversation.commands import auto_export
from core.conversation.means import Means
from core.conversation.work import cancel, put
from core.jobs.job import Job, Kind, Stage, derived_id
from core.quick import TITLE, prompt_of
from core.texts import LANGUAGES, speaker

_LOOKS, _LOOK_AGAIN = 20, 0.1
"""How often a job that is just ending is looked at, and seconds between two looks."""


class NotTheirs(Exception):
    """The button is another person's to press, or nobody's any more; the text says so in the presser's language."""


async def pressed(means: Means, press: Press, action: Action, language: str) -> Incoming | None:
    """Do what a button says. → the command that it stands for, where it stands for one. Raises `NotTheirs`."""
    match action.verb:
        case Verb.CANCEL:
            await _cancel(means, press, action.target, language)
        case Verb.RETRY:
            await _retry(means, press, action.target, language)
        case Verb.EDIT if action.word == TITLE:
            await _ask_title(means, press, action.target, language)
        case Verb.EDIT:
            prompt = prompt_of(action.word, language)
            if prompt is not None:
                await _edit(means, press, action.target, language, prompt)
        case Verb.SUGGESTION:
            await _suggested(means, press, action, language)
        case Verb.EXPORT:
            await _edit(means, press, action.target, language, None)
        case Verb.AUTO_EXPORT:
            await _auto_export(means, press, language, wanted=action.word == "on")
        case Verb.COMMAND:
            return _typed(press, action.word, "", press.message)
        case Verb.LANGUAGE if action.word in LANGUAGES:
            return _typed(press, "language", action.word, None)
    return None


def _typed(press: Press, command: str, text: str, reply_to: str | None) -> Incoming:
    return Incoming(
        event=press.event,
        chat=press.chat,
        person=press.person,
        message=press.message,
        chat_kind=press.chat_kind,
        text=text,
        command=command,
        reply_to=reply_to,
    )


async def _cancel(means: Means, press: Press, job_id: str, language: str) -> None:
    """End the job. A progress message that is not the job's own goes: a process died before it could note it."""
    job = await means.mailbox.job(job_id)
    shown: str | None = None
    if job is not None:
        if not await _of_this_chat(means, press, job):
            return
        if not job.stage.ended:
            _allow(press, job.person.id, language)
            await cancel(means, job)
        shown = job.progress_message
        if shown is None or place_of(job.chat, shown) == (press.chat, press.message):
            return
    await means.outboxes[press.chat.platform].remove(press.chat, press.message)


async def _of_this_chat(means: Means, press: Press, job: Job) -> bool:
    """Whether the job is one of the chat's, also from before the chat moved: what a button carries can be forged."""
    return press.chat == job.chat or press.chat == await means.people.now_at(job.chat)


async def _retry(means: Means, press: Press, job_id: str, language: str) -> None:
    job = await _ended(means, job_id)
    if job is None:
        too_late = _too_late(language)
        if not await means.outboxes[press.chat.platform].edit(press.chat, press.message, Message(str(too_late))):
            raise too_late
    elif job.stage is Stage.FAILED and await _of_this_chat(means, press, job):
        _allow(press, job.person.id, language)
        again = job.again(derived_id("retry", job.id), means.clock())
        if press.chat != job.chat:
            # What asked for it has no id here.
            again = replace(again, chat=press.chat, request=None)
        await put(means, replace(again, progress_message=press.message))


async def _ended(means: Means, job_id: str) -> Job | None:
    """The job's last record.

    Its Retry button is shown a moment before its end is recorded; that moment is waited for.
    """
    for _ in range(_LOOKS):
        job = await means.mailbox.job(job_id)
        if job is None or job.stage.ended:
            return job
        await asyncio.sleep(_LOOK_AGAIN)
    return job


async def _suggested(means: Means, press: Press, action: Action, language: str) -> None:
    """The words that the backend proposed with a job's answer."""
    job = await means.mailbox.job(action.target)
    if job is None:
        raise _too_late(language)
    if not action.word.isdecimal() or not await _of_this_chat(means, press, job):
        return
    place = int(action.word)
    if place < len(job.suggestions):
        await _edit(means, press, job.clip, language, job.suggestions[place])


async def _edit(means: Means, press: Press, clip: str, language: str, prompt: str | None) -> None:
    """An edit of a clip with these words, or its export where there are none."""
    if not await _is_here(means, press, clip, language):
        return
    _allow(press, await means.clips.owner(clip), language)
    job = Job(
        id=derived_id(press.chat.platform, press.event),
        kind=Kind.EXPORT if prompt is None else Kind.EDIT,
        chat=press.chat,
        person=press.person,
        clip=clip,
        created=means.clock(),
        language=language,
        request=press.message,
        prompt=prompt or "",
        export=prompt is None or await means.people.exports_by_itself(press.chat),
    )
    await means.clips.stop_waiting(press.chat, press.person.id)
    await means.clips.make_current(press.chat, press.person.id, clip)
    await put(means, job)


async def _ask_title(means: Means, press: Press, clip: str, language: str) -> None:
    """The person's next words are the title."""
    if not await _is_here(means, press, clip, language):
        return
    _allow(press, await means.clips.owner(clip), language)
    await means.clips.make_current(press.chat, press.person.id, clip)
    await means.clips.ask_title(press.chat, press.person.id, clip)
    text = speaker(language)("What should the title say? Reply with its words.")
    asking = await means.outboxes[press.chat.platform].send(press.chat, Message(text), reply_to=press.message)
    await means.clips.remember_message(press.chat, asking, clip)


async def _is_here(means: Means, press: Press, clip: str, language: str) -> bool:
    """Whether the clip is this chat's: what a button carries can be forged.

    A message that was posted this very moment may not be remembered yet; its clip is the current one then. Raises
    `NotTheirs` where nobody knows any more what the message was about.
    """
    known = await means.clips.of_message(press.chat, press.message)
    if known is None and clip != await means.clips.meant(press.chat, press.person.id, None):
        raise _too_late(language)
    return known in (None, clip)


def _too_late(language: str) -> NotTheirs:
    return NotTheirs(speaker(language)("That was too long ago. Please send the photo again."))


def _allow(press: Press, owner: str | None, language: str) -> None:
    """Buttons that may cost credits or end work: for whoever asked for it, for who manages the chat, and for anybody in
    a private chat or where nobody knows any more whose it is. Raises `NotTheirs`.
    """
    if press.chat_kind is ChatKind.PRIVATE or press.person.is_admin or owner in (None, press.person.id):
        return
    raise NotTheirs(speaker(language)("This button is for the person who asked. Send a photo of your own to begin."))


async def _auto_export(means: Means, press: Press, language: str, *, wanted: bool) -> None:
    say = speaker(language)
    if press.chat_kind is not ChatKind.PRIVATE and not press.person.is_admin:
        raise NotTheirs(say("Only administrators of this chat can change that."))
    await means.people.set_exports_by_itself(press.chat, wanted)
    outbox, message = means.outboxes[press.chat.platform], Message(*auto_export(say, wanted=wanted))
    if not await outbox.edit(press.chat, press.message, message):
        await outbox.send(press.chat, message, reply_to=press.message)
