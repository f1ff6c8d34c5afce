"""The outbox, over HTTP against a Discord that does not always do as it is told."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from redis.asyncio import Redis

from bots.discord.asked import TOKEN_SECONDS, core_id, keep, keep_limit, keep_way
from bots.discord.faults import Unsent
from bots.discord.limits import ENVELOPE_BYTES, MIB, UPLOAD_BYTES
from bots.discord.outbox import DiscordOutbox, discord_outbox
from bots.discord.places import chat_of
from core.chat import Button, ChatGone, ChatRef, Message, OutcomeUnknown, Video, VideosForbidden, VideoTooLarge
from core.settings import DiscordSettings
from core.store.notes import Notes
from tests.bots.discord.conftest import Asks
from tests.counterparts.discord import Channel, Discord, Person

BUTTONS = (Button("Slower", "e.clip.slower"), Button("New", "c.clip.new"))
CAPTION = Message("A slow zoom.", BUTTONS)


def ref(channel: Channel) -> ChatRef:
    return chat_of(channel.id, channel.parent.id if channel.parent else None)


async def test_say_change_and_take_back(outbox: DiscordOutbox, channel: Channel, ann: Person) -> None:
    asked = await ann.says(channel, "hello")
    cancel = Button("Cancel", "x.job.")
    message = await outbox.send(ref(channel), Message("10%", (cancel,), 0.1), reply_to=str(asked.id))
    said = channel.from_bot[0]
    assert (said.content, said.labels, said.reply_to, said.mentions) == ("10%", ["Cancel"], asked, [])
    for _ in range(2):
        assert await outbox.edit(ref(channel), message, Message("20%", (cancel,), 0.2))
    assert said.content == "20%"
    await outbox.edit(ref(channel), message, Message("Done."))
    assert (said.content, said.labels) == ("Done.", [])
    await outbox.remove(ref(channel), message)
    assert channel.from_bot == []
    await outbox.remove(ref(channel), message)
    assert not await outbox.edit(ref(channel), message, Message("too late"))
    assert channel.from_bot == [], "what is gone stays gone"


async def test_a_thread_is_a_place_of_its_own(outbox: DiscordOutbox, channel: Channel) -> None:
    thread = channel.thread("films")
    await outbox.send(ref(thread), Message("here"))
    assert ([each.content for each in thread.from_bot], channel.from_bot) == (["here"], [])


async def test_a_message_that_was_deleted_is_answered_all_the_same(
    outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    asked = await ann.says(channel, "hello")
    await ann.deletes(asked)
    await outbox.send(ref(channel), Message("Hello!"), reply_to=str(asked.id))
    assert (channel.from_bot[0].content, channel.from_bot[0].reply_to) == ("Hello!", None)


async def test_without_the_history_it_answers_without_naming_the_message(
    outbox: DiscordOutbox, channel: Channel, ann: Person
) -> None:
    channel.denies("READ_MESSAGE_HISTORY")
    asked = await ann.says(channel, "hello")
    await outbox.send(ref(channel), Message("Hello!"), reply_to=str(asked.id))
    assert (channel.from_bot[0].content, channel.from_bot[0].reply_to) == ("Hello!", None)


async def test_plain_text_stays_plain(outbox: DiscordOutbox, channel: Channel, ann: Person) -> None:
    await outbox.send(ref(channel), Message(f"my_new_photo.jpg {ann.mention} https://a.example/b_c_d"))
    said = channel.from_bot[0]
    assert (said.content, said.mentions) == (
        rf"my\_new\_photo.jpg {ann.mention} https://a.example/b_c_d",
        [],
    )


async def test_item_4_long_texts_are_cut_as_the_strictest_counts_them(
    outbox: DiscordOutbox, channel: Channel, film: Video
) -> None:
    message = await outbox.send(ref(channel), Message("🎬" * 5000))
    assert channel.from_bot[0].content == "🎬" * 999 + "…"
    await outbox.edit(ref(channel), message, Message("_" * 1500))
    assert channel.from_bot[0].content == "_" * 1500, "what does not fit with its escapes goes without them"
    await outbox.post_video(ref(channel), film, Message("长" * 5000), job="job")
    assert channel.videos[0].content == "长" * 1999 + "…"
    await outbox.edit(ref(channel), message, Message(" \n "))
    assert channel.from_bot[0].content == "…"


async def test_many_buttons_stand_in_even_rows(outbox: DiscordOutbox, channel: Channel) -> None:
    buttons = [Button(f"{number}" * 90, f"e.clip.{number}") for number in range(6)]
    await outbox.send(ref(channel), Message("Choose", (*buttons, Button("again", "e.clip.0"))))
    rows = channel.from_bot[0].components
    assert [[part["label"][0] for part in row["components"]] for row in rows] == [["0", "1", "2"], ["3", "4", "5"]]
    assert {len(label) for label in channel.from_bot[0].labels} == {80}


async def test_nothing_is_asked_of_discord_before_it_is_needed(
    discord: Discord, outbox: DiscordOutbox, channel: Channel
) -> None:
    assert discord.requests == []
    await asyncio.gather(*(outbox.send(ref(channel), Message(f"{number}")) for number in range(3)))
    assert (discord.count("get_my_user"), discord.count("create_message")) == (1, 3)


async def test_a_wrong_token_is_told_without_it(discord: Discord, redis: Redis, channel: Channel) -> None:
    wrong = "MTIz.wrong.token-that-nobody-may-see"
    settings = DiscordSettings(token=wrong, api_url=discord.api_url, gateway_url=discord.gateway_url)
    async with discord_outbox(settings, redis) as outbox:
        with pytest.raises(Unsent, match="DISCORD_TOKEN") as raised:
            await outbox.send(ref(channel), Message("hello"))
    assert wrong not in repr(raised.value)


async def test_a_flooded_edit_waits_and_no_message_takes_its_place(
    discord: Discord, outbox: DiscordOutbox, channel: Channel
) -> None:
    message = await outbox.send(ref(channel), Message("10%", fraction=0.1))
    discord.flood("update_message", 0.1, times=7)
    await outbox.edit(ref(channel), message, Message("20%", fraction=0.2))
    assert [each.content for each in channel.messages] == ["20%"]


async def test_a_lost_answer_to_a_text_makes_no_second_one(
    discord: Discord, outbox: DiscordOutbox, channel: Channel
) -> None:
    discord.drop("create_message", effect=True)
    message = await outbox.send(ref(channel), Message("hello"))
    assert [str(each.id) for each in channel.messages] == [message]
    assert discord.count("create_message") == 2


@pytest.mark.parametrize(
    ("status", "code"),
    [(403, 50001), (403, 50013), (404, 10003), (400, 50083), (403, 50007)],
)
async def test_a_chat_that_is_gone(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, status: int, code: int
) -> None:
    discord.fail("create_message", status, code, "No")
    with pytest.raises(ChatGone):
        await outbox.send(ref(channel), Message("hello"))


async def test_another_error_is_told_in_discords_words(
    discord: Discord, outbox: DiscordOutbox, channel: Channel
) -> None:
    discord.fail("create_message", 400, 30046, "Maximum number of edits reached")
    with pytest.raises(Unsent, match="Maximum number of edits"):
        await outbox.send(ref(channel), Message("hello"))


# What interactions asked


async def test_an_interaction_in_a_channel_of_the_bots_is_answered_there(
    outbox: DiscordOutbox, channel: Channel, ann: Person, asks: Asks, notes: Notes
) -> None:
    asked, shown = await asks(ann, channel)
    assert shown.message is not None
    await keep(notes, replace(asked, answers=shown.message.id))
    message = await outbox.send(ref(channel), Message("Working"), reply_to=f"i{asked.interaction}")
    assert message == str(channel.messages[-1].id)
    assert (channel.messages[-1].reply_to, channel.messages[-1].interaction) == (shown.message, None)


async def test_the_first_private_answer_takes_the_acknowledgements_place(
    outbox: DiscordOutbox, channel: Channel, ann: Person, asks: Asks, notes: Notes
) -> None:
    asked, shown = await asks(ann, channel, private=True)
    first = await outbox.send(ref(channel), Message("7 credits"), reply_to=f"i{asked.interaction}")
    second = await outbox.send(ref(channel), Message("and more"), reply_to=first)
    assert shown.message is not None
    assert [each.content for each in ann.ephemeral] == ["7 credits", "and more"]
    assert (first, second) == (
        f"w{asked.interaction}.{shown.message.id}",
        f"w{asked.interaction}.{shown.followups[0].id}",
    )
    assert await core_id(notes, shown.message.id) == first
    assert [each for each in channel.messages if not each.is_ephemeral] == []
    assert await outbox.edit(ref(channel), first, Message("6 credits"))
    await outbox.remove(ref(channel), second)
    assert not await outbox.edit(ref(channel), second, Message("and less"))
    assert not await outbox.edit(ref(channel), f"i{asked.interaction}", Message("and less")), "that is no message"
    assert [each.content for each in ann.ephemeral if not each.is_deleted] == ["6 credits"]


async def test_of_two_processes_one_gives_the_first_answer(
    discord: Discord,
    outbox: DiscordOutbox,
    channel: Channel,
    ann: Person,
    asks: Asks,
    settings: DiscordSettings,
    redis: Redis,
) -> None:
    asked, _ = await asks(ann, channel, private=True)
    async with discord_outbox(settings, redis) as other:
        texts = [Message(f"{number}") for number in range(4)]
        await asyncio.gather(
            *(
                each.send(ref(channel), text, reply_to=f"i{asked.interaction}")
                for each, text in zip((outbox, other) * 2, texts, strict=True)
            )
        )
    assert sorted(each.content for each in ann.ephemeral) == ["0", "1", "2", "3"]
    assert (discord.count("update_original_webhook_message"), discord.count("execute_webhook")) == (1, 3)


async def test_a_private_answer_stays_as_it_is_when_its_token_is_over(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person, asks: Asks
) -> None:
    asked, _ = await asks(ann, channel, private=True)
    said = await outbox.send(ref(channel), Message("Settings"), reply_to=f"i{asked.interaction}")
    discord.clock.forward(TOKEN_SECONDS)
    await outbox.edit(ref(channel), said, Message("Settings, changed"))
    await outbox.remove(ref(channel), said)
    assert [each.content for each in ann.ephemeral] == ["Settings"]
    assert (channel.messages, discord.dm(ann).messages) == ([], [])


async def test_where_the_bot_is_no_member_all_see_the_follow_up(
    outbox: DiscordOutbox, foreign: Channel, ann: Person, asks: Asks, notes: Notes, film: Video
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    progress = await outbox.send(ref(foreign), Message("10%", fraction=0.1), reply_to=f"i{asked.interaction}")
    await outbox.edit(ref(foreign), progress, Message("20%", fraction=0.2))
    assert [each.content for each in foreign.messages] == ["20%"]
    video = await outbox.post_video(ref(foreign), film, CAPTION, job="job", reply_to=f"i{asked.interaction}")
    await outbox.remove(ref(foreign), progress)
    assert [each.files for each in foreign.messages] == [[film.path.read_bytes()]]
    assert video == f"w{asked.interaction}.{foreign.videos[0].id}" == await core_id(notes, foreign.videos[0].id)
    assert await outbox.post_video(ref(foreign), film, CAPTION, job="job", reply_to=f"i{asked.interaction}") == video
    assert len(foreign.messages) == 1


@pytest.mark.parametrize("told_by", ["Discord", "our clock"])
async def test_after_the_tokens_end_the_video_comes_by_direct_message(
    discord: Discord, settings: DiscordSettings, redis: Redis, foreign: Channel, ann: Person, asks: Asks, film: Video,
    told_by: str,
) -> None:  # fmt: skip
    asked, _ = await asks(ann, foreign, is_member=False)
    begun = discord.clock()
    async with discord_outbox(
        settings, redis, clock=discord.clock if told_by == "our clock" else lambda: begun
    ) as outbox:
        progress = await outbox.send(ref(foreign), Message("10%", fraction=0.1), reply_to=f"i{asked.interaction}")
        discord.clock.forward(TOKEN_SECONDS + 60)
        await outbox.edit(ref(foreign), progress, Message("20%", fraction=0.2))
        before = len(discord.of("execute_webhook"))
        video = await outbox.post_video(ref(foreign), film, CAPTION, job="job", reply_to=f"i{asked.interaction}")
        assert len(discord.of("execute_webhook")) - before == (told_by == "Discord")
        await outbox.remove(ref(foreign), progress)
    (posted,) = discord.dm(ann).messages
    assert posted.files == [film.path.read_bytes()]
    assert posted.labels == []
    assert posted.content == f"A slow zoom.\nYou asked for this in <#{foreign.id}>. I can no longer answer there."
    assert video == f"d{posted.channel.id}.{posted.id}"
    assert [each.content for each in foreign.messages] == ["10%"], "nothing there can be changed any more"


async def test_a_last_word_that_can_no_longer_be_edited_is_said_once_by_direct_message(
    discord: Discord, outbox: DiscordOutbox, foreign: Channel, ann: Person, asks: Asks
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    progress = await outbox.send(ref(foreign), Message("10%", fraction=0.1), reply_to=f"i{asked.interaction}")
    discord.clock.forward(TOKEN_SECONDS)
    failed = Message("视频没有做成。", (Button("Retry", "r.job."),))
    for _ in range(2):
        assert await outbox.edit(ref(foreign), progress, failed), "it is said"
    (said,) = discord.dm(ann).messages
    assert said.content.startswith("视频没有做成。\n这是你在")
    assert said.labels == []
    await outbox.edit(ref(foreign), progress, Message("Done."))
    assert said.content.startswith("Done.\nYou asked")


async def test_a_video_that_was_begun_in_direct_messages_is_found_there(
    discord: Discord, settings: DiscordSettings, redis: Redis, foreign: Channel, ann: Person, asks: Asks, film: Video
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    discord.clock.forward(TOKEN_SECONDS)
    held = discord.hold("create_message", effect=True)
    request = f"i{asked.interaction}"
    async with discord_outbox(settings, redis) as killed:
        posting = asyncio.create_task(killed.post_video(ref(foreign), film, CAPTION, job="job", reply_to=request))
        await held.reached.wait()
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
    held.release()
    async with discord_outbox(settings, redis) as outbox:
        message = await outbox.post_video(ref(foreign), film, CAPTION, job="job", reply_to=request)
        (posted,) = discord.dm(ann).messages
        assert message == f"d{posted.channel.id}.{posted.id}"
        assert discord.count("create_message") == 1
        await outbox.remove(ref(foreign), message)
    assert discord.dm(ann).messages == []


async def test_closed_direct_messages_end_it(
    discord: Discord, outbox: DiscordOutbox, foreign: Channel, ann: Person, asks: Asks, film: Video
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    discord.clock.forward(TOKEN_SECONDS)
    ann.closes_dms()
    with pytest.raises(ChatGone):
        await outbox.post_video(ref(foreign), film, CAPTION, job="job", reply_to=f"i{asked.interaction}")
    assert discord.dm(ann).messages == []


async def test_when_no_follow_up_is_left_it_goes_by_direct_message(
    discord: Discord, outbox: DiscordOutbox, foreign: Channel, ann: Person, asks: Asks
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    for number in range(8):
        await outbox.send(ref(foreign), Message(f"{number}"), reply_to=f"i{asked.interaction}")
    assert [each.content for each in foreign.messages] == ["0", "1", "2", "3", "4", "5"]
    assert [each.content[0] for each in discord.dm(ann).messages] == ["6", "7"]


async def test_a_lost_answer_of_a_webhook_is_not_repeated(
    discord: Discord, outbox: DiscordOutbox, foreign: Channel, ann: Person, asks: Asks, film: Video
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    discord.drop("execute_webhook", effect=True)
    with pytest.raises(OutcomeUnknown):
        await outbox.post_video(ref(foreign), film, CAPTION, job="job", reply_to=f"i{asked.interaction}")
    assert len(foreign.videos) == 1
    assert discord.count("execute_webhook") == 1


async def test_a_webhooks_server_error_is_not_repeated_and_a_flood_is(
    discord: Discord, outbox: DiscordOutbox, foreign: Channel, ann: Person, asks: Asks, film: Video
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    discord.flood("execute_webhook", 0.05, times=2)
    await outbox.post_video(ref(foreign), film, CAPTION, job="one", reply_to=f"i{asked.interaction}")
    discord.fail("execute_webhook", 502, 0, "Bad Gateway")
    with pytest.raises(OutcomeUnknown):
        await outbox.post_video(ref(foreign), film, CAPTION, job="two", reply_to=f"i{asked.interaction}")
    assert discord.count("execute_webhook") == 4


# Videos


async def test_a_video_with_its_caption_and_buttons(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person, film: Video
) -> None:
    asked = await ann.says(channel, "slow zoom")
    message = await outbox.post_video(ref(channel), film, CAPTION, job="abc123", reply_to=str(asked.id))
    (posted,) = channel.videos
    assert (str(posted.id), posted.content, posted.reply_to) == (message, "A slow zoom.", asked)
    assert posted.files == [film.path.read_bytes()]
    assert posted.attachments[0].name == "stillreel-clip.mp4"
    assert [part["custom_id"] for part in posted.buttons] == [
        "stillreel:abc123:e.clip.slower",
        "stillreel:abc123:c.clip.new",
    ]
    assert await outbox.post_video(ref(channel), film, CAPTION, job="abc123") == message
    assert discord.count("create_message") == 1


@pytest.mark.parametrize("place", ["channel", "foreign"])
async def test_whoever_asked_by_a_command_is_named_in_the_video_and_nowhere_else(
    request: pytest.FixtureRequest, outbox: DiscordOutbox, ann: Person, asks: Asks, film: Video, place: str
) -> None:
    where: Channel = request.getfixturevalue(place)
    asked, _ = await asks(ann, where, is_member=place == "channel")
    answered = f"i{asked.interaction}"
    await outbox.send(ref(where), Message("10%", fraction=0.1), reply_to=answered)
    await outbox.send(ref(where), Message("It failed."), reply_to=answered)
    await outbox.post_video(ref(where), film, Message("长" * 5000, BUTTONS), job="job", reply_to=answered)
    (posted,) = where.videos
    assert posted.mentions == [ann]
    assert posted.content.startswith(f"{ann.mention}\n长")
    assert (len(posted.content), posted.content[-1]) == (2000, "…")
    assert [each.mentions for each in where.from_bot if each is not posted and each.content] == [[], []]
    longest = f"<@{2**64 - 1}>\n"
    assert outbox.limits.caption == outbox.limits.text - len(longest)


async def test_an_answer_to_anothers_picture_calls_whoever_asked(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person, notes: Notes, asks: Asks, film: Video
) -> None:
    assert channel.guild is not None
    bob = discord.user("Bob")
    channel.guild.member(bob)
    picture = await bob.says(channel, "my cat")
    asked, _ = await asks(ann, channel)
    await keep(notes, replace(asked, answers=picture.id))
    await outbox.send(ref(channel), Message("Not now."), reply_to=f"i{asked.interaction}")
    await outbox.post_video(ref(channel), film, CAPTION, job="job", reply_to=f"i{asked.interaction}")
    said, posted = channel.from_bot[-2:]
    assert (said.reply_to, said.mentions) == (picture, [])
    assert (posted.reply_to, posted.mentions) == (picture, [ann])


async def test_what_is_said_of_itself_where_the_bot_is_no_member_goes_the_way_that_there_is(
    outbox: DiscordOutbox, foreign: Channel, ann: Person, asks: Asks, notes: Notes
) -> None:
    asked, _ = await asks(ann, foreign, is_member=False)
    await keep_way(notes, foreign.id, asked.interaction)
    await outbox.send(ref(foreign), Message("Hello!"))
    assert [each.content for each in foreign.messages] == ["Hello!"]


async def test_in_direct_messages_nobody_is_named(
    discord: Discord, outbox: DiscordOutbox, ann: Person, notes: Notes, asks: Asks, film: Video
) -> None:
    direct = discord.dm(ann)
    asked, _ = await asks(ann, direct)
    await keep(notes, replace(asked, direct=True))
    await outbox.post_video(ref(direct), film, CAPTION, job="job", reply_to=f"i{asked.interaction}")
    (posted,) = direct.videos
    assert (posted.content, posted.mentions) == ("A slow zoom.", [])


async def test_nonce_on_a_repeated_post(discord: Discord, outbox: DiscordOutbox, channel: Channel, film: Video) -> None:
    channel.denies("READ_MESSAGE_HISTORY")
    discord.drop("create_message", effect=True)
    message = await outbox.post_video(ref(channel), film, CAPTION, job="abc123")
    assert [str(each.id) for each in channel.messages] == [message], "the nonce keeps the second one away"
    first, second = discord.of("create_message")
    assert (first["nonce"], first["enforce_nonce"]) == (second["nonce"], second["enforce_nonce"]) == ("abc123", True)


async def test_an_answer_that_was_lost_is_found_in_the_channel(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, film: Video
) -> None:
    discord.drop("create_message", effect=True)
    message = await outbox.post_video(ref(channel), film, CAPTION, job="job")
    assert [str(each.id) for each in channel.messages] == [message]
    assert discord.count("create_message") == 1


async def test_a_server_error_before_the_post_is_repeated(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person, film: Video
) -> None:
    await ann.says(channel, "so that there is a history")
    discord.fail("create_message", 502, 0, "Bad Gateway")
    await outbox.post_video(ref(channel), film, CAPTION, job="job")
    assert len(channel.videos) == 1
    assert discord.count("create_message") == 2


@pytest.mark.parametrize("buttons", [BUTTONS, ()])
async def test_a_repeated_post_is_found_after_a_restart(
    discord: Discord,
    settings: DiscordSettings,
    redis: Redis,
    channel: Channel,
    ann: Person,
    film: Video,
    buttons: tuple[Button, ...],
) -> None:
    caption = replace(CAPTION, buttons=buttons)
    held = discord.hold("create_message", effect=True)
    async with discord_outbox(settings, redis) as killed:
        posting = asyncio.create_task(killed.post_video(ref(channel), film, caption, job="job"))
        await held.reached.wait()
        posting.cancel()
        await asyncio.gather(posting, return_exceptions=True)
    held.release()
    discord.clock.forward(3600)
    for number in range(120):
        await ann.says(channel, f"{number}")
    async with discord_outbox(settings, redis) as outbox:
        message = await outbox.post_video(ref(channel), film, caption, job="job")
    assert [str(each.id) for each in channel.videos] == [message]
    assert discord.count("create_message") == 1


async def test_a_post_that_never_arrived_is_made_after_a_restart(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person, film: Video, notes: Notes
) -> None:
    await ann.says(channel, "so that there is a history")
    await notes.write("posting:job", f"{discord.clock() - 600} {channel.id}", 60)
    await outbox.post_video(ref(channel), film, CAPTION, job="job")
    assert len(channel.videos) == 1


async def test_where_nothing_can_tell_the_person_is_asked(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, film: Video, notes: Notes
) -> None:
    channel.denies("READ_MESSAGE_HISTORY")
    await notes.write("posting:job", f"{discord.clock() - 600} {channel.id}", 60)
    with pytest.raises(OutcomeUnknown):
        await outbox.post_video(ref(channel), film, CAPTION, job="job")
    assert channel.videos == []
    await outbox.post_video(ref(channel), film, CAPTION, job="job")
    assert len(channel.videos) == 1, "who was asked has decided"


@pytest.mark.parametrize("form", ["413", "413 html", "413 empty", "400"])
async def test_413_is_answered_by_a_smaller_video(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, ann: Person, film: Video, form: str
) -> None:
    await ann.says(channel, "so that there is a history")
    assert channel.guild is not None
    channel.guild.upload_limit = 1000
    discord.large_answer = form
    with pytest.raises(VideoTooLarge) as raised:
        await outbox.post_video(ref(channel), film, CAPTION, job="job")
    assert raised.value.limit is None
    film.path.write_bytes(b"small")
    await outbox.post_video(ref(channel), replace(film, size=5), CAPTION, job="job")
    assert channel.videos[0].files == [b"small"]


async def test_a_proxys_page_that_is_no_text_says_enough(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, film: Video
) -> None:
    discord.fail("create_message", 413, body=b"<p>trop gros \xe9\xff</p>")
    with pytest.raises(VideoTooLarge):
        await outbox.post_video(ref(channel), film, CAPTION, job="job")


async def test_a_refused_size_is_remembered(
    discord: Discord, outbox: DiscordOutbox, channel: Channel, film: Video, notes: Notes
) -> None:
    assert await outbox.video_limit(ref(channel)) == UPLOAD_BYTES - ENVELOPE_BYTES
    await keep_limit(notes, channel.id, 50 * MIB)
    assert await outbox.video_limit(ref(channel)) == 50 * MIB - ENVELOPE_BYTES
    discord.fail("create_message", 413, 40005, "Request entity too large")
    with pytest.raises(VideoTooLarge) as raised:
        await outbox.post_video(ref(channel), replace(film, size=30 * MIB), CAPTION, job="job")
    assert raised.value.limit == UPLOAD_BYTES
    assert await outbox.video_limit(ref(channel)) == UPLOAD_BYTES - ENVELOPE_BYTES


async def test_without_the_right_to_attach_the_chat_is_not_gone(
    outbox: DiscordOutbox, channel: Channel, film: Video
) -> None:
    channel.denies("ATTACH_FILES")
    with pytest.raises(VideosForbidden):
        await outbox.post_video(ref(channel), film, CAPTION, job="job")
    assert channel.messages == []
    channel.denies("SEND_MESSAGES")
    with pytest.raises(ChatGone):
        await outbox.post_video(ref(channel), film, CAPTION, job="job")


async def test_an_archived_thread_is_opened_by_a_last_word(
    discord: Discord, outbox: DiscordOutbox, channel: Channel
) -> None:
    thread = channel.thread("films")
    message = await outbox.send(ref(thread), Message("10%", fraction=0.1))
    discord.fail("update_message", 400, 50083, "Thread is archived", times=2)
    await outbox.edit(ref(thread), message, Message("20%", fraction=0.2))
    assert [each.content for each in thread.messages] == ["10%"]
    for _ in range(2):
        await outbox.edit(ref(thread), message, Message("It failed."))
    assert [each.content for each in thread.messages] == ["10%", "It failed."]
