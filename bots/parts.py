"""The parts that every process is made of, put together from the settings."""

from __future__ import annotations

import asyncio
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bots.spool import spooled
from bots.web.files import Files
from bots.web.outbox import TranscriptOutbox
from bots.web.shelf import shelf_at
from core.chat import Outbox
from core.conversation import Conversation
from core.jobs.desk import Desk
from core.jobs.mailbox import Mailbox
from core.jobs.worker import Worker
from core.nemo.client import NemoClient
from core.nemo.options import INSTALLATION, NemoOptions
from core.nemo.wire import skill_platform
from core.settings import Settings, WrongSetting, names_of
from core.store.clips import Clips
from core.store.connection import Store
from core.store.lists import Lists
from core.store.people import People
from core.store.shares import Shares
from core.store.tokens import RedisTokens
from core.store.transcripts import Transcripts

WEB = "web"
SHELL = "shell"


@dataclass(frozen=True, slots=True)
class Parts:
    conversation: Conversation
    worker: Worker
    mailbox: Mailbox
    people: People
    transcripts: Transcripts
    files: Files
    nemo: NemoClient
    outboxes: Mapping[str, Outbox]


def hex_id() -> str:
    return uuid.uuid4().hex


def nemo_options(settings: Settings, api_url: str) -> NemoOptions:
    """The client's options. The operator's token and client id belong to the cloud and never go to darkroom."""
    nemo = settings.nemo
    cloud = settings.backend_name == "nemo"
    return NemoOptions(
        api_url=api_url,
        web_url=nemo.web_url,
        token=nemo.token if cloud else None,
        client_id=nemo.client_id if cloud else None,
        skill_platform=nemo.skill_platform or skill_platform(Path(sys.prefix), Path.home()),
        poll_interval=nemo.poll_interval,
        retry_wait=nemo.retry_wait,
        recovery_first_wait=nemo.recovery_first_wait,
        recovery_wait=nemo.recovery_wait,
        silence_timeout=nemo.silence_timeout,
        stream_timeout=nemo.stream_timeout,
        render_timeout=nemo.render_timeout,
    )


def _identity(settings: Settings) -> Callable[[str], str]:
    return (lambda chat: chat) if settings.nemo.identity == "chat" else (lambda _chat: INSTALLATION)


def _files(settings: Settings) -> Files:
    """What the web chat and the shell received. Raises `WrongSetting`."""
    storage = settings.storage
    try:
        return Files(shelf_at(storage.files_url, storage.data_dir / "web"), hex_id)
    except ValueError as error:
        raise WrongSetting("FILES_URL", f"it cannot be used: {error}.") from None


def _shares(settings: Settings) -> Shares:
    limits = settings.limits
    return Shares(
        jobs_in_all=limits.jobs_in_all,
        jobs_person=limits.jobs_person,
        queue_person=limits.queue_person,
        queue_chat=limits.queue_chat,
        quota_person=limits.quota_person_daily,
        quota_chat=limits.quota_chat_daily,
    )


@asynccontextmanager
async def assembled(settings: Settings, redis: Store, api_url: str) -> AsyncIterator[Parts]:
    """Everything but the servers. `api_url`: where the backend is reached."""
    data_dir = settings.storage.data_dir
    cloud = settings.backend_name == "nemo"
    identity = _identity(settings)
    transcripts = Transcripts(redis, time.time)
    files = _files(settings)
    outboxes: dict[str, Outbox] = {
        name: TranscriptOutbox(name, transcripts, files, clock=time.time, new_id=hex_id) for name in (WEB, SHELL)
    }
    tokens = RedisTokens(redis, settings.backend_name)
    mailbox = Mailbox(redis, consumer=hex_id(), lease_seconds=settings.work.lease_seconds, shares=_shares(settings))
    lists = Lists(
        redis,
        allow=names_of(settings.limits.allow),
        block=names_of(settings.limits.block),
        operators=names_of(settings.limits.admins),
    )
    clips = Clips(redis)
    people = People(redis)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(files.close)
        spool = stack.enter_context(spooled(data_dir, hex_id()))
        # Who does not use a platform does not wait for its library.
        if settings.telegram.token is not None:
            from bots.telegram.outbox import telegram_outbox

            outboxes["telegram"] = await stack.enter_async_context(telegram_outbox(settings.telegram, redis))
        if settings.discord.token is not None:
            from bots.discord.outbox import discord_outbox

            outboxes["discord"] = await stack.enter_async_context(discord_outbox(settings.discord, redis))
        nemo = await stack.enter_async_context(NemoClient(nemo_options(settings, api_url), tokens))
        desk = Desk(
            nemo=nemo,
            mailbox=mailbox,
            clips=clips,
            outboxes=outboxes,
            spool=spool,
            identity=identity,
            claim_links=cloud,
            clock=time.time,
            sleep=asyncio.sleep,
            away_patience=settings.work.backend_patience,
            max_age=settings.limits.job_max_age,
        )
        yield Parts(
            conversation=Conversation(
                nemo=nemo,
                mailbox=mailbox,
                clips=clips,
                people=people,
                outboxes=outboxes,
                identity=identity,
                leaves_for_cloud=cloud,
                clock=time.time,
                lists=lists,
            ),
            worker=Worker(desk, settings.work.jobs_at_once, settings.work.finishing_seconds),
            mailbox=mailbox,
            people=people,
            transcripts=transcripts,
            files=files,
            nemo=nemo,
            outboxes=outboxes,
        )
