"""What became of everything that was asked for, counted from the records of those who were asked.

From the platforms' counterparts: what each chat was sent. From the gates: the prompts that the backend accepted, and
the videos that were on their way when a process died. From darkroom's database: the credits that were charged.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from core.store.connection import client_of
from core.store.tokens import RedisTokens
from tests.chaos.gates import Exchange
from tests.chaos.load import Load, Wish
from tests.chaos.town import CREDITS, Town

_WINDOW = 1.0
"""Seconds after an answer within which its process may die before it has noted it."""


@dataclass(frozen=True, slots=True)
class Tally:
    jobs: int
    videos: int
    """Jobs that ended with a video."""
    retries: int
    """Jobs that ended with one sentence and a Retry button."""
    cancelled: int
    not_kept: int
    """Jobs that were acknowledged and could not be written down: the person was told to ask again."""
    did_not_respond: int
    """Jobs that nobody took on: their process died before it had acknowledged them, and Discord itself said so."""
    lost: int
    """Jobs of which the person hears nothing more: no video, no sentence."""
    silent: int
    """Jobs that nothing ever answered."""
    accepted_twice: int
    charged_twice: int
    posted_twice_in_flight: int
    """Videos posted again because their process died in the one request, its answer not noted."""
    posted_twice: int
    """Videos posted again outside of that."""
    photos_twice: int
    """Clips that hold their one photo more than once: its upload had arrived, and was not recorded."""
    left_behind: int
    """Progress messages of ended jobs that nobody removed."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.silent or self.accepted_twice or self.charged_twice or self.posted_twice)

    @property
    def share(self) -> float:
        """Of the jobs that were taken on and that nobody cancelled, how many ended with a video."""
        wanted = self.jobs - self.cancelled - self.did_not_respond
        return self.videos / wanted if wanted else 1.0

    def table(self, title: str) -> str:
        rows = [f"{name.replace('_', ' '):<24}{value:>6}" for name, value in asdict(self).items()]
        return "\n".join((title, *rows, f"{'share with a video':<24}{self.share:>6.0%}"))


async def tally(place: Town, load: Load) -> Tally:
    """Count, once everything has ended."""
    accepted = _accepted(place)
    wishes = load.wishes
    flights = [_flights(place, wish) for wish in wishes]
    again = [len(wish.posted) - 1 for wish in wishes]
    excused = [min(max(more, 0), inside) for more, inside in zip(again, flights, strict=True)]
    with_video = [wish for wish in wishes if wish.posted]
    without = [wish for wish in wishes if not wish.posted]
    return Tally(
        jobs=len(wishes),
        videos=len(with_video),
        retries=sum(_is_given_up(wish) for wish in without),
        cancelled=sum(wish.is_cancelled for wish in without),
        not_kept=sum(wish.was_not_kept for wish in without),
        did_not_respond=sum(wish.did_not_respond for wish in without),
        lost=sum(not wish.has_ended for wish in wishes),
        silent=sum(not wish.was_heard for wish in wishes),
        accepted_twice=sum(accepted[wish.words] > 1 for wish in wishes),
        charged_twice=await _overcharged(place, wishes, accepted),
        posted_twice_in_flight=sum(excused),
        posted_twice=sum(max(more, 0) - known for more, known in zip(again, excused, strict=True)),
        photos_twice=_photos_twice(place.data / "darkroom" / "records.sqlite"),
        left_behind=sum(len(wish.unfinished) for wish in wishes if wish.has_ended),
    )


async def at_rest(place: Town) -> bool:
    """Whether no chat has an unfinished job."""
    redis = client_of(place.redis_url)
    try:
        return [name async for name in redis.scan_iter(match="*|mail", count=500)] == []
    finally:
        await redis.aclose()


def _is_given_up(wish: Wish) -> bool:
    return bool(wish.sentences) and not (wish.is_cancelled or wish.was_not_kept)


def _accepted(place: Town) -> Counter[str]:
    """Words → how often the backend began an event stream for them, as far as gates stand before it."""
    found: Counter[str] = Counter()
    for gate in place.to_darkroom:
        for exchange in gate.exchanges:
            if exchange.path == "/run_sse" and exchange.status == 200:
                found[json.loads(exchange.body)["new_message"]["parts"][0]["text"]] += 1
    return found


def _flights(place: Town, wish: Wish) -> int:
    """How many of the wish's videos were on their way, or just answered for, when their process died.

    None where the platform keeps a repetition away.
    """
    return sum(
        _cut_off(exchange, gate_deaths)
        for gate, gate_deaths in ((gate, place.deaths_behind(gate)) for gate in place.to_platforms)
        for exchange in gate.exchanges
        if wish.place.platform.may_repeat(exchange, wish.place, wish.asked)
    )


def _cut_off(exchange: Exchange, deaths: Sequence[float]) -> bool:
    if exchange.passed_on is None:
        return True
    return any(exchange.passed_on <= death <= exchange.passed_on + _WINDOW for death in deaths)


async def _overcharged(place: Town, wishes: Sequence[Wish], accepted: Counter[str]) -> int:
    """Chats whose account paid for more than what was accepted for them, once each."""
    due: Counter[str] = Counter()
    for wish in wishes:
        due[wish.place.key] += wish.cost if accepted[wish.words] or not place.to_darkroom else 0
    paid = _paid(place.data / "darkroom" / "records.sqlite", CREDITS)
    redis = client_of(place.redis_url)
    try:
        tokens = RedisTokens(redis, "darkroom")
        return sum([paid.get(await tokens.client_id(chat), 0) > most for chat, most in due.items()])
    finally:
        await redis.aclose()


def _photos_twice(records: Path) -> int:
    with sqlite3.connect(f"file:{records}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT count(*) FROM upload GROUP BY session HAVING count(*) > 1").fetchall()
    return len(rows)


def _paid(records: Path, start: int) -> dict[str, int]:
    """Client id → credits that were taken, reserved ones among them."""
    with sqlite3.connect(f"file:{records}?mode=ro", uri=True) as database:
        rows = database.execute("SELECT client_id, credits, frozen FROM account").fetchall()
    return {client: start - left + frozen for client, left, frozen in rows}
