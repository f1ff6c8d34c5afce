"""Many jobs at once through `stillreel up`: whoever asks meanwhile is answered in time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests import photos
from tests.bots.discord.test_whole import bot
from tests.counterparts.discord import Channel, Discord, Message, Person
from tests.waiting import wait_until

JOBS = 50
WORDS = "zoom in for 1 second, 480p"


async def test_item_1_the_acknowledgement_comes_first_and_in_time_while_50_jobs_run(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "photo.jpg", (480, 360)).read_bytes()
    async with Discord() as discord:
        ann, bob = discord.user("Ann"), discord.user("Bob")
        guild = discord.guild("Film club", members=[ann, bob])
        places = [guild.channel(f"film-{number}") for number in range(JOBS)]
        async with bot(discord, tmp_path / "data"):
            await asyncio.gather(*(_asks(ann, place, photo) for place in places))
            await wait_until(lambda: sum(_is_at_work(place) for place in places) > JOBS * 0.8, 60)
            busy = sum(_is_at_work(place) for place in places)
            commands = [await ann.slash(place, "animate", photo=photo, prompt=WORDS) for place in places[:5]]
            commands.append(await ann.slash(places[5], "status"))
            commands.append(await ann.presses(_progress(places[6]), "Cancel"))
            commands.append(await bob.presses(_progress(places[7]), "Cancel"))
            for shown in commands:
                await shown.acknowledged()
            await wait_until(lambda: bob.ephemeral)
            assert bob.ephemeral[0].content.startswith("This button is for the person who asked.")
        assert busy > JOBS * 0.8
        slowest = max(shown.ack_seconds or 0 for shown in commands)
        assert slowest < 3
        assert [shown.responses for shown in commands] == [[4]] * 5 + [[5], [6], [6]]


async def _asks(person: Person, place: Channel, photo: bytes) -> None:
    shown = await person.slash(place, "animate", photo=photo, prompt=WORDS)
    await shown.acknowledged(30)
    assert shown.ack_seconds is not None
    assert shown.ack_seconds < 3, "also when all come at once"


def _is_at_work(place: Channel) -> bool:
    return any("Cancel" in message.labels for message in place.from_bot)


def _progress(place: Channel) -> Message:
    return next(message for message in place.from_bot if "Cancel" in message.labels)
