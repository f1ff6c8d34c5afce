"""`stillreel doctor`: every setting against reality. Settings come in; lines of a report and one verdict go out."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bots.backend import WrongBackendSetting, backend_running, missing_of_renderer
from bots.discord.checkup import checkup as discord_checkup
from bots.host import Busy, Host, NotWritable, announced, claimed
from bots.parts import nemo_options
from bots.remarks import Remark
from bots.telegram.checkup import checkup as telegram_checkup
from core.nemo.client import NemoClient
from core.nemo.errors import NemoError
from core.settings import Settings
from core.store.connection import StoreUnreachable, connected, dangers
from core.store.server import ServerFailed, embedded
from core.store.tokens import RedisTokens
from core.texts import speaker
from core.texts.problems import sentence

LITTLE_ROOM = 2 * 1024**3
"""Bytes free below which the disk is called nearly full."""


class Verdict(StrEnum):
    GOOD = "✓"
    WARNING = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Finding:
    about: str
    verdict: Verdict
    text: str


async def examine(settings: Settings, console: Console) -> bool:
    """Print what is found. → whether everything needed is there."""
    findings = [finding async for finding in _findings(settings)]
    table = Table(box=None, show_header=False, padding=(0, 1))
    colours = {Verdict.GOOD: "green", Verdict.WARNING: "yellow", Verdict.BAD: "red"}
    for finding in findings:
        table.add_row(Text(finding.verdict, colours[finding.verdict]), finding.about, Text(finding.text))
    console.print(table)
    return all(finding.verdict is not Verdict.BAD for finding in findings)


async def _findings(settings: Settings) -> AsyncIterator[Finding]:
    data_dir = settings.storage.data_dir
    host: Host | None = None
    try:
        with claimed(data_dir):
            yield _room(data_dir)
            async for finding in _parts(settings, None):
                yield finding
    except NotWritable as error:
        yield Finding("DATA_DIR", Verdict.BAD, f"{error}. Set DATA_DIR to a folder that this user may write.")
    except Busy as busy:
        host = announced(data_dir)
        yield _room(data_dir)
        where = f", the page is at {host.web_url}" if host and host.web_url else ""
        yield Finding("Stillreel", Verdict.GOOD, f"process {busy.pid} is running here{where}")
        async for finding in _parts(settings, host):
            yield finding
    yield _renderer()
    yield _page(settings, host)
    for remark in await _platforms(settings, running=host is not None):
        verdict = {True: Verdict.GOOD, None: Verdict.WARNING, False: Verdict.BAD}[remark.good]
        yield Finding(remark.about, verdict, remark.text)


async def _platforms(settings: Settings, *, running: bool) -> list[Remark]:
    return [*await telegram_checkup(settings.telegram, running=running), *await discord_checkup(settings.discord)]


def _room(data_dir: Path) -> Finding:
    free = shutil.disk_usage(data_dir).free
    verdict = Verdict.GOOD if free >= LITTLE_ROOM else Verdict.WARNING
    return Finding("DATA_DIR", verdict, f"{data_dir.resolve()}, {free / 1024**3:.1f} GB free")


async def _parts(settings: Settings, host: Host | None) -> AsyncIterator[Finding]:
    """The store and the backend: the host's where one runs, else started for the check alone."""
    kind = "REDIS_URL" if settings.storage.redis_url else "Redis (embedded)"
    try:
        async with _store(settings, host) as url, connected(url) as redis:
            facts = await redis.info()
            yield Finding(kind, Verdict.GOOD, f"answers, version {facts['redis_version']}")
            for danger in dangers(facts):
                yield Finding(kind, Verdict.WARNING, danger)
            if not facts.get("aof_enabled"):
                lost = "a crash of it loses jobs that people were told are taken on: set appendonly yes"
                yield Finding(kind, Verdict.WARNING, f"it does not write down every change, and {lost}")
            async with _backend(settings, host) as api_url:
                options = nemo_options(settings, api_url)
                async with NemoClient(options, RedisTokens(redis, settings.backend_name)) as nemo:
                    yield await _backend_finding(settings, nemo)
    except WrongBackendSetting as error:
        yield Finding("Backend", Verdict.BAD, str(error))
    except (StoreUnreachable, ServerFailed, TimeoutError, OSError) as error:
        yield Finding(kind, Verdict.BAD, f"{error}. Correct REDIS_URL, or leave it empty for the embedded server.")


@asynccontextmanager
async def _store(settings: Settings, host: Host | None) -> AsyncIterator[str]:
    if host is not None:
        yield host.redis_url
    elif settings.storage.redis_url is not None:
        yield settings.storage.redis_url
    else:
        async with embedded(settings.storage.data_dir) as url:
            yield url


@asynccontextmanager
async def _backend(settings: Settings, host: Host | None) -> AsyncIterator[str]:
    if host is not None:
        yield host.backend_url
    else:
        async with backend_running(settings) as url:
            yield url


async def _backend_finding(settings: Settings, nemo: NemoClient) -> Finding:
    about = f"Backend ({settings.backend_name})"
    try:
        credits_ = await nemo.credits()
    except NemoError as error:
        told = sentence(error, "en", web_url=nemo.options.web_url)
        return Finding(about, Verdict.BAD, f"{nemo.options.api_url}: {told}")
    say = speaker("en")
    left = say("Credits left: {n}.", n=f"{credits_.available:g}")
    where = "this machine" if settings.backend_name == "darkroom" else nemo.options.api_url
    return Finding(about, Verdict.GOOD, f"answers ({where}). {left}")


def _renderer() -> Finding:
    missing = missing_of_renderer()
    if missing:
        return Finding("Renderer", Verdict.BAD, f"missing: {', '.join(missing)}. Install again with: make install")
    return Finding("Renderer", Verdict.GOOD, f"H.264, photos, HEIC, fonts for titles; {os.cpu_count()} cores")


def _page(settings: Settings, host: Host | None) -> Finding:
    where = f"{settings.web.host}:{settings.web.port}"
    if host is not None and host.web_url:
        return Finding("WEB_PORT", Verdict.GOOD, f"served at {host.web_url}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.web.host, settings.web.port))
        except OSError as error:
            return Finding("WEB_PORT", Verdict.BAD, f"{where}: {error.strerror}. Set WEB_PORT to another one.")
    return Finding("WEB_PORT", Verdict.GOOD, f"{where} is free")
