"""The Discord counterpart as discord.py meets it: gateway, messages, commands, buttons, and what time does to them."""

from __future__ import annotations

import asyncio
import io
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import discord
import httpx
import pytest
from discord import app_commands
from discord.gateway import KeepAliveHandler

from tests.counterparts.discord import Channel, Discord, Guild, Person, in_thread
from tests.counterparts.discord.clients import Listener, Made, listening, pointed
from tests.counterparts.hearing import FILM, PHOTO
from tests.waiting import wait_until

MINUTES = 60.0


@pytest.fixture
async def served() -> AsyncIterator[Discord]:
    async with Discord() as server:
        yield server


@pytest.fixture
def ann(served: Discord) -> Person:
    return served.user("Ann", locale="de")


@pytest.fixture
def guild(served: Discord, ann: Person) -> Guild:
    return served.guild("Film club", members=[ann])


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("general")


async def next_of(queue: asyncio.Queue[discord.Message]) -> discord.Message:
    return await asyncio.wait_for(queue.get(), 10)


def film(name: str = "clip.mp4") -> discord.File:
    return discord.File(io.BytesIO(FILM), name)


class Redo(discord.ui.View):
    """One button, whose press is answered to the one who pressed it."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        button: discord.ui.Button[Redo] = discord.ui.Button(label="Redo", custom_id="redo:job-7")
        button.callback = self.pressed  # type: ignore[method-assign]
        self.add_item(button)

    async def pressed(self, interaction: Made) -> None:
        await interaction.response.send_message("Again.", ephemeral=True)


def add_commands(client: Listener) -> None:
    """/animate, which is answered later, and "Animate this" in a message's menu, at once."""

    @client.tree.command(name="animate", description="A photo becomes a film")
    @app_commands.choices(aspect=[app_commands.Choice(name="tall", value="9:16")])
    @app_commands.allowed_installs(guilds=True, users=True)
    async def animate(
        interaction: Made,
        photo: discord.Attachment,
        prompt: str,
        duration: app_commands.Range[int, 1, 60] = 5,
        aspect: str = "16:9",
    ) -> None:
        await interaction.response.defer(thinking=True)
        size = len(await photo.read())
        limit = interaction.filesize_limit
        await interaction.edit_original_response(
            content=f"{size} {prompt} {duration} {aspect} {interaction.locale} {limit}"
        )

    @client.tree.context_menu(name="Animate this")
    async def animate_this(interaction: Made, message: discord.Message) -> None:
        await interaction.response.send_message(f"{message.content} {len(message.attachments)}", ephemeral=True)


# Messages


async def test_a_person_is_heard_and_answered(served: Discord, ann: Person, channel: Channel) -> None:
    async with listening(served) as client:
        asked = await ann.says(channel, "slow zoom", files=[PHOTO], mentions=[served.bot])
        heard = await next_of(client.heard)
        assert heard.id == asked.id
        assert heard.content == f"{served.bot.mention} slow zoom"
        assert client.user in heard.mentions
        assert (heard.attachments[0].filename, heard.attachments[0].width) == ("photo.jpg", 400)
        assert await heard.attachments[0].read() == PHOTO
        sent = await heard.reply("Working…", mention_author=False)
        await sent.edit(content="Done.", attachments=[film()], view=Redo())
    (answer,) = channel.videos
    assert answer.reply_to is asked
    assert (answer.content, answer.files, answer.labels) == ("Done.", [FILM], ["Redo"])
    assert [change.content for change in answer.history] == ["Working…", "Done."]
    assert not served.violations


async def test_a_posted_file_comes_back_from_the_cdn_until_its_link_ends(
    served: Discord, ann: Person, channel: Channel
) -> None:
    async with listening(served) as client:
        await ann.says(channel, "here", files=[PHOTO], mentions=[served.bot])
        old = (await next_of(client.heard)).attachments[0]
        served.clock.forward(25 * 60 * MINUTES)
        with pytest.raises(discord.NotFound):
            await old.read()
        again = await client.get_partial_messageable(channel.id).fetch_message(channel.messages[0].id)
        assert again.attachments[0].url != old.url
        assert await again.attachments[0].read() == PHOTO


async def test_a_changed_signature_opens_nothing(served: Discord, ann: Person, channel: Channel) -> None:
    sent = await ann.says(channel, "here", files=[PHOTO])
    link = served.link(sent.attachments[0])
    async with httpx.AsyncClient(verify=False, trust_env=False) as client:
        assert (await client.get(link)).content == PHOTO
        until = link.partition("ex=")[2].partition("&")[0]
        later = link.replace(f"ex={until}", f"ex={int(until, 16) + 999:x}")
        assert (await client.get(later)).status_code == 404


@pytest.mark.parametrize("addressed", [False, True])
async def test_without_the_content_intent_words_come_only_where_the_bot_is_meant(
    served: Discord, ann: Person, channel: Channel, addressed: bool
) -> None:
    async with listening(served, message_content=False) as client:
        said = await ann.says(channel, "zoom", files=[PHOTO], mentions=[served.bot] if addressed else [])
        heard = await next_of(client.heard)
        assert heard.content == (said.content if addressed else "")
        assert len(heard.attachments) == (1 if addressed else 0)
        await ann.says(served.dm(ann), "hello")
        assert (await next_of(client.heard)).content == "hello"
        await client.get_partial_messageable(channel.id).send("mine", view=Redo())
        mine = await next_of(client.said)
        assert (mine.content, len(mine.components)) == ("mine", 1)


async def test_a_reply_to_a_stranger_hides_their_words_without_the_intent(
    served: Discord, ann: Person, channel: Channel
) -> None:
    async with listening(served, message_content=False) as client:
        first = await ann.says(channel, "a photo", files=[PHOTO])
        await next_of(client.heard)
        await ann.says(channel, "animate this", mentions=[served.bot], reply_to=first)
        heard = await next_of(client.heard)
    assert heard.reference is not None
    assert isinstance(heard.reference.resolved, discord.Message)
    assert (heard.reference.message_id, heard.reference.resolved.content) == (first.id, "")


async def test_threads_have_messages_of_their_own(served: Discord, ann: Person, channel: Channel) -> None:
    thread = channel.thread("plans")
    async with listening(served) as client:
        await ann.says(thread, "zoom", mentions=[served.bot])
        heard = await next_of(client.heard)
        assert isinstance(heard.channel, discord.Thread)
        assert heard.channel.parent_id == channel.id
        await heard.channel.send(file=film())
        await ann.says(channel, "and here")
        later = await next_of(client.heard)
        made = await later.create_thread(name="more")
        await made.send("in it")
    assert len(thread.videos) == 1
    assert not channel.videos
    assert served.world.channels[made.id].from_bot[0].content == "in it"


async def test_a_private_thread_is_told_of_only_where_the_bot_was_let_in(
    served: Discord, ann: Person, channel: Channel
) -> None:
    secret = channel.thread("secret", private=True)
    shared = channel.thread("shared", private=True, people=[served.bot])
    async with listening(served) as client:
        await ann.says(secret, "not for you")
        await ann.says(shared, "for you")
        assert (await next_of(client.heard)).content == "for you"


@pytest.mark.usefixtures("guild")
async def test_direct_messages_can_be_closed(served: Discord, ann: Person) -> None:
    async with listening(served) as client:
        user = await client.fetch_user(ann.id)
        await user.send("hello")
        ann.closes_dms()
        with pytest.raises(discord.Forbidden) as refused:
            await user.send("again")
    assert refused.value.code == 50007
    assert [message.content for message in served.dm(ann).from_bot] == ["hello"]


async def test_the_same_nonce_posts_once_for_some_minutes(served: Discord, channel: Channel) -> None:
    async with listening(served) as client:
        place = client.get_partial_messageable(channel.id)
        first = await place.send("video", nonce="job-7", file=film())
        assert (await next_of(client.said)).nonce == "job-7"
        assert (await place.send("video", nonce="job-7", file=film())).id == first.id
        served.clock.forward(5 * MINUTES)
        assert (await place.send("video", nonce="job-7", file=film())).id != first.id
        assert (await place.fetch_message(first.id)).nonce is None
    assert len(channel.videos) == 2


@pytest.mark.parametrize("form", ["413", "413 html", "413 empty", "400"])
async def test_a_file_over_the_limit_is_refused(served: Discord, ann: Person, form: str) -> None:
    served.large_answer = form
    small = served.guild("Small", members=[ann], upload_limit=len(FILM) - 1).channel("general")
    async with pointed(served), discord.Client(intents=discord.Intents.none()) as client:
        await client.login(served.token)
        with pytest.raises(discord.HTTPException) as refused:
            await client.get_partial_messageable(small.id).send(file=film())
    assert refused.value.status == int(form[:3])
    assert refused.value.code == (40005 if form in {"413", "400"} else 0)
    assert not small.messages


# Interactions


async def test_a_slash_command_is_answered(served: Discord, ann: Person, channel: Channel) -> None:
    async with listening(served, prepare=add_commands):
        used = await ann.slash(channel, "animate", photo=PHOTO, prompt="slow", duration=7, aspect="tall")
        await used.acknowledged()
        message = await used.answered()
    assert message.content == f"{len(PHOTO)} slow 7 9:16 de {20 * 1024 * 1024}"
    assert used.responses == [5]
    assert used.ack_seconds is not None
    assert used.ack_seconds < 3
    assert message in channel.messages
    assert [change.kind for change in message.history] == ["sent", "edited"]


async def test_commands_work_in_threads_and_direct_messages(served: Discord, ann: Person, channel: Channel) -> None:
    thread = channel.thread("plans")
    async with listening(served, prepare=add_commands):
        for where in (thread, served.dm(ann)):
            used = await ann.slash(where, "animate", photo=PHOTO, prompt="slow")
            assert (await used.answered()).channel is where


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"prompt": "x"}, "photo is required"),
        ({"photo": PHOTO, "prompt": "x", "duration": 61}, "too large"),
        ({"photo": PHOTO, "prompt": "x", "aspect": "4:3"}, "not among"),
        ({"photo": PHOTO, "prompt": "x", "speed": 1}, "no option speed"),
        ({"photo": PHOTO, "prompt": 1}, "wrong kind"),
        ({"photo": "x", "prompt": "x"}, "no file"),
    ],
)
async def test_a_client_sends_no_option_that_the_command_has_not(
    served: Discord, ann: Person, channel: Channel, options: dict[str, object], wrong: str
) -> None:
    async with pointed(served), Listener(discord.Intents.none()) as client:
        add_commands(client)
        await client.login(served.token)
        await client.tree.sync()
        with pytest.raises(AssertionError, match=wrong):
            await ann.slash(channel, "animate", **options)


async def test_a_context_menu_shows_the_message_to_the_bot_and_the_answer_to_one(
    served: Discord, ann: Person, channel: Channel
) -> None:
    async with listening(served, message_content=False, prepare=add_commands):
        photo = await ann.says(channel, "a photo", files=[PHOTO])
        used = await ann.context_menu(channel, photo, "Animate this")
        assert (await used.answered()).content == "a photo 1"
    assert [message.content for message in ann.ephemeral] == ["a photo 1"]
    assert channel.messages == [photo]


async def test_a_button_works_and_only_the_presser_sees_the_answer(
    served: Discord, ann: Person, guild: Guild, channel: Channel
) -> None:
    bob = served.user("Bob")
    guild.member(bob)
    async with listening(served) as client:
        await client.get_partial_messageable(channel.id).send("video", file=film(), view=Redo())
        await (await bob.presses(channel.videos[0], "Redo")).answered()
        await (await ann.presses(channel.videos[0], "redo:job-7")).answered()
        with pytest.raises(AssertionError, match="no button"):
            await ann.presses(channel.videos[0], "Slower")
    assert [message.content for message in bob.ephemeral] == ["Again."]
    assert len(ann.ephemeral) == 1


async def test_a_modal_is_opened_and_submitted(served: Discord, ann: Person, channel: Channel) -> None:
    class Title(discord.ui.Modal, title="Title"):
        words: discord.ui.TextInput[Title] = discord.ui.TextInput(label="Words", custom_id="words")

        async def on_submit(self, interaction: Made) -> None:
            await interaction.response.send_message(f"title {self.words.value}")

    def prepare(client: Listener) -> None:
        @client.tree.command(name="title", description="A title")
        async def title(interaction: Made) -> None:
            await interaction.response.send_modal(Title())

    async with listening(served, prepare=prepare):
        opened = await (await ann.slash(channel, "title")).acknowledged()
        assert opened.responses == [9]
        assert (await (await ann.submits(opened, words="Hello")).answered()).content == "title Hello"


async def test_an_interaction_is_answered_once_and_within_three_seconds(
    served: Discord, ann: Person, channel: Channel
) -> None:
    codes: asyncio.Queue[int] = asyncio.Queue()

    def prepare(client: Listener) -> None:
        @client.tree.command(name="late", description="Late")
        async def late(interaction: Made, wait: bool) -> None:
            if wait:
                served.clock.forward(4)
            try:
                await interaction.response.defer()
                interaction.response._response_type = None
                await interaction.response.defer()
            except discord.HTTPException as refused:
                await codes.put(refused.code)

    async with listening(served, prepare=prepare):
        on_time = await ann.slash(channel, "late", wait=False)
        assert await asyncio.wait_for(codes.get(), 10) == 40060
        too_late = await ann.slash(channel, "late", wait=True)
        assert await asyncio.wait_for(codes.get(), 10) == 10062
    assert on_time.is_acknowledged
    assert too_late.has_failed


async def test_the_token_of_an_interaction_ends_after_a_quarter_of_an_hour(
    served: Discord, ann: Person, channel: Channel
) -> None:
    got: asyncio.Queue[Made] = asyncio.Queue()

    def prepare(client: Listener) -> None:
        @client.tree.command(name="wait", description="Wait")
        async def wait(interaction: Made) -> None:
            await interaction.response.defer(thinking=True)
            await got.put(interaction)

    async with listening(served, prepare=prepare) as client:
        used = await ann.slash(channel, "wait")
        interaction = await asyncio.wait_for(got.get(), 10)
        first = await interaction.followup.send("half", wait=True)
        assert used.message is not None
        assert first.id == used.message.id
        second = await interaction.followup.send("more", file=film(), wait=True)
        served.clock.forward(14 * MINUTES)
        await second.edit(content="still")
        served.clock.forward(1 * MINUTES)
        for act in (interaction.edit_original_response(content="x"), interaction.followup.send("x"), second.delete()):
            with pytest.raises(discord.HTTPException) as refused:
                await act
            assert (refused.value.status, refused.value.code) == (401, 50027)
        await client.get_partial_messageable(channel.id).send("an ordinary message")
    assert [message.content for message in channel.from_bot] == ["half", "still", "an ordinary message"]


async def test_an_installation_to_a_user_reaches_where_the_bot_is_not(served: Discord) -> None:
    bob, ann = served.user("Bob", user_install=True), served.user("Ann")
    guild = served.guild("Elsewhere", members=[ann, bob], bot=False)
    elsewhere, muted = guild.channel("general"), guild.channel("muted", everyone_deny=["USE_EXTERNAL_APPS"])
    got: asyncio.Queue[Made] = asyncio.Queue()

    def prepare(client: Listener) -> None:
        @client.tree.command(name="here", description="Here")
        @app_commands.allowed_installs(guilds=True, users=True)
        @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
        async def here(interaction: Made) -> None:
            await interaction.response.send_message("here")
            await got.put(interaction)

    async with listening(served, prepare=prepare) as client:
        await (await bob.slash(elsewhere, "here")).acknowledged()
        interaction = await asyncio.wait_for(got.get(), 10)
        assert interaction.is_user_integration()
        assert not interaction.is_guild_integration()
        assert interaction.context.guild
        with pytest.raises(discord.Forbidden) as refused:
            await client.get_partial_messageable(elsewhere.id).send("no")
        assert refused.value.code == 50001
        await interaction.followup.send("through the webhook", file=film())
        await (await bob.slash(muted, "here")).acknowledged()
        await asyncio.wait_for(got.get(), 10)
        await (await bob.slash(served.private(bob, ann), "here")).acknowledged()
        private = await asyncio.wait_for(got.get(), 10)
        assert private.context.private_channel
        assert private.user.id == bob.id
        await private.user.send("by direct message")
        stranger = await client.fetch_user(ann.id)
        with pytest.raises(discord.Forbidden) as refused:
            await stranger.send("no")
        assert refused.value.code == 50278
    assert [message.content for message in elsewhere.from_bot] == ["here", "through the webhook"]
    assert [message.content for message in bob.ephemeral] == ["here"]
    assert not muted.messages


# The gateway


async def test_resuming_loses_nothing_and_repeats_nothing(served: Discord, ann: Person, channel: Channel) -> None:
    async with listening(served) as client:
        await ann.says(channel, "before")
        assert (await next_of(client.heard)).content == "before"
        assert await served.gateway.drop() == 1
        for words in ("one", "two", "three"):
            await ann.says(channel, words)
        await ann.says(channel, "after")
        assert [(await next_of(client.heard)).content for _ in range(4)] == ["one", "two", "three", "after"]
    assert len(served.gateway.identifies) == 1
    assert [resume.accepted for resume in served.gateway.resumes] == [True]
    assert client.heard.empty()


async def test_a_session_that_is_forgotten_begins_anew_and_loses_what_came_between(
    served: Discord, ann: Person, channel: Channel
) -> None:
    async with listening(served) as client:
        await ann.says(channel, "before")
        await next_of(client.heard)
        await served.gateway.drop(resumable=False, code=4000)
        await ann.says(channel, "lost")
        await wait_until(lambda: len(served.gateway.identifies) == 2, 20)
        await served.online()
        await ann.says(channel, "heard")
        assert (await next_of(client.heard)).content == "heard"
        place = client.get_partial_messageable(channel.id)
        missed = [message.content async for message in place.history(after=discord.Object(1), oldest_first=True)]
    assert missed == ["before", "lost", "heard"]
    assert [resume.accepted for resume in served.gateway.resumes] == [False]


@pytest.mark.parametrize("how", ["reconnect", "invalidate"])
async def test_a_client_that_is_asked_to_come_back_resumes(
    served: Discord, ann: Person, channel: Channel, how: str
) -> None:
    async with listening(served) as client:
        await ann.says(channel, "before")
        await next_of(client.heard)
        if how == "reconnect":
            await served.gateway.reconnect()
        else:
            await served.gateway.invalidate(resumable=True)
        await ann.says(channel, "meanwhile")
        assert (await next_of(client.heard)).content == "meanwhile"
        await wait_until(lambda: served.gateway.resumes)
    assert [resume.accepted for resume in served.gateway.resumes] == [True]


async def test_two_processes_share_the_shards(served: Discord, ann: Person) -> None:
    even = served.guild("Even", members=[ann], shard=(0, 2)).channel("general")
    odd = served.guild("Odd", members=[ann], shard=(1, 2)).channel("general")
    async with (
        listening(served, shard_ids=[0], shard_count=2) as first,
        listening(served, shard_ids=[1], shard_count=2) as second,
    ):
        await ann.says(even, "even")
        await ann.says(odd, "odd")
        await ann.says(served.dm(ann), "direct")
        assert [(await next_of(first.heard)).content for _ in range(2)] == ["even", "direct"]
        assert (await next_of(second.heard)).content == "odd"
    assert [each.shard for each in served.gateway.identifies] == [(0, 2), (1, 2)]


async def test_a_guild_that_comes_later_is_told_of(served: Discord, ann: Person) -> None:
    async with listening(served) as client:
        guild = served.guild("Late", members=[ann])
        place = guild.channel("general")
        thread = place.thread("later")
        await wait_until(lambda: client.get_guild(guild.id) and client.get_channel(thread.id))
        await ann.says(place, "hi")
        assert (await next_of(client.heard)).channel.id == place.id
        await guild.removes_bot()
        await wait_until(lambda: client.get_guild(guild.id) is None)
        with pytest.raises(discord.Forbidden):
            await client.get_partial_messageable(place.id).send("no")


async def test_permissions_reach_the_client_and_are_kept(served: Discord, guild: Guild) -> None:
    quiet = guild.channel("quiet", deny=["ATTACH_FILES"])
    async with listening(served) as client:
        known = await wait_until(lambda: client.get_channel(quiet.id))
        assert isinstance(known, discord.TextChannel)
        mine = known.permissions_for(known.guild.me)
        assert mine.send_messages
        assert not mine.attach_files
        await known.send("words")
        with pytest.raises(discord.Forbidden) as refused:
            await known.send(file=film())
        assert refused.value.code == 50013
        quiet.denies("VIEW_CHANNEL")
        with pytest.raises(discord.Forbidden) as refused:
            await known.send("words")
        assert refused.value.code == 50001


@pytest.mark.parametrize(("privileged", "token", "code"), [((), None, 4014), (("message_content",), "wrong", 4004)])
async def test_the_gateway_refuses_what_was_not_allowed(
    privileged: tuple[str, ...], token: str | None, code: int
) -> None:
    async with Discord(privileged=privileged) as served, pointed(served):
        intents = discord.Intents.default()
        intents.message_content = True
        async with discord.Client(intents=intents) as client:
            await client.login(served.token)
            application = await client.application_info()
            assert application.flags.gateway_message_content_limited is bool(privileged)
            client.http.token = token or served.token
            with pytest.raises(discord.ConnectionClosed) as refused:
                await asyncio.wait_for(client.connect(reconnect=False), 10)
            assert refused.value.code == code


async def test_identifying_twice_at_once_can_be_a_violation() -> None:
    async with Discord(identify_interval=5.0, forgiving=True) as served:
        async with listening(served), pointed(served):
            intents = discord.Intents.default()
            async with discord.Client(intents=intents) as hasty:
                await hasty.login(served.token)
                connecting = asyncio.create_task(hasty.connect())
                await wait_until(lambda: served.violations)
                connecting.cancel()
                with suppress(asyncio.CancelledError):
                    await connecting
        # The library forgets a connection that waits to identify again, and would keep it alive for ever.
        for thread in threading.enumerate():
            if isinstance(thread, KeepAliveHandler) and thread.shard_id is None:
                thread.stop()
        assert "two IDENTIFYs" in served.violations[0]


def test_it_serves_a_test_that_is_not_asynchronous() -> None:
    with in_thread(Discord()) as served:
        ann = served.user("Ann")
        channel = served.guild("Film club", members=[ann]).channel("general")

        async def talk() -> None:
            async with listening(served) as client:
                await ann.says(channel, "from another loop")
                heard = await next_of(client.heard)
                await heard.reply("heard")

        asyncio.run(talk())
        assert [message.content for message in channel.from_bot] == ["heard"]


async def test_heartbeats_are_answered() -> None:
    async with Discord(heartbeat_interval=0.05) as served, listening(served):
        start = time.monotonic()
        await wait_until(lambda: served.gateway.connections[0].heartbeats >= 3)
        assert time.monotonic() - start < 5
