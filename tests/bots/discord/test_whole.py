"""The whole way on Discord through `stillreel up` alone: a command, the context menu, a mention in a thread, words in
direct messages; a restart between the photo and the video, and a button after it. One program serves the first four.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import photos, program
from tests.clips import clip
from tests.counterparts.discord import Channel, Discord, Message
from tests.waiting import wait_until

SECONDS = 60.0
WORDS = "zoom in for 1 second, 480p"


def settings(discord: Discord) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_URL": discord.api_url,
        "DISCORD_GATEWAY_URL": discord.gateway_url,
        "DARKROOM_RENDERERS": "1",
        "NEMO_POLL_INTERVAL": "0.2",
    }


@asynccontextmanager
async def bot(discord: Discord, data: Path, more: Mapping[str, str] | None = None) -> AsyncIterator[program.Up]:
    """The program at work; no log of it holds the token or a stack trace."""
    async with program.up(data, {**settings(discord), **(more or {})}) as up:
        await discord.online()
        yield up
    log = data.with_name(f"{data.name}.log").read_text()
    assert discord.token not in log
    assert "Traceback" not in log, log


async def video(channel: Channel, count: int = 1) -> Message:
    """The `count`-th video of the channel, once its progress message is gone."""

    def there() -> bool:
        others = [message for message in channel.from_bot if not message.has_video]
        return len(channel.videos) >= count and not any("%" in message.content for message in others)

    await wait_until(there, SECONDS, what=f"{count} videos in {channel.name}: {channel.from_bot}")
    return channel.videos[count - 1]


def facts(message: Message, folder: Path) -> tuple[str, int]:
    path = folder / "clip.mp4"
    path.write_bytes(message.attachments[0].content)
    found = clip(path)
    return found.codec, found.frames


@pytest.fixture
def photo(tmp_path: Path) -> bytes:
    return photos.landscape(tmp_path / "photo.jpg", (480, 360)).read_bytes()


async def test_item_1_by_command_by_menu_by_mention_and_by_direct_message(photo: bytes, tmp_path: Path) -> None:
    async with Discord() as discord:
        ann = discord.user("Ann")
        guild = discord.guild("Film club", members=[ann])
        general, other = guild.channel("general"), guild.channel("pictures")
        thread = other.thread("a film")
        direct = discord.dm(ann)
        async with bot(discord, tmp_path / "data"):
            shown = await ann.slash(general, "animate", photo=photo, prompt=WORDS)
            await shown.acknowledged()
            asked = await ann.says(other, "look at this", files=[photo])
            await ann.context_menu(other, asked, "Animate this")
            said = await ann.says(thread, WORDS, files=[photo], mentions=[discord.bot])
            wrote = await ann.says(direct, WORDS, files=[photo])
            answers = [await video(place) for place in (general, other, thread, direct)]
            assert [facts(answer, tmp_path) for answer in (answers[0], *answers[2:])] == [("h264", 30)] * 3
            # Each answers what asked for it, and says what is on the timeline.
            assert shown.message is not None
            assert [answer.reply_to for answer in answers] == [shown.message, asked, said, wrote]
            assert all("Timeline" in answer.content for answer in answers)
            # Whoever asked is called once: by their name, or by the reply to their own words.
            assert [answer.mentions for answer in answers] == [[ann]] * 4
            named = [answer.content.startswith(f"{ann.mention}\n") for answer in answers]
            assert named == [True, True, False, False]
        assert shown.ack_seconds is not None
        assert shown.ack_seconds < 3


async def test_item_1_a_restart_between_the_photo_and_the_video(photo: bytes, tmp_path: Path) -> None:
    async with Discord() as discord:
        ann = discord.user("Ann")
        direct = discord.dm(ann)
        async with bot(discord, tmp_path / "data") as up:
            await ann.says(direct, WORDS, files=[photo])
            # It is recorded by then, and moves: a kill before that may leave a second one behind.
            await wait_until(lambda: any(change.kind == "edited" for change in direct.history), SECONDS)
            up.process.kill()
            up.process.wait()
        async with bot(discord, tmp_path / "data"):
            answer = await video(direct)
            # A button that was posted before a restart works after it.
            await ann.presses(answer, "Slower")
            await video(direct, 2)
        assert len(direct.videos) == 2
