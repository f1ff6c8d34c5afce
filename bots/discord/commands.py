"""The slash commands and the entry "Animate this" in a message's menu, as Discord is told of them; each use of them is
handed to `Asking`.

They are there for servers and for people who added the bot to their own account, everywhere. They are written to
Discord only when they have changed, by one process at a time.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str

from bots.discord.asking import Asking, refuse
from bots.discord.words import ASPECTS, COMMANDS, DURATIONS, MENU, MENU_IN_CHINESE, OPTIONS, say
from core.store.notes import Notes
from core.store.turns import Turns

log = structlog.get_logger(__name__)

_KEEP = 365 * 24 * 3600

PROMPT_LENGTH = 1500
"""Characters: what all see of /animate repeats them, in a message of 2000 at most."""

_EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
_FOR_ALL = app_commands.AppInstallationType(guild=True, user=True)


_CHINESE = (discord.Locale.chinese, discord.Locale.taiwan_chinese)
"""Whose people are answered in Chinese."""


class Tree(app_commands.CommandTree[Any]):
    """The commands of one client."""

    async def _call(self, interaction: discord.Interaction[Any]) -> None:
        """What the library does not take for a command's own error would end unseen."""
        try:
            await super()._call(interaction)
        except app_commands.AppCommandError:
            raise
        except Exception:
            log.exception("command_failed")
            if not interaction.response.is_done():
                await refuse(interaction, say(str(interaction.locale), "failed"))

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /) -> None:
        """The person is told, whatever happened."""
        language = str(interaction.locale)
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            log.info("command_unknown", command=str(error))
            text = say(language, "unknown")
        elif type(error) is app_commands.AppCommandError:
            log.warning("command_unreadable", reason=str(error))
            text = say(language, "failed")
        else:
            log.error("command_failed", exc_info=error)
            text = say(language, "failed")
        if not interaction.response.is_done():
            await refuse(interaction, text)


class _InChinese(app_commands.Translator):
    async def translate(
        self, string: locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        return string.extras.get("zh") if locale in _CHINESE else None


def tree_of(client: discord.Client, asking: Asking) -> Tree:
    """The commands, ready to be used."""
    tree = Tree(client, allowed_contexts=_EVERYWHERE, allowed_installs=_FOR_ALL)

    async def animate(
        interaction: discord.Interaction[Any],
        photo: discord.Attachment,
        prompt: app_commands.Range[str, 1, PROMPT_LENGTH] | None = None,
        duration: int | None = None,
        aspect: str | None = None,
        photo2: discord.Attachment | None = None,
        photo3: discord.Attachment | None = None,
        photo4: discord.Attachment | None = None,
        photo5: discord.Attachment | None = None,
    ) -> None:
        files = [file for file in (photo, photo2, photo3, photo4, photo5) if file is not None]
        await asking.animate(interaction, files, prompt or "", duration, aspect)

    async def language(interaction: discord.Interaction[Any], to: str | None = None) -> None:
        await asking.privately(interaction, "language", to or "")

    async def menu(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await asking.menu(interaction, message)

    durations = [
        app_commands.Choice(name=locale_str(say("en", "seconds", n=n), zh=say("zh", "seconds", n=n)), value=n)
        for n in DURATIONS
    ]
    aspects = [app_commands.Choice(name=locale_str(say("en", it), zh=say("zh", it)), value=it) for it in ASPECTS]
    app_commands.choices(duration=durations)(animate)
    app_commands.choices(aspect=aspects)(animate)
    app_commands.choices(
        to=[app_commands.Choice(name="English", value="en"), app_commands.Choice(name="中文", value="zh")]
    )(language)
    _describe(animate, "photo", "prompt", "duration", "aspect", "photo2", "photo3", "photo4", "photo5")
    _describe(language, "to")

    callbacks = {"animate": animate, "export": asking.export, "language": language}
    for name in COMMANDS:
        tree.add_command(_command(name, callbacks.get(name) or _private(asking, name)))
    tree.add_command(app_commands.ContextMenu(name=locale_str(MENU, zh=MENU_IN_CHINESE), callback=menu))
    return tree


async def register(tree: Tree, notes: Notes, turns: Turns, application: int) -> None:
    """Write them to Discord where they have changed; nobody else does so at the same time.

    Raises the library's errors and the store's: the caller tries again.
    """
    translator = _InChinese()
    if tree.translator is None:
        await tree.set_translator(translator)
    payload = [await command.get_translated_payload(tree, translator) for command in tree.get_commands()]
    digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
    name = f"commands:{application}"
    async with turns.held(f"discord:commands:{application}"):
        if await notes.read(name) != digest:
            # Not through the tree, which would read the answer: all that counts is that they were taken.
            await tree.client.http.bulk_upsert_global_commands(application, payload)
            await notes.write(name, digest, _KEEP)


def _command(name: str, callback: Any) -> app_commands.Command[Any, Any, Any]:
    described, in_chinese, described_in_chinese = COMMANDS[name]
    return app_commands.Command(
        name=locale_str(name, zh=in_chinese),
        description=locale_str(described, zh=described_in_chinese),
        callback=callback,
    )


def _private(asking: Asking, name: str) -> Any:
    async def use(interaction: discord.Interaction[Any]) -> None:
        await asking.privately(interaction, name)

    return use


def _describe(callback: Any, *options: str) -> None:
    app_commands.rename(**{name: locale_str(name, zh=OPTIONS[name][1]) for name in options})(callback)
    app_commands.describe(**{name: locale_str(OPTIONS[name][0], zh=OPTIONS[name][2]) for name in options})(callback)
