"""What the doctor says of Discord's settings."""

from __future__ import annotations

from bots.discord.checkup import checkup
from tests.bots.discord.listening import settings_of
from tests.counterparts.discord import Discord


async def found(discord: Discord, **more: object) -> dict[str, list[tuple[bool | None, str]]]:
    """By what each remark is about."""
    remarks: dict[str, list[tuple[bool | None, str]]] = {}
    for remark in await checkup(settings_of(discord, **more)):
        remarks.setdefault(remark.about, []).append((remark.good, remark.text))
    return remarks


async def test_how_the_bot_stands_and_nothing_is_changed() -> None:
    async with Discord() as discord:
        remarks = await found(discord)
        assert set(remarks) == {"Discord", "DISCORD_GATEWAY_URL"}
        assert {good for about in remarks.values() for good, _ in about} == {True}
        (_, to_server), (_, to_own) = remarks["Discord"]
        assert "answers as stillreel" in to_server.lower()
        assert f"client_id={discord.application_id}" in to_server
        assert "integration_type=1" in to_own
        assert {call.method for call in discord.requests} == {"GET"}
        assert discord.gateway.identifies == []


async def test_off_where_there_is_no_token() -> None:
    async with Discord() as discord:
        assert await found(discord, token=None) == {"Discord": [(True, "off (DISCORD_TOKEN is not set)")]}


async def test_a_token_that_is_not_known() -> None:
    async with Discord() as discord:
        [(good, text)] = (await found(discord, token="another.token"))["DISCORD_TOKEN"]
    assert good is False
    assert "does not know the token" in text
    assert "another.token" not in text


async def test_the_message_content_intent_is_spoken_of_where_it_is_off() -> None:
    async with Discord(privileged=()) as discord:
        [(good, text)] = (await found(discord))["Discord messages"]
    assert good is None
    assert "the message content intent is off" in text


async def test_a_discord_that_cannot_be_reached() -> None:
    async with Discord() as discord:
        [(good, text)] = (await found(discord, api_url="http://127.0.0.1:9/api/v10"))["Discord"]
        assert good is False
        assert text.startswith("http://127.0.0.1:9/api/v10 cannot be reached")
        [(good, text)] = (await found(discord, gateway_url="ws://127.0.0.1:9"))["DISCORD_GATEWAY_URL"]
        assert good is False
        assert text.startswith("ws://127.0.0.1:9 cannot be reached")


async def test_shards_that_there_are_not_or_that_are_counted_twice() -> None:
    async with Discord(shards=2) as discord:
        remarks = await found(discord, shard_ids="1-2")
        assert remarks["DISCORD_SHARD_COUNT"][0][0] is None
        assert remarks["DISCORD_SHARD_IDS"] == [
            (False, "there are 2 shards, from 0 to 1. Correct it, or DISCORD_SHARD_COUNT.")
        ]
        [(good, text)] = (await found(discord, shard_count=1))["DISCORD_SHARD_COUNT"]
        assert good is None
        assert "Discord advises 2 shards" in text
