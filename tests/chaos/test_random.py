"""A seeded load of chats on both platforms while everything is killed, restarted and cut off at random.

`SEED` repeats a run as far as real processes repeat themselves; `CHAOS_SECONDS` says how long it lasts.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from tests.chaos.load import Load
from tests.chaos.platforms import Place
from tests.chaos.town import APART, TOGETHER, Town, town
from tests.chaos.watch import settled

CHATS = 6
MOST_IN_A_CHAT = 2
"""Jobs of a chat that may wait or be at work at the same time."""


async def people(load: Load, places: list[Place], rng: random.Random, until: float) -> None:
    """They send photos with words, want changes, send a second photo meanwhile, and change their minds."""
    while time.monotonic() < until:
        await asyncio.sleep(rng.uniform(0.3, 2.0))
        place = rng.choice(places)
        asked = load.of(place)
        waiting = [wish for wish in asked if not wish.has_ended]
        if waiting and rng.random() < 0.15:
            await load.cancel(rng.choice(waiting))
        elif len(waiting) >= MOST_IN_A_CHAT:
            continue
        elif asked and not waiting and asked[-1].posted and rng.random() < 0.5:
            await load.change(place)
        else:
            await load.clip(place)


async def havoc(place: Town, rng: random.Random, until: float) -> None:
    """One thing after the other goes wrong, and is well again after a moment."""
    victims = [*place.members, *place.members, "renderer", "network", "platform"]
    while time.monotonic() < until:
        await asyncio.sleep(rng.uniform(0.5, 4.0))
        victim = rng.choice(victims)
        pause = rng.uniform(0.0, 3.0)
        if victim == "renderer":
            place.kill_renderers()
        elif victim == "network":
            await rng.choice([*place.to_darkroom, *place.to_platforms]).cut()
        elif victim == "platform":
            await rng.choice(place.platforms).breaks(rng)
        else:
            await place.kill(victim)
            await asyncio.sleep(pause)
            await place.start(victim)


@pytest.mark.long
@pytest.mark.parametrize("names", [(*APART, "discord", "worker-2"), TOGETHER], ids=["apart", "together"])
async def test_killed_at_random(names: tuple[str, ...], seed: int, load_on_both: Load, tmp_path: Path) -> None:
    load = load_on_both
    length = float(os.environ.get("CHAOS_SECONDS") or 60)
    async with town(tmp_path, load.platforms, names) as place:
        places = await load.places(CHATS)
        until = time.monotonic() + length
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(people(load, places, random.Random(f"people {seed}"), until))
            tasks.create_task(havoc(place, random.Random(f"havoc {seed}"), until))
        deaths = {name: len(member.deaths) for name, member in place.members.items()}
        counted = await settled(place, load, 240)
    print(counted.table(f"SEED={seed}, {length:g} s, deaths: {deaths}"))
    assert counted.is_clean, (counted, load.wishes)
