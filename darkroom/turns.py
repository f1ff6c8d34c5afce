"""Turns of the agent: a prompt for a session comes in, the session's next draft and the stream's frames go out.

One turn at a time a session, in the order they came. A turn goes on to its end when whoever asked for it has left:
it is a task of its own, which the stream merely follows. What it changes is recorded, with its charge, in one
transaction before the first word of it is told.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog

from darkroom import accounts
from darkroom.accounts import Costs
from darkroom.agent import Answer, Photo, Situation
from darkroom.events import Said, Voice, failure, frame
from darkroom.limits import MOST_SHOTS
from darkroom.render.fonts import undrawable
from darkroom.storage import sessions
from darkroom.storage.database import Database, is_disk_full
from darkroom.storage.sessions import PHOTO, Session
from darkroom.timeline import from_draft, to_draft

Agent = Callable[[str, Situation], Answer]
"""A prompt and the situation → the answer. It blocks and runs in a thread."""

_SHUTDOWN = 5.0
"""Seconds that running turns get when the server ends."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Prompt:
    account: str
    session: str
    text: str
    streaming: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """`begun` ends with None, or with `NoCredits` or `UnknownSession` where the prompt is refused.

    `frames` then brings the stream's frames, and None at its end.
    """

    begun: asyncio.Future[None]
    frames: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)


@dataclass(frozen=True, slots=True)
class Turns:
    """Opened by `running`. `clock` gives Unix seconds, `new_id` a new unguessable id."""

    database: Database
    costs: Costs
    agent: Agent
    clock: Callable[[], float]
    new_id: Callable[[], str]
    _last: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """The newest turn of each session that has one."""

    def start(self, prompt: Prompt) -> Turn:
        turn = Turn(asyncio.get_running_loop().create_future())
        # Where nobody waits for a refusal any more, it need not be told.
        turn.begun.add_done_callback(lambda begun: begun.cancelled() or begun.exception())
        task = asyncio.create_task(self._in_order(prompt, turn, self._last.get(prompt.session)), name="turn")
        self._last[prompt.session] = task
        task.add_done_callback(lambda ended: self._forget(prompt.session, ended))
        return turn

    async def close(self) -> None:
        """Let the running turns end, within reason."""
        if self._last:
            _, late = await asyncio.wait(self._last.values(), timeout=_SHUTDOWN)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _forget(self, session: str, ended: asyncio.Task[None]) -> None:
        if self._last.get(session) is ended:
            del self._last[session]

    async def _in_order(self, prompt: Prompt, turn: Turn, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        try:
            await self._turn(prompt, turn)
        finally:
            turn.begun.cancel()
            turn.frames.put_nowait(None)

    async def _turn(self, prompt: Prompt, turn: Turn) -> None:
        try:
            session, cost = await self.database.do(_begin, prompt, self.costs, self.clock())
        except Exception as error:  # noqa: BLE001  it belongs to whoever asked
            if not turn.begun.done():
                turn.begun.set_exception(error)
            return
        if not turn.begun.done():
            turn.begun.set_result(None)
        voice = Voice(f"e-{self.new_id()}", self.new_id, self.clock)
        try:
            said = await self._answered(prompt, session, cost)
        except Exception as error:
            log.exception("a turn failed", session=session.id)
            await self._release(prompt.account, cost)
            turn.frames.put_nowait(frame(failure(_explained(error), self.clock())))
            return
        for event in voice.events(said, streaming=prompt.streaming):
            turn.frames.put_nowait(frame(event))

    async def _answered(self, prompt: Prompt, session: Session, cost: int) -> Said:
        situation = _situation(session)
        made = await asyncio.to_thread(self.agent, prompt.text, situation)
        changed = made.timeline != situation.timeline
        draft = None if made.timeline is None else to_draft(made.timeline)
        await self.database.do(_settle, session, draft, made, frozen=cost, charged=cost if changed else 0)
        return Said(made.steps, made.text, {"draft": draft} if changed else {})

    async def _release(self, account: str, cost: int) -> None:
        try:
            await self.database.do(accounts.settle, account, frozen=cost, charged=0)
        except sqlite3.Error:
            log.exception("reserved credits were not given back", account=account)


def _begin(db: sqlite3.Connection, prompt: Prompt, costs: Costs, now: float) -> tuple[Session, int]:
    """The session as the turn finds it, and the credits that are reserved for it."""
    session = sessions.use(db, prompt.session, prompt.account, now)
    has_photos = any(upload.waiting and upload.kind == PHOTO for upload in session.uploads)
    cost = costs.of_turn(has_clip=session.draft is not None, has_photos=has_photos)
    if cost:
        accounts.freeze(db, prompt.account, cost)
    return session, cost


def _settle(
    db: sqlite3.Connection,
    session: Session,
    draft: Mapping[str, Any] | None,
    made: Answer,
    *,
    frozen: int,
    charged: int,
) -> None:
    past = [to_draft(timeline) for timeline in made.past]
    sessions.keep_turn(db, session.id, draft=draft, past=past, dealt_with=dealt_with(session, made))
    if frozen:
        accounts.settle(db, session.account, frozen=frozen, charged=charged)


def _situation(session: Session) -> Situation:
    waiting = [upload for upload in session.uploads if upload.waiting]
    return Situation(
        timeline=None if session.draft is None else from_draft(session.draft),
        past=tuple(from_draft(draft) for draft in session.past),
        waiting=tuple(Photo(up.id, up.name, up.width, up.height) for up in waiting if up.kind == PHOTO),
        unusable=tuple(up.name for up in waiting if up.kind != PHOTO),
        language=session.language,
        undrawable=undrawable,
        shapes={up.id: up.width / up.height for up in session.uploads if up.kind == PHOTO and up.height},
    )


def dealt_with(session: Session, made: Answer) -> list[str]:
    """The uploads that no longer wait after an answer.

    Photos are placed all together: once the timeline shows one of them, or has no room for any, none waits. A video or
    a sound has been spoken of once.
    """
    waiting = [upload for upload in session.uploads if upload.waiting]
    photos = {upload.id for upload in waiting if upload.kind == PHOTO}
    others = [upload.id for upload in waiting if upload.kind != PHOTO]
    shots = () if made.timeline is None else made.timeline.shots
    if len(shots) >= MOST_SHOTS or not photos.isdisjoint(shot.file for shot in shots):
        return [*photos, *others]
    return others


def _explained(error: Exception) -> str:
    if is_disk_full(error):
        return "There is no room left on the disk."
    return "The change could not be made."


@asynccontextmanager
async def running(
    database: Database, costs: Costs, agent: Agent, *, clock: Callable[[], float], new_id: Callable[[], str]
) -> AsyncIterator[Turns]:
    """Turns that have ended at the end of the block. Credits that an earlier process had reserved are free again."""
    await database.do(accounts.release_all)
    turns = Turns(database, costs, agent, clock, new_id)
    try:
        yield turns
    finally:
        await turns.close()
