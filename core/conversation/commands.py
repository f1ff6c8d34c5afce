"""The commands: each is one answer, and none but /export waits for the backend longer than a reading takes."""

from __future__ import annotations

from core.actions import Action, Verb
from core.chat import Button, ChatKind
from core.conversation.means import Heard, Means
from core.conversation.wishes import Ask, Wish
from core.conversation.work import cancel, job_of, put
from core.jobs.job import Job, Kind
from core.nemo.errors import NemoError
from core.quick import next_choices
from core.replies import CONTRACT_PRICES, account, help_text, prices, welcome
from core.texts import LANGUAGES, Speaker, closest, speaker
from core.texts.problems import sentence
from core.timeline import summary

_NAMES = {
    "en": ("en", "english", "英语", "英文"),
    "zh": ("zh", "chinese", "中文", "汉语", "简体中文"),
}

_OF_ADMINS = (Ask.SETTINGS, Ask.LANGUAGE, Ask.FORGET)
"""What changes the chat for everybody in it."""


async def command(means: Means, heard: Heard, wish: Wish) -> None:
    """Do what a command says."""
    say, incoming = heard.say, heard.incoming
    if wish.ask in _OF_ADMINS and incoming.chat_kind is not ChatKind.PRIVATE and not incoming.person.is_admin:
        await heard.reply(say("Only administrators of this chat can change that."))
        return
    match wish.ask:
        case Ask.START | Ask.HELP:
            first = await means.people.first_contact(heard.chat) or wish.ask is Ask.START
            text = welcome(say, leaves_for_cloud=means.leaves_for_cloud) if first else help_text(say)
            await heard.reply(text)
        case Ask.CREDITS:
            await heard.reply(await _credits(means, heard))
        case Ask.STATUS:
            await _status(means, heard, wish)
        case Ask.NEW:
            await means.clips.leave(heard.chat, heard.person)
            await heard.reply(say("A fresh start. Send me a photo, and say what should happen with it."))
        case Ask.CANCEL:
            await _cancel(means, heard)
        case Ask.SETTINGS:
            await heard.reply(*auto_export(say, wanted=await means.people.exports_by_itself(heard.chat)))
        case Ask.LANGUAGE:
            await _language(means, heard, wish.words)
        case Ask.FORGET:
            await _forget(means, heard)
        case _:
            await _export(means, heard)


def auto_export(say: Speaker, *, wanted: bool) -> tuple[str, tuple[Button, ...]]:
    """Whether a video is made after each change, and the button that turns it round."""
    if wanted:
        text, label, word = say("A video is made after each change."), say("Only when I ask"), "off"
    else:
        text, label, word = say("A video is made only on /export."), say("After each change"), "on"
    return text, (Button(label, Action(Verb.AUTO_EXPORT, "chat", word).encode()),)


def offered(ask: Ask, clip: str | None, say: Speaker) -> Button:
    """A command as a button."""
    label = {
        Ask.EXPORT: say("Make the video"),
        Ask.CREDITS: say("Credits"),
        Ask.STATUS: say("Status"),
        Ask.NEW: say("New clip"),
        Ask.CANCEL: say("Cancel"),
        Ask.HELP: say("Help"),
    }[ask]
    return Button(label, Action(Verb.COMMAND, clip or "chat", ask.value).encode())


async def small_talk(means: Means, heard: Heard) -> None:
    """Courtesy is answered with what can be done next, and costs nothing."""
    say = heard.say
    clip = await means.clips.meant(heard.chat, heard.person, heard.incoming.reply_to)
    if await means.people.first_contact(heard.chat):
        await heard.reply(welcome(say, leaves_for_cloud=means.leaves_for_cloud))
    elif clip is None:
        await heard.reply(say("Send me a photo, and say what should happen with it."))
    else:
        text = say("With pleasure. Say what to change next, or send another photo.")
        cost = await _price(means, heard)
        steps = next_choices(clip, heard.language, None, cost, music=means.leaves_for_cloud)
        message = await heard.reply(text, steps)
        await means.clips.remember_message(heard.chat, message, clip)


async def _language(means: Means, heard: Heard, wanted: str) -> None:
    name = wanted.strip().casefold()
    language = next((known for known, names in _NAMES.items() if name in names), None)
    if language is None and closest(name) == name.replace("_", "-").split("-")[0]:
        language = closest(name)
    if language is None:
        buttons = tuple(
            Button(speaker(each)("English"), Action(Verb.LANGUAGE, "chat", each).encode()) for each in LANGUAGES
        )
        await heard.reply(heard.say("Write /language {choices}.", choices=" | ".join(LANGUAGES)), buttons)
        return
    await means.people.set_language(heard.chat, language)
    await heard.reply(speaker(language)("I speak English now."))


async def _forget(means: Means, heard: Heard) -> None:
    for job in reversed(await means.mailbox.unfinished(heard.chat)):
        await cancel(means, job)
    await means.people.forget(heard.chat)
    await heard.outbox.forget(heard.chat)
    await heard.reply(heard.say("This chat is forgotten: its clips, its settings, and what was said."))


async def _export(means: Means, heard: Heard) -> None:
    clip = await means.clips.meant(heard.chat, heard.person, heard.incoming.reply_to)
    if clip is None:
        await heard.reply(heard.say("There is no clip yet. Send me a photo, and say what should happen with it."))
        return
    await put(means, job_of(means, heard, Kind.EXPORT, clip))


async def _credits(means: Means, heard: Heard) -> str:
    try:
        return account(await means.nemo.credits(identity=means.identity(heard.chat.key)), heard.say)
    except NemoError as error:
        return sentence(error, heard.language, web_url=means.nemo.options.web_url)


async def _price(means: Means, heard: Heard) -> float:
    """Credits that a change costs; 0 where nobody can say."""
    try:
        return prices(await means.nemo.credits(identity=means.identity(heard.chat.key))).edit
    except NemoError:
        return CONTRACT_PRICES.edit if means.leaves_for_cloud else 0


async def _status(means: Means, heard: Heard, wish: Wish) -> None:
    say = heard.say
    jobs = await means.mailbox.unfinished(heard.chat)
    parts = [say("At work here: {count}.", count=len(jobs))] if jobs else []
    clip = await means.clips.meant(heard.chat, heard.person, heard.incoming.reply_to)
    session = await means.clips.session(clip) if clip else None
    if session is None:
        parts.append(say("There is nothing on the timeline yet."))
    else:
        try:
            parts.append(summary((await means.nemo.state(session)).draft or {}, heard.language))
        except NemoError as error:
            parts.append(sentence(error, heard.language, web_url=means.nemo.options.web_url))
    message = await heard.reply("\n".join(parts), tuple(offered(ask, clip, say) for ask in wish.perhaps))
    if clip is not None:
        await means.clips.remember_message(heard.chat, message, clip)


async def _cancel(means: Means, heard: Heard) -> None:
    """The person's own jobs; where they have none, whoever manages the chat ends everybody's."""
    person = heard.incoming.person
    jobs = await means.mailbox.unfinished(heard.chat)
    mine: tuple[Job, ...] = tuple(job for job in jobs if job.person.id == person.id)
    if not mine and (person.is_admin or heard.incoming.chat_kind is ChatKind.PRIVATE):
        mine = jobs
    # The last one first: nothing moves up that is to end as well.
    for job in reversed(mine):
        await cancel(means, job)
    if not mine:
        await heard.reply(heard.say("Nothing is being made right now."))
