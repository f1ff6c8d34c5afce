"""Interactions: each is acknowledged first, and meanwhile left in the inbox. Discord gives three seconds for that.

What can be seen to be wrong at once is said to the person alone, and nothing else is done.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord
import structlog

from bots.discord import asked as answers
from bots.discord import permissions, replying
from bots.discord.asked import Asked
from bots.discord.drafts import shown
from bots.discord.faults import ACKNOWLEDGED, NotNow, Refused, Unanswered, Unsent, own
from bots.discord.intake import Intake
from bots.discord.parcels import Pressed, Used
from bots.discord.places import MessageId
from bots.discord.reading import media_of, pictures_of, place_of
from bots.discord.words import missing, order, repeated, say
from core.chat import ChatKind, ChatRef, Incoming, Media, MediaKind, Person, Press
from core.store.connection import STORE_AWAY
from core.store.notes import Notes

log = structlog.get_logger(__name__)

Interaction = discord.Interaction[Any]

ANSWER_SECONDS = 3.0
"""Discord's documents: "You must send an initial response within 3 seconds"."""

_PAUSE = 0.2
"""Before another try, where Discord does not say when."""

_USABLE = frozenset({MediaKind.PHOTO, MediaKind.VIDEO})


class Asking:
    """`client`: over which later words of an interaction go."""

    def __init__(self, client: discord.Client, intake: Intake, notes: Notes) -> None:
        self._client = client
        self._intake = intake
        self._notes = notes
        self._begun: set[asyncio.Task[None]] = set()

    async def settle(self) -> None:
        """Whatever was begun has ended, or Discord would take no answer to it any more."""
        if self._begun:
            await asyncio.wait(self._begun, timeout=ANSWER_SECONDS)

    async def animate(
        self,
        interaction: Interaction,
        files: Sequence[discord.Attachment],
        prompt: str,
        seconds: int | None,
        aspect: str | None,
    ) -> None:
        """/animate: all see what was asked, and answers reply to that."""
        language = str(interaction.locale)
        if not all(isinstance(file, discord.Attachment) for file in files):
            log.warning("command_without_its_files")
            await refuse(interaction, say(language, "failed"))
            return
        media = tuple(media_of(file, None, None) for file in files)
        unusable = [item.name for item in media if item.kind not in _USABLE]
        if unusable:
            await refuse(interaction, say(language, "not usable", name=shown(unusable[0])))
            return
        text = order(language, prompt, seconds, aspect)
        used = _used(interaction, "animate", text, media)
        await self._public(interaction, used, shown(repeated(language, prompt, seconds, aspect)))

    async def export(self, interaction: Interaction) -> None:
        """/export: the video is for all."""
        await self._public(interaction, _used(interaction, "export"), say(str(interaction.locale), "export"))

    async def privately(self, interaction: Interaction, command: str, text: str = "") -> None:
        """A command that is answered to the person alone."""
        used = _used(interaction, command, text, private=True)
        await self._acknowledged(interaction, used, lambda: interaction.response.defer(ephemeral=True))

    async def menu(self, interaction: Interaction, message: discord.Message) -> None:
        """ "Animate this": answers reply to the picture's message."""
        language = str(interaction.locale)
        media = pictures_of(message)
        if not media:
            await refuse(interaction, say(language, "no picture"))
            return
        is_member = _is_member(interaction)
        used = _used(interaction, "animate", "", media, answers=message.id if is_member else None)
        if not is_member:
            await self._public(interaction, used, say(language, "menu-public", link=message.jump_url))
        elif not await _lacks(interaction):
            line = say(language, "menu")
            await self._acknowledged(interaction, used, lambda: interaction.response.send_message(line, ephemeral=True))

    async def press(self, interaction: Interaction, action: str) -> None:
        """A button."""
        if interaction.message is None:
            return
        chat, kind, is_admin = _place(interaction)
        person = _person(interaction, is_admin=is_admin)
        press = Press(str(interaction.id), chat, person, str(interaction.message.id), action, kind)
        pressed = Pressed(press, _asked(interaction, private=False, answers=None))
        await self._acknowledged(interaction, pressed, interaction.response.defer)

    async def _public(self, interaction: Interaction, used: Used, text: str) -> None:
        if await _lacks(interaction):
            return
        await self._acknowledged(interaction, used, lambda: interaction.response.send_message(text))

    async def _acknowledged(
        self, interaction: Interaction, record: Used | Pressed, acknowledge: Callable[[], Awaitable[Any]]
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._begun.add(task)
        try:
            receipt = await self._answered(interaction, record, acknowledge)
            if receipt is not None and isinstance(record, Used):
                await self._note(record, receipt.message_id)
        finally:
            self._begun.discard(task)

    async def _answered(
        self, interaction: Interaction, record: Used | Pressed, acknowledge: Callable[[], Awaitable[Any]]
    ) -> Any:
        """The acknowledgement on its way, and meanwhile the inbox. → its receipt; None where it failed, or nothing will
        come of it, which the person is told.
        """
        ack = asyncio.create_task(_tried(interaction, acknowledge), name="acknowledgement")
        # Not before the acknowledgement has begun.
        await asyncio.sleep(0)
        try:
            await self._intake.keep(str(interaction.id), record)
        except STORE_AWAY as error:
            log.warning("store_away", reason=type(error).__name__)
            sorry = "store away"
        except Exception:
            log.exception("interaction_not_kept", chat=record.chat.key)
            sorry = "failed"
        else:
            return await ack
        if await ack is not None:
            text = say(str(interaction.locale), sorry)
            try:
                await replying.tell(self._client, record.asked, text)
            except Unsent as error:
                log.warning("interaction_not_answered", kind=interaction.type.name, reason=str(error))
        return None

    async def _note(self, used: Used, message: int | None) -> None:
        try:
            if message is None and not used.asked.private and used.asked.answers is None:
                message = await self._asked_for(used)
            await note(self._notes, used, message)
        except STORE_AWAY as error:
            # Whoever deals with it asks Discord for the acknowledgement.
            log.warning("acknowledgement_not_noted", reason=type(error).__name__)

    async def _asked_for(self, used: Used) -> int | None:
        """The message that acknowledged it, where the answer to that did not say."""
        try:
            return await replying.acknowledgement(self._client, used.asked)
        except Unsent as error:
            log.warning("acknowledgement_unknown", reason=str(error))
        return None


@dataclass(frozen=True, slots=True)
class _Done:
    """Discord took it, and did not say which message it became."""

    message_id: None = None


async def _tried(interaction: Interaction, acknowledge: Callable[[], Awaitable[Any]]) -> Any:
    """→ what the acknowledgement gives, None where it failed. It is tried again for as long as Discord would take it,
    which it does once.
    """
    clock = asyncio.get_running_loop().time
    end, is_lost = clock() + ANSWER_SECONDS, False
    while True:
        try:
            return await acknowledge()
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            failed = own(error)
        except (LookupError, TypeError, ValueError):
            return _Done()
        if is_lost and isinstance(failed, Refused) and failed.code == ACKNOWLEDGED:
            return _Done()
        is_lost = is_lost or isinstance(failed, Unanswered)
        pause = max(_PAUSE, failed.seconds) if isinstance(failed, NotNow) else _PAUSE
        if isinstance(failed, Refused) or clock() + pause > end:
            log.warning("interaction_not_answered", kind=interaction.type.name, reason=str(failed))
            return None
        await asyncio.sleep(pause)


async def note(notes: Notes, used: Used, acknowledgement: int | None) -> Asked:
    """What the interaction was, for whoever answers it. `acknowledgement`: the message that acknowledged it."""
    asked = used.asked
    if acknowledgement is not None and not asked.private and asked.answers is None:
        asked = replace(asked, answers=acknowledgement)
        # A reply to what all see of the command is one to the command.
        await answers.keep_answer(notes, acknowledgement, used.incoming.message)
    await answers.keep(notes, asked)
    return asked


async def refuse(interaction: Interaction, text: str) -> None:
    """Answer for the person alone, and do nothing. Nothing is raised where it cannot be said."""
    await _tried(interaction, lambda: interaction.response.send_message(text, ephemeral=True))


async def _lacks(interaction: Interaction) -> bool:
    """Whether the bot may not do there what is needed; the person is told then."""
    if not _is_member(interaction) or interaction.guild_id is None:
        return False
    in_thread = isinstance(interaction.channel, discord.Thread)
    names = permissions.missing(interaction.app_permissions, in_thread=in_thread)
    if not names:
        return False
    place = f"<#{interaction.channel_id}>"
    await refuse(interaction, missing(str(interaction.locale), place, names))
    return True


def _used(
    interaction: Interaction,
    command: str,
    text: str = "",
    media: tuple[Media, ...] = (),
    *,
    private: bool = False,
    answers: int | None = None,
) -> Used:
    chat, kind, is_admin = _place(interaction)
    incoming = Incoming(
        event=str(interaction.id),
        chat=chat,
        person=_person(interaction, is_admin=is_admin),
        message=str(MessageId(None, interaction=interaction.id)),
        chat_kind=kind,
        text=text,
        command=command,
        media=media,
    )
    return Used(incoming, _asked(interaction, private=private, answers=answers), interaction.filesize_limit)


def _asked(interaction: Interaction, *, private: bool, answers: int | None) -> Asked:
    return Asked(
        interaction=interaction.id,
        application=interaction.application_id,
        token=interaction.token,
        created=time.time(),
        person=interaction.user.id,
        is_member=_is_member(interaction),
        direct=bool(interaction.context.dm_channel),
        private=private,
        answers=answers,
    )


def _is_member(interaction: Interaction) -> bool:
    """Whether the bot itself is where it was asked, so that it can post there."""
    if interaction.guild_id is not None:
        return interaction.client.get_guild(interaction.guild_id) is not None
    return bool(interaction.context.dm_channel)


def _place(interaction: Interaction) -> tuple[ChatRef, ChatKind, bool]:
    """The chat, its kind, and whether the person manages it."""
    channel = interaction.channel
    assert channel is not None, "an interaction of no channel"
    chat, _ = place_of(channel)
    if interaction.guild_id is not None:
        return chat, ChatKind.GROUP, permissions.manages(interaction.permissions)
    if interaction.context.dm_channel:
        return chat, ChatKind.PRIVATE, True
    return (
        chat,
        ChatKind.GROUP,
        not isinstance(channel, discord.GroupChannel) or channel.owner_id == interaction.user.id,
    )


def _person(interaction: Interaction, *, is_admin: bool) -> Person:
    user = interaction.user
    return Person(str(user.id), user.display_name, str(interaction.locale), is_admin)
