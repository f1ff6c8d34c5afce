"""The mailboxes: each chat's jobs in order, and the stream that hands chats with work to workers.

Keys: `mail:<chat>` is the list of a chat's unfinished jobs, its head being the one at work. The stream `chats` holds
exactly one entry for each chat whose list is not empty; the consumer group `workers` delivers it to one worker, which
takes the chat's lease, does the head job, and puts the chat at the stream's end again where more is waiting: so chats
take turns, and the jobs of a chat run in order. A lease carries a fencing token: whoever no longer holds it can write
nothing. A worker that dies stops renewing; its entry is claimed by another when it was idle for a lease's time.

Every change is one script, so that it happens wholly or not at all, and may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core.chat import ChatRef
from core.jobs.job import Job
from core.store.connection import chat_key, key, texts

log = structlog.get_logger(__name__)

LEASE_SECONDS = 15.0
"""For how long a worker may be silent before its chat goes to another."""

KEEP_ENDED = 7 * 24 * 3600
"""Seconds for which an ended job's record is kept, for its Retry button."""

_STREAM = key("chats")
_GROUP = "workers"
_FENCE = key("fence")
_LEASE = "lease"
_IDLE_CONSUMER_MS = 24 * 3600 * 1000
"""After which a consumer that has nothing is forgotten: each start of a process makes one."""

# KEYS: job, mailbox, stream. ARGV: job id, record, chat. → jobs of the chat before this one.
_PUT = """
if redis.call('exists', KEYS[1]) == 1 then
  return redis.call('lpos', KEYS[2], ARGV[1]) or 0
end
redis.call('hset', KEYS[1], 'record', ARGV[2])
local length = redis.call('rpush', KEYS[2], ARGV[1])
if length == 1 then redis.call('xadd', KEYS[3], '*', 'chat', ARGV[3]) end
return length - 1
"""

# KEYS: lease, mailbox, fence, stream. ARGV: lease in ms, job-key prefix, group, entry id.
# → {token, job id, record, progress message} | false where another holds the lease or the entry is one of the past |
# 0 where nothing is left to do.
_TAKE = """
if redis.call('exists', KEYS[1]) == 1 then return false end
if #redis.call('xrange', KEYS[4], ARGV[4], ARGV[4]) == 0 then return false end
local id = redis.call('lindex', KEYS[2], 0)
while id do
  local record = redis.call('hget', ARGV[2] .. id, 'record')
  if record then
    local token = redis.call('incr', KEYS[3])
    redis.call('set', KEYS[1], token, 'px', ARGV[1])
    redis.call('hset', ARGV[2] .. id, 'taken', '1')
    return {tostring(token), id, record, redis.call('hget', ARGV[2] .. id, 'progress') or ''}
  end
  redis.call('lpop', KEYS[2])
  id = redis.call('lindex', KEYS[2], 0)
end
redis.call('xack', KEYS[4], ARGV[3], ARGV[4])
redis.call('xdel', KEYS[4], ARGV[4])
return 0
"""

# KEYS: lease, job, stream. ARGV: token, lease in ms, group, consumer, entry id. → 0 lost | 1 held | 2 cancel wanted.
_RENEW = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('pexpire', KEYS[1], ARGV[2])
redis.call('xclaim', KEYS[3], ARGV[3], ARGV[4], 0, ARGV[5], 'justid')
if redis.call('hexists', KEYS[2], 'cancel') == 1 then return 2 end
return 1
"""

# KEYS: lease, job. ARGV: token, record. → 1 written | 0 the lease is lost.
_SAVE = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('hset', KEYS[2], 'record', ARGV[2])
return 1
"""

# KEYS: lease, job, mailbox, stream. ARGV: token, record (empty: as it is), job id, group, entry id, chat, seconds to
# keep. → 1 ended | 0 the lease is lost.
_END = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('hset', KEYS[2], 'record', ARGV[2]) end
redis.call('hdel', KEYS[2], 'cancel')
redis.call('expire', KEYS[2], ARGV[7])
redis.call('lrem', KEYS[3], 1, ARGV[3])
redis.call('del', KEYS[1])
redis.call('xack', KEYS[4], ARGV[4], ARGV[5])
redis.call('xdel', KEYS[4], ARGV[5])
if redis.call('llen', KEYS[3]) > 0 then redis.call('xadd', KEYS[4], '*', 'chat', ARGV[6]) end
return 1
"""

# KEYS: lease, stream. ARGV: token, group, entry id, chat. The job stays at the mailbox's head.
_HAND_OVER = """
if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('del', KEYS[1])
redis.call('xack', KEYS[2], ARGV[2], ARGV[3])
redis.call('xdel', KEYS[2], ARGV[3])
redis.call('xadd', KEYS[2], '*', 'chat', ARGV[4])
return 1
"""

# KEYS: job, mailbox. ARGV: message id, job id. → 1 noted | 0 too late: its worker posts its own, or it is over.
_NOTE_PROGRESS = """
if redis.call('hexists', KEYS[1], 'taken') == 1 or not redis.call('lpos', KEYS[2], ARGV[2]) then return 0 end
redis.call('hset', KEYS[1], 'progress', ARGV[1])
return 1
"""

# KEYS: job, mailbox. ARGV: job id, record of the cancelled job, seconds to keep.
# → 2 taken out of the queue | 1 its worker will see it | 0 there is no such unfinished job.
_CANCEL = """
local place = redis.call('lpos', KEYS[2], ARGV[1])
if not place then return 0 end
if place > 0 then
  redis.call('lrem', KEYS[2], 1, ARGV[1])
  redis.call('hset', KEYS[1], 'record', ARGV[2])
  redis.call('expire', KEYS[1], ARGV[3])
  return 2
end
redis.call('hset', KEYS[1], 'cancel', '1')
return 1
"""


# KEYS: stream. ARGV: group, milliseconds. Never one with pending entries: they would be lost with it.
_FORGET_CONSUMERS = """
for _, consumer in ipairs(redis.call('xinfo', 'consumers', KEYS[1], ARGV[1])) do
  local facts = {}
  for i = 1, #consumer, 2 do facts[consumer[i]] = consumer[i + 1] end
  if facts.pending == 0 and facts.idle > tonumber(ARGV[2]) then
    redis.call('xgroup', 'delconsumer', KEYS[1], ARGV[1], facts.name)
  end
end
"""

# KEYS: stream. ARGV: group, chat-key prefix, lease-key suffix. → how many there were.
_FREE_ALL = """
local freed = 0
while true do
  local pending = redis.call('xpending', KEYS[1], ARGV[1], '-', '+', 100)
  if #pending == 0 then return freed end
  for _, entry in ipairs(pending) do
    local found = redis.call('xrange', KEYS[1], entry[1], entry[1])[1]
    redis.call('xack', KEYS[1], ARGV[1], entry[1])
    if found then
      redis.call('del', ARGV[2] .. found[2][2] .. ARGV[3])
      redis.call('xdel', KEYS[1], entry[1])
      redis.call('xadd', KEYS[1], '*', 'chat', found[2][2])
      freed = freed + 1
    end
  end
end
"""


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


class Mailbox:
    """`consumer` names this worker among the group's; it is unique to the process."""

    def __init__(self, redis: Redis, consumer: str = "none", lease_seconds: float = LEASE_SECONDS) -> None:
        self._redis = redis
        self._consumer = consumer
        self._lease_ms = int(lease_seconds * 1000)
        self._put = redis.register_script(_PUT)
        self._take = redis.register_script(_TAKE)
        self._renew = redis.register_script(_RENEW)
        self._save = redis.register_script(_SAVE)
        self._end = redis.register_script(_END)
        self._hand_over = redis.register_script(_HAND_OVER)
        self._cancel = redis.register_script(_CANCEL)
        self._note_progress = redis.register_script(_NOTE_PROGRESS)
        self._forget_consumers = redis.register_script(_FORGET_CONSUMERS)
        self._free_all = redis.register_script(_FREE_ALL)

    async def put(self, job: Job) -> int:
        """Queue a job; putting it twice queues it once. → how many jobs of the chat are before it."""
        return int(
            await self._put(keys=[_job(job.id), _mail(job.chat), _STREAM], args=[job.id, job.to_json(), job.chat.key])
        )

    async def note_progress(self, job: Job, message: str) -> bool:
        """A waiting job's progress message.

        → False where a worker has the job already and posts its own, or where it no longer waits.
        """
        return bool(await self._note_progress(keys=[_job(job.id), _mail(job.chat)], args=[message, job.id]))

    async def job(self, job_id: str) -> Job | None:
        """The job's last record; None where there is none, or none that can be read."""
        record, progress = texts(await self._redis.hmget(_job(job_id), "record", "progress"))
        return None if record is None else _read(record, progress)

    async def unfinished(self, chat: ChatRef) -> tuple[Job, ...]:
        """The chat's jobs in order, the one at work first."""
        ids = await self._redis.lrange(_mail(chat), 0, -1)
        jobs = [await self.job(str(job_id)) for job_id in ids]
        return tuple(job for job in jobs if job is not None)

    async def cancel(self, job: Job, cancelled: Job) -> bool:
        """Ask for a job's end; `cancelled` is its record in that case.

        → True where it was still waiting and is gone now; False where its worker will see it, or it has ended.
        """
        keys = [_job(job.id), _mail(job.chat)]
        answer = await self._cancel(keys=keys, args=[job.id, cancelled.to_json(), KEEP_ENDED])
        return int(answer) == 2

    # What a worker does.

    async def open(self) -> None:
        """Make the consumer group where it is missing, and forget the consumers of processes that are long gone."""
        try:
            await self._redis.xgroup_create(_STREAM, _GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise
        await self._forget_consumers(keys=[_STREAM], args=[_GROUP, _IDLE_CONSUMER_MS])

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
        answer = await self._take(
            keys=[_lease(chat), _mail(chat), _FENCE, _STREAM], args=[self._lease_ms, _job(""), _GROUP, entry]
        )
        if not answer:
            return None
        token, job_id, record, progress = (str(each) for each in answer)
        job = _read(record, progress or None)
        if job is None:
            await self._ended(chat, token, job_id, entry, record="")
            raise Unreadable(chat, job_id, progress or None)
        return Turn(job, token, entry)

    async def renew(self, turn: Turn) -> bool:
        """Keep the lease. → whether the person wants the job cancelled. Raises `LeaseLost`."""
        chat = turn.job.chat
        answer = int(
            await self._renew(
                keys=[_lease(chat), _job(turn.job.id), _STREAM],
                args=[turn.token, self._lease_ms, _GROUP, self._consumer, turn.entry],
            )
        )
        if answer == 0:
            raise LeaseLost
        return answer == 2

    async def save(self, turn: Turn, job: Job) -> None:
        """Record how far the job has come. Raises `LeaseLost`."""
        if not await self._save(keys=[_lease(job.chat), _job(job.id)], args=[turn.token, job.to_json()]):
            raise LeaseLost

    async def end(self, turn: Turn, job: Job) -> None:
        """Record the job's end and give the chat back. Raises `LeaseLost`."""
        if not await self._ended(job.chat, turn.token, job.id, turn.entry, job.to_json()):
            raise LeaseLost

    async def hand_over(self, turn: Turn) -> None:
        """Give the chat back with its job unfinished, for another worker to go on at once."""
        chat = turn.job.chat
        await self._hand_over(keys=[_lease(chat), _STREAM], args=[turn.token, _GROUP, turn.entry, chat.key])

    async def free_all(self) -> int:
        """End every lease and offer its chat anew, at once. → how many there were.

        Only for a caller that knows that no other worker lives (an embedded server's host, before its worker reads).
        """
        await self.open()
        return int(await self._free_all(keys=[_STREAM], args=[_GROUP, key("chat", ""), f"|{_LEASE}"]))

    async def _ended(self, chat: ChatRef, token: str, job_id: str, entry: str, record: str) -> bool:
        keys = [_lease(chat), _job(job_id), _mail(chat), _STREAM]
        return bool(await self._end(keys=keys, args=[token, record, job_id, _GROUP, entry, chat.key, KEEP_ENDED]))

    async def _opened_again(self, error: ResponseError) -> None:
        """Redis came back empty: the group is made again. Anything else passes through."""
        if "NOGROUP" not in str(error):
            raise error
        log.error("store_was_emptied")
        await self.open()


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


def _mail(chat: ChatRef) -> str:
    return chat_key(chat, "mail")


def _lease(chat: ChatRef) -> str:
    return chat_key(chat, _LEASE)
