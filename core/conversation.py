"""One message of a person → replies and jobs.

`receive` and `press` answer at once: what takes time becomes a job in the chat's mailbox. Both may be called again with
the same update: a job's id comes from the update's, so it is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from core.actions import Action, Verb, decode
from core.chat import Button, ChatKind, ChatRef, Incoming, Media, MediaKind, Message, Outbox, Press
from core.intents import (
    IntentKind,
    each_separately,
    intent,
    joins_timeline,
    language_of,
    media_links,
    per_photo_instructions,
)
from core.jobs.job import Job, Kind, Stage, Upload, derived_id
from core.jobs.mailbox import Mailbox
from core.nemo.client import NemoClient
from core.nemo.errors import NemoError
from core.quick import prompt_of
from core.replies import account, help_text, welcome
from core.store.clips import Clips
from core.store.people import People
from core.texts import LANGUAGES, Speaker, closest, speaker
from core.texts.problems import sentence
from core.timeline import summary

log = structlog.get_logger(__name__)

JOIN_SECONDS = 120
"""For how long photos without words wait for more from the same person: two minutes, as the design has it."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """A message with what follows from it."""

    incoming: Incoming
    language: str
    say: Speaker
    outbox: Outbox

    @property
    def chat(self) -> ChatRef:
        return self.incoming.chat


@dataclass(frozen=True, slots=True)
class Conversation:
    nemo: NemoClient
    mailbox: Mailbox
    clips: Clips
    people: People
    outboxes: Mapping[str, Outbox]
    identity: Callable[[str], str]
    """Chat key → the account that works for it."""
    leaves_for_cloud: bool
    clock: Callable[[], float]

    async def receive(self, incoming: Incoming) -> None:
        """Answer a message, or take what it asks for into the chat's mailbox."""
        platform = incoming.chat.platform
        if not incoming.addressed or await self.people.handled(platform, incoming.event):
            return
        fallback = closest(incoming.person.language)
        chosen = await self.people.language(incoming.chat)
        language = chosen or language_of(incoming.text, fallback)
        heard = _Heard(incoming, language, speaker(language), self.outboxes[platform])
        await self._route(heard)
        await self.people.mark_handled(platform, incoming.event)

    async def press(self, press: Press) -> None:
        """Do what a button says, where this person may."""
        platform = press.chat.platform
        action = decode(press.action)
        if action is None or await self.people.handled(platform, press.event):
            return
        language = await self.people.language(press.chat) or closest(press.person.language)
        match action.verb:
            case Verb.CANCEL:
                await self._press_cancel(press, action.target)
            case Verb.RETRY:
                await self._press_retry(press, action.target)
            case Verb.EDIT:
                prompt = prompt_of(action.word, language)
                if prompt is not None:
                    await self._press_edit(press, action.target, language, prompt)
            case Verb.EXPORT:
                await self._press_edit(press, action.target, language, None)
            case Verb.AUTO_EXPORT:
                await self._press_auto_export(press, action.word == "on", language)
        await self.people.mark_handled(platform, press.event)

    # Words

    async def _route(self, heard: _Heard) -> None:
        incoming = heard.incoming
        media = _media(incoming)
        if any(item.kind is MediaKind.STICKER for item in media):
            await self._reply(heard, heard.say("A sticker cannot be animated. Send me a photo instead."))
            return
        wish = _wish(incoming, bool(media))
        if wish is not IntentKind.MESSAGE and wish is not IntentKind.UPLOAD:
            await self._command(heard, wish)
        elif incoming.command in _SETTINGS:
            await self._setting(heard)
        elif media:
            await self._photos(heard, media, wish)
        elif wish is IntentKind.UPLOAD or not incoming.text.strip():
            await self._reply(heard, heard.say("Send me a photo, and say what should happen with it."))
        else:
            await self._words(heard)

    async def _command(self, heard: _Heard, wish: IntentKind) -> None:
        match wish:
            case IntentKind.HELP:
                first = await self.people.first_contact(heard.chat) or heard.incoming.command == "start"
                text = welcome(heard.say, leaves_for_cloud=self.leaves_for_cloud) if first else help_text(heard.say)
                await self._reply(heard, text)
            case IntentKind.CREDITS:
                await self._reply(heard, await self._credits(heard))
            case IntentKind.STATUS:
                await self._reply(heard, await self._status(heard))
            case IntentKind.NEW:
                await self.clips.leave(heard.chat, heard.incoming.person.id)
                await self._reply(
                    heard, heard.say("A fresh start. Send me a photo, and say what should happen with it.")
                )
            case IntentKind.CANCEL:
                await self._cancel_all(heard)
            case _:
                await self._export(heard)

    async def _setting(self, heard: _Heard) -> None:
        say, incoming = heard.say, heard.incoming
        if incoming.chat_kind is not ChatKind.PRIVATE and not incoming.person.is_admin:
            await self._reply(heard, say("Only administrators of this chat can change that."))
        elif incoming.command == "language":
            await self._set_language(heard, incoming.text.strip())
        elif incoming.command == "forget":
            await self._cancel_all(heard, quiet=True)
            await self.people.forget(heard.chat)
            await heard.outbox.forget(heard.chat)
            await self._reply(heard, say("This chat is forgotten: its clips, its settings, and what was said."))
        else:
            await self._reply(heard, *await self._settings(heard.chat, say))

    async def _set_language(self, heard: _Heard, wanted: str) -> None:
        language = closest(wanted)
        if not wanted or language != wanted.split("-")[0].lower():
            await self._reply(heard, heard.say("Write /language {choices}.", choices=" | ".join(LANGUAGES)))
            return
        await self.people.set_language(heard.chat, language)
        await self._reply(heard, speaker(language)("I speak English now."))

    async def _settings(self, chat: ChatRef, say: Speaker) -> tuple[str, tuple[Button, ...]]:
        if await self.people.exports_by_itself(chat):
            text, label, word = say("A video is made after each change."), say("Only when I ask"), "off"
        else:
            text, label, word = say("A video is made only on /export."), say("After each change"), "on"
        return text, (Button(label, Action(Verb.AUTO_EXPORT, "chat", word).encode()),)

    async def _photos(self, heard: _Heard, media: tuple[Media, ...], wish: IntentKind) -> None:
        await self.people.first_contact(heard.chat)
        incoming, person = heard.incoming, heard.incoming.person.id
        if wish is IntentKind.UPLOAD:
            clip = await self.clips.waiting(heard.chat, person) or _clip(incoming)
            await self.clips.make_current(heard.chat, person, clip)
            await self.clips.wait_for_words(heard.chat, person, clip, JOIN_SECONDS)
            await self._put(heard, self._job(heard, Kind.UPLOAD, clip, media=media))
            return
        await self.clips.stop_waiting(heard.chat, person)
        wishes = _one_for_each(incoming.text, len(media))
        if wishes:
            for number, (item, words) in enumerate(zip(media, wishes, strict=True)):
                clip = _clip(incoming, number)
                await self.clips.make_current(heard.chat, person, clip)
                await self._put(heard, self._job(heard, Kind.EDIT, clip, words, (item,), number))
            return
        meant = None
        if incoming.reply_to is not None:
            meant = await self.clips.of_message(heard.chat, incoming.reply_to)
        elif joins_timeline(incoming.text):
            meant = await self.clips.meant(heard.chat, person, None)
        clip = meant or _clip(incoming)
        await self.clips.make_current(heard.chat, person, clip)
        await self._put(heard, self._job(heard, Kind.EDIT, clip, incoming.text, media))

    async def _words(self, heard: _Heard) -> None:
        incoming = heard.incoming
        clip = await self.clips.meant(heard.chat, incoming.person.id, incoming.reply_to)
        if clip is None:
            if await self.people.first_contact(heard.chat):
                await self._reply(heard, welcome(heard.say, leaves_for_cloud=self.leaves_for_cloud))
            else:
                await self._reply(heard, heard.say("I have no photo yet. Send me one first, with what you would like."))
            return
        await self.clips.stop_waiting(heard.chat, incoming.person.id)
        await self._put(heard, self._job(heard, Kind.EDIT, clip, incoming.text))

    async def _export(self, heard: _Heard) -> None:
        clip = await self.clips.meant(heard.chat, heard.incoming.person.id, heard.incoming.reply_to)
        if clip is None:
            await self._reply(
                heard, heard.say("There is no clip yet. Send me a photo, and say what should happen with it.")
            )
            return
        await self._put(heard, self._job(heard, Kind.EXPORT, clip))

    async def _credits(self, heard: _Heard) -> str:
        try:
            return account(await self.nemo.credits(identity=self.identity(heard.chat.key)), heard.say)
        except NemoError as error:
            return sentence(error, heard.language, web_url=self.nemo.options.web_url)

    async def _status(self, heard: _Heard) -> str:
        jobs = await self.mailbox.unfinished(heard.chat)
        parts = []
        if jobs:
            parts.append(heard.say("At work here: {count}.", count=len(jobs)))
        clip = await self.clips.meant(heard.chat, heard.incoming.person.id, heard.incoming.reply_to)
        session = await self.clips.session(clip) if clip else None
        if session is None:
            parts.append(heard.say("There is nothing on the timeline yet."))
            return "\n".join(parts)
        try:
            state = await self.nemo.state(session)
        except NemoError as error:
            parts.append(sentence(error, heard.language, web_url=self.nemo.options.web_url))
        else:
            parts.append(
                summary(state.draft, heard.language)
                if state.draft
                else heard.say("There is nothing on the timeline yet.")
            )
        return "\n".join(parts)

    async def _cancel_all(self, heard: _Heard, *, quiet: bool = False) -> None:
        person = heard.incoming.person
        mine = [
            job for job in await self.mailbox.unfinished(heard.chat) if job.person.id == person.id or person.is_admin
        ]
        for job in reversed(mine):
            await self._cancel(job)
        if not mine and not quiet:
            await self._reply(heard, heard.say("Nothing is being made right now."))

    # Buttons

    async def _press_cancel(self, press: Press, job_id: str) -> None:
        job = await self.mailbox.job(job_id)
        if job is not None and not job.stage.ended and _may(press, job):
            await self._cancel(job)

    async def _press_retry(self, press: Press, job_id: str) -> None:
        job = await self.mailbox.job(job_id)
        if job is None:
            say = speaker(closest(press.person.language))
            await self.outboxes[press.chat.platform].edit(
                press.chat, press.message, Message(say("That was too long ago. Please send the photo again."))
            )
        elif job.stage is Stage.FAILED and _may(press, job):
            again = job.again(derived_id("retry", job.id), self.clock())
            await self.mailbox.put(replace(again, progress_message=press.message))

    async def _press_edit(self, press: Press, clip: str, language: str, prompt: str | None) -> None:
        job = Job(
            id=derived_id(press.chat.platform, press.event),
            kind=Kind.EXPORT if prompt is None else Kind.EDIT,
            chat=press.chat,
            person=press.person,
            clip=clip,
            created=self.clock(),
            language=language,
            request=press.message,
            prompt=prompt or "",
            export=prompt is None or await self.people.exports_by_itself(press.chat),
        )
        await self.clips.stop_waiting(press.chat, press.person.id)
        await self.clips.make_current(press.chat, press.person.id, clip)
        await self._queue(job, self.outboxes[press.chat.platform])

    async def _press_auto_export(self, press: Press, wanted: bool, language: str) -> None:
        if press.chat_kind is not ChatKind.PRIVATE and not press.person.is_admin:
            return
        await self.people.set_exports_by_itself(press.chat, wanted)
        text, buttons = await self._settings(press.chat, speaker(language))
        await self.outboxes[press.chat.platform].edit(press.chat, press.message, Message(text, buttons))

    # Jobs

    def _job(
        self,
        heard: _Heard,
        kind: Kind,
        clip: str,
        prompt: str = "",
        media: tuple[Media, ...] = (),
        number: int = 0,
    ) -> Job:
        incoming = heard.incoming
        return Job(
            id=derived_id(incoming.chat.platform, incoming.event, str(number)),
            kind=kind,
            chat=incoming.chat,
            person=incoming.person,
            clip=clip,
            created=self.clock(),
            language=heard.language,
            request=incoming.message,
            prompt=prompt.strip(),
            uploads=tuple(Upload(item) for item in media),
        )

    async def _put(self, heard: _Heard, job: Job) -> None:
        await self.clips.remember_message(heard.chat, heard.incoming.message, job.clip)
        wanted = job.kind is Kind.EXPORT or await self.people.exports_by_itself(heard.chat)
        await self._queue(replace(job, export=wanted), heard.outbox)

    async def _queue(self, job: Job, outbox: Outbox) -> None:
        """Into the mailbox first: nothing is said of a job that could still be lost.

        A job that is next is shown by its worker; one that must wait is shown here.
        """
        before = await self.mailbox.put(job)
        if before == 0:
            return
        say = speaker(job.language)
        waiting = Message(
            say("Waiting: {n} before this one", n=before),
            (Button(say("Cancel"), Action(Verb.CANCEL, job.id).encode()),),
            0.0,
        )
        message = await outbox.send(job.chat, waiting, reply_to=job.request)
        if not await self.mailbox.note_progress(job, message):
            await outbox.remove(job.chat, message)

    async def _cancel(self, job: Job) -> None:
        ended = replace(job, stage=Stage.CANCELLED)
        if await self.mailbox.cancel(job, ended) and job.progress_message is not None:
            say = speaker(job.language)
            await self.outboxes[job.chat.platform].edit(job.chat, job.progress_message, Message(say("Cancelled.")))

    async def _reply(self, heard: _Heard, text: str, buttons: tuple[Button, ...] = ()) -> None:
        await heard.outbox.send(heard.chat, Message(text, buttons), reply_to=heard.incoming.message)


_COMMANDS = {
    "start": IntentKind.HELP,
    "help": IntentKind.HELP,
    "export": IntentKind.EXPORT,
    "credits": IntentKind.CREDITS,
    "status": IntentKind.STATUS,
    "new": IntentKind.NEW,
    "cancel": IntentKind.CANCEL,
    "animate": IntentKind.MESSAGE,
}
_SETTINGS = ("settings", "language", "forget")


def _wish(incoming: Incoming, has_media: bool) -> IntentKind:
    if incoming.command is None:
        return intent(incoming.text, has_media).kind
    wish = _COMMANDS.get(incoming.command)
    if wish is None:
        return IntentKind.MESSAGE if incoming.command in _SETTINGS else IntentKind.HELP
    if wish is IntentKind.MESSAGE and has_media and not incoming.text.strip():
        return IntentKind.UPLOAD
    return wish


def _media(incoming: Incoming) -> tuple[Media, ...]:
    """What came with the message, and what its words link to."""
    links = tuple(Media(ref=link, kind=MediaKind.LINK, name=link) for link in media_links(incoming.text))
    return (*incoming.media, *links)


def _one_for_each(text: str, count: int) -> tuple[str, ...]:
    """The words for each of several photos, where they ask for a video each; empty where they mean one video."""
    if count < 2:
        return ()
    each = per_photo_instructions(text)
    if len(each) > 1:
        return tuple(each.get(number, text) for number in range(1, count + 1))
    return (text,) * count if each_separately(text) else ()


def _clip(incoming: Incoming, number: int = 0) -> str:
    return derived_id("clip", incoming.chat.platform, incoming.event, str(number))


def _may(press: Press, job: Job) -> bool:
    """The person who asked, whoever manages the chat, and anybody in a private chat."""
    return press.chat_kind is ChatKind.PRIVATE or press.person.is_admin or press.person.id == job.person.id
