"""The Bot API over HTTP: requests in, answers and faults out, every request checked and recorded.

`Telegram` is what a test holds. It makes persons and chats, and says what goes wrong.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import unquote

from tests.counterparts.sockets import (
    PIECE,
    Altered,
    Answer,
    Broken,
    BrokenRequest,
    RawServer,
    Reply,
    Request,
    reply_json,
)
from tests.counterparts.sockets import Fault as WireFault
from tests.counterparts.telegram.bodies import Body, Json, UnreadableBody, read_body
from tests.counterparts.telegram.calls import Call
from tests.counterparts.telegram.chats import Chat
from tests.counterparts.telegram.faults import Fault, Faults, Rule, Spoiled
from tests.counterparts.telegram.files import Files, Stored
from tests.counterparts.telegram.methods import Methods
from tests.counterparts.telegram.people import Person
from tests.counterparts.telegram.presses import Press
from tests.counterparts.telegram.reading import read
from tests.counterparts.telegram.refusals import Breach, Refused, bad_request, flooded
from tests.counterparts.telegram.spec import published
from tests.counterparts.telegram.updates import Update, Updates
from tests.counterparts.troubles import Held, Slow, Unheard

T = TypeVar("T")

_CALL = re.compile(r"/bot(?P<token>[^/]+)/(?P<method>[A-Za-z]+)/?")
_FILE = re.compile(r"/file/bot(?P<token>[^/]+)/(?P<path>.+)")


class Telegram:
    """`now`: Unix seconds. `privacy`: what BotFather's /setprivacy says. `local`: a Bot API server of one's own, which
    knows no 20 MB and no 50 MB and hands out files by their path on its disk, which it says is at `disk`.

    `checked` False: requests are not held against the published description. `forgiving`: a block that ends with
    `violations` is no failure.
    """

    def __init__(
        self,
        token: str = "123456:TEST-token",
        *,
        username: str = "stillreel_bot",
        now: Callable[[], float] = time.time,
        privacy: bool = True,
        local: bool = False,
        disk: str | None = None,
        checked: bool = True,
        forgiving: bool = False,
        webhook_retry_seconds: float = 0.05,
    ) -> None:
        self.token = token
        self.bot = Person(int(token.partition(":")[0]), "Stillreel", None, username, is_bot=True)
        self.privacy = privacy
        self.local = local
        self.now = now
        self.forgiving = forgiving
        self.requests: list[Call] = []
        """Every request in the order of arrival, downloads as "file" among them."""
        self.violations: list[str] = []
        """What real Telegram would never be asked: requests against the description or a published limit."""
        self.impatient: list[str] = []
        """Requests for a chat that came before the seconds of a flood were over."""
        self.presses: list[Press] = []
        self.chats: list[Chat] = []
        self.people: list[Person] = []
        self._spec = published() if checked else None
        self._folder = Path(tempfile.mkdtemp(prefix="telegram-"))
        self.files = Files(self._folder, token)
        self.disk = disk or str(self._folder)
        """Where the files of a local server lie, as it says itself. They really lie in `files.folder`."""
        self.updates = Updates(now, first_id=700_000_001, retry_seconds=webhook_retry_seconds)
        self.methods = Methods(self)
        self.faults = Faults()
        self._numbers = itertools.count(1)
        self._account_ids = itertools.count(1)
        self._mistakes: list[str] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server = RawServer(self._serve)

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await self._server.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.lift()
        await self.updates.close()
        await self._server.close()
        shutil.rmtree(self._folder, ignore_errors=True)
        complaints = [f"the counterpart itself failed: {each!r}" for each in self._server.errors]
        complaints.extend(f"the counterpart itself is wrong: {each}" for each in self._mistakes)
        if not self.forgiving:
            complaints.extend(self.violations)
        if error is None:
            assert not complaints, "\n".join(complaints)
        else:
            for each in complaints:
                error.add_note(each)

    @property
    def url(self) -> str:
        """The API's base without "/bot": the setting TELEGRAM_API_URL."""
        return self._server.url

    @property
    def checks(self) -> bool:
        """Whether requests are checked against the published description."""
        return self._spec is not None

    # People and chats

    def person(
        self,
        name: str = "Ann",
        *,
        language_code: str | None = "en",
        username: str | None = None,
        id: int | None = None,  # noqa: A002 - Telegram's own word
    ) -> Person:
        person = Person(id or 1_000_000 + self.number(), name, language_code, username)
        self.people.append(person)
        return person

    def private(self, person: Person, *, started: bool = True) -> Chat:
        """The person's chat with the bot. `started` False: the bot may not write there until the person does."""
        bot = "member" if started else "absent"
        return self._new(person.id, "private", person.name, [person], username=person.username, bot=bot)

    def group(
        self, title: str, members: Sequence[Person], *, admins: Sequence[Person] = (), bot: str = "member"
    ) -> Chat:
        """A small group. Without `admins` the first member owns it. `bot`: its status, e.g. "administrator"."""
        return self._new(-4_000_000 - self.number(), "group", title, members, admins=admins or members[:1], bot=bot)

    def supergroup(
        self,
        title: str,
        members: Sequence[Person],
        *,
        admins: Sequence[Person] = (),
        forum: bool = False,
        username: str | None = None,
        bot: str = "member",
    ) -> Chat:
        return self._new(
            self._large_id(),
            "supergroup",
            title,
            members,
            admins=admins or members[:1],
            forum=forum,
            username=username,
            bot=bot,
        )

    def forum(
        self, title: str, members: Sequence[Person], *, admins: Sequence[Person] = (), bot: str = "member"
    ) -> Chat:
        """A supergroup with topics. What is written without one is in the General topic."""
        return self.supergroup(title, members, admins=admins, forum=True, bot=bot)

    def channel(
        self, title: str, admins: Sequence[Person], *, username: str | None = None, bot: str = "administrator"
    ) -> Chat:
        return self._new(self._large_id(), "channel", title, [], admins=admins, username=username, bot=bot)

    # What goes wrong

    def flood(
        self, method: str, retry_after: int, *, times: int | None = 1, chat: Chat | None = None, every: int = 1
    ) -> Rule:
        """429: too many requests. "*": any method that sends. `every` 3: on each third request."""
        return self._fault(method, flooded(retry_after), times, chat, every)

    def fail(
        self,
        method: str,
        code: int,
        description: str,
        *,
        times: int | None = 1,
        chat: Chat | None = None,
        every: int = 1,
        **parameters: int,
    ) -> Rule:
        """An error in Telegram's words, e.g. (400, "Bad Request: chat not found"). It has no effect."""
        return self._fault(method, Refused(code, description, **parameters), times, chat, every)

    def drop(
        self,
        method: str,
        *,
        effect: bool,
        how: str = "close",
        after: int | None = None,
        times: int | None = 1,
        chat: Chat | None = None,
        every: int = 1,
    ) -> Rule:
        """The connection ends instead of an answer, although the request was done where `effect`.

        `how`: "close", "reset" or "stall" (the client's own time-out ends it). `after`: bytes of a download
        (method "file") that still come.
        """
        return self._fault(method, Unheard(effect, how, after), times, chat, every)

    def spoil(
        self,
        method: str,
        how: Spoiled,
        *,
        times: int | None = 1,
        chat: Chat | None = None,
        every: int = 1,
    ) -> Rule:
        """Another answer than Telegram's own, or its own with something changed: what stands before it, or another
        server, may say.
        """
        return self._fault(method, how, times, chat, every)

    def cut(self, method: str, after: int) -> None:
        """The connection of the next request is reset after so many bytes of its body."""
        self.faults.cuts[method] = after

    def slow(self, method: str, seconds: float, *, times: int | None = 1, chat: Chat | None = None) -> Rule:
        """The answer comes late, the effect at once."""
        return self._fault(method, Slow(seconds), times, chat, 1)

    def hold(self, method: str, *, effect: bool = False, times: int | None = 1, chat: Chat | None = None) -> Held:
        """The request waits for `release()`; `await held.reached.wait()` until it is there."""
        held = Held(effect)
        self._fault(method, held, times, chat, 1)
        return held

    # Looking and waiting

    def of(self, method: str) -> list[Call]:
        return [call for call in self.requests if call.method == method]

    def count(self, method: str) -> int:
        return len(self.of(method))

    @property
    def sent(self) -> list[Call]:
        """The requests that change what people see, without polling, files and the like."""
        return [call for call in self.requests if call.method.startswith(("send", "edit", "delete", "copy", "forward"))]

    async def redeliver(self, update: Update) -> None:
        """An update comes once more, as after a lost confirmation."""
        await self.inside(lambda: self.updates.repeat(update))

    async def taken(self, timeout: float = 10.0) -> None:
        """Wait until the bot has fetched every update; by a webhook also answered. Raises TimeoutError."""
        await self._across(self.updates.taken(timeout))

    def route(self, origin: str, to: str) -> None:
        """A webhook's address, e.g. "https://bot.example", really listens at `to` ("http://127.0.0.1:4711")."""
        self.updates.routes[origin] = to

    async def inside(self, act: Callable[[], T]) -> T:
        """`act` in the server's own loop, from whichever loop or thread."""

        async def there() -> T:
            return act()

        return await self._across(there())

    # What chats and methods need

    def number(self) -> int:
        return next(self._numbers)

    def register(self, chat: Chat) -> None:
        self.chats.append(chat)

    def emit(self, kind: str, content: Json) -> Update | None:
        update = self.updates.add(kind, content)
        if update is not None and self._spec is not None:
            self._mistakes.extend(self._spec.problems(update.json, "Update"))
        return update

    def open_press(self, press: Press) -> None:
        self.presses.append(press)

    def press(self, query_id: str) -> Press | None:
        return next((press for press in self.presses if press.id == query_id), None)

    def person_of(self, user_id: int) -> Person | None:
        return next((person for person in [*self.people, self.bot] if person.id == user_id), None)

    def chat(self, chat_id: object) -> Chat:
        """By id or @username. Raises Refused (chat not found)."""
        for chat in self.chats:
            named = f"@{chat.username}".lower() if chat.username and chat.kind != "private" else None
            if chat.id == chat_id or (named is not None and str(chat_id).lower() == named):
                return chat
        raise bad_request("chat not found")

    def _new(self, chat_id: int, kind: str, title: str, members: Sequence[Person], **how: Any) -> Chat:
        # One counter for all private chats and small groups, and one for each supergroup and channel, as at Telegram.
        ids = self._account_ids.__next__ if kind in {"private", "group"} else None
        chat = Chat(self, chat_id, kind, title, members, ids=ids, **how)
        self.chats.append(chat)
        return chat

    def _large_id(self) -> int:
        return -1_001_000_000_000 - self.number()

    def _fault(self, method: str, fault: Fault, times: int | None, chat: Chat | None, every: int) -> Rule:
        return self.faults.add(method, fault, times=times, place=None if chat is None else chat.id, every=every)

    async def _across(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None or self._loop is asyncio.get_running_loop():
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    # HTTP

    async def _serve(self, request: Request) -> tuple[Reply, WireFault | None]:
        path = unquote(request.path)
        fetched = _FILE.fullmatch(path)
        if fetched is not None:
            return self._file(fetched["token"], fetched["path"])
        called = _CALL.fullmatch(path)
        if called is None:
            return _answered(Refused(404, "Not Found"))
        call = Call(called["method"], self.now())
        self.requests.append(call)
        if (after := self.faults.cuts.pop(call.method, None)) is not None:
            call.was_heard = False
            return Reply(), BrokenRequest(after)
        try:
            body = await read_body(request, self._folder)
        except UnreadableBody as error:
            self.violations.append(f"{call.method}: {error}")
            return self._refused(call, bad_request(f"can't parse the request: {error}")), None
        if called["token"] != self.token:
            return self._refused(call, Refused(401, "Unauthorized")), None
        return await self._called(call, body)

    async def _called(self, call: Call, body: Body) -> tuple[Reply, WireFault | None]:
        try:
            read(call, body, self._spec, local=self.local)
        except Refused as refused:
            return self._refused(call, refused), None
        early = self.faults.patience.early(call, self.now())
        if early is not None:
            self.impatient.append(early)
        fault = self.faults.next(call.method, call.chat_id if isinstance(call.chat_id, int) else None)
        match fault:
            case Refused():
                self.faults.patience.begin(call, fault, self.now())
                return self._refused(call, fault), None
            case Unheard(effect=False):
                call.was_heard = False
                return Reply(), Broken(fault.how)
            case Answer(effect=False) as other:
                call.status = other.reply.status
                return Reply(), other
            case Held(effect=False):
                await fault.wait()
        reply = await self._done(call)
        match fault:
            case Unheard():
                call.was_heard = False
                return reply, Broken(fault.how)
            case Answer() | Altered():
                return reply, fault
            case Held(effect=True):
                await fault.wait()
            case Slow():
                await asyncio.sleep(fault.seconds)
        return reply, None

    async def _done(self, call: Call) -> Reply:
        try:
            result = await self.methods.do(call)
        except Refused as refused:
            return self._refused(call, refused)
        if self._spec is not None:
            for each in result if isinstance(result, list) else [result]:
                if isinstance(each, dict) and "message_id" in each:
                    self._mistakes.extend(self._spec.problems(each, "Message"))
        call.status, call.answer = 200, {"ok": True, "result": result}
        return reply_json(call.answer)

    def _refused(self, call: Call, refused: Refused) -> Reply:
        if isinstance(refused, Breach):
            self.violations.append(f"{call.method}: {refused.what}")
        call.status, call.answer = refused.code, refused.answer
        return reply_json(call.answer, refused.code)

    def _file(self, token: str, path: str) -> tuple[Reply, WireFault | None]:
        call = Call("file", self.now(), {"file_path": path})
        self.requests.append(call)
        file = self.files.at(path) if token == self.token and not self.local else None
        if file is None:
            return self._refused(call, Refused(404, "Not Found")), None
        fault = self.faults.next("file", None)
        if isinstance(fault, Refused):
            return self._refused(call, fault), None
        if isinstance(fault, Answer):
            call.status = fault.reply.status
            return Reply(), fault
        call.status = 200
        broken = None
        if isinstance(fault, Unheard):
            call.was_heard = False
            broken = Broken(fault.how, fault.after)
        headers = {"Content-Type": "image/jpeg" if file.kind == "photo" else "application/octet-stream"}
        return Reply(200, _pieces(file), headers, file.size), broken


def _answered(refused: Refused) -> tuple[Reply, None]:
    return reply_json(refused.answer, refused.code), None


async def _pieces(file: Stored) -> AsyncIterator[bytes]:
    assert file.path is not None, f"{file.file_id} has no bytes"
    with file.path.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
