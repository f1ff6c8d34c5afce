"""The mailboxes: each chat's jobs in order, whose turn it is, and the stream that hands chats to workers.

Keys: `chat:<chat>|mail` is the list of a chat's unfinished jobs, its head being the next or the one at work. A chat
with jobs either has a turn or stands in line for one. The stream `chats` holds exactly one entry for each chat that has
a turn; the consumer group `workers` delivers it to one worker, which takes the chat's lease, does the head job and
gives the turn back: the chat goes to the end of the line where more is waiting. So chats take turns, the jobs of a chat
run in order, and no more turns are given than jobs may be at work. A lease carries a fencing token: whoever no longer
holds it can write nothing. A worker that dies stops renewing; its entry is claimed by another when it was idle for a
lease's time.

    chats:line     sorted set of the chats that stand in line, by the ticket that they drew (chats:ticket)
    chats:turns    hash, chat → its entry in the stream, and whose job the turn was given for
    chats:parked   hash, chat → the person whose other jobs it waits for; it keeps its ticket in person:<…>|line
    chats:busy     set of the chats with unfinished jobs
    chats:board:…  which worker tells those who wait on these platforms their places
    person:<…>|turns, person:<…>|jobs   the chats with a turn for that person, and the person's unfinished jobs
    used:<day>:people, used:<day>:chats  sorted sets: what counts against the day's quotas
    counts:<day>   hash, what happened and on which platform → how often

Every change is one script (`mailbox.lua`), so that it happens wholly or not at all, and may be repeated.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from importlib.resources import files
from typing import Any, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core.chat import ChatRef
from core.jobs.job import Job, Kind, Stage
from core.store.connection import PREFIX, chat_key, key, texts
from core.store.shares import Shares, Why, refused

log = structlog.get_logger(__name__)

LEASE_SECONDS = 15.0
"""For how long a worker may be silent before its chat goes to another."""

KEEP_ENDED = 7 * 24 * 3600
"""Seconds for which an ended job's record is kept, for its Retry button."""

_STREAM = key("chats")
_GROUP = "workers"
_IDLE_CONSUMER_MS = 24 * 3600 * 1000
"""After which a consumer that has nothing is forgotten: each start of a process makes one."""

_SILENT_MS = 10_000
"""After which a worker that neither reads nor renews is thought to be gone."""

_SCRIPT = files("core.jobs").joinpath("mailbox.lua").read_text("utf-8")

_WEIGHS = {Kind.EDIT: 2, Kind.UPLOAD: 1, Kind.EXPORT: 0}
"""Against a day's quota: 2 counts, 1 is asked for whether anything is left, 0 is free."""


class LeaseLost(Exception):
    """Another worker has the chat now: this one must not touch the job any more."""


class Unreadable(Exception):
    """A job's record was written by another version and cannot be read; the job is out of the chat's way.

    `progress`: its progress message, where it had one.
    """

    def __init__(self, chat: ChatRef, job: str, progress: str | None) -> None:
        super().__init__(f"the record of job {job} cannot be read")
        self.chat = chat
        self.job = job
        self.progress = progress


@dataclass(frozen=True, slots=True)
class Turn:
    """A chat's lease with its head job, held under a fencing token."""

    job: Job
    token: str
    entry: str
    """Id of the stream's entry that brought it."""


class Held(IntEnum):
    """What a lease's renewal found."""

    LOST = 0
    """Another worker has the chat now."""
    WANTED = 1
    UNWANTED = 2
    """The person wants the job cancelled."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the operator is told."""

    busy: tuple[tuple[ChatRef, int, bool], ...]
    """The chats with unfinished jobs: how many, and whether one is at work."""
    today: dict[tuple[str, str], int]
    """What happened and on which platform → how often since the day began (UTC)."""
    most: tuple[tuple[str, int], ...]
    """`platform:person` → edits and new clips today, of those who asked for the most."""
    chats: int
    """Chats that asked for any today."""


class Mailbox:
    """`consumer` names this worker among the group's; it is unique to the process.

    `clock`: seconds since the epoch. `keep_ended`: seconds for which an ended job's record is kept.
    """

    def __init__(
        self,
        redis: Redis,
        consumer: str = "none",
        lease_seconds: float = LEASE_SECONDS,
        *,
        shares: Shares | None = None,
        clock: Callable[[], float] = time.time,
        keep_ended: int = KEEP_ENDED,
    ) -> None:
        self._redis = redis
        self._consumer = consumer
        self.lease_seconds = lease_seconds
        self._lease_ms = int(lease_seconds * 1000)
        self._keep = keep_ended
        self._shares = shares or Shares()
        self._clock = clock
        self._script = redis.register_script(_SCRIPT)

    async def put(self, job: Job) -> int:
        """Queue a job; putting it twice queues it once. → how many must begin or end before it begins.

        Raises `Refused` where its person or its chat has no share left; nothing is kept of it then.
        """
        shares = self._shares
        limits: tuple[int | None, ...] = (
            shares.queue_person,
            shares.queue_chat,
            shares.quota_person,
            shares.quota_chat,
        )
        if job.chat.platform in shares.exempt:
            limits = (None,) * len(limits)
        person = person_of(job)
        answer = await self._call(
            "put", job.id, job.to_json(), job.chat.key, person, job.chat.platform, _WEIGHS[job.kind], *limits
        )
        if int(answer[0]) < 0:
            raise refused(Why(str(answer[1])), shares, self._clock())
        return int(answer[0])

    async def is_worked_on(self) -> bool:
        """Whether any worker lives: each reads or renews its leases every few seconds."""
        return bool(await self._call("is_worked_on", _SILENT_MS))

    async def note_progress(self, job: Job, message: str) -> bool:
        """A waiting job's progress message.

        → False where a worker has the job already and posts its own, where it has another, or no longer waits.
        """
        return bool(await self._call("note_progress", job.id, job.chat.key, message))

    async def job(self, job_id: str) -> Job | None:
        """The job's last record; None where there is none, or none that can be read."""
        record, progress = texts(await self._redis.hmget(_job(job_id), "record", "progress"))
        return None if record is None else _read(record, progress)

    async def unfinished(self, chat: ChatRef) -> tuple[Job, ...]:
        """The chat's jobs in order, the one at work first."""
        ids = await self._redis.lrange(chat_key(chat, "mail"), 0, -1)
        jobs = [await self.job(str(job_id)) for job_id in ids]
        return tuple(job for job in jobs if job is not None)

    async def unfinished_of(self, person: str) -> tuple[Job, ...]:
        """The jobs of a person (`platform:id`) in all chats, in the order in which they were asked for."""
        ids = await self._redis.zrange(key("person", f"{person}|jobs"), 0, -1)
        jobs = [await self.job(str(job_id)) for job_id in ids]
        return tuple(job for job in jobs if job is not None and not job.stage.ended)

    async def cancel(self, job: Job, cancelled: Job) -> bool:
        """Ask for a job's end; `cancelled` is its record in that case.

        → True where it was still waiting and is gone now; False where its worker will see it, or it has ended.
        """
        answer = await self._call("cancel", job.id, job.chat.key, job.chat.platform, cancelled.to_json(), self._keep)
        return int(answer) == 2

    async def numbers(self, most: int) -> Numbers:
        """How things stand; `most`: how many people to name."""
        busy, counts, people, chats = await self._call("stats", most)
        flat = [str(each) for each in counts]
        today: dict[tuple[str, str], int] = {}
        for name, value in zip(flat[::2], flat[1::2], strict=True):
            what, _, platform = name.partition("|")
            today[what, platform] = int(value)
        return Numbers(
            tuple(
                (ChatRef.parse(str(chat)), int(jobs), bool(held))
                for chat, jobs, held in zip(busy[::3], busy[1::3], busy[2::3], strict=True)
            ),
            today,
            tuple((str(who), int(float(count))) for who, count in zip(people[::2], people[1::2], strict=True)),
            int(chats),
        )

    async def behind_the_head(self, chat: ChatRef, most: int) -> list[tuple[Job, int]]:
        """The jobs behind the one at work, at most so many, whose place is another than they were told last."""
        return await self._told(await self._call("behind_the_head", chat.key, most))

    # What a worker does.

    async def waiting(
        self, a_chat: int, chats: int, platforms: Collection[str] = (), *, behind: int = 0
    ) -> list[tuple[Job, int]]:
        """Jobs whose place is another than they were told last.

        At most `a_chat` of each of the first `chats` chats without a worker, and `behind` of each chat that has one, of
        these platforms alone where any are named. Empty where another worker tells them.
        """
        return await self._told(await self._call("waiting", self._consumer, a_chat, chats, behind, *sorted(platforms)))

    async def open(self) -> None:
        """Make the consumer group where it is missing, and forget the consumers of processes that are long gone."""
        try:
            await self._redis.xgroup_create(_STREAM, _GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        await self._call("open", _IDLE_CONSUMER_MS)

    async def next_entries(self, count: int, block_seconds: float) -> list[tuple[str, ChatRef]]:
        """New entries for this worker, at most `count`; waits for the first one, at most `block_seconds`."""
        try:
            answer = await self._redis.xreadgroup(
                _GROUP, self._consumer, {_STREAM: ">"}, count=count, block=max(1, int(block_seconds * 1000))
            )
        except ResponseError as error:
            await self._opened_again(error)
            return []
        return [found for _, entries in cast("list[tuple[str, list[Any]]]", answer) for found in _chats(entries)]

    async def abandoned_entries(self, count: int, idle_seconds: float | None = None) -> list[tuple[str, ChatRef]]:
        """Entries whose worker has been silent for a lease's time (or `idle_seconds`), claimed for this one."""
        idle = self._lease_ms if idle_seconds is None else int(idle_seconds * 1000)
        try:
            # Not XAUTOCLAIM, which looks at no more than ten times `count` entries, those of busy chats among them.
            pending = await self._redis.xpending_range(_STREAM, _GROUP, "-", "+", count, idle=idle)
            found = [str(each["message_id"]) for each in cast("list[dict[str, Any]]", pending)]
            if not found:
                return []
            answer = await self._redis.xclaim(_STREAM, _GROUP, self._consumer, idle, cast("Any", found))
        except ResponseError as error:
            await self._opened_again(error)
            return []
        return _chats(cast("list[Any]", answer))

    async def take(self, entry: str, chat: ChatRef) -> Turn | None:
        """The chat's lease and its first job. None where another holds it or nothing is left.

        Raises `Unreadable` for a job that this version cannot read: it is taken out, and the chat goes on.
        """
        answer = await self._call("take", entry, chat.key, self._lease_ms)
        if not answer:
            return None
        token, job_id, record, progress = (str(each) for each in answer)
        job = _read(record, progress or None)
        if job is None:
            await self._ended(chat, token, job_id, entry, record="", outcome="failed", gives_back=True)
            raise Unreadable(chat, job_id, progress or None)
        return Turn(job, token, entry)

    async def renew(self, turns: Sequence[Turn]) -> list[Held]:
        """Keep the leases. → what became of each."""
        flat = [each for turn in turns for each in (turn.job.id, turn.job.chat.key, turn.token, turn.entry)]
        answer = await self._call("renew", self._lease_ms, self._consumer, *flat)
        return [Held(int(each)) for each in answer]

    async def save(self, turn: Turn, job: Job) -> None:
        """Record how far the job has come. Raises `LeaseLost`."""
        if not await self._call("save", job.id, job.chat.key, turn.token, job.to_json()):
            raise LeaseLost

    async def end(self, turn: Turn, job: Job) -> None:
        """Record the job's end and give the chat back. Raises `LeaseLost`."""
        outcome = "expired" if job.expired else job.stage.value
        gives_back = job.gives_back and job.stage is not Stage.DONE
        if not await self._ended(job.chat, turn.token, job.id, turn.entry, job.to_json(), outcome, gives_back):
            raise LeaseLost

    async def hand_over(self, turn: Turn) -> None:
        """Give the chat back with its job unfinished, for another worker to go on at once."""
        await self._call("hand_over", turn.job.chat.key, turn.token, turn.entry)

    async def put_back(self, job: Job) -> None:
        """Queue a job that was at work when the store was emptied; one of which anything is known stays as it is."""
        nothing: tuple[None, ...] = (None,) * 4
        await self._call("put", job.id, job.to_json(), job.chat.key, person_of(job), job.chat.platform, 0, *nothing)

    async def pass_on(self, entry: str, chat: ChatRef) -> None:
        """Offer an entry anew that this worker did not take and can do nothing with."""
        await self._call("pass_on", chat.key, entry)

    async def free_all(self) -> int:
        """End every lease and offer its chat anew, at once. → how many there were.

        Only for a caller that knows that no other worker lives (an embedded server's host, before its worker reads).
        """
        await self.open()
        return int(await self._call("free_all"))

    async def _ended(
        self, chat: ChatRef, token: str, job_id: str, entry: str, record: str, outcome: str, gives_back: bool
    ) -> bool:
        about = (job_id, chat.key, chat.platform, token, entry, record, self._keep, outcome, int(gives_back))
        return bool(await self._call("end_", *about))

    async def _told(self, flat: list[Any]) -> list[tuple[Job, int]]:
        pairs = [(await self.job(str(job_id)), int(place)) for job_id, place in zip(flat[::2], flat[1::2], strict=True)]
        return [(job, place) for job, place in pairs if job is not None]

    async def _call(self, name: str, *arguments: str | int | None) -> Any:
        limits = (self._shares.jobs_in_all, self._shares.jobs_person)
        own = ["" if each is None else each for each in (*limits, int(self._clock()), *arguments)]
        return await self._script(keys=[], args=[name, PREFIX, *own])

    async def _opened_again(self, error: ResponseError) -> None:
        """Redis came back empty: the group is made again. Anything else passes through."""
        if str(error).startswith("UNBLOCKED"):
            return  # it has become a replica, and says so to the next call
        if "NOGROUP" not in str(error):
            raise error
        log.error("store_was_emptied")
        await self.open()


def person_of(job: Job) -> str:
    """Whose job it is, over all chats of a platform."""
    return f"{job.chat.platform}:{job.person.id}"


def _read(record: str, progress: str | None) -> Job | None:
    """The job, with the progress message that was noted while it waited; None for what this version cannot read."""
    try:
        job = Job.from_json(record)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.error("job_unreadable", reason=repr(error))  # noqa: TRY400 - another version's record is no fault of ours
        return None
    return replace(job, progress_message=job.progress_message or progress)


def _chats(entries: Iterable[tuple[str, dict[str, str] | None]]) -> list[tuple[str, ChatRef]]:
    return [(str(entry), ChatRef.parse(fields["chat"])) for entry, fields in entries if fields]


def _job(job_id: str) -> str:
    return key("job", job_id)
