"""What a test holds: `Discord` serves REST, CDN and gateway, makes people and guilds, and says what goes wrong."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from tests.counterparts.discord import limits
from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.channels import DM, GROUP_DM, Channel
from tests.counterparts.discord.clocks import Clock
from tests.counterparts.discord.faults import Fault, Rule
from tests.counterparts.discord.files import Attachment
from tests.counterparts.discord.gateway import Gateway
from tests.counterparts.discord.guilds import Guild
from tests.counterparts.discord.intents import PRIVILEGED
from tests.counterparts.discord.interactions import Interaction
from tests.counterparts.discord.messages import Message
from tests.counterparts.discord.people import Person
from tests.counterparts.discord.refusals import Refused, flooded
from tests.counterparts.discord.rest import API, Rest
from tests.counterparts.discord.routes import Common
from tests.counterparts.discord.routes_interactions import Interactions
from tests.counterparts.discord.routes_messages import Messages
from tests.counterparts.discord.spec import published
from tests.counterparts.discord.world import TOKEN, World
from tests.counterparts.telegram.bodies import Json
from tests.counterparts.troubles import Held, Slow, Unheard
from tests.waiting import wait_until

T = TypeVar("T")


class Discord:
    """`now`: Unix seconds; None: `clock`, which moves. `privileged`: which of the privileged intents the application
    was allowed ("members", "presences", "message_content"). `upload_limit`: bytes a file, where no guild raises it.
    `request_limit`: bytes of a whole request; None: any. `shards`: how many /gateway/bot recommends.

    `checked` False: requests are not held against the published description. `forgiving`: a block that ends with
    `violations` is no failure.
    """

    def __init__(
        self,
        token: str = TOKEN,
        *,
        now: Callable[[], float] | None = None,
        privileged: Iterable[str] = tuple(PRIVILEGED),
        upload_limit: int = limits.UPLOAD_BYTES,
        request_limit: int | None = limits.REQUEST_BYTES,
        large_answer: str = "413",
        shards: int = 1,
        max_concurrency: int = 1,
        identify_interval: float | None = None,
        heartbeat_interval: float = 41.25,
        checked: bool = True,
        forgiving: bool = False,
    ) -> None:
        self.token = token
        self.clock = Clock()
        self.now = now or self.clock
        self.forgiving = forgiving
        self.violations: list[str] = []
        """What real Discord would never be asked: requests against the description or a published limit."""
        self._spec = published() if checked else None
        self._folder = Path(tempfile.mkdtemp(prefix="discord-"))
        self.files_url: str | None = None
        """Where links to files lead; None: to the counterpart itself."""
        self._rest = Rest(
            token,
            folder=self._folder,
            spec=self._spec,
            now=self.now,
            request_limit=request_limit,
            large_answer=large_answer,
            violations=self.violations,
        )
        self._server = self._rest.server
        self.requests = self._rest.requests
        """Every request in the order of arrival, downloads as "file" among them."""
        self.impatient = self._rest.impatient
        """Requests that came before the seconds of a 429 were over."""
        self.faults = self._rest.faults
        self.world = World(
            now=self.now,
            folder=self._folder,
            host=lambda: self.files_url or self._server.url,
            upload_limit=upload_limit,
        )
        self.gateway = self.world.gateway = Gateway(
            self.world,
            token,
            privileged=frozenset(privileged),
            heartbeat_interval=heartbeat_interval,
            max_concurrency=max_concurrency,
            identify_interval=identify_interval,
            shards=shards,
            violations=self.violations,
        )
        common = Common(self.world)
        messages = Messages(self._rest, self.world, common)
        interactions = Interactions(self._rest, self.world)
        self._rest.serve([*common.routes, *messages.routes, *interactions.routes], self.world.files)

    async def __aenter__(self) -> Self:
        self.world.loop = asyncio.get_running_loop()
        await self._server.listen()
        await self.gateway.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.lift()
        await self.gateway.close()
        await self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        complaints = [f"the counterpart itself failed: {each!r}" for each in self._server.errors]
        complaints.extend(f"the counterpart itself is wrong: {each}" for each in self._rest.mistakes)
        if not self.forgiving:
            complaints.extend(self.violations)
        if error is None:
            assert not complaints, "\n".join(complaints)
        else:
            for each in complaints:
                error.add_note(each)

    @property
    def api_url(self) -> str:
        """The setting DISCORD_API_URL."""
        return self._server.url + API

    @property
    def gateway_url(self) -> str:
        """The setting DISCORD_GATEWAY_URL."""
        return self.gateway.url

    @property
    def large_answer(self) -> str:
        """How an upload over the limit is refused: "413", "413 html", "413 empty" or "400"."""
        return self._rest.large_answer

    @large_answer.setter
    def large_answer(self, form: str) -> None:
        self._rest.large_answer = form

    @property
    def is_checked(self) -> bool:
        """Whether requests are checked against the published description."""
        return self._spec is not None

    # The world

    @property
    def bot(self) -> Person:
        return self.world.bot

    @property
    def application_id(self) -> int:
        return self.world.application_id

    @property
    def commands(self) -> list[Json]:
        """The application's commands that are everywhere."""
        return self.world.commands.all()

    @property
    def interactions(self) -> list[Interaction]:
        """Everything that people asked by a command, a button or a modal, in order."""
        return self.world.interactions

    def link(self, attachment: Attachment) -> str:
        """A signed address of a file, as messages have it."""
        return self.world.files.link(attachment)

    @property
    def videos(self) -> list[Message]:
        """The bot's messages with a film, in every channel."""
        return [message for channel in self.world.channels.values() for message in channel.videos]

    def user(self, name: str = "Ann", *, locale: str = "en-US", user_install: bool = False) -> Person:
        """`user_install`: they have added the application to their own account."""
        person = Person(self.world, self.world.ids(), name, locale=locale, user_install=user_install)
        self.world.people[person.id] = person
        return person

    def guild(
        self,
        name: str = "Film club",
        *,
        members: Sequence[Person] = (),
        bot: bool = True,
        premium_tier: int = 0,
        upload_limit: int | None = None,
        stated_limit: int | None = None,
        locale: str = "en-US",
        shard: tuple[int, int] | None = None,
    ) -> Guild:
        """The first member owns it. `bot`: whether the bot is in it. `shard`: (index, count) that its id falls to.

        `upload_limit`: bytes that it takes, else by `premium_tier`; `stated_limit`: what interactions say of it.
        """
        made = Guild(
            self.world,
            self.world.ids() if shard is None else self.world.on_shard(*shard),
            name,
            members,
            bot=bot,
            premium_tier=premium_tier,
            upload_limit=upload_limit,
            stated_limit=stated_limit,
            locale=locale,
        )
        self.world.guilds[made.id] = made
        self.world.emit("GUILD_CREATE", made.greeting, made)
        return made

    def dm(self, person: Person) -> Channel:
        """The person's direct messages with the bot."""
        return self.world.dm(person)

    def private(self, *people: Person) -> Channel:
        """Direct messages of people, where the bot is not."""
        kind = DM if len(people) == 2 else GROUP_DM
        return self.world.open(Channel(self.world, self.world.ids(), kind, people=people))

    # What goes wrong

    def flood(
        self,
        route: str,
        retry_after: float,
        *,
        scope: str = "user",
        times: int | None = 1,
        channel: Channel | None = None,
        every: int = 1,
    ) -> Rule:
        """429 with `retry_after` seconds. `scope`: "user", "shared" or "global". Route "*": any that sends."""
        return self._fault(route, flooded(retry_after, scope), times, channel, every)

    def fail(
        self,
        route: str,
        status: int,
        code: int = 0,
        message: str = "",
        *,
        body: bytes | None = None,
        times: int | None = 1,
        channel: Channel | None = None,
        every: int = 1,
    ) -> Rule:
        """An error in Discord's form, e.g. (403, 50013, "Missing Permissions"), or with a `body` that is no JSON."""
        return self._fault(route, Refused(status, code, message, body=body), times, channel, every)

    def drop(
        self,
        route: str,
        *,
        effect: bool,
        how: str = "close",
        after: int | None = None,
        times: int | None = 1,
        channel: Channel | None = None,
        every: int = 1,
    ) -> Rule:
        """The connection ends instead of an answer, although the request was done where `effect`.

        `how`: "close", "reset" or "stall" (the client's own time-out ends it). `after`: bytes of a download
        (route "file") that still come.
        """
        return self._fault(route, Unheard(effect, how, after), times, channel, every)

    def slow(self, route: str, seconds: float, *, times: int | None = 1, channel: Channel | None = None) -> Rule:
        """The answer comes late, the effect at once."""
        return self._fault(route, Slow(seconds), times, channel, 1)

    def hold(self, route: str, *, effect: bool = False, times: int | None = 1, channel: Channel | None = None) -> Held:
        """The request waits for `release()`; `await held.reached.wait()` until it is there."""
        held = Held(effect)
        self._fault(route, held, times, channel, 1)
        return held

    def rate(self, route: str, limit: int, per: float) -> None:
        """A real bucket: at most `limit` requests of a route in `per` seconds, for each channel or webhook."""
        self._rest.rates.set(route, limit, per)

    # Looking and waiting

    def of(self, route: str) -> list[Call]:
        return [call for call in self.requests if call.route == route]

    def count(self, route: str) -> int:
        return len(self.of(route))

    async def online(self, shards: int = 1, timeout: float = 20.0) -> None:
        """Wait until so many shards are connected and were told READY, which they may not have read yet: a connection
        that is dropped at once cannot be resumed. Raises AssertionError."""
        await wait_until(lambda: len(self.gateway.ready) >= shards, timeout, what=f"{shards} shards that are ready")

    async def inside(self, act: Callable[[], T]) -> T:
        """`act` in the server's own loop, from whichever loop or thread."""
        return await self.world.inside(act)

    def _fault(self, route: str, fault: Fault, times: int | None, channel: Channel | None, every: int) -> Rule:
        return self.faults.add(route, fault, times=times, place=None if channel is None else channel.id, every=every)
