"""Files that people posted, fetched from Discord's CDN."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from pathlib import Path

import httpx
import pytest

from bots.discord.faults import Unsent
from bots.discord.files import ref_of
from bots.discord.outbox import DiscordOutbox
from bots.discord.places import chat_of
from core.chat import Media, MediaGone, MediaKind, MediaTooLarge, Message, Video
from tests.counterparts.discord import Channel, Discord, File, Person
from tests.counterparts.discord import Message as Posted
from tests.counterparts.discord.refusals import Refused

DAY = 24 * 3600
MIB = 1024 * 1024
PHOTO = bytes(range(256)) * 100


def media(discord: Discord, posted: Posted) -> Media:
    """As the listener refers to the message's file."""
    attachment = posted.attachments[0]
    url = discord.world.files.link(attachment)
    return Media(ref_of(posted.channel.id, posted.id, attachment.id, url), MediaKind.PHOTO, size=attachment.size)


async def fetched(outbox: DiscordOutbox, file: Media) -> bytes:
    async with outbox.open(file) as chunks:
        return b"".join([chunk async for chunk in chunks])


async def test_a_file_comes_as_it_was_posted(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[PHOTO])
    assert await fetched(outbox, media(discord, posted)) == PHOTO
    assert [call.route for call in discord.requests] == ["file"]


async def test_an_expired_attachment_link_is_fetched_anew(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[PHOTO])
    file = media(discord, posted)
    discord.clock.forward(DAY)
    assert await fetched(outbox, file) == PHOTO, "by Discord's clock it is over, by ours it is not"
    assert [call.status for call in discord.of("file")] == [404, 200]
    assert discord.count("get_message") == 1


async def test_the_link_of_a_forwarded_file_is_fetched_anew_from_what_was_forwarded(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[PHOTO])
    file = media(discord, posted)
    discord.clock.forward(DAY)
    snapshot = {"message": {"attachments": [discord.world.files.json(posted.attachments[0])]}}
    forward = json.dumps({"id": str(posted.id), "attachments": [], "message_snapshots": [snapshot]}).encode()
    in_json = {"Content-Type": "application/json"}
    discord.faults.add("get_message", Refused(200, 0, "", body=forward, headers=in_json))
    assert await fetched(outbox, file) == PHOTO


async def test_a_link_that_says_that_it_is_over_is_not_tried(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    discord.clock.forward(-2 * DAY)
    posted = await ann.says(channel, files=[PHOTO])
    file = media(discord, posted)
    discord.clock.forward(2 * DAY)
    assert await fetched(outbox, file) == PHOTO
    assert [call.status for call in discord.of("file")] == [200]


async def test_a_file_whose_message_is_deleted_is_gone_when_its_link_is_over(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[PHOTO])
    file = media(discord, posted)
    await ann.deletes(posted)
    assert await fetched(outbox, file) == PHOTO
    discord.clock.forward(DAY)
    with pytest.raises(MediaGone):
        await fetched(outbox, file)


async def test_an_option_of_a_command_has_no_message_to_be_fetched_from(
    discord: Discord, outbox: DiscordOutbox
) -> None:
    kept = discord.world.files.keep(PHOTO, f"ephemeral-attachments/{discord.application_id}")
    file = Media(ref_of(None, None, None, discord.world.files.link(kept)))
    assert await fetched(outbox, file) == PHOTO
    discord.clock.forward(DAY)
    with pytest.raises(MediaGone):
        await fetched(outbox, file)
    assert discord.count("get_message") == 0


@pytest.mark.parametrize("ref", ["", "nothing of ours", "1.2 https://a.example/b", "- no address"])
async def test_what_is_no_reference_is_gone(outbox: DiscordOutbox, ref: str) -> None:
    with pytest.raises(MediaGone):
        await fetched(outbox, Media(ref))


async def test_a_file_that_is_too_large_is_not_fetched(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[File(600 * MIB, "film.mp4")])
    with pytest.raises(MediaTooLarge):
        await fetched(outbox, media(discord, posted))
    assert discord.requests == []


async def test_a_busy_cdn_is_asked_again(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[PHOTO])
    discord.fail("file", 503)
    assert await fetched(outbox, media(discord, posted)) == PHOTO


async def test_a_file_that_breaks_off_is_told_without_its_address(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[PHOTO])
    discord.drop("file", effect=True, after=1000)
    with pytest.raises(Unsent, match="broke off") as raised:
        await fetched(outbox, media(discord, posted))
    assert "hm=" not in repr(raised.value)


async def test_what_the_reader_raises_is_its_own(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    posted = await ann.says(channel, files=[PHOTO])

    async def read() -> None:
        async with outbox.open(media(discord, posted)):
            raise httpx.ConnectError("the backend is away")

    with pytest.raises(httpx.ConnectError):
        await read()


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads Linux' /proc")
async def test_25_mb_pass_in_pieces(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person, tmp_path: Path
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(os.urandom(MIB) * 24)
    with path.open("rb") as source:
        expected = hashlib.file_digest(source, "sha256").hexdigest()
    assert channel.guild is not None
    channel.guild.upload_limit = 25 * MIB
    chat = chat_of(channel.id)
    await outbox.send(chat, Message("everything that is loaded once"))
    video = Video(path, "film.mp4", path.stat().st_size, 640, 360, 2.0)

    before = _memory()
    await outbox.post_video(chat, video, Message("Here it is."), job="job")
    assert _highest() - before < 8 * MIB
    posted = channel.videos[0]
    assert posted.attachments[0].sha256 == expected

    before, digest = _memory(), hashlib.sha256()
    async with outbox.open(media(discord, posted)) as chunks:
        async for chunk in chunks:
            digest.update(chunk)
            await asyncio.sleep(0)
    assert digest.hexdigest() == expected
    assert _highest() - before < 8 * MIB


def _memory() -> int:
    """Bytes of resident memory now; the highest mark starts anew."""
    Path("/proc/self/clear_refs").write_text("5", "utf-8")
    return _highest()


def _highest() -> int:
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
