"""What the benchmarks run in: a Valkey, a service that takes its time, workers in processes of their own, many chats.

Jobs come in through the conversation, as from a platform's listener; what people were answered is read from the chats.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from redis.asyncio import Redis

from bots.parts import WEB, Parts, assembled
from core.chat import ChatRef, Incoming, Media, MediaKind, Person
from core.settings import load
from core.store.connection import connected
from core.store.transcripts import Author, Entry
from tests import photos
from tests.counterparts.agents import Agent, Project, editor
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.threads import in_thread
from tests.parts import Part, part
from tests.valkey import valkey
from tests.waiting import wait_until

HEARTBEAT = b": keep-alive\n\n"


@dataclass
class Yard:
    nemo: ScriptedNemo
    redis: Redis
    redis_server: int
    """The process id of the server."""
    parts: Parts
    settings: dict[str, str]
    data_dir: Path
    photo: Path
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @asynccontextmanager
    async def workers(self, count: int, at_once: int) -> AsyncIterator[Sequence[Part]]:
        settings = {**self.settings, "JOBS_AT_ONCE": str(at_once)}
        async with AsyncExitStack() as stack:
            yield [await stack.enter_async_context(part(self.data_dir, "worker", settings)) for _ in range(count)]

    async def say(self, text: str, chat: ChatRef | None = None, *, photo: bool = True) -> Asked:
        """A message, in a new private chat where none is given."""
        number = next(self.numbers)
        chat = chat or ChatRef(WEB, f"bench{number}")
        media: tuple[Media, ...] = ()
        if photo:
            stored = await self.parts.files.put(chat, "photo.jpg", _chunks(self.photo))
            media = (Media(stored.ref, MediaKind.PHOTO, stored.name, stored.mime, stored.size),)
        asked = Asked(chat, f"message{number}", time.time())
        person = Person(f"person{number}", language="en")
        await self.parts.conversation.receive(
            Incoming(event=f"event{number}", chat=chat, person=person, message=asked.message, text=text, media=media)
        )
        return asked

    async def settled(self, seconds: float) -> None:
        """Wait until no job is left."""
        await wait_until(lambda: self._is_empty(), seconds, what="every job's end", every=0.05)

    async def _is_empty(self) -> bool:
        return int(await self.redis.xlen("sr:chats")) == 0

    async def answers(self, asked: Asked) -> list[Entry]:
        history = await self.parts.transcripts.history(asked.chat, 50)
        return [entry for entry in history.entries if entry.author is Author.BOT]


@dataclass(frozen=True, slots=True)
class Asked:
    chat: ChatRef
    message: str
    at: float
    """Seconds since the epoch."""


@asynccontextmanager
async def yard(folder: Path, agent: Agent, **settings: str) -> AsyncIterator[Yard]:
    film = film_of(folder / "film.mp4")
    photo = photos.landscape(folder / "photo.jpg", (320, 240))
    with valkey() as (redis_url, server), in_thread(ScriptedNemo(video=film, agent=agent)) as nemo:
        named = {
            "REDIS_URL": redis_url,
            "BACKEND": "nemo",
            "NEMO_API_URL": nemo.url,
            "NEMO_POLL_INTERVAL": "0.2",
            "LOG_LEVEL": "error",
            **settings,
        }
        own = load(data_dir=folder / "data", redis_url=redis_url, backend="nemo", nemo_api_url=nemo.url)
        async with connected(redis_url) as redis, assembled(own, redis, nemo.url) as parts:
            yield Yard(nemo, redis, server, parts, named, folder / "data", photo)


def patient(seconds: float, beat: float) -> Agent:
    """An agent that works on each message for so long, with a sign of life every `beat` seconds."""

    async def agent(words: str, project: Project) -> AsyncIterator[bytes]:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(beat, left))
            yield HEARTBEAT
        async for each in editor(words, project):
            yield each

    return agent


def film_of(path: Path, frames: int = 15) -> Path:
    """A small real MP4."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for number in range(frames):
            picture = np.full((240, 320, 3), number * 255 // frames, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


async def _chunks(path: Path) -> AsyncIterator[bytes]:
    yield path.read_bytes()
