"""Rate limits: a bucket for each route and its major parameter, its headers on every answer, 429 when it is empty.

https://discord.com/developers/docs/topics/rate-limits. Buckets are so large that no test meets them,
unless it sets one.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.refusals import Refused, flooded

_MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")


@dataclass(slots=True)
class Window:
    ends: float
    """Monotonic."""
    used: int = 0


class Rates:
    """`now`: Discord's clock, for the header that names a time."""

    def __init__(self, now: Callable[[], float], *, limit: int = 1000, per: float = 1.0) -> None:
        self._now = now
        self._default = (limit, per)
        self._limits: dict[str, tuple[int, float]] = {}
        self._windows: dict[tuple[str, ...], Window] = {}

    def set(self, route: str, limit: int, per: float) -> None:
        """At most `limit` requests of a route in `per` seconds, for each channel, guild or webhook."""
        self._limits[route] = (limit, per)

    def take(self, call: Call) -> tuple[dict[str, str], Refused | None]:
        """The headers of a request's answer; and its refusal where its bucket is empty."""
        limit, per = self._limits.get(call.route, self._default)
        key = (call.route, *(call.parameters.get(name, "") for name in _MAJOR))
        at = time.monotonic()
        window = self._windows.get(key)
        if window is None or window.ends <= at:
            window = self._windows[key] = Window(at + per)
        window.used += 1
        left = window.ends - at
        headers = {
            "X-RateLimit-Bucket": hashlib.sha256(call.route.encode()).hexdigest()[:32],
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(0, limit - window.used)),
            "X-RateLimit-Reset": f"{self._now() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
        }
        return headers, flooded(round(left, 3)) if window.used > limit else None
