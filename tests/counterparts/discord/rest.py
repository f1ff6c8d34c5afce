"""REST and the CDN over HTTP: requests in, answers and faults out, every request checked and recorded."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from tests.counterparts.discord import limits
from tests.counterparts.discord.calls import Call
from tests.counterparts.discord.command_limits import check_command, check_commands
from tests.counterparts.discord.faults import Faults
from tests.counterparts.discord.files import Attachment, Files
from tests.counterparts.discord.rates import Rates
from tests.counterparts.discord.refusals import Breach, Refused, too_large
from tests.counterparts.discord.routes import Route
from tests.counterparts.discord.spec import Spec
from tests.counterparts.sockets import PIECE, Broken, RawServer, Reply, Request, reply_json
from tests.counterparts.sockets import Fault as WireFault
from tests.counterparts.telegram.bodies import UnreadableBody, read_body
from tests.counterparts.troubles import Held, Slow, Unheard

API = "/api/v10"
CDN = ("/attachments/", "/ephemeral-attachments/")
_MESSAGES = {
    "create_message",
    "update_message",
    "execute_webhook",
    "update_webhook_message",
    "update_original_webhook_message",
}
"""Routes whose body is a message."""
_COMMAND = {"create_application_command", "create_guild_application_command"}
_WITH_BODY = _MESSAGES | _COMMAND | {"create_interaction_response", "create_dm", "create_thread"}
_WITH_BODY |= {"create_thread_from_message"}


class Rest:
    """`folder`: where uploads go. `large_answer`: how an upload over the limit is refused. `spec`: None: no checks."""

    def __init__(
        self,
        token: str,
        *,
        folder: Path,
        spec: Spec | None,
        now: Callable[[], float],
        request_limit: int | None,
        large_answer: str,
        violations: list[str],
    ) -> None:
        self.requests: list[Call] = []
        self.mistakes: list[str] = []
        """Answers of the counterpart itself that are not as described."""
        self.impatient: list[str] = []
        self.request_limit = request_limit
        self.large_answer = large_answer
        self.faults = Faults()
        self.rates = Rates(now)
        self.server = RawServer(self._serve)
        self.files: Files
        self._routes: list[tuple[Route, re.Pattern[str]]] = []
        self._token = token
        self._folder = folder
        self._spec = spec
        self._now = now
        self._violations = violations
        self._waits: dict[tuple[str, int | None], float] = {}

    def serve(self, routes: list[Route], files: Files) -> None:
        """What there is to answer with."""
        self.files = files
        self._routes = [(route, route.pattern) for route in routes]

    async def _serve(self, request: Request) -> tuple[Reply, WireFault | None]:
        raw, _, query_string = request.target.partition("?")
        query = dict(parse_qsl(query_string, keep_blank_values=True))
        if raw.startswith(CDN):
            return self._download(request.method, unquote(raw), query)
        route, parameters = self._routed(request.method, raw.removeprefix(API))
        name = route.name if route is not None else ""
        call = Call(name, request.method, raw.removeprefix(API), self._now(), parameters=parameters, query=query)
        call.headers = request.headers
        self.requests.append(call)
        try:
            await self._read(call, request)
        except UnreadableBody as error:
            self._violations.append(f"{call.method} {call.path}: {error}")
            return self._refused(call, Refused(400, 50109, "The request body contains invalid JSON."), {}), None
        if route is None or not raw.startswith(API):
            self._violations.append(f"{request.method} {raw}: no such route")
            return self._refused(call, Refused(404, 0, "404: Not Found"), {}), None
        if route.needs_token and request.headers.get("authorization") != f"Bot {self._token}":
            return self._refused(call, Refused(401, 0, "401: Unauthorized"), {}), None
        return await self._called(route, call)

    async def _read(self, call: Call, request: Request) -> None:
        """The body, and in `uploads` its files. Raises UnreadableBody."""
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            # Only the body: a query is no field here.
            request.target = request.path
            form = await read_body(request, self._folder)
            call.uploads, call.size = form.uploads, request.size
            if form.problems or "payload_json" not in form.fields:
                raise UnreadableBody("; ".join(form.problems) or "multipart without payload_json")
            call.body = _parsed(form.fields["payload_json"].encode())
            return
        whole = await request.whole()
        call.size = len(whole)
        if whole:
            if request.headers.get("content-type") != "application/json":
                raise UnreadableBody(f"a body of type {request.headers.get('content-type')!r}")
            call.body = _parsed(whole)

    async def _called(self, route: Route, call: Call) -> tuple[Reply, WireFault | None]:
        headers, refusal = self.rates.take(call)
        if refusal is not None:
            self._note_wait(call, refusal)
            return self._refused(call, refusal, headers), None
        if self.request_limit is not None and call.size > self.request_limit:
            return self._refused(call, too_large(self.large_answer), headers), None
        try:
            self._check(call)
        except Refused as refused:
            return self._refused(call, refused, headers), None
        self._note_haste(call)
        fault = self.faults.next(call.route, call.channel_id)
        match fault:
            case Refused():
                self._note_wait(call, fault)
                return self._refused(call, fault, headers), None
            case Unheard(effect=False):
                call.was_heard = False
                return Reply(), Broken(fault.how)
            case Held(effect=False):
                await fault.wait()
        reply = self._done(route, call, headers)
        match fault:
            case Unheard():
                call.was_heard = False
                return reply, Broken(fault.how)
            case Held(effect=True):
                await fault.wait()
            case Slow():
                await asyncio.sleep(fault.seconds)
        return reply, None

    def _check(self, call: Call) -> None:
        """Raises Breach."""
        if call.route in _WITH_BODY and not isinstance(call.body, dict):
            raise Breach(["the body is no JSON object"])
        if call.route in _MESSAGES and isinstance(call.body, dict):
            limits.check_message(call.body)
        if call.route == "create_interaction_response" and isinstance(call.body, dict):
            limits.check_message(call.body.get("data") or {})
        if call.route.endswith("_application_commands") and isinstance(call.body, list):
            check_commands(call.body)
        if call.route in _COMMAND and isinstance(call.body, dict):
            check_command(call.body)
        if self._spec is not None:
            problems = self._spec.request_problems(call.route, call.parameters, call.query, call.body, call.uploads)
            if problems:
                raise Breach(problems)

    def _done(self, route: Route, call: Call, headers: dict[str, str]) -> Reply:
        try:
            status, answer = route.handler(call)
        except Refused as refused:
            return self._refused(call, refused, headers)
        call.status, call.answer, call.answered = status, answer, time.monotonic()
        if self._spec is not None:
            wrong = self._spec.answer_problems(call.route, status, answer)
            self.mistakes.extend(f"{call.route} → {each}" for each in wrong)
        return Reply(status, b"", headers) if answer is None else reply_json(answer, status, headers)

    def _note_wait(self, call: Call, refused: Refused) -> None:
        seconds = refused.answer.get("retry_after")
        if seconds is not None:
            self._waits[call.route, call.channel_id] = call.when + seconds

    def _note_haste(self, call: Call) -> None:
        left = self._waits.get((call.route, call.channel_id), 0.0) - call.when
        if left > 0:
            self.impatient.append(f"{call.route} to {call.channel_id} came {left:.3f} s too early")

    def _refused(self, call: Call, refused: Refused, headers: dict[str, str]) -> Reply:
        if isinstance(refused, Breach):
            self._violations.extend(f"{call.route or call.path}: {each}" for each in refused.problems)
        call.status, call.answer, call.answered = refused.status, refused.answer, time.monotonic()
        both = headers | refused.headers
        if refused.body is not None:
            call.answer = refused.body
            return Reply(refused.status, refused.body, both)
        return reply_json(refused.answer, refused.status, both)

    def _routed(self, method: str, path: str) -> tuple[Route | None, dict[str, str]]:
        for route, pattern in self._routes:
            found = pattern.fullmatch(path) if route.method == method else None
            if found is not None:
                return route, {name: unquote(value) for name, value in found.groupdict().items()}
        return None, {}

    def _download(self, method: str, path: str, query: dict[str, str]) -> tuple[Reply, WireFault | None]:
        call = Call("file", method, path, self._now(), query=query)
        self.requests.append(call)
        attachment = self.files.at(path.lstrip("/"), query)
        if attachment is None or method != "GET":
            words = b"This content is no longer available."
            return self._refused(
                call, Refused(404, 0, "", body=words, headers={"Content-Type": "text/plain"}), {}
            ), None
        fault = self.faults.next("file", None)
        if isinstance(fault, Refused):
            return self._refused(call, fault, {}), None
        call.status = 200
        broken = None
        if isinstance(fault, Unheard):
            call.was_heard = False
            broken = Broken(fault.how, fault.after)
        return Reply(200, _pieces(attachment), {"Content-Type": attachment.mime}, attachment.size), broken


def _parsed(whole: bytes) -> Any:
    try:
        return json.loads(whole)
    except ValueError as error:
        raise UnreadableBody(f"no JSON: {error}") from error


async def _pieces(attachment: Attachment) -> AsyncIterator[bytes]:
    assert attachment.path is not None, f"{attachment.name} has no bytes"
    with attachment.path.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
