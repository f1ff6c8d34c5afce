"""What is to be said of Telegram's settings: settings come in, remarks go out. Nothing is changed at Telegram."""

from __future__ import annotations

import asyncio
import os
import socket
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from bots.remarks import Remark
from bots.telegram import faults
from bots.telegram.bot import telegram_bot
from bots.telegram.words import PRIVACY_FOR_OPERATORS
from core.settings import TelegramSettings

_SECONDS = 15.0


async def checkup(settings: TelegramSettings, *, running: bool) -> list[Remark]:
    """`running`: a program with these settings runs, so that the webhook's port is rightly taken."""
    if settings.token is None:
        return [Remark("Telegram", True, "off (TELEGRAM_TOKEN is not set)")]
    remarks = await _account(settings)
    if settings.local:
        remarks += _folder(settings)
    if settings.webhook_url is not None:
        remarks += await asyncio.to_thread(_webhook, settings, running=running)
    return remarks


async def _account(settings: TelegramSettings) -> list[Remark]:
    try:
        async with telegram_bot(settings) as bot, asyncio.timeout(_SECONDS):
            me = await bot.get_me()
    except InvalidToken:
        text = f"{settings.api_url} does not know the token. Copy it from @BotFather again."
        return [Remark("TELEGRAM_TOKEN", False, text)]
    except (TelegramError, TimeoutError) as error:
        why = faults.told(error) if isinstance(error, TelegramError) else f"no answer within {_SECONDS:g} s"
        text = f"{settings.api_url} cannot be reached ({why}). Check the network, HTTPS_PROXY and TELEGRAM_API_URL."
        return [Remark("Telegram", False, text)]
    how = "updates are fetched" if settings.webhook_url is None else f"updates are sent to {settings.webhook_url}"
    remarks = [Remark("Telegram", True, f"answers as @{me.username}; {how}")]
    if me.can_read_all_group_messages is False:
        remarks.append(Remark("Telegram groups", None, PRIVACY_FOR_OPERATORS))
    if me.can_join_groups is False:
        remarks.append(Remark("Telegram groups", None, "it may not join groups: /setjoingroups with @BotFather"))
    return remarks


def _folder(settings: TelegramSettings) -> list[Remark]:
    about = "TELEGRAM_FILES_FOLDER"
    if settings.files_folder is None:
        text = "not set: the server's own folder must be found here under the same path"
        return [Remark(about, None, text)]
    if not os.access(settings.files_folder, os.R_OK | os.X_OK):
        text = f"{settings.files_folder} cannot be read. Mount the Bot API server's working folder there."
        return [Remark(about, False, text)]
    return [Remark(about, True, f"{settings.files_folder} can be read")]


def _webhook(settings: TelegramSettings, *, running: bool) -> list[Remark]:
    assert settings.webhook_url is not None
    remarks = []
    if urlsplit(settings.webhook_url).scheme != "https":
        text = "Telegram sends updates to https addresses alone. Put a proxy with TLS before it."
        remarks.append(Remark("TELEGRAM_WEBHOOK_URL", None, text))
    where = f"{settings.webhook_host}:{settings.webhook_port}"
    if running:
        return remarks
    try:
        with socket.create_server((settings.webhook_host, settings.webhook_port)):
            remarks.append(Remark("TELEGRAM_WEBHOOK_PORT", True, f"{where} is free"))
    except OSError as error:
        text = f"{where}: {error.strerror}. Set TELEGRAM_WEBHOOK_PORT to another one."
        remarks.append(Remark("TELEGRAM_WEBHOOK_PORT", False, text))
    return remarks
