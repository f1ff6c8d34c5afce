"""The adapter before servers that speak Discord's API and are not quite Discord: fields, routes, answers are missing.

Nobody is left without an answer for that, and no connection ends.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bots.discord.faults import Unanswered
from bots.discord.rest import discord_rest
from core.settings import DiscordSettings
from tests.bots.discord.listening import listener
from tests.bots.discord.test_asking import PHOTO
from tests.bots.discord.test_listener import club
from tests.counterparts.discord import Discord
from tests.waiting import wait_until

Json = dict[str, Any]

OPTIONAL = (
    *("guild", "channel", "app_permissions", "attachment_size_limit", "entitlements", "version", "context", "locale"),
    *("authorizing_integration_owners", "guild_locale"),
)


def altering(event: str, change: Callable[[Json], object]) -> Callable[[Json], None]:
    def alter(payload: Json) -> None:
        if payload.get("t") == event:
            change(payload["d"])

    return alter


def without(*names: str) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        for name in names:
            data.pop(name, None)

    return change


def nulling(*names: str) -> Callable[[Json], None]:
    def change(data: Json) -> None:
        data.update(dict.fromkeys(names))

    return change


# The gateway


@pytest.mark.parametrize("missing", [("attachment_size_limit",), ("channel",), ("app_permissions",), OPTIONAL])
async def test_a_command_without_what_may_be_missing(redis: Redis, missing: tuple[str, ...]) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        discord.gateway.alter = altering("INTERACTION_CREATE", without(*missing))
        shown = await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom in")
        await shown.acknowledged()
        incoming = await bot.hears("zoom in")
        assert incoming.chat.chat == str(channel.id)
        assert len(discord.gateway.identifies) == 1


async def test_a_command_in_direct_messages_with_next_to_nothing(redis: Redis) -> None:
    def bare(data: Json) -> None:
        without(*OPTIONAL)(data)
        data["user"] = {"id": data["user"]["id"]}
        for attachment in data["data"]["resolved"]["attachments"].values():
            without("filename", "size", "proxy_url", "content_type")(attachment)

    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        discord.gateway.alter = altering("INTERACTION_CREATE", bare)
        await ann.slash(discord.dm(ann), "animate", photo=PHOTO, prompt="zoom in")
        incoming = await bot.hears("zoom in")
        assert incoming.chat.chat == str(discord.dm(ann).id)
        assert incoming.media[0].size is None, "unknown is not empty"


async def test_names_as_people_see_them(redis: Redis) -> None:
    def chinese(data: Json) -> None:
        data["data"]["name"] = {"animate": "动起来", "Animate this": "让它动起来"}[data["data"]["name"]]
        for option in data["data"].get("options", ()):
            option["name"] = {"photo": "照片", "prompt": "描述"}[option["name"]]

    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        picture = await ann.says(channel, "look", files=[PHOTO])
        discord.gateway.alter = altering("INTERACTION_CREATE", chinese)
        await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom in")
        assert len((await bot.hears("zoom in")).media) == 1
        await ann.context_menu(channel, picture, "Animate this")
        await wait_until(lambda: len(bot.heard) == 2, what="the menu's command")
        assert len(bot.heard[-1].media) == 1


async def test_a_mention_without_what_may_be_missing(redis: Redis) -> None:
    missing = ("mentions", "member", "embeds", "mention_roles", "type", "timestamp", "flags", "components", "pinned")
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        discord.gateway.alter = altering("MESSAGE_CREATE", without(*missing))
        await ann.says(channel, "zoom in", mentions=[discord.bot])
        await bot.hears("zoom in")


async def test_nulls_are_as_good_as_nothing(redis: Redis) -> None:
    absent = (
        "message_reference",
        "webhook_id",
        "sticker_items",
        "components",
        "thread",
        "poll",
        "interaction",
        "flags",
    )

    def alter(payload: Json) -> None:
        match payload.get("t"):
            case "MESSAGE_CREATE":
                nulling("guild_id", "member", "mention_roles", *absent)(payload["d"])
                for attachment in payload["d"]["attachments"]:
                    nulling("content_type", "width", "title", "duration_secs")(attachment)
            case "INTERACTION_CREATE":
                nulling("guild_id", "guild", "member", "message", "guild_locale", *OPTIONAL)(payload["d"])

    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        discord.gateway.alter = alter
        await ann.says(discord.dm(ann), "zoom in", files=[PHOTO])
        assert len((await bot.hears("zoom in")).media) == 1
        await ann.slash(discord.dm(ann), "animate", photo=PHOTO, prompt="zoom out")
        await bot.hears("zoom out")


async def test_dispatches_that_nobody_can_read_end_nothing(redis: Redis) -> None:
    junk = [("MESSAGE_CREATE", {}), ("INTERACTION_CREATE", {"id": "1"}), ("GUILD_CREATE", {}), ("CHANNEL_DELETE", {})]
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)

        def tell() -> None:
            for event, data in [*junk, ("A_NEW_ONE", {"of": "which nobody knows"})]:
                discord.gateway.sessions[-1].tell(event, data)

        await discord.inside(tell)
        await ann.says(channel, "zoom in", mentions=[discord.bot])
        await bot.hears("zoom in")
        assert len(discord.gateway.identifies) == 1


async def test_a_server_of_which_little_is_told(redis: Redis) -> None:
    """Neither its roles nor the bot as its member: nothing says that the bot lacks a permission."""

    def bare(data: Json) -> None:
        without("roles", "members", "preferred_locale", "threads", "system_channel_id")(data)
        data["channels"] = [{"id": each["id"], "type": each["type"]} for each in data["channels"]]

    async with Discord() as discord:
        ann = discord.user()
        channel = club(discord, ann)
        discord.gateway.alter = altering("GUILD_CREATE", bare)
        async with listener(discord, redis) as bot:
            await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom in")
            await bot.hears("zoom in")
            await ann.says(channel, "zoom out", mentions=[discord.bot])
            await bot.hears("zoom out")


async def test_a_thread_of_a_server_never_told_of_that_cannot_be_asked_for(redis: Redis) -> None:
    def unnamed(payload: Json) -> None:
        if payload.get("t") in {"GUILD_CREATE", "THREAD_CREATE"}:
            payload["t"] = "A_NEW_ONE"

    async with Discord() as discord:
        ann = discord.user()
        thread = club(discord, ann).thread("ours")
        discord.gateway.alter = unnamed
        discord.fail("get_channel", 404, 10003, times=None)
        async with listener(discord, redis) as bot:
            await ann.says(thread, "zoom in", mentions=[discord.bot])
            incoming = await bot.hears("zoom in")
            assert incoming.chat.chat == str(thread.id), "as good as any other channel"


@pytest.mark.parametrize("told", [None, "wss://gateway-us-east1-b.discord.gg"])
async def test_a_session_is_resumed_where_it_was_begun(redis: Redis, told: str | None) -> None:
    """READY names no place to resume at, or Discord's own, which this server is not."""

    def bare(data: Json) -> None:
        without("resume_gateway_url", "shard", "application", "v")(data)
        if told is not None:
            data["resume_gateway_url"] = told

    async with Discord() as discord:
        ann = discord.user()
        discord.gateway.alter = altering("READY", bare)
        async with listener(discord, redis) as bot:
            await ann.says(discord.dm(ann), "zoom in")
            await bot.hears("zoom in")
            await discord.gateway.reconnect()
            await wait_until(lambda: discord.gateway.resumes, what="a session that is resumed")
            await ann.says(discord.dm(ann), "zoom out")
            await bot.hears("zoom out")
        assert [each.accepted for each in discord.gateway.resumes] == [True]
        assert len(discord.gateway.identifies) == 1


@pytest.mark.parametrize("command", ["animate", "Animate this"])
async def test_a_command_without_what_it_is_about_is_answered(redis: Redis, command: str) -> None:
    def unresolved(data: Json) -> None:
        data["data"]["resolved"] = {}

    async with Discord() as discord, listener(discord, redis):
        ann = discord.user()
        channel = club(discord, ann)
        picture = await ann.says(channel, "look", files=[PHOTO])
        discord.gateway.alter = altering("INTERACTION_CREATE", unresolved)
        with capture_logs() as lines:
            if command == "animate":
                shown = await ann.slash(channel, command, photo=PHOTO)
            else:
                shown = await ann.context_menu(channel, picture, command)
            await shown.acknowledged()
        assert [each.content for each in ann.ephemeral] == ["Something went wrong on my side. Please try again."]
        assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_press_that_does_not_say_on_which_message(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        await ann.says(discord.dm(ann), "hello")
        await wait_until(lambda: bot.answers)
        discord.gateway.alter = altering("INTERACTION_CREATE", without("message"))
        shown = await ann.presses(discord.dm(ann).from_bot[-1], "Slower")
        await shown.acknowledged()
        assert [each.content for each in ann.ephemeral] == ["This button no longer works."]


# REST


async def test_routes_that_only_help_are_missing(redis: Redis) -> None:
    async with Discord() as discord:
        ann = discord.user()
        channel = club(discord, ann)
        for route in ("get_bot_gateway", "get_my_oauth2_application", "get_my_application"):
            discord.fail(route, 404, times=None)
        discord.fail("bulk_set_application_commands", 403, 50001, times=None)
        async with listener(discord, redis) as bot:
            await ann.says(channel, "zoom in", mentions=[discord.bot])
            await bot.hears("zoom in")


async def test_an_acknowledgement_that_is_told_to_wait(redis: Redis) -> None:
    """429 as a proxy sends it, which discord.py takes for the last word."""
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        discord.fail("create_interaction_response", 429, body=b'{"message": "slow down", "retry_after": 0.1}')
        shown = await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom in")
        await shown.acknowledged()
        await bot.hears("zoom in")
        assert shown.responses == [4]


@pytest.mark.parametrize("effect", [False, True])
async def test_an_acknowledgement_on_a_connection_that_the_server_closes(redis: Redis, effect: bool) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        discord.drop("create_interaction_response", effect=effect)
        shown = await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom in")
        await shown.acknowledged()
        await bot.hears("zoom in")
        assert shown.responses == [4]
        await wait_until(lambda: bot.answers)
        assert channel.from_bot[-1].reply_to is not None, "the answer replies to the acknowledgement"


async def test_an_acknowledgement_that_is_answered_without_a_word(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        discord.fail("create_interaction_response", 204, body=b"")
        with capture_logs() as lines:
            await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom in")
            await bot.hears("zoom in")
        assert discord.count("create_interaction_response") == 1
        assert not [line for line in lines if line["log_level"] == "error"]


async def test_a_refusal_that_comes_too_late_breaks_nothing(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        message = await ann.says(channel, "no picture")
        discord.fail("create_interaction_response", 404, 10062, "Unknown interaction")
        with capture_logs() as lines:
            await ann.context_menu(channel, message, "Animate this")
            await wait_until(lambda: any(line["event"] == "interaction_not_answered" for line in lines))
            await ann.says(channel, "zoom in", mentions=[discord.bot])
            await bot.hears("zoom in")
        assert not [line for line in lines if line["log_level"] == "error"]


# Answers


@asynccontextmanager
async def answering(answer: Callable[[web.Request], web.Response]) -> AsyncIterator[DiscordSettings]:
    """A server whose every route gives `answer`."""

    async def give(request: web.Request) -> web.StreamResponse:
        return answer(request)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", give)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield DiscordSettings(token="a.b.c", api_url=f"http://127.0.0.1:{runner.addresses[0][1]}/api")
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/json", "text/plain"])
async def test_json_by_whatever_type(kind: str) -> None:
    def answer(request: web.Request) -> web.Response:
        return web.Response(body=b'{"id": "5", "username": "bot"}', headers={"Content-Type": kind})

    async with answering(answer) as settings, discord_rest(settings) as rest:
        assert await rest.me() == 5
        assert (await rest.call("GET", "/users/{user_id}", {"user_id": 5}))["username"] == "bot"


@pytest.mark.parametrize("body", [b"<html>hello</html>", b"[]", b"{}", b""])
async def test_a_login_that_is_none_of_discords(body: bytes) -> None:
    def answer(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type="text/html" if body.startswith(b"<") else "application/json")

    async with answering(answer) as settings, discord_rest(settings) as rest:
        with pytest.raises(Unanswered):
            await rest.me()
