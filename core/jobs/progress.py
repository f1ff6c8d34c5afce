"""The one progress message of a job: posted once, edited with restraint, gone when the video is there.

Where somebody deletes it, no other takes its place; only what became of the job is said anew.

`show` never waits: it notes what should be seen. One task paints it, at most every `edit_interval` seconds of the
platform and only when something changed; when nothing changed for two minutes it says that the work goes on. Beneath
it stands what the backend says meanwhile, for as long as it is not told as a whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from core.actions import Action, Verb
from core.chat import Button, ChatGone, Message, Outbox, OutcomeUnknown
from core.jobs.job import Job
from core.texts import speaker

log = structlog.get_logger(__name__)

STILL_WORKING = 120.0
"""Seconds without news after which the message says that the work goes on: the contract's two minutes."""

_MOST_BENEATH = 600
"""Characters of what the backend says meanwhile, from its end."""


def place(job: Job, before: int) -> Message:
    """The progress message of a job that waits for `before` others, or for a worker where there are none."""
    say = speaker(job.language)
    cancel = Button(say("Cancel"), Action(Verb.CANCEL, job.id).encode())
    text = (
        say("Waiting: {n} before this one", n=before)
        if before
        else say("Your request is kept. It is worked on as soon as the service is up again.")
    )
    return Message(text, (cancel,), 0.0)


class Progress:
    def __init__(self, outbox: Outbox, job: Job, still_working: float = STILL_WORKING) -> None:
        self._outbox = outbox
        self._still_working = still_working
        self._chat = job.chat
        self._language = job.language
        self._say = speaker(job.language)
        self._buttons = (Button(self._say("Cancel"), Action(Verb.CANCEL, job.id).encode()),)
        self._wanted: Message | None = None
        self._painted: Message | None = None
        self._news = asyncio.Event()
        self._doing = ("", 0.0)
        self._beneath = ""
        self.message_id = job.progress_message

    def show(self, text: str, fraction: float) -> None:
        """What should be seen now; `fraction` of the whole job, 0 to 1."""
        self._doing = (text, min(1.0, max(0.0, fraction)))
        self._note()

    def wait(self, text: str) -> None:
        """What is waited for; the share that is done stays as it was."""
        self.show(text, self._doing[1])

    def show_beneath(self, text: str) -> None:
        """What the backend says meanwhile; "" takes it away."""
        self._beneath = text if len(text) <= _MOST_BENEATH else "…" + text[1 - _MOST_BENEATH :]
        self._note()

    def _note(self) -> None:
        text, fraction = self._doing
        lines = (f"{text} · {fraction:.0%}", self._beneath)
        wanted = Message("\n".join(line for line in lines if line), self._buttons, round(fraction, 3))
        # The same once more is no news: a backend that repeats itself must not hide that nothing moves.
        if wanted != self._wanted:
            self._wanted = wanted
            self._news.set()

    async def post(self, reply_to: str | None) -> str:
        """Post the message where it is not there yet. → its id."""
        if self.message_id is None:
            message = self._wanted or Message(self._say("Starting…"), self._buttons, 0.0)
            # One too many does less harm than no work done; its Cancel button takes it away.
            self.message_id = await self._surely_send(message, reply_to)
            self._painted = message
        return self.message_id

    async def settle(self, message: Message | None, reply_to: str | None) -> str | None:
        """The end: the message becomes `message`, or goes where that is None. → its id while it is there.

        One that somebody has deleted is said anew, and has another id then.
        """
        self._wanted = None
        if message is None:
            if self.message_id is not None:
                await self._outbox.remove(self._chat, self.message_id)
            return None
        if self.message_id is None or not await self._outbox.edit(self._chat, self.message_id, message):
            self.message_id = await self._surely_send(message, reply_to)
        return self.message_id

    async def _surely_send(self, message: Message, reply_to: str | None) -> str:
        """Rather twice than not at all."""
        try:
            return await self._outbox.send(self._chat, message, reply_to=reply_to)
        except OutcomeUnknown:
            return await self._outbox.send(self._chat, message, reply_to=reply_to)

    async def paint(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Edit the message as news comes, until cancelled or until it is gone: whoever deleted it wants no other.

        A failed edit is logged and overtaken by the next.
        """
        waited = 0.0
        while True:
            try:
                async with asyncio.timeout(self._still_working):
                    await self._news.wait()
                waited = 0.0
            except TimeoutError:
                waited += self._still_working
            self._news.clear()
            message = self._wanted
            if message is None or self.message_id is None:
                continue
            if waited:
                text = self._say("Still working, {minutes} min without news", minutes=round(waited / 60))
                message = Message(f"{message.text}\n{text}", message.buttons, message.fraction)
            if message == self._painted:
                continue
            try:
                if not await self._outbox.edit(self._chat, self.message_id, message):
                    log.info("progress_deleted", chat=self._chat.key)
                    return
                self._painted = message
            except ChatGone:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a platform's library raises: the next edit tries again
                log.warning("progress_not_painted", chat=self._chat.key, reason=type(error).__name__)
            await sleep(self._outbox.limits.edit_interval)


@asynccontextmanager
async def painted(progress: Progress, sleep: Callable[[float], Awaitable[None]]) -> AsyncIterator[Progress]:
    """Paint the progress while the block runs."""
    painter = asyncio.create_task(progress.paint(sleep))
    try:
        yield progress
    finally:
        painter.cancel()
        await asyncio.gather(painter, return_exceptions=True)
