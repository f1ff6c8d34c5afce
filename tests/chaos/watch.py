"""What every run does with a town: wait for the boundaries, kill and bring back, wait for the end and count."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.chaos.gates import Point
from tests.chaos.load import Load
from tests.chaos.tally import Tally, at_rest, tally
from tests.chaos.town import Town
from tests.waiting import wait_until


async def reached(place: Town, seconds: float = 60) -> None:
    """Wait until something is held at each of the boundaries."""
    try:
        await wait_until(lambda: not place.traps.waiting, seconds, what="every boundary is reached")
    except AssertionError as error:
        error.add_note(f"nothing came to {place.traps.waiting}")
        raise


async def struck(place: Town, load: Load, victim: str, stops: Sequence[Point]) -> Tally:
    """As many chats as boundaries, each stopped at one; then the victim dies and comes back, and all go on."""
    asking = await load.places(len(stops))
    place.traps.set(stops)
    for each in asking:
        await load.clip(each)
    await reached(place)
    await again(place, victim)
    return await settled(place, load)


async def without_redis(place: Town, load: Load, seconds: float, stops: Sequence[Point]) -> Tally:
    """Chats stopped at so many boundaries, and one that asks later, while Redis is away for so long."""
    asking = await load.places(len(stops))
    place.traps.set(stops)
    for each in asking:
        await load.clip(each)
    await reached(place)
    await place.kill("redis")
    place.traps.open_all()
    late = await load.clip(load.place())
    await asyncio.sleep(seconds)  # the length of the outage is what is tested
    assert not late.posted
    await place.start("redis")
    return await settled(place, load, 60 + seconds)


async def again(place: Town, victim: str) -> None:
    """The victim dies in the middle of what is held, and comes back."""
    await place.kill(victim)
    place.traps.open_all()
    await place.start(victim)
    await place.heard()


async def settled(place: Town, load: Load, seconds: float = 60) -> Tally:
    """What became of it all: as soon as each wish has ended and no mailbox holds anything, or when the time is over.

    No log holds a bot's token.
    """

    async def over() -> bool:
        return all(wish.has_ended for wish in load.wishes) and await at_rest(place)

    try:
        await wait_until(over, seconds, every=0.1)
    except AssertionError:
        print(f"not at rest after {seconds:g} s: {[wish for wish in load.wishes if not wish.has_ended]}\n{place.log}")
    assert not any(platform.secret in place.log for platform in load.platforms)
    return await tally(place, load)
