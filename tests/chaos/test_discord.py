"""SIGKILL on Discord: of the listener at each of its boundaries, of the worker while it delivers, of everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos import points
from tests.chaos.gates import Point
from tests.chaos.load import Load
from tests.chaos.on_discord import OnDiscord, Way
from tests.chaos.town import ON_DISCORD, TOGETHER, town
from tests.chaos.watch import again, reached, settled, struck, without_redis
from tests.waiting import wait_until

AWAY = 6.0
"""Seconds: about as long as a call to the store is repeated."""


@pytest.mark.long
async def test_sigkill_of_the_listener_while_it_is_asked_by_interactions(
    discord: OnDiscord, load_on_discord: Load, tmp_path: Path
) -> None:
    load = load_on_discord

    async def at(*stops: Point) -> None:
        """Somebody uses /animate and is stopped there."""
        place.traps.set(stops)
        await load.clip(discord.place(load.name(), Way.COMMAND))
        await reached(place)

    async with town(tmp_path, load.platforms, ON_DISCORD) as place:
        known = await load.known([discord.place(load.name(), Way.COMMAND) for _ in range(2)])
        for each in known:
            await each.platform.says(each, "zoom in")
        await load.hears(known, 2, "they are answered")
        await wait_until(lambda: all(each.platform.is_greeted(each) for each in known), 60, what="they are greeted")
        strangers = [discord.place(load.name(), Way.COMMAND) for _ in range(2)]
        place.traps.set(points.speaking(points.DISCORD))
        await load.queue(known)
        for each in strangers:
            await load.clip(each)
        await reached(place)
        await at(points.NOT_ACKNOWLEDGED)
        await at(points.ACKNOWLEDGED)
        # Redis' client gives up after ten seconds: what is stopped before it comes last.
        await at(points.NOT_ACKNOWLEDGED, points.COMMAND_RECEIVED)
        await at(points.COMMAND_KEPT)
        await at(points.COMMAND_RECEIVED)
        await wait_until(lambda: load.wishes[-1].asked.is_acknowledged, what="the last one is acknowledged")
        await again(place, "discord")
        counted = await settled(place, load)
    print(counted.table("SIGKILL of discord at 9 boundaries of interactions"))
    assert counted.is_clean, (counted, load.wishes)
    # Nobody could answer those that were not acknowledged, and nothing is there of the one that was not kept.
    assert (counted.did_not_respond, counted.not_kept, counted.retries) == (2, 1, 0), load.wishes
    assert counted.videos == counted.jobs - 3


@pytest.mark.long
async def test_sigkill_of_the_listener_while_it_is_asked_by_messages(
    discord: OnDiscord, load_on_discord: Load, tmp_path: Path
) -> None:
    load, gateway = load_on_discord, discord.server.gateway

    async def ask() -> None:
        for each in known:
            await load.clip(each)

    async with town(tmp_path, load.platforms, ON_DISCORD) as place:
        known = await load.known([discord.place(load.name(), way) for way in (Way.MENTION, Way.DIRECT)])
        # At once: where its first session began, and which direct messages there are, must be kept by now.
        await place.kill("discord")
        await ask()
        await place.start("discord")
        await place.heard()
        # The messages are kept one after the other: the second one waits behind the one that is stopped.
        for stop in (points.RECEIVED, points.RECEIVED_AND_KEPT):
            place.traps.set([stop])
            await ask()
            await reached(place)
            await again(place, "discord")
        # The connection is lost, and what is said meanwhile; then the listener, once more while it asks for that.
        gateway.is_closed = True
        await gateway.drop(resumable=False)
        await ask()
        await place.restart("discord")
        await ask()
        place.traps.set([points.CAUGHT_UP])
        gateway.is_closed = False
        await reached(place)
        await again(place, "discord")
        counted = await settled(place, load)
    print(counted.table("SIGKILL of discord at 5 boundaries of messages"))
    assert counted.is_clean, (counted, load.wishes)
    assert counted.share == 1, load.wishes


@pytest.mark.long
@pytest.mark.parametrize("victim", ["worker", "redis"])
async def test_sigkill_while_videos_are_delivered_to_discord(
    victim: str, load_on_discord: Load, tmp_path: Path
) -> None:
    load = load_on_discord
    stops = (*points.AT_DISCORD, *points.DELIVERING_TO_DISCORD)
    async with town(tmp_path, load.platforms, ON_DISCORD) as place:
        for each in (points.AT_DISCORD, points.DELIVERING_TO_DISCORD):
            counted = await struck(place, load, victim, each)
    print(counted.table(f"SIGKILL of {victim} at {len(stops)} boundaries on Discord"))
    assert counted.is_clean, (counted, load.wishes)
    assert counted.share == 1, load.wishes


@pytest.mark.long
async def test_sigkill_of_the_worker_while_it_delivers_through_a_webhook(
    discord: OnDiscord, load_on_discord: Load, tmp_path: Path
) -> None:
    load = load_on_discord
    async with town(tmp_path, load.platforms, ON_DISCORD) as place:
        place.traps.set(points.THROUGH_A_WEBHOOK)
        for _ in points.THROUGH_A_WEBHOOK:
            await load.clip(discord.place(load.name(), Way.OUTSIDE))
        await reached(place)
        await again(place, "worker")
        counted = await settled(place, load)
    print(counted.table(f"SIGKILL of the worker at {len(points.THROUGH_A_WEBHOOK)} boundaries through a webhook"))
    assert counted.is_clean, (counted, load.wishes)
    # A webhook has no nonce, and nobody can look: what was on its way is the person's to ask for again.
    assert counted.retries == 1, load.wishes


@pytest.mark.long
async def test_redis_away_and_the_work_on_discord_goes_on(load_on_discord: Load, tmp_path: Path) -> None:
    load = load_on_discord
    async with town(tmp_path, load.platforms, ON_DISCORD) as place:
        counted = await without_redis(place, load, AWAY, points.AROUND_REDIS_ON_DISCORD)
    print(counted.table(f"Redis away for {AWAY:g} s, on Discord"))
    assert counted.is_clean, (counted, load.wishes)
    # Who uses a command meanwhile gets a video, or is told to ask again; nobody else hears of it.
    assert counted.not_kept <= 1, load.wishes
    assert counted.videos + counted.not_kept == counted.jobs, load.wishes


@pytest.mark.long
async def test_sigkill_of_everything_on_discord(load_on_discord: Load, tmp_path: Path) -> None:
    load = load_on_discord
    load.seconds = 10
    async with town(tmp_path, load.platforms, TOGETHER) as place:
        counted = await struck(place, load, "up", points.SEEN_BY_DISCORD)
    print(counted.table(f"SIGKILL of `stillreel up` at {len(points.SEEN_BY_DISCORD)} boundaries on Discord"))
    assert counted.is_clean, (counted, load.wishes)
