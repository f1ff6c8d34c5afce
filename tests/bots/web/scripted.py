"""The web chat's real server over a real Valkey, with a counterpart for the conversation behind it.

In come a Redis and a folder, out comes a `Site`: its address, what was said to it, and an outbox to answer with.
"""

from __future__ import annotations

import queue
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from redis.asyncio import Redis

from bots.web import visitors
from bots.web.files import MOST_BYTES, Files
from bots.web.outbox import TranscriptOutbox
from bots.web.server import serve
from bots.web.shelf import Shelf
from core.chat import ChatRef, Incoming, Press
from core.store.transcripts import Transcripts

PATIENCE = 10.0
"""Seconds within which anything that is waited for happens."""

Answer = Callable[[Incoming], Awaitable[None]]


def hex_id() -> str:
    return uuid.uuid4().hex


class ScriptedTalk:
    """Keeps what it is told, for a test to take; with `answer` it reacts before the request is answered.

    `refusal`: what whoever presses a button is told.
    """

    def __init__(self) -> None:
        self.answer: Answer | None = None
        self.refusal: str | None = None
        self._heard: queue.Queue[Incoming] = queue.Queue()
        self._pressed: queue.Queue[Press] = queue.Queue()

    async def receive(self, incoming: Incoming) -> None:
        self._heard.put(incoming)
        if self.answer is not None:
            await self.answer(incoming)

    async def press(self, press: Press) -> str | None:
        self._pressed.put(press)
        return self.refusal

    def next_message(self) -> Incoming:
        """Blocks the thread until there is one: `queue.Empty` when nobody says anything."""
        return self._heard.get(timeout=PATIENCE)

    def next_press(self) -> Press:
        return self._pressed.get(timeout=PATIENCE)

    @property
    def untold(self) -> int:
        """Messages and presses that no test has taken yet."""
        return self._heard.qsize() + self._pressed.qsize()


@dataclass(frozen=True, slots=True)
class Site:
    url: str
    folder: Path
    talk: ScriptedTalk
    transcripts: Transcripts
    files: Files
    outbox: TranscriptOutbox

    def visitor(self, *, language: str = "en", secret: str | None = None) -> httpx.AsyncClient:
        """A browser that has opened the page already, as far as its cookie goes."""
        return httpx.AsyncClient(
            base_url=self.url,
            cookies={visitors.COOKIE: secret or hex_id()},
            headers={"accept-language": language},
            timeout=PATIENCE,
        )


def chat_of(visitor: httpx.AsyncClient) -> ChatRef:
    return visitors.chat_of(visitor.cookies[visitors.COOKIE])


@asynccontextmanager
async def served(
    redis: Redis,
    folder: Path,
    *,
    shelf: Shelf | None = None,
    most_bytes: int = MOST_BYTES,
    heartbeat: float = 15.0,
    most_changes: int = 500,
) -> AsyncIterator[Site]:
    """`shelf`: where the files lie, if not in the folder."""
    transcripts = Transcripts(redis, time.time, most_changes=most_changes)
    files = Files(shelf or folder, hex_id)
    outbox = TranscriptOutbox(visitors.PLATFORM, transcripts, files, clock=time.time, new_id=hex_id)
    talk = ScriptedTalk()
    async with serve(
        talk,
        transcripts,
        files,
        host="127.0.0.1",
        port=0,
        clock=time.time,
        new_id=hex_id,
        most_bytes=most_bytes,
        heartbeat=heartbeat,
    ) as url:
        yield Site(url, folder, talk, transcripts, files, outbox)
