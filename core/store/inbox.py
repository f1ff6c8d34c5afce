"""Updates that a platform handed over and nobody has dealt with yet, so that none is lost or done twice.

An update is written here before the platform is told that it arrived. What belongs together (an album) shares a parcel,
which is due when nothing was added to it for a moment. Whoever takes a parcel holds it for a lease; where its holder
dies, it is due again. A chat's parcels are due in the order in which they came.

Every change is one script, so that it happens wholly or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, cast

from redis.asyncio import Redis

from core.chat import ChatRef
from core.store.connection import key
from core.store.people import EVENT_MEMORY

LEASE_SECONDS = 60.0
"""For how long a parcel's holder may be silent before another takes it."""

_ORDER_SECONDS = 60

# KEYS: claim, due, items, the chat's last. ARGV: seconds to remember, parcel, body, due at, seconds to keep the order.
# → 1 taken in | 0 it was here before.
_PUT = """
if not redis.call('set', KEYS[1], '1', 'nx', 'ex', ARGV[1]) then return 0 end
local due = tonumber(ARGV[4])
local last = tonumber(redis.call('get', KEYS[4]) or '0')
if last >= due then due = last + 0.00001 end
local text = string.format('%.6f', due)
redis.call('rpush', KEYS[3], ARGV[3])
redis.call('zadd', KEYS[2], text, ARGV[2])
redis.call('set', KEYS[4], text, 'ex', ARGV[5])
return 1
"""

# KEYS: due. ARGV: now, end of the lease, at most, items' prefix, this holding's name. → {{parcel, items}, …}
# A parcel that is held has a name of its own: what comes late begins another. One whose items are gone (a store that
# drops keys) must not stop the others.
_TAKE = """
local taken = {}
for n, parcel in ipairs(redis.call('zrangebyscore', KEYS[1], '-inf', ARGV[1], 'limit', 0, ARGV[3])) do
  if redis.call('exists', ARGV[4] .. parcel) == 0 then
    redis.call('zrem', KEYS[1], parcel)
  else
    local held = parcel
    if not string.find(parcel, '~', 1, true) then
      held = parcel .. '~' .. ARGV[5] .. n
      redis.call('zrem', KEYS[1], parcel)
      redis.call('rename', ARGV[4] .. parcel, ARGV[4] .. held)
    end
    redis.call('zadd', KEYS[1], ARGV[2], held)
    table.insert(taken, {held, redis.call('lrange', ARGV[4] .. held, 0, -1)})
  end
end
return taken
"""

# KEYS: due. ARGV: now.
_FREE = """
for _, parcel in ipairs(redis.call('zrange', KEYS[1], 0, -1)) do
  if string.find(parcel, '~', 1, true) then redis.call('zadd', KEYS[1], ARGV[1], parcel) end
end
"""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What belongs together, held by whoever took it."""

    name: str
    chat: ChatRef
    items: tuple[str, ...]
    """The updates as the platform wrote them, in order."""


class Inbox:
    """One platform's inbox. `clock`: seconds since the epoch; `new_id`: an unused id."""

    def __init__(
        self,
        redis: Redis,
        platform: str,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self.lease_seconds = lease_seconds
        self._redis = redis
        self._platform = platform
        self._clock = clock
        self._new_id = new_id
        self._due = key("inbox", platform)
        self._put = redis.register_script(_PUT)
        self._take = redis.register_script(_TAKE)
        self._free = redis.register_script(_FREE)

    async def put(self, event: str, chat: ChatRef, parcel: str, body: str, wait: float = 0.0) -> bool:
        """Take an update in, into `parcel`, which is due after `wait` seconds without another one for it.

        → False where this `event` came within the last 24 hours: nothing happens then.
        """
        name = f"{chat.key}|{parcel}"
        answer = await self._put(
            keys=[
                key("update", self._platform, event),
                self._due,
                self._items(name),
                key("inbox", self._platform, "last", chat.key),
            ],
            args=[EVENT_MEMORY, name, body, f"{self._clock() + wait:.6f}", int(_ORDER_SECONDS + wait)],
        )
        return bool(answer)

    async def take(self, most: int) -> tuple[Parcel, ...]:
        """Parcels that are due, at most so many, in order; they are held for a lease."""
        now = self._clock()
        answer = await self._take(
            keys=[self._due],
            args=[f"{now:.6f}", f"{now + self.lease_seconds:.6f}", most, self._items(""), self._new_id()],
        )
        return tuple(
            Parcel(str(name), ChatRef.parse(str(name).partition("|")[0]), tuple(str(item) for item in items))
            for name, items in cast("list[tuple[Any, list[Any]]]", answer)
        )

    async def next_due(self) -> float | None:
        """When the next parcel is due, in seconds since the epoch."""
        first = cast("list[tuple[Any, float]]", await self._redis.zrange(self._due, 0, 0, withscores=True))
        return float(first[0][1]) if first else None

    async def renew(self, held: Collection[Parcel]) -> None:
        """Hold these for another lease."""
        if held:
            until = round(self._clock() + self.lease_seconds, 6)
            await self._redis.zadd(self._due, {parcel.name: until for parcel in held}, xx=True)

    async def done(self, parcel: Parcel) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.zrem(self._due, parcel.name)
            pipe.delete(self._items(parcel.name))
            await pipe.execute()

    async def free_all(self) -> None:
        """End every lease. Only for a caller that knows that no other holder lives."""
        await self._free(keys=[self._due], args=[f"{self._clock():.6f}"])

    def _items(self, parcel: str) -> str:
        return key("inbox", self._platform, "items", parcel)
