"""The listener through what goes wrong between it and Discord, its store, and itself."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.discord.asked import limit
from bots.discord.listener import TokenRefused
from bots.discord.places import PLATFORM, chat_of
from bots.discord.rest import discord_rest
from bots.discord.words import say
from core.chat import ChatKind, Message, Person
from core.jobs.job import Job, Kind, Stage
from core.store.connection import connected, key
from core.store.notes import Notes
from core.store.turns import Turns
from tests.bots.discord.listening import ANSWER, REFUSAL, Listener, listener, settings_of
from tests.bots.discord.severed import severed
from tests.bots.discord.test_asking import PHOTO
from tests.counterparts.discord import Channel, Discord
from tests.counterparts.discord import Person as User
from tests.waiting import wait_until


def club(discord: Discord, *members: User, shard: tuple[int, int] | None = None) -> Channel:
    return discord.guild("Film club", members=[discord.user("Owner"), *members], shard=shard).channel("general")


async def _is_dealt_with(redis: Redis) -> bool:
    return not await redis.exists(key("inbox", PLATFORM))


async def fence(discord: Discord, bot: Listener, person: User, words: str = "fence") -> None:
    """Whatever the bot was told before this has been heard now."""
    await person.says(discord.dm(person), words)
    await bot.hears(words)


# Interactions


async def test_item_1_the_acknowledgement_waits_for_nothing_else(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        held = discord.hold("create_message")
        await ann.says(channel, "one", mentions=[discord.bot])
        await held.reached.wait()
        shown = await ann.slash(channel, "animate", photo=PHOTO, prompt="two")
        await shown.acknowledged()
        assert shown.responses == [4]
        assert bot.words == ["one"], "the chat's work goes on in order"
        held.release()
        await bot.hears("two")


async def test_item_3_a_button_after_a_restart(redis: Redis) -> None:
    async with Discord() as discord:
        ann = discord.user("Ann", user_install=True)
        here = club(discord, ann)
        there = discord.guild("Strangers", members=[ann], bot=False).channel("general")
        async with listener(discord, redis) as bot:
            for channel in (here, there):
                await ann.slash(channel, "animate", photo=PHOTO, prompt=str(channel.id))
                await bot.hears(str(channel.id))
            await wait_until(lambda: len(bot.answers) == 2)
            answers = bot.answers
        async with listener(discord, redis) as bot:
            for channel in (here, there):
                shown = await ann.presses(channel.from_bot[-1], "Slower")
                await shown.acknowledged()
                assert shown.responses == [6]
            await wait_until(lambda: len(bot.presses) == 2)
        assert [press.message for press in bot.presses] == answers
        assert answers[1].startswith("w"), "the core knows an answer through a webhook by another id"
        assert {press.action for press in bot.presses} == {"e.clip.slower"}


async def test_item_3_a_strangers_button_is_refused_to_them_alone(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann, bob = discord.user("Ann"), discord.user("Bob")
        channel = club(discord, ann, bob)
        await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
        posted = (await wait_until(lambda: [each for each in channel.from_bot if each.labels]))[0]
        bot.refused = str(bob.id)
        before = list(channel.from_bot)
        shown = await bob.presses(posted, "Slower")
        await wait_until(lambda: bob.ephemeral)
        assert shown.responses == [6]
        assert [each.content for each in bob.ephemeral] == [REFUSAL]
        assert channel.from_bot == before
        assert posted.edits == []
        await ann.presses(posted, "Slower")
        await wait_until(lambda: len(bot.presses) == 2)
        assert ann.ephemeral == []


async def test_item_2_a_missing_permission_is_named_before_the_work(redis: Redis) -> None:
    """And it is asked about anew each time."""
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        channel.denies("ATTACH_FILES")
        shown = await (await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")).answered()
        assert shown.is_ephemeral
        assert "Attach Files" in shown.content
        await ann.says(channel, "zoom", mentions=[discord.bot], files=[PHOTO])
        told = await wait_until(lambda: channel.from_bot)
        assert "Attach Files" in told[0].content
        assert bot.heard == []
        channel.permits("ATTACH_FILES")
        await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
        await bot.hears("zoom")


async def test_a_press_opens_an_interaction_anew_that_is_over(redis: Redis) -> None:
    """Where the bot is no member, answers to a press come through the press."""
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user("Ann", user_install=True)
        channel = discord.guild("Strangers", members=[ann], bot=False).channel("general")
        await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
        posted = await wait_until(lambda: [each for each in channel.from_bot if each.labels])
        discord.clock.forward(16 * 60)
        await ann.presses(posted[0], "Slower")
        press = (await wait_until(lambda: bot.presses))[0]
        await bot.outbox.send(press.chat, Message("later"), reply_to=press.message)
        assert channel.from_bot[-1].content == "later"


async def test_an_acknowledgement_whose_receipt_is_lost_is_found(redis: Redis) -> None:
    """The process ends between the acknowledgement and Discord's answer to it; another one finds the message."""
    async with Discord() as discord:
        ann = discord.user()
        channel = club(discord, ann)
        held = discord.hold("create_interaction_response", effect=True)
        async with listener(discord, redis) as bot:
            shown = await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
            await held.reached.wait()
            await wait_until(lambda: redis.zcard(key("inbox", PLATFORM)), what="it is in the inbox")
        assert bot.words == []
        held.release()
        async with listener(discord, redis) as bot:
            await bot.hears("zoom", 15)
            answer = (await wait_until(lambda: [each for each in channel.from_bot if each.labels]))[0]
        assert answer.reply_to is shown.message


async def test_what_was_acknowledged_and_never_kept_is_named(redis: Redis) -> None:
    """The process ends between the acknowledgement and the inbox: all see the one, nobody knows the other."""
    async with Discord() as discord:
        ann = discord.user()
        channel = club(discord, ann)
        async with listener(discord, redis) as bot:
            known = await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
            await bot.hears("zoom")
        shown = await ann.slash(channel, "animate", photo=PHOTO, prompt="pan")
        place: dict[str, int | str] = {"interaction_id": shown.id, "interaction_token": shown.token}
        path = "/interactions/{interaction_id}/{interaction_token}/callback"
        async with discord_rest(settings_of(discord)) as rest:
            await rest.call("POST", path, place, body={"type": 4, "data": {"content": "pan"}})
        for _ in range(2):
            async with listener(discord, redis) as bot:
                await wait_until(lambda: [each for each in channel.from_bot if each.reply_to is shown.message], 15)
                await fence(discord, bot, ann)
        answers = {each.content: each.reply_to for each in channel.from_bot if each.reply_to is not None}
        assert answers == {f"{ANSWER} zoom": known.message, say("en", "left alone"): shown.message}
        assert sum(each.reply_to is shown.message for each in channel.from_bot) == 1


async def test_what_was_never_acknowledged_is_not_done(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        discord.fail("create_interaction_response", 404, 10062, "Unknown interaction")
        shown = await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
        await ann.slash(channel, "animate", photo=PHOTO, prompt="pan")
        await bot.hears("pan")
        assert not shown.is_acknowledged
        assert bot.words == ["pan"]


async def test_a_store_that_is_away_is_told_to_who_asks_and_waited_for(redis_url: str, tmp_path: Path) -> None:
    async with severed(redis_url, tmp_path) as line, connected(line.url) as redis:
        await redis.flushdb()
        async with Discord() as discord, listener(discord, redis) as bot:
            ann = discord.user()
            channel = club(discord, ann)
            await ann.says(channel, "hello", mentions=[discord.bot])
            posted = await wait_until(lambda: [each for each in channel.from_bot if each.labels])
            await wait_until(lambda: discord.commands)
            await wait_until(lambda: _is_dealt_with(redis))
            await line.shut()
            asked = await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
            private = await ann.slash(channel, "credits")
            press = await ann.presses(posted[0], "Slower")
            await ann.says(channel, "meanwhile", mentions=[discord.bot])
            for shown in (asked, private, press):
                await shown.acknowledged()
                assert shown.ack_seconds is not None
                assert shown.ack_seconds < 3
            sorry = "I cannot remember anything for the moment. Please try again in a minute."
            await wait_until(lambda: [each.content for each in ann.ephemeral] == [sorry] * 3, 20)
            await ann.says(channel, "and once more", mentions=[discord.bot])
            kept = "I cannot write anything down for the moment. Your message is kept, and I go on by myself."
            await wait_until(lambda: [each for each in channel.from_bot if each.content == kept], 20)
            await line.open()
            await bot.hears("and once more", 20)
            assert bot.words == ["hello", "meanwhile", "and once more"]
            assert bot.presses == []
            assert [each.content for each in channel.from_bot].count(kept) == 1


async def test_the_upload_limit_that_an_interaction_names_is_kept(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        guild = discord.guild(members=[ann], stated_limit=77_000_000)
        channel = guild.channel()
        await ann.slash(channel, "animate", photo=PHOTO, prompt="zoom")
        await bot.hears("zoom")
        assert await limit(Notes(redis, PLATFORM), channel.id) == 77_000_000


async def test_who_manages_the_chat(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann, bob = discord.user("Ann"), discord.user("Bob")
        channel = club(discord, ann, bob)
        assert channel.guild is not None
        channel.guild.member(bob, allow=["MANAGE_MESSAGES"])
        for person in (ann, bob):
            await person.says(channel, person.name, mentions=[discord.bot])
            await person.slash(channel, "language", to="en" if person is ann else "zh")
        for words, is_admin in (("Ann", False), ("Bob", True), ("en", False), ("zh", True)):
            assert (await bot.hears(words)).person.is_admin is is_admin
        direct = await _direct(discord, bot, ann)
        assert direct is ChatKind.PRIVATE


async def _direct(discord: Discord, bot: Listener, person: User) -> ChatKind:
    await fence(discord, bot, person)
    heard = await bot.hears("fence")
    assert heard.person.is_admin
    return heard.chat_kind


# Sessions


async def test_item_5_a_dropped_connection_is_resumed_and_nothing_is_lost_or_handled_twice(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        await ann.says(channel, "before", mentions=[discord.bot])
        await bot.hears("before")
        await discord.gateway.drop(resumable=True)
        await ann.says(channel, "meanwhile", mentions=[discord.bot])
        await bot.hears("meanwhile")
        await discord.gateway.reconnect()
        await ann.says(channel, "again", mentions=[discord.bot])
        await bot.hears("again")
        await fence(discord, bot, ann)
        assert bot.words == ["before", "meanwhile", "again", "fence"]
        assert any(each.accepted for each in discord.gateway.resumes)
        assert len(discord.gateway.sessions) == 1


async def test_item_5_a_lost_session_loses_no_message_and_handles_none_twice(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        thread = channel.thread("films")
        await ann.says(channel, "before", mentions=[discord.bot])
        await ann.says(discord.dm(ann), "direct before")
        await bot.hears("direct before")
        discord.gateway.is_closed = True
        await discord.gateway.drop(resumable=False)
        for place in (channel, thread):
            await ann.says(place, f"in {place.name}", mentions=[discord.bot], files=[PHOTO])
        await ann.says(discord.dm(ann), "direct")
        await ann.says(channel, "to nobody")
        discord.gateway.is_closed = False
        for words in ("in general", "in films", "direct"):
            await bot.hears(words, 20)
        await discord.online()
        await ann.says(channel, "after", mentions=[discord.bot])
        await bot.hears("after")
        assert sorted(bot.words) == sorted(["before", "direct before", "in general", "in films", "direct", "after"])
        assert (await bot.hears("in films")).chat == chat_of(thread.id, channel.id)
        assert len(discord.gateway.sessions) == 2


async def test_item_5_messages_of_the_time_between_two_processes_are_handled_once(redis: Redis) -> None:
    async with Discord() as discord:
        ann = discord.user()
        channel = club(discord, ann)
        async with listener(discord, redis) as bot:
            await ann.says(channel, "first", mentions=[discord.bot])
            await fence(discord, bot, ann, "direct first")
            # What was heard and not yet answered would come again.
            await wait_until(lambda: _is_dealt_with(redis))
        await ann.says(channel, "between", mentions=[discord.bot])
        await ann.says(discord.dm(ann), "direct between")
        async with listener(discord, redis) as bot:
            await bot.hears("between", 15)
            await bot.hears("direct between", 15)
            await fence(discord, bot, ann)
        assert sorted(bot.words) == ["between", "direct between", "fence"]


async def test_a_first_start_answers_nothing_of_the_past(redis: Redis) -> None:
    async with Discord() as discord:
        ann = discord.user()
        channel = club(discord, ann)
        await ann.says(channel, "long ago", mentions=[discord.bot])
        async with listener(discord, redis) as bot:
            seen = key("note", PLATFORM, f"seen:{discord.bot.id}/1:0")

            async def marks() -> set[object]:
                marked.add(await redis.get(seen))
                return marked if len(marked - {None}) > 1 else set()

            marked: set[object] = set()
            await wait_until(marks, 15, what="the shard has begun, and caught up")
            assert bot.words == []


async def test_item_5_each_listener_hears_its_own_shards(redis: Redis) -> None:
    """They begin five seconds apart, as Discord demands, which counts from when it received what they sent."""
    async with Discord(shards=2, identify_interval=5.0) as discord:
        discord.gateway.transits = [1.0]
        ann = discord.user()
        places = [club(discord, ann, shard=(number, 2)) for number in range(2)]
        async with (
            listener(discord, redis, shard_ids="0", shard_count=2, alone=False, online=False) as first,
            listener(discord, redis, shard_ids="1", shard_count=2, alone=False, online=False) as second,
        ):
            await discord.online(2)
            assert sorted(each.shard for each in discord.gateway.identifies) == [(0, 2), (1, 2)]
            for number, place in enumerate(places):
                await ann.says(place, f"to {number}", mentions=[discord.bot])
                await ann.slash(place, "animate", photo=PHOTO, prompt=f"command {number}")
            await ann.says(discord.dm(ann), "direct")
            expected = sorted(["to 0", "to 1", "command 0", "command 1", "direct"])
            await wait_until(lambda: sorted(first.words + second.words) == expected)
            await wait_until(lambda: len(first.answers + second.answers) == len(expected))
        assert discord.count("bulk_set_application_commands") == 1, "commands are written by one of them"
        for number, place in enumerate(places):
            assert sorted(each.content for each in place.from_bot) == [
                f"{ANSWER} command {number}", f"{ANSWER} to {number}", f"command {number}",
            ]  # fmt: skip


async def test_item_5_a_connection_that_has_no_turn_is_closed_when_it_is_given_up(redis: Redis) -> None:
    """The library forgets it, and its thread would go on to send heartbeats."""

    def threads() -> list[str]:
        return [thread.name for thread in threading.enumerate() if "keep-alive-handler:shard-7" in thread.name]

    async with Discord(shards=8) as discord:
        await Turns(redis).take(f"discord:identify:{discord.application_id}:0", 60)
        async with listener(discord, redis, shard_ids="7", shard_count=8, alone=False, online=False):
            await wait_until(threads, what="a connection that waits for its turn")
        await wait_until(lambda: not threads(), what="it is not kept alive")
        assert discord.gateway.identifies == []


# The start


async def test_a_token_that_discord_does_not_know(redis: Redis) -> None:
    async with Discord() as discord:
        with pytest.raises(TokenRefused):
            async with listener(discord, redis, token="no-such-token", online=False):
                pass


async def test_discord_away_delays_the_start_and_ends_nothing(redis: Redis) -> None:
    async with Discord() as discord:
        ann = discord.user()
        discord.fail("get_my_user", 503, times=2)
        discord.gateway.is_closed = True
        began = time.monotonic()
        async with listener(discord, redis, online=False) as bot:
            assert time.monotonic() - began < 6
            discord.gateway.is_closed = False
            await discord.online()
            await fence(discord, bot, ann)


async def test_item_1_commands_are_written_when_they_have_changed_and_in_two_languages(redis: Redis) -> None:
    async with Discord() as discord:
        route = "bulk_set_application_commands"
        async with listener(discord, redis):
            await wait_until(lambda: redis.exists(key("note", PLATFORM, f"commands:{discord.application_id}")))
        async with listener(discord, redis) as bot:
            ann = discord.user()
            await (await ann.slash(discord.dm(ann), "help")).acknowledged()
        assert discord.count(route) == 1
        await bot.reach.notes.write(f"commands:{discord.application_id}", "what an older version wrote", 60)
        async with listener(discord, redis):
            await wait_until(lambda: discord.count(route) == 2)
        known = {each["name"]: each for each in discord.commands}
        assert set(known) == {
            "start", "help", "animate", "export", "credits", "status", "new", "cancel", "settings", "language",
            "forget", "Animate this",
        }  # fmt: skip
        for each in known.values():
            assert each["integration_types"] == [0, 1]
            assert each["contexts"] == [0, 1, 2]
            assert set(each["name_localizations"]) == {"zh-CN", "zh-TW"}
        options = known["animate"]["options"]
        assert [each["name"] for each in options if each.get("required")] == ["photo"]
        assert all(each["description_localizations"]["zh-CN"] for each in options)


async def test_without_the_message_content_intent_all_but_what_is_unaddressed_works(redis: Redis) -> None:
    async with Discord(privileged=()) as discord, listener(discord, redis) as bot:
        ann, bob = discord.user("Ann"), discord.user("Bob")
        channel = club(discord, ann, bob)
        picture = await bob.says(channel, "look", files=[PHOTO])
        await ann.says(channel, "mine", mentions=[discord.bot], files=[PHOTO])
        assert len((await bot.hears("mine")).media) == 1
        await ann.context_menu(channel, picture, "Animate this")
        await wait_until(lambda: [each for each in bot.heard if each.command == "animate"])
        await ann.says(channel, "that one", mentions=[discord.bot], reply_to=picture)
        await wait_until(lambda: [each for each in channel.from_bot if "does not show me that picture" in each.content])
        answer = next(each for each in channel.from_bot if each.content == f"{ANSWER} mine")
        await ann.says(channel, "slower", reply_to=answer, ping=False)
        await wait_until(lambda: [each for each in channel.from_bot if "does not show me this message" in each.content])
        assert bot.words == ["mine", ""]


async def test_an_intent_that_discord_refuses_after_all_is_done_without(redis: Redis) -> None:
    async with Discord() as discord:
        ann = discord.user()
        channel = club(discord, ann)
        async with listener(discord, redis, online=False) as bot:
            discord.gateway.privileged = frozenset()
            await discord.online()
            await ann.says(channel, "hello", mentions=[discord.bot])
            await bot.hears("hello")


# What becomes of places


async def test_jobs_end_where_the_bot_is_removed(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel, other = club(discord, ann), club(discord, ann)
        thread = channel.thread("films")
        for number, chat in enumerate((chat_of(channel.id), chat_of(thread.id, channel.id), chat_of(other.id))):
            job = Job(f"job{number}", Kind.EDIT, chat, Person(str(ann.id)), "clip", 0.0, "en")
            await bot.reach.mailbox.put(job)
        assert channel.guild is not None
        await channel.guild.removes_bot()

        async def stages() -> list[Stage]:
            jobs = [await bot.reach.mailbox.job(f"job{number}") for number in range(3)]
            return [job.stage for job in jobs if job is not None]

        expected = [Stage.CANCELLED, Stage.CANCELLED, Stage.QUEUED]

        async def ended() -> bool:
            return await stages() == expected

        await wait_until(ended)
        await other.deletes()

        async def all_ended() -> bool:
            return await stages() == [Stage.CANCELLED] * 3

        await wait_until(all_ended)


async def test_a_server_is_greeted_once_where_the_bot_may_speak(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        loud, quiet, plain = (discord.guild(members=[ann], bot=False) for _ in range(3))
        loud.system_channel, quiet.system_channel = loud.channel(), quiet.channel(deny=["SEND_MESSAGES"])
        for guild in (quiet, plain, loud):
            await guild.adds_bot()
        await wait_until(lambda: loud.channels[0].from_bot)
        assert "/animate" in loud.channels[0].from_bot[0].content
        await discord.gateway.drop(resumable=False)
        await discord.online()
        await wait_until(lambda: len(discord.gateway.sessions) == 2)
        await fence(discord, bot, ann)
        assert [len(guild.channels[0].from_bot) for guild in (loud, quiet)] == [1, 0]


async def test_a_thread_that_nobody_told_of_is_asked_for(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        channel = club(discord, ann)
        await fence(discord, bot, ann)
        thread = channel.thread("secret", private=True, people=[ann])
        thread.people.append(discord.bot)
        await ann.says(thread, "here", mentions=[discord.bot])
        assert (await bot.hears("here")).chat == chat_of(thread.id, channel.id)
        assert discord.count("get_channel") == 1


async def test_a_button_that_is_none_of_ours_is_answered(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis) as bot:
        ann = discord.user()
        button = {"type": 2, "id": 2, "style": 1, "label": "Old", "custom_id": "an-older-version"}
        row = {"type": 1, "id": 1, "components": [button]}
        posted = club(discord, ann).post(discord.bot, content="Old", components=[row])
        shown = await ann.presses(posted, "Old")
        await shown.acknowledged()
        assert [each.content for each in ann.ephemeral] == ["This button no longer works."]
        assert bot.presses == []


async def test_words_that_a_command_repeats_are_only_words(redis: Redis) -> None:
    async with Discord() as discord, listener(discord, redis):
        ann, bob = discord.user("Ann"), discord.user("Bob")
        channel = club(discord, ann, bob)
        words = f"*zoom* {bob.mention} @everyone"
        shown = await (await ann.slash(channel, "animate", photo=PHOTO, prompt=words)).answered()
        assert shown.mentions == []
        assert shown.content == rf"\*zoom\* {bob.mention} @everyone"
        await ann.slash(channel, "animate", photo=PHOTO, prompt="*" * 1500)
        long = await wait_until(lambda: channel.from_bot[2:])
        assert len(long[0].content) <= 2000
