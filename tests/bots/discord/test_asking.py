"""Each way of asking, in each place, as `asking.toml` records it: a real gateway and real REST calls, one listener."""

from __future__ import annotations

import io
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from bots.discord.words import ASPECTS, DURATIONS
from core.store.connection import connected
from tests.bots.discord.listening import ANSWER, REFUSAL, Listener, listener
from tests.counterparts.discord import Channel, Discord, File, Interaction, Message, Person
from tests.waiting import wait_until

TABLE: dict[str, dict[str, list[str]]] = tomllib.loads(Path(__file__).with_name("asking.toml").read_text("utf-8"))
ROWS = [(way, place) for way, places in TABLE.items() for place in places]

_DENIED = {
    "no files": ["ATTACH_FILES"],
    "mute": ["SEND_MESSAGES"],
    "mute thread": ["SEND_MESSAGES_IN_THREADS"],
    "blind": ["VIEW_CHANNEL"],
}


def _photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "JPEG")
    return buffer.getvalue()


PHOTO = _photo()
_LAST = (ANSWER, REFUSAL, "Cancelled.")
"""What comes after the conversation has heard."""


@dataclass
class Scene:
    """A place with people of its own. Ann asks."""

    discord: Discord
    bot: Listener
    ann: Person
    bob: Person
    where: Channel
    asker: Person = field(init=False)
    interaction: Interaction | None = None
    _before: set[int] = field(default_factory=set)
    _heard: int = 0

    def __post_init__(self) -> None:
        self.asker = self.ann

    def begin(self) -> None:
        """What was until now is no part of what happens."""
        self._before = {id(message) for message in self._all()}
        self._heard = len(self.bot.heard)

    @property
    def is_direct(self) -> bool:
        return self.where.is_bot_dm

    async def answered(self, words: str) -> Message:
        """The bot's answer to these words, in this place."""
        found = await wait_until(lambda: [each for each in self.where.from_bot if each.content == f"{ANSWER} {words}"])
        return found[0]

    def happened(self) -> list[str]:
        shown = self.interaction
        told = [self._told(message) for message in self._all() if id(message) not in self._before]
        people = {str(self.ann.id), str(self.bob.id)}
        heard = [each for each in self.bot.heard[self._heard :] if each.person.id in people]
        pressed = [each for each in self.bot.presses if each.person.id in people]
        return [
            *(f"acknowledged {kind}" for kind in (shown.responses if shown else [])),
            *(text for text in told if not _is_last(text)),
            *(
                "heard: "
                + " ".join(
                    [
                        *([f"/{each.command}"] if each.command else []),
                        repr(each.text),
                        *(item.kind.value for item in each.media),
                        *(["reply"] if each.reply_to else []),
                    ]
                )
                for each in heard
            ),
            *(f"pressed: {each.action}" for each in pressed),
            *(text for text in told if _is_last(text)),
        ]

    def _all(self) -> list[Message]:
        direct = [] if self.is_direct else self.discord.dm(self.ann).from_bot
        return [*self.where.from_bot, *self.asker.ephemeral, *direct]

    def _told(self, message: Message) -> str:
        who = "alone" if message.is_ephemeral else "all see" if message.channel is self.where else "direct"
        replies = "" if message.reply_to is None else f" → {self._plain(message.reply_to.content)}"
        return f"{who}: {self._plain(message.content)}{replies}"

    def _plain(self, text: str) -> str:
        guild = "@me" if self.where.guild is None else self.where.guild.id
        places = {f"<#{self.where.id}>": "HERE", self.discord.bot.mention: "@bot"}
        for found, name in places.items():
            text = text.replace(found, name)
        link = f"https://discord.com/channels/{guild}/{self.where.id}/"
        return text.partition(link)[0] + "LINK" if link in text else text


def _is_last(text: str) -> bool:
    return text.partition(": ")[2].startswith(_LAST)


# What people do


async def _slash(scene: Scene) -> None:
    options = {"photo": PHOTO, "prompt": "zoom in slowly", "duration": 5, "aspect": "9:16, vertical"}
    scene.interaction = await scene.ann.slash(scene.where, "animate", **options)


async def _slash_in_chinese(scene: Scene) -> None:
    scene.ann.locale = "zh-CN"
    scene.interaction = await scene.ann.slash(scene.where, "动起来", photo=PHOTO, duration="3秒")


async def _slash_with_two(scene: Scene) -> None:
    scene.interaction = await scene.ann.slash(scene.where, "animate", photo=PHOTO, photo2=PHOTO)


async def _slash_with_five(scene: Scene) -> None:
    files: dict[str, File] = {}
    for number, name in enumerate(("a.jpg", "b.png", "c.heic", "d.webp", "e.mp4"), 1):
        # Of what it has not looked into Discord says only that it is a file.
        files["photo" if number == 1 else f"photo{number}"] = File(PHOTO, name, "application/octet-stream")
    scene.interaction = await scene.ann.slash(scene.where, "animate", **files)


async def _slash_with_text(scene: Scene) -> None:
    scene.interaction = await scene.ann.slash(scene.where, "animate", photo=File(b"words", "notes.txt"))


async def _menu(scene: Scene) -> None:
    await _animate_this(scene, "look at this", PHOTO)


async def _menu_without(scene: Scene) -> None:
    await _animate_this(scene, "only words")


async def _menu_link(scene: Scene) -> None:
    link = "https://example.org/cat.png"
    picture = await scene.bob.says(scene.where, link, embeds=[{"type": "image", "url": link}])
    scene.begin()
    scene.interaction = await scene.ann.context_menu(scene.where, picture, "Animate this")


async def _menu_drawn(scene: Scene) -> None:
    """What another bot drew, and a page whose preview has a picture."""
    embeds: list[dict[str, Any]] = [
        {"type": "rich", "title": "Today's cat", "image": {"url": "https://example.org/cat.png"}},
        {"type": "article", "url": "https://example.org", "thumbnail": {"url": "https://example.org/dog.png"}},
        {"type": "rich", "description": "words alone"},
    ]
    picture = await scene.bob.says(scene.where, "look", embeds=embeds)
    scene.begin()
    scene.interaction = await scene.ann.context_menu(scene.where, picture, "Animate this")


async def _menu_forwarded(scene: Scene) -> None:
    original = await scene.bob.says(scene.where, "mine", files=[PHOTO])
    snapshot = scene.discord.world.message_json(original) | {"content": ""}
    forward = await scene.bob.says(scene.where, "a forward")

    def forwarding(payload: dict[str, Any]) -> None:
        if payload.get("t") == "INTERACTION_CREATE":
            shown = payload["d"]["data"]["resolved"]["messages"][str(forward.id)]
            shown["message_snapshots"] = [{"message": snapshot}]

    scene.begin()
    scene.discord.gateway.alter = forwarding
    try:
        scene.interaction = await scene.ann.context_menu(scene.where, forward, "Animate this")
        await scene.interaction.acknowledged()
    finally:
        scene.discord.gateway.alter = None


async def _animate_this(scene: Scene, words: str, *files: bytes) -> None:
    sender = scene.ann if scene.is_direct else scene.bob
    message = await sender.says(scene.where, words, files=files)
    if scene.is_direct:
        await scene.answered(words)
    scene.begin()
    scene.interaction = await scene.ann.context_menu(scene.where, message, "Animate this")


async def _mention(scene: Scene) -> None:
    await scene.ann.says(scene.where, "zoom out", mentions=[scene.discord.bot], files=[PHOTO, PHOTO])


async def _mention_as_reply(scene: Scene) -> None:
    sender = scene.ann if scene.is_direct else scene.bob
    picture = await sender.says(scene.where, "look", files=[PHOTO])
    if scene.is_direct:
        await scene.answered("look")
    scene.begin()
    await scene.ann.says(scene.where, "animate this", mentions=[scene.discord.bot], reply_to=picture)


async def _reply(scene: Scene) -> None:
    await scene.ann.says(scene.where, "hello", mentions=[scene.discord.bot])
    answer = await scene.answered("hello")
    scene.begin()
    await scene.ann.says(scene.where, "make it slower", reply_to=answer, ping=False)


async def _unaddressed(scene: Scene) -> None:
    await scene.ann.says(scene.where, "zoom in", files=[PHOTO])


async def _reply_unaddressed(scene: Scene) -> None:
    picture = await scene.bob.says(scene.where, "look", files=[PHOTO])
    await scene.ann.says(scene.where, "animate this", reply_to=picture)


async def _typed(scene: Scene) -> None:
    await scene.ann.says(scene.where, "/export", mentions=[scene.discord.bot])


async def _no_photo(scene: Scene) -> None:
    files = [File(b"OggS", "voice.ogg"), File(b"PK", "deck.zip"), File(b"film", "film.mp4")]
    await scene.ann.says(scene.where, "these", mentions=[scene.discord.bot], files=files)


async def _edited(scene: Scene) -> None:
    message = await scene.ann.says(scene.where, "nothing")
    if scene.is_direct:
        await scene.answered("nothing")
    scene.begin()
    await scene.ann.edits(message, f"{scene.discord.bot.mention} hello")


async def _export(scene: Scene) -> None:
    scene.interaction = await scene.ann.slash(scene.where, "export")


async def _credits(scene: Scene) -> None:
    scene.interaction = await scene.ann.slash(scene.where, "credits")


async def _language(scene: Scene) -> None:
    scene.interaction = await scene.ann.slash(scene.where, "language", to="中文")


async def _silence(scene: Scene) -> None:
    scene.bot.unanswered = str(scene.ann.id)
    scene.interaction = await scene.ann.slash(scene.where, "cancel")


async def _button(scene: Scene) -> None:
    await scene.ann.slash(scene.where, "animate", photo=PHOTO, prompt="zoom")
    answer = await scene.answered("zoom")
    scene.begin()
    scene.interaction = await scene.asker.presses(answer, "Slower")


async def _strangers_button(scene: Scene) -> None:
    scene.asker = scene.bob
    scene.bot.refused = str(scene.bob.id)
    await _button(scene)


WAYS: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "slash": _slash,
    "slash in Chinese, without words": _slash_in_chinese,
    "slash with two photos": _slash_with_two,
    "slash with five files of unknown types": _slash_with_five,
    "slash with a text file": _slash_with_text,
    "animate this": _menu,
    "animate this, without a picture": _menu_without,
    "animate this, a link": _menu_link,
    "animate this, pictures in embeds": _menu_drawn,
    "animate this, a forwarded picture": _menu_forwarded,
    "mention with photos": _mention,
    "mention as a reply to a picture": _mention_as_reply,
    "reply to the bot without a mention": _reply,
    "a photo and words, unaddressed": _unaddressed,
    "a reply to somebody else, unaddressed": _reply_unaddressed,
    "a command typed as text": _typed,
    "what is no photo": _no_photo,
    "an edited message": _edited,
    "/export": _export,
    "/credits": _credits,
    "/language zh": _language,
    "a command that the conversation answers with nothing": _silence,
    "a button": _button,
    "a stranger's button": _strangers_button,
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(redis_url: str) -> AsyncIterator[tuple[Discord, Listener]]:
    async with connected(redis_url) as redis:
        await redis.flushdb()
        async with Discord() as discord, listener(discord, redis) as bot:
            yield discord, bot


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("way", "place"), ROWS, ids=[f"{way}, {place}" for way, place in ROWS])
async def test_item_1_each_way_of_asking(way: str, place: str, bot: tuple[Discord, Listener]) -> None:
    discord, heard = bot
    ann, bob = discord.user("Ann", user_install=True), discord.user("Bob")
    scene = Scene(discord, heard, ann, bob, _place(discord, place, ann, bob))
    scene.begin()
    await WAYS[way](scene)
    expected = TABLE[way][place]
    if scene.interaction is not None:
        await scene.interaction.acknowledged()
        assert scene.interaction.ack_seconds is not None
        assert scene.interaction.ack_seconds < 3
    await wait_until(lambda: len(scene.happened()) >= len(expected), what=f"{expected}, not {scene.happened()}")
    # Whatever else comes of it has come before the answer to what is said later.
    fence = f"after {way} in {place}"
    await ann.says(discord.dm(ann), fence)
    await heard.hears(fence)
    assert [each for each in scene.happened() if fence not in each] == expected


@pytest.mark.asyncio(loop_scope="module")
async def test_item_1_each_choice_of_duration_and_aspect(bot: tuple[Discord, Listener]) -> None:
    discord, heard = bot
    ann = discord.user("Ann")
    shapes = {"9:16": "Make it vertical, 9:16", "1:1": "Make it square, 1:1", "16:9": "Make it widescreen, 16:9"}
    assert tuple(shapes) == ASPECTS
    for seconds in DURATIONS:
        for aspect, shape in shapes.items():
            await ann.slash(discord.dm(ann), "animate", photo=PHOTO, duration=seconds, aspect=aspect)
            await heard.hears(f"Turn this into a {seconds}-second video clip with smooth motion. {shape}")


def _place(discord: Discord, place: str, ann: Person, bob: Person) -> Channel:
    if place == "direct":
        return discord.dm(ann)
    if place == "friends":
        return discord.private(ann, bob)
    owner = discord.user("Owner")
    guild = discord.guild("Film club", members=[owner, ann, bob], bot=place != "foreign")
    channel = guild.channel("general", deny=_DENIED.get(place, ()))
    return channel.thread("films") if "thread" in place else channel
