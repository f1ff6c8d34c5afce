"""A conversation as it is, between people in a chat and a backend: everything real but the platform's own network.

The conversation, the worker and the stores run over a real Valkey, the chat is a transcript with files beside it, and
the backend is darkroom over HTTP or the scripted service (`tests.counterparts.nemo`) over raw sockets.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from redis.asyncio import Redis

from bots.web.files import Files
from bots.web.outbox import LIMITS, TranscriptOutbox
from core.chat import ChatKind, ChatRef, Incoming, Limits, Media, MediaKind, Outbox, Person, Press
from core.conversation import JOIN_SECONDS, Conversation
from core.jobs.desk import Desk, new_id
from core.jobs.job import Job
from core.jobs.mailbox import KEEP_ENDED, Mailbox
from core.jobs.worker import Worker
from core.nemo.client import NemoClient
from core.nemo.options import INSTALLATION, NemoOptions
from core.replies import greeting
from core.store.clips import Clips
from core.store.lists import Lists
from core.store.people import People
from core.store.shares import Shares
from core.store.tokens import RedisTokens
from core.store.transcripts import Author, Entry, Transcripts
from core.texts import LANGUAGES, speaker
from darkroom.agent import Answer, Situation, answer
from darkroom.server import serving
from darkroom.settings import load
from darkroom.timeline import Canvas
from tests.counterparts.nemo import ScriptedNemo
from tests.waiting import wait_until

PLATFORM = "web"
WAITS = NemoOptions(
    poll_interval=0.03,
    retry_wait=0.02,
    recovery_first_wait=0.02,
    recovery_wait=0.02,
    silence_timeout=20,
    stream_timeout=20,
    repeat_wait=0.01,
)
ALICE = Person("alice", "Alice", "en")
BOB = Person("bob", "Bob", "en-GB")
LI = Person("li", "李", "zh-Hans-CN")
ADMIN = Person("admin", "Ada", "en", is_admin=True)

SMALL = 8
"""A darkroom of tests draws so many times smaller."""


def small(prompt: str, situation: Situation) -> Answer:
    """darkroom's own agent, whose clips are drawn in a moment; one of a minute takes as long as ever."""
    made = answer(prompt, situation)
    if made.timeline is None or made.timeline.canvas.width < 1000 or made.timeline.duration >= 60_000:
        return made
    size = Canvas(made.timeline.canvas.width // SMALL // 2 * 2, made.timeline.canvas.height // SMALL // 2 * 2)
    return replace(made, timeline=replace(made.timeline, canvas=size))


@contextmanager
def darkroom_in_thread(folder: Path, **settings: Any) -> Iterator[str]:
    """A darkroom in a thread and loop of its own: one for many tests. → its URL."""
    loop = asyncio.new_event_loop()
    over, ready = asyncio.Event(), threading.Event()
    url: list[str] = []

    async def serve() -> None:
        own = load(data_dir=folder, renderers=1, allow_private_urls=True, **settings)
        async with serving(own, host="127.0.0.1", port=0, agent=small) as at:
            url.append(at)
            ready.set()
            await over.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        finally:
            ready.set()
            loop.close()

    thread = threading.Thread(target=run, name="darkroom")
    thread.start()
    ready.wait()
    try:
        yield url[0]
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(over.set)
        thread.join()


@dataclass
class Backend:
    """What makes the videos. `nemo`: the scripted service, where it is that one."""

    name: str
    url: str
    nemo: ScriptedNemo | None = None

    @property
    def is_cloud(self) -> bool:
        return self.name == "nemo"


@dataclass
class House:
    """One process of ours: the parts as `bots.parts` puts them together."""

    backend: Backend
    redis: Redis
    conversation: Conversation
    desk: Desk
    mailbox: Mailbox
    clips: Clips
    people: People
    transcripts: Transcripts
    files: Files
    client: NemoClient
    lists: Lists
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def private(self, person: Person = ALICE, platform: str = PLATFORM) -> Room:
        return Room(self, ChatRef(platform, f"private-{person.id}"), ChatKind.PRIVATE, person)

    def group(self, name: str = "group") -> Room:
        return Room(self, ChatRef(PLATFORM, name), ChatKind.GROUP, ALICE)

    @asynccontextmanager
    async def working(self, worker: Worker | None = None) -> AsyncIterator[Worker]:
        """A worker at work."""
        worker = worker or Worker(self.desk, 8, 0.5)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            worker.stop()
            await task


@dataclass
class Said:
    """A message of a person's; `event` as the platform numbered it."""

    id: str
    event: str


@dataclass
class Room:
    """A chat, seen by the people in it. `owner` is who speaks where nobody is named."""

    house: House
    chat: ChatRef
    kind: ChatKind
    owner: Person
    pressed: str | None = None
    """What the last press was answered with, for the presser alone."""

    async def say(
        self,
        text: str = "",
        *photos: Path | Media,
        by: Person | None = None,
        reply_to: Said | Entry | None = None,
        command: str | None = None,
        addressed: bool = True,
    ) -> Said:
        """Send a message: words, photos, or a command with its arguments."""
        number = next(self.house.numbers)
        said = Said(f"p{number}", f"event-{number}")
        media = [photo if isinstance(photo, Media) else await self.keep(photo) for photo in photos]
        await self.house.conversation.receive(
            Incoming(
                event=said.event,
                chat=self.chat,
                person=by or self.owner,
                message=said.id,
                chat_kind=self.kind,
                text=text,
                command=command,
                media=tuple(media),
                addressed=addressed,
                reply_to=None if reply_to is None else reply_to.id,
            )
        )
        return said

    async def keep(self, photo: Path) -> Media:
        stored = await self.house.files.put_copy(self.chat, photo.name, photo)
        return Media(stored.ref, MediaKind.PHOTO, stored.name, stored.mime, stored.size)

    async def press(self, entry: Entry, label: str, *, by: Person | None = None) -> None:
        """Press the button whose label begins so."""
        found = [button for button in entry.message.buttons if button.label.startswith(label)]
        assert found, (label, [button.label for button in entry.message.buttons])
        await self.press_raw(entry.id, found[0].action, by=by)

    async def press_raw(self, message: str, action: str, *, by: Person | None = None) -> None:
        event = f"event-{next(self.house.numbers)}"
        person = by or self.owner
        self.pressed = await self.house.conversation.press(Press(event, self.chat, person, message, action, self.kind))

    async def entries(self) -> list[Entry]:
        """What the bot has said and not taken away."""
        history = await self.house.transcripts.history(self.chat, 200)
        return [entry for entry in history.entries if entry.author is Author.BOT]

    async def texts(self) -> list[str]:
        return [entry.message.text for entry in await self.entries()]

    async def answers(self, to: Said | Entry) -> list[Entry]:
        """What was said to a message; not the greeting, which stands beside a chat's first answer."""
        hello = {greeting(speaker(language), leaves_for_cloud=self.house.backend.is_cloud) for language in LANGUAGES}
        found = [entry for entry in await self.entries() if entry.reply_to == to.id]
        return [entry for entry in found if entry.message.text not in hello]

    async def videos(self) -> list[Entry]:
        return [entry for entry in await self.entries() if entry.video is not None]

    async def outcome(self, to: Said | Entry, seconds: float = 20) -> Entry:
        """The last word on a message: a video, or an answer that is no progress any more."""

        async def ended() -> Entry | None:
            found = [entry for entry in await self.answers(to) if entry.message.fraction is None]
            return found[-1] if found else None

        try:
            return await self._until(ended, seconds)
        except AssertionError as error:
            error.add_note("\n".join(await self.texts()))
            raise

    async def video(self, to: Said | Entry, seconds: float = 20) -> Entry:
        """The outcome, which must be a video; the job is over then, and the chat's next one may have begun."""
        entry = await self.outcome(to, seconds)
        assert entry.video is not None, entry.message.text

        async def over() -> bool:
            return all(job.request != to.id for job in await self.jobs())

        await wait_until(over, seconds, what="the job is over")
        return entry

    async def progress(self, to: Said | Entry, containing: str = "", seconds: float = 10) -> Entry:
        """The progress message once it says `containing`."""

        async def shown() -> Entry | None:
            found = [entry for entry in await self.answers(to) if entry.message.fraction is not None]
            return found[-1] if found and containing in found[-1].message.text else None

        return await self._until(shown, seconds)

    async def text_after(self, entry: Entry, seconds: float = 10) -> Entry:
        """The message once it is no progress and is not what it was."""

        async def changed() -> Entry | None:
            now = await self.house.transcripts.find(self.chat, entry.id)
            same = now is None or now.message == entry.message or now.message.fraction is not None
            return None if same else now

        return await self._until(changed, seconds)

    async def settled(self, seconds: float = 20) -> None:
        """No job of this chat is left."""

        async def empty() -> bool:
            return not await self.jobs()

        await wait_until(empty, seconds, what="every job of the chat is over")

    async def jobs(self) -> tuple[Job, ...]:
        return await self.house.mailbox.unfinished(self.chat)

    async def _until(self, look: Callable[[], Awaitable[Entry | None]], seconds: float) -> Entry:
        async def asked() -> Entry | None:
            return await look()

        found = await wait_until(asked, seconds)
        assert found is not None
        return found


async def _briefly(seconds: float) -> None:
    """The client's waits; darkroom asks for a whole second between two looks at a render of a tenth of one."""
    await asyncio.sleep(min(seconds, 0.1))


@asynccontextmanager
async def housed(
    backend: Backend,
    redis: Redis,
    folder: Path,
    *,
    join_seconds: int = JOIN_SECONDS,
    still_working: float = 120,
    options: NemoOptions = WAITS,
    limits: Limits = LIMITS,
    shares: Shares | None = None,
    lists: Lists | None = None,
    max_age: float | None = None,
    clock: Callable[[], float] = time.time,
    keep_ended: int = KEEP_ENDED,
    others: Mapping[str, Outbox] = MappingProxyType({}),
) -> AsyncIterator[House]:
    """A process without a worker: `House.working` starts one. `others`: outboxes of real platforms, by their names."""
    transcripts = Transcripts(redis, time.time)
    files = Files(folder / "files", lambda: uuid.uuid4().hex)
    outboxes: dict[str, Outbox] = {
        name: TranscriptOutbox(name, transcripts, files, clock=time.time, new_id=new_id, limits=limits)
        for name in (PLATFORM, "shell")
    } | dict(others)
    mailbox = Mailbox(redis, consumer=new_id(), shares=shares, clock=clock, keep_ended=keep_ended)
    clips, people = Clips(redis), People(redis)
    spool = folder / "spool"
    spool.mkdir(parents=True, exist_ok=True)
    options = replace(options, api_url=backend.url, web_url="https://studio.example")
    async with NemoClient(options, RedisTokens(redis, backend.name), sleep=_briefly) as client:
        desk = Desk(
            nemo=client,
            mailbox=mailbox,
            clips=clips,
            outboxes=outboxes,
            spool=spool,
            identity=lambda chat: INSTALLATION,
            claim_links=backend.is_cloud,
            clock=clock,
            sleep=asyncio.sleep,
            max_age=max_age,
            still_working=still_working,
        )
        lists = lists or Lists(redis)
        conversation = Conversation(
            nemo=client,
            mailbox=mailbox,
            clips=clips,
            people=people,
            outboxes=outboxes,
            identity=lambda chat: INSTALLATION,
            leaves_for_cloud=backend.is_cloud,
            clock=clock,
            lists=lists,
            join_seconds=join_seconds,
        )
        yield House(backend, redis, conversation, desk, mailbox, clips, people, transcripts, files, client, lists)
    if backend.nemo is not None:
        assert backend.nemo.violations == []
