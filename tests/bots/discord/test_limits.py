"""Discord's limits through `stillreel up`: a video that is too large, and a job that outlives its interaction.

One program for all, against the scripted service.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from bots.discord.asked import TOKEN_SECONDS
from bots.discord.limits import MIB
from tests import clips, photos
from tests.bots.discord.test_whole import bot, video
from tests.counterparts.agents import Project, editor
from tests.counterparts.discord import Call, Channel, Discord, Interaction, Message, Person
from tests.counterparts.nemo import ScriptedNemo
from tests.films import RATE, heavy_film
from tests.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZE = (480, 360)
BYTES = 300_000
"""Of the film of one second that every export gives, at least."""
SMALL = 100_000
"""Bytes that a server takes whatever it says."""
SAID = 50 * MIB
"""What it says, as a boosted one does."""
TINY = 1000
"""Bytes that no second of film fits into."""

SIXTEEN_MINUTES = TOKEN_SECONDS + 60
WORDS = "let it move"
MADE_SMALLER = "it was made smaller, since this chat takes"


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = heavy_film(tmp_path_factory.mktemp("film") / "film.mp4", SIZE, 1, BYTES * 9)
    assert path.stat().st_size > BYTES
    return path


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return photos.landscape(tmp_path_factory.mktemp("photo") / "photo.jpg", SIZE).read_bytes()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nemo(film: Path) -> AsyncIterator[ScriptedNemo]:
    async with ScriptedNemo(video=film) as nemo:
        yield nemo
        assert nemo.violations == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def discord(nemo: ScriptedNemo, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Discord]:
    """With the program beside it."""
    data = tmp_path_factory.mktemp("up") / "data"
    cloud = {"BACKEND": "nemo", "NEMO_API_URL": nemo.url, "NEMO_POLL_INTERVAL": "0.1"}
    async with Discord() as discord, bot(discord, data, cloud):
        yield discord


@pytest.fixture
def ann(discord: Discord) -> Person:
    return discord.user("Ann", user_install=True)


@pytest.fixture
def held(nemo: ScriptedNemo) -> Iterator[asyncio.Event]:
    """No prompt is answered before this is set."""
    go = asyncio.Event()

    async def slowly(words: str, project: Project) -> AsyncIterator[bytes]:
        await go.wait()
        async for each in editor(words, project):
            yield each

    nemo.agent = slowly
    yield go
    go.set()
    nemo.agent = editor


def strict(discord: Discord, ann: Person, most: int, form: str, *, is_member: bool = True) -> Channel:
    """A channel of a server that takes `most` bytes and says another number."""
    discord.large_answer = form
    guild = discord.guild("Film club", members=[ann], upload_limit=most, stated_limit=SAID, bot=is_member)
    return guild.channel("general")


def posts(discord: Discord, start: int) -> list[Call]:
    """The requests with a video, from the `start`-th request on."""
    return [call for call in discord.requests[start:] if call.uploads]


async def check_made_smaller(discord: Discord, ann: Person, channel: Channel, photo: bytes, folder: Path) -> None:
    start = len(discord.requests)
    await ann.slash(channel, "animate", photo=photo, prompt=WORDS)
    posted = await video(channel)
    assert posted.content.startswith(f"{ann.mention}\n")
    assert MADE_SMALLER in posted.content
    (content,) = posted.files
    assert len(content) <= SMALL
    path = folder / "clip.mp4"
    path.write_bytes(content)
    found = clips.clip(path)
    assert (found.codec, found.width, found.height, found.frames) == ("h264", *SIZE, RATE)
    refused, taken = posts(discord, start)
    assert (refused.is_ok, taken.is_ok) == (False, True)
    assert next(iter(refused.uploads.values())).size > BYTES, "it was tried as it was, since the server says so"
    assert len(channel.videos) == 1


@pytest.mark.parametrize("form", ["413", "413 html", "413 empty"])
async def test_item_4_413_is_answered_by_encoding_anew(
    form: str, discord: Discord, ann: Person, photo: bytes, tmp_path: Path
) -> None:
    await check_made_smaller(discord, ann, strict(discord, ann, SMALL, form), photo, tmp_path)


async def test_item_4_40005_is_answered_by_encoding_anew(
    discord: Discord, ann: Person, photo: bytes, tmp_path: Path
) -> None:
    await check_made_smaller(discord, ann, strict(discord, ann, SMALL, "400"), photo, tmp_path)


async def test_item_4_413_through_a_webhook_is_answered_by_encoding_anew(
    discord: Discord, ann: Person, photo: bytes, tmp_path: Path
) -> None:
    await check_made_smaller(discord, ann, strict(discord, ann, SMALL, "413", is_member=False), photo, tmp_path)


async def test_item_4_a_video_that_can_never_fit_is_one_sentence(
    discord: Discord, nemo: ScriptedNemo, ann: Person, photo: bytes
) -> None:
    channel = strict(discord, ann, TINY, "413")
    start = len(discord.requests)
    shown = await ann.slash(channel, "animate", photo=photo, prompt=WORDS)
    said = await wait_until(lambda: [each for each in channel.from_bot if "this chat takes" in each.content], 60)
    assert shown.message is not None
    assert without_greeting(channel) == [shown.message, said[0]], "the progress message says it"
    (sentence,) = said[0].content.splitlines()
    # Where the backend gives a link, it is the way to the video that is left.
    told = re.match(r"The video has (\d+) KB, and this chat takes (\d+) KB\. Fetch it: http", sentence)
    assert told is not None, sentence
    assert int(told[1]) >= BYTES // 1024 > int(told[2])
    assert nemo.files.url in sentence
    assert said[0].labels == [], "the same once more would not help"
    assert len(posts(discord, start)) == 2, "whole, and as small as it was thought to go through"


async def begun(ann: Person, channel: Channel, photo: bytes) -> Interaction:
    """/animate, acknowledged, greeted and at work."""
    shown = await ann.slash(channel, "animate", photo=photo, prompt=WORDS)
    await shown.acknowledged()
    await wait_until(lambda: any("Cancel" in each.labels for each in channel.from_bot), 30, what="a progress message")
    await wait_until(lambda: len(channel.from_bot) > len(without_greeting(channel)), what="a greeting")
    return shown


def without_greeting(channel: Channel) -> list[Message]:
    return [each for each in channel.from_bot if not each.content.startswith("Hello!")]


async def test_item_1_a_job_of_16_minutes_still_posts_its_video_where_the_bot_is_a_member(
    discord: Discord, ann: Person, photo: bytes, film: Path, held: asyncio.Event
) -> None:
    channel = discord.guild("Film club", members=[ann]).channel("general")
    shown = await begun(ann, channel, photo)
    discord.clock.forward(SIXTEEN_MINUTES)
    held.set()
    posted = await video(channel)
    assert posted.files == [film.read_bytes()]
    assert posted.reply_to is shown.message
    # A reply to the bot's own words would call nobody.
    assert posted.mentions == [ann]
    assert posted.content.startswith(f"{ann.mention}\n")
    assert without_greeting(channel) == [shown.message, posted]


async def test_item_1_a_job_of_16_minutes_still_posts_its_video_by_direct_message_where_it_is_not(
    discord: Discord, ann: Person, photo: bytes, film: Path, held: asyncio.Event
) -> None:
    foreign = discord.guild("Strangers", members=[ann], bot=False).channel("general")
    await begun(ann, foreign, photo)
    discord.clock.forward(SIXTEEN_MINUTES)
    held.set()
    posted = await video(discord.dm(ann))
    assert posted.files == [film.read_bytes()]
    assert posted.mentions == []
    assert posted.content.endswith(f"You asked for this in <#{foreign.id}>. I can no longer answer there.")
    assert (len(discord.dm(ann).messages), foreign.videos) == (1, [])


async def test_item_1_closed_direct_messages_wait_for_their_export(
    discord: Discord, nemo: ScriptedNemo, ann: Person, photo: bytes, film: Path, held: asyncio.Event
) -> None:
    foreign = discord.guild("Strangers", members=[ann], bot=False).channel("general")
    direct = discord.dm(ann)
    await begun(ann, foreign, photo)
    ann.closes_dms()
    discord.clock.forward(SIXTEEN_MINUTES)
    held.set()
    refused = await wait_until(
        lambda: [each for each in posts(discord, 0) if each.channel_id == direct.id and each.status], 30
    )
    assert (refused[0].status, refused[0].code) == (403, 50007)
    assert (foreign.videos, direct.messages) == ([], [])
    renders, prompts = nemo.count("render"), len(nemo.prompts)
    shown = await ann.slash(foreign, "export")
    (posted,) = await wait_until(lambda: foreign.videos, 30)
    assert posted.files == [film.read_bytes()]
    assert posted in shown.messages
    assert posted.mentions == [ann]
    assert (nemo.count("render"), len(nemo.prompts)) == (renders, prompts), "it was made before"
    assert direct.messages == []
