"""`Conversation`: an `Incoming` or a `Press` → replies and jobs.

`receive` and `press` answer at once: what takes time becomes a job in the chat's mailbox. Both may be called again with
the same update: a job's id comes from the update's, so it is made once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import structlog

from core.actions import decode
from core.chat import Incoming, Message, Outbox, Press
from core.conversation.admission import let_in, refusal, refused_press
from core.conversation.commands import command, offered, small_talk
from core.conversation.means import Heard, Means
from core.conversation.operating import asked, operate
from core.conversation.presses import NotTheirs, pressed
from core.conversation.wishes import Ask, Wish, as_title, one_for_each, wish
from core.conversation.work import clip_of, job_of, put
from core.intents import language_of
from core.jobs.job import Kind
from core.jobs.mailbox import Mailbox
from core.nemo.client import NemoClient
from core.quick import prompt_of
from core.replies import greeting, welcome
from core.store.clips import Clips
from core.store.lists import Lists
from core.store.people import People
from core.store.shares import Refused
from core.texts import closest, speaker

log = structlog.get_logger(__name__)

JOIN_SECONDS = 120
"""For how long photos without words wait for more from the same person: two minutes, as the design has it."""


class Conversation:
    """`identity`: chat key → the account that works for it. `clock`: seconds since the epoch.

    `ungreeted`: platforms whose chats last for one request: they are told nothing of the service at first contact, and
    the lists of who is let in spare them.
    """

    def __init__(
        self,
        *,
        nemo: NemoClient,
        mailbox: Mailbox,
        clips: Clips,
        people: People,
        outboxes: Mapping[str, Outbox],
        identity: Callable[[str], str],
        leaves_for_cloud: bool,
        clock: Callable[[], float],
        lists: Lists,
        join_seconds: int = JOIN_SECONDS,
        ungreeted: Collection[str] = ("shell",),
    ) -> None:
        self._means = Means(
            nemo=nemo,
            mailbox=mailbox,
            clips=clips,
            people=people,
            outboxes=outboxes,
            identity=identity,
            leaves_for_cloud=leaves_for_cloud,
            clock=clock,
            join_seconds=join_seconds,
            lists=lists,
            lists_spare=ungreeted,
        )
        self._ungreeted = ungreeted

    async def receive(self, incoming: Incoming) -> None:
        """Answer a message, or take what it asks for into the chat's mailbox."""
        platform, people = incoming.chat.platform, self._means.people
        if not incoming.addressed or await people.handled(platform, incoming.event):
            return
        await self._admit(await self._heard(incoming))
        await people.mark_handled(platform, incoming.event)

    async def press(self, press: Press) -> str | None:
        """Do what a button says. → one sentence for the person alone, where they may not press it."""
        platform, people = press.chat.platform, self._means.people
        action = decode(press.action)
        if action is None or await people.handled(platform, press.event):
            return None
        language = await people.language(press.chat) or closest(press.person.language)
        kept_out = await refused_press(self._means, press, speaker(language))
        if kept_out is not None:
            return kept_out
        try:
            as_typed = await pressed(self._means, press, action, language)
        except NotTheirs as refused:
            return str(refused)
        except Refused as refused:
            text = refusal(refused, speaker(language), self._means.clock())
            await self._means.outboxes[platform].send(press.chat, Message(text), reply_to=press.message)
            as_typed = None
        if as_typed is not None:
            await self._admit(await self._heard(as_typed))
        await people.mark_handled(platform, press.event)
        return None

    async def _heard(self, incoming: Incoming) -> Heard:
        chosen = await self._means.people.language(incoming.chat)
        language = chosen or language_of(incoming.text, closest(incoming.person.language))
        return Heard(incoming, language, speaker(language), self._means.outboxes[incoming.chat.platform])

    async def _admit(self, heard: Heard) -> None:
        """Act on a message of somebody who is let in, and say so where no share is left for it."""
        if not await let_in(self._means, heard):
            return
        operators = asked(self._means, heard.incoming)
        if operators is not None:
            await operate(self._means, heard, *operators)
            return
        clips = self._means.clips
        titled = await clips.title_asked(heard.chat, heard.person)
        wanted = wish(heard.incoming)
        if titled is not None:
            as_asked = as_title(wanted, heard.say)
            if as_asked is not wanted and heard.incoming.reply_to is None:
                await clips.make_current(heard.chat, heard.person, titled)
            wanted = as_asked
        try:
            await self._route(heard, wanted)
        except Refused as refused:
            await heard.reply(refusal(refused, heard.say, self._means.clock()))
        if titled is not None:
            await clips.stop_asking_title(heard.chat, heard.person)

    async def _route(self, heard: Heard, wanted: Wish) -> None:
        say = heard.say
        match wanted.ask:
            case Ask.STICKER:
                await heard.reply(say("A sticker cannot be animated. Send me a photo instead."))
            case Ask.TALK:
                await small_talk(self._means, heard)
            case Ask.EDIT | Ask.ANIMATE if wanted.media:
                await self._photos(heard, wanted)
            case Ask.EDIT | Ask.ANIMATE:
                await self._words(heard, wanted)
            case Ask.UPLOAD if wanted.media:
                await self._waiting_photos(heard, wanted)
            case Ask.UPLOAD | Ask.NOTHING:
                await self._what_to_send(heard, say("Send me a photo, and say what should happen with it."))
            case _:
                await command(self._means, heard, wanted)
                if wanted.ask is not Ask.STATUS:
                    await self._offer(heard, wanted, say("Did you mean something else?"))

    async def _photos(self, heard: Heard, wanted: Wish) -> None:
        """Photos with words: a clip, one clip each, or more of a clip that there is."""
        clips, incoming = self._means.clips, heard.incoming
        await clips.stop_waiting(heard.chat, heard.person)
        words = wanted.words or _usual(heard)
        export = wanted.export or await self._means.people.exports_by_itself(heard.chat)
        each = one_for_each(wanted, _usual(heard))
        if each:
            for number, (item, one) in enumerate(zip(wanted.media, each, strict=True)):
                clip = clip_of(incoming, number)
                job = job_of(self._means, heard, Kind.EDIT, clip, one, (item,), number=number, export=export)
                try:
                    await put(self._means, job)
                except Refused as refused:
                    taken = heard.say("{n} of {count} photos were taken.", n=number, count=len(each)) if number else ""
                    rest = refusal(refused, heard.say, self._means.clock())
                    await heard.reply(" ".join(filter(None, (taken, rest))))
                    break
                await clips.make_current(heard.chat, heard.person, clip)
        else:
            clip = await self._joined(heard, wanted) or clip_of(incoming)
            await put(self._means, job_of(self._means, heard, Kind.EDIT, clip, words, wanted.media, export=export))
            await clips.make_current(heard.chat, heard.person, clip)
        await self._greet(heard)

    async def _joined(self, heard: Heard, wanted: Wish) -> str | None:
        """The clip that photos join: the one replied to, or the one that "add this" means."""
        if heard.incoming.reply_to is not None:
            return await self._means.clips.of_message(heard.chat, heard.incoming.reply_to)
        return await self._means.clips.meant(heard.chat, heard.person, None) if wanted.joins else None

    async def _waiting_photos(self, heard: Heard, wanted: Wish) -> None:
        """Photos without words are uploaded meanwhile; more of them from the same person join them."""
        clips = self._means.clips
        clip = (
            await self._joined(heard, wanted)
            or await clips.waiting(heard.chat, heard.person)
            or clip_of(heard.incoming)
        )
        await put(self._means, job_of(self._means, heard, Kind.UPLOAD, clip, media=wanted.media))
        await clips.make_current(heard.chat, heard.person, clip)
        await clips.wait_for_words(heard.chat, heard.person, clip, self._means.join_seconds)
        await self._greet(heard)

    async def _words(self, heard: Heard, wanted: Wish) -> None:
        """Words for the backend about the clip that they mean."""
        clips, say = self._means.clips, heard.say
        clip = await clips.meant(heard.chat, heard.person, heard.incoming.reply_to)
        if clip is None:
            await self._what_to_send(heard, say("I have no photo yet. Send me one first, with what you would like."))
            return
        await clips.stop_waiting(heard.chat, heard.person)
        if heard.incoming.reply_to is not None:
            await clips.make_current(heard.chat, heard.person, clip)
        export = wanted.export or await self._means.people.exports_by_itself(heard.chat)
        await put(
            self._means, job_of(self._means, heard, Kind.EDIT, clip, wanted.words or _usual(heard), export=export)
        )
        await self._offer(heard, wanted, say("I take this as a change to the video. Did you mean something else?"))

    async def _offer(self, heard: Heard, wanted: Wish, text: str) -> None:
        """The other readings of words that can be read in several ways, as buttons."""
        if not wanted.perhaps:
            return
        clips = self._means.clips
        clip = await clips.meant(heard.chat, heard.person, heard.incoming.reply_to)
        message = await heard.reply(text, tuple(offered(ask, clip, heard.say) for ask in wanted.perhaps))
        if clip is not None:
            await clips.remember_message(heard.chat, message, clip)

    async def _what_to_send(self, heard: Heard, text: str) -> None:
        if await self._means.people.first_contact(heard.chat):
            text = welcome(heard.say, leaves_for_cloud=self._means.leaves_for_cloud)
        await heard.reply(text)

    async def _greet(self, heard: Heard) -> None:
        """What a chat is told once, beside its first job. The job is in the mailbox: nothing here may lose it."""
        if heard.chat.platform in self._ungreeted or not await self._means.people.first_contact(heard.chat):
            return
        text = greeting(heard.say, leaves_for_cloud=self._means.leaves_for_cloud)
        try:
            await heard.outbox.send(heard.chat, Message(text))
        except Exception as error:  # noqa: BLE001 - whatever a platform's library raises
            log.warning("not_greeted", chat=heard.chat.key, reason=type(error).__name__)


def _usual(heard: Heard) -> str:
    """What is done with a photo where nobody says what."""
    words = prompt_of("animate", heard.language)
    assert words is not None
    return words
