"""SIGKILL at every boundary: each of several chats is stopped at one, then the process dies under all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import points
from tests.chaos.load import Load
from tests.chaos.town import APART, TOGETHER, town
from tests.chaos.watch import again, reached, settled, struck
from tests.waiting import wait_until

DEATHS_OF_RENDERERS = 3


@pytest.mark.long
@pytest.mark.parametrize("victim", ["worker", "darkroom", "redis"])
async def test_sigkill_at_every_boundary(victim: str, load: Load, tmp_path: Path) -> None:
    async with town(tmp_path, load.platforms, APART) as place:
        for stops in points.ROUNDS:
            counted = await struck(place, load, victim, stops)
    print(counted.table(f"SIGKILL of {victim} at {len(points.WORKER)} boundaries"))
    assert counted.is_clean, (counted, load.wishes)


@pytest.mark.long
async def test_sigkill_of_the_renderer_in_the_middle_of_a_render(load: Load, tmp_path: Path) -> None:
    async with town(tmp_path, load.platforms, APART) as place:
        load.seconds = 10
        for _ in range(DEATHS_OF_RENDERERS):
            place.traps.set([points.STAGES["rendering"]])
            await load.clip(load.place())
            await reached(place)
            assert place.kill_renderers()
            place.traps.open_all()
        counted = await settled(place, load)
    print(counted.table(f"SIGKILL of the renderer, {DEATHS_OF_RENDERERS} times"))
    assert counted.is_clean, (counted, load.wishes)
    assert counted.share == 1


@pytest.mark.long
async def test_sigkill_of_the_listener_at_every_boundary(load: Load, tmp_path: Path) -> None:
    async with town(tmp_path, load.platforms, APART) as place:
        known = await load.places(2)
        for each in known:
            await each.platform.says(each, "zoom in")
        await load.hears(known, 2, "they are answered")
        await wait_until(lambda: all(each.platform.is_greeted(each) for each in known), 60, what="they are greeted")
        strangers = [load.place() for _ in range(2)]
        place.traps.set(points.speaking(points.TELEGRAM))
        await load.queue(known)
        for each in strangers:
            await load.clip(each)
        await reached(place)
        # What stands between the fetching of updates holds up all that come later: each has a death of its own.
        place.traps.set([points.FETCHED])
        await load.clip(load.place())
        await reached(place)
        await again(place, "telegram")
        await load.clip(load.place())
        place.traps.set([points.KEPT])
        await load.clip(load.place())
        await reached(place)
        await again(place, "telegram")
        counted = await settled(place, load)
    print(counted.table("SIGKILL of telegram at 6 boundaries"))
    assert counted.is_clean, (counted, load.wishes)
    assert counted.share == 1


@pytest.mark.long
async def test_sigkill_of_everything_at_every_boundary(load: Load, tmp_path: Path) -> None:
    load.seconds = 10
    async with town(tmp_path, load.platforms, TOGETHER) as place:
        counted = await struck(place, load, "up", points.SEEN_BY_TELEGRAM)
    print(counted.table(f"SIGKILL of `stillreel up` at {len(points.SEEN_BY_TELEGRAM)} boundaries"))
    assert counted.is_clean, (counted, load.wishes)
