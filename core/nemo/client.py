"""The NemoVideo API as one object: each call of the contract is a method, each rule of the contract holds inside.

In come plain values, out go the models of `core.nemo.answers` and the events of `core.nemo.turn`; every failure is a
`NemoError`. How a call is made, and what is done about its failures, stands in `core.nemo.calls`.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from core.nemo import wire
from core.nemo.answers import (
    ClaimAnswer,
    Credits,
    RenderAnswer,
    RenderStage,
    RenderStatus,
    Session,
    SessionAnswer,
    State,
    StateAnswer,
    render_status,
)
from core.nemo.calls import IN_TRANSIT, Calls
from core.nemo.download import Fetch, download
from core.nemo.envelope import data, retry_after, validate
from core.nemo.errors import BadAnswer, NemoError, NoCredits, RenderFailed, RenderTimeout
from core.nemo.files import at_its_address, rising, through_api, upload_request
from core.nemo.identity import Token, TokenStore
from core.nemo.message import message_events, patience
from core.nemo.multipart import frame
from core.nemo.options import INSTALLATION, NemoOptions
from core.nemo.transport import time_limit
from core.nemo.turn import Progress, StillWorking, TurnEnded, TurnEvent, TurnStarted, finish, step
from core.nemo.watch import watch


class NemoClient:
    """An async context manager. `sleep` and `now` (Unix seconds) are the only clocks of its waits and tokens."""

    def __init__(
        self,
        options: NemoOptions,
        tokens: TokenStore,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.options = options
        self._calls = Calls(options, tokens, sleep, now)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._calls.http.aclose()

    async def open_session(self, language: str, *, identity: str = INSTALLATION) -> Session:
        """A new project. It lives as long as the token of its account."""
        used: list[Token] = []

        async def send(token: Token) -> dict[str, Any]:
            used[:] = [token]
            return await self._calls.json("session", "POST", wire.SESSION_PATH, token, wire.session_body(language))

        answer = data("session", SessionAnswer, await self._calls.authorised("session", identity, send))
        return Session(answer.session_id, answer.task_id, answer.bind_id, identity, used[0].expires_at)

    async def upload(
        self, session: Session, path: Path, name: str, mime: str, on_progress: Callable[[float], None]
    ) -> None:
        """Stream a file of this machine's disk to the session.

        `on_progress` gets the fraction sent, 0 to 1, and never goes back. Raises `OSError` for a file that cannot be
        read.
        """

        show = rising(on_progress)

        async def send(token: Token) -> None:
            size = (await asyncio.to_thread(path.stat)).st_size
            framed = frame(name, mime, secrets.token_hex(16))
            request = upload_request(self._calls, session, token, framed, path, size, show)
            async with time_limit("upload", self.options.upload_timeout):
                await self._calls.answer("upload", request)

        await self._calls.authorised("upload", session.identity, send, session)

    async def upload_url(self, session: Session, url: str) -> None:
        """Let the backend fetch a file by its address."""

        async def send(token: Token) -> None:
            path = wire.upload_path(session.session_id)
            await self._calls.json(
                "upload_url", "POST", path, token, wire.link_body(url), limit=self.options.upload_timeout
            )

        await self._calls.authorised("upload_url", session.identity, send, session)

    async def state(self, session: Session) -> State:
        payload = await self._calls.read("state", wire.state_path(session.session_id), session.identity, session)
        return data("state", StateAnswer, payload).opened()

    async def credits(self, *, identity: str = INSTALLATION) -> Credits:
        return data("credits", Credits, await self._calls.read("credits", wire.CREDITS_PATH, identity))

    async def claim_link(self, session: Session) -> str | None:
        """The link under which a person takes the project over; None for a session without a task."""
        if session.task_id is None:
            return None
        body = wire.claim_body(session.task_id, session.session_id)

        async def send(token: Token) -> dict[str, Any]:
            return await self._calls.json("claim", "POST", wire.CLAIM_PATH, token, body)

        answer = data("claim", ClaimAnswer, await self._calls.authorised("claim", session.identity, send, session))
        return wire.claim_link(self.options.web_url, answer.claim_token)

    async def prompt(self, session: Session, text: str) -> AsyncGenerator[TurnEvent, None]:
        """Send a message to the agent and follow its answer; the last event is `TurnEnded`.

        Raises only before the stream has begun: with `accepted` False where the message was refused, None where
        nobody can know. Afterwards whatever breaks stands in the turn. Close it (`aclosing`) when leaving early.
        """
        now, begun, broken = Progress(), False, None
        events = watch(
            message_events(self._calls, session, text),
            patience=partial(patience, self.options),
            silence=self.options.silence_timeout,
            limit=self.options.stream_timeout,
            tick=self.options.still_working_interval,
        )
        async with aclosing(events):
            try:
                async for event in events:
                    match event:
                        case StillWorking():
                            yield event
                        case TurnStarted():
                            begun = True
                            yield event
                        case _:
                            now, shown = step(now, event)
                            for each in shown:
                                yield each
            except NemoError as error:
                if not begun:
                    raise
                error.accepted = True
                broken = error
        turn, shown = finish(now, broken)
        if isinstance(turn.error, NoCredits):
            self._calls.about_credits(turn.error, session)
        for each in shown:
            yield each
        yield TurnEnded(turn)

    async def submit_render(self, render_id: str, session: Session, draft: Mapping[str, Any]) -> None:
        """Start an export under an id of the caller's. The draft goes exactly as the state gave it."""
        body = wire.render_body(render_id, session.session_id, draft)

        async def send(token: Token) -> None:
            await self._calls.json("render", "POST", wire.RENDER_PATH, token, body)

        await self._calls.authorised("render", session.identity, send, session)

    async def render_status(self, render_id: str, *, identity: str = INSTALLATION) -> RenderStatus:
        """One reading of an export, repeated for the same id where it broke in transit. Raises `RenderUnknown`."""
        return await self._calls.reread(lambda: self._one_status(render_id, identity))

    async def follow_render(
        self, render_id: str, *, identity: str = INSTALLATION
    ) -> AsyncGenerator[RenderStatus, None]:
        """Readings of an export until it is completed.

        Raises `RenderFailed`; `RenderTimeout` after `render_timeout` seconds; `RenderUnknown` for an id that never
        arrived; a reading that breaks in transit is left out and the next one comes in its time.
        """
        options, now, waited = self.options, self._calls.now, 0.0
        while True:
            asked_at = now()
            status = await self._status_in_transit(render_id, identity)
            wait = options.poll_interval
            if status is not None:
                yield replace(status, slow=waited >= options.slow_after * options.poll_interval)
                if status.stage is RenderStage.COMPLETED:
                    return
                if status.retry_after is not None:
                    wait = max(status.retry_after, _SHORTEST_POLL)
            left = options.render_timeout - waited
            if left <= 0:
                raise RenderTimeout("render")
            # Whatever wait is asked for, there is one reading more when the time is over.
            wait = min(wait, max(left, _SHORTEST_POLL))
            await self._calls.sleep(wait)
            waited += max(wait, now() - asked_at)

    async def stop_render(self, render_id: str, *, identity: str = INSTALLATION) -> None:
        """Stop an export. Only darkroom knows how; elsewhere the export runs to an end that nobody waits for."""

        async def send(token: Token) -> None:
            await self._calls.json("stop_render", "DELETE", wire.render_path(render_id), token, None)

        await self._calls.authorised("stop_render", identity, send)

    async def download(
        self,
        status: RenderStatus,
        path: Path,
        on_progress: Callable[[float], None],
        *,
        identity: str = INSTALLATION,
    ) -> None:
        """Fetch a completed export's file to `path`: from its own address, else through the API.

        The account's token goes to the API alone, never to the file's own address.
        """

        rise = rising(on_progress)

        def show(written: int, total: int | None) -> None:
            rise(min(1.0, written / total) if total else 0.0)

        async def fetch(source: Fetch) -> None:
            await download(source, path, show, sleep=self._calls.sleep, repeat_wait=self.options.repeat_wait)

        async with time_limit("download", self.options.download_timeout):
            if status.url is not None:
                try:
                    await fetch(at_its_address(self._calls, status.url))
                except NemoError:
                    if not _may_differ(status.url, self.options.api_url, status.render_id):
                        raise
                else:
                    return

            async def send(token: Token) -> None:
                await fetch(through_api(self._calls, status.render_id, token))

            await self._calls.authorised("download", identity, send)

    async def _one_status(self, render_id: str, identity: str) -> RenderStatus:
        async def send(token: Token) -> RenderStatus:
            request = self._calls.request("GET", wire.render_path(render_id), token)
            async with time_limit("render_status", self.options.call_timeout):
                payload, headers = await self._calls.answer("render_status", request)
            inner = payload.get("data")
            bare = inner if isinstance(inner, dict) and not isinstance(payload.get("status"), str) else payload
            wait = retry_after(headers.get("retry-after"), self._calls.now())
            return render_status(render_id, validate("render_status", RenderAnswer, bare), wait)

        return await self._calls.authorised("render_status", identity, send)

    async def _status_in_transit(self, render_id: str, identity: str) -> RenderStatus | None:
        """None for a reading that broke in transit. Raises `RenderFailed` where the export has failed."""
        try:
            status = await self._one_status(render_id, identity)
        except (*IN_TRANSIT, BadAnswer):
            return None
        if status.stage is RenderStage.FAILED:
            raise RenderFailed("render", detail=status.error, reason=status.reason)
        return status


_SHORTEST_POLL = 0.2
"""Seconds between two readings at the least, whatever the backend asks for."""


def _may_differ(url: str, api_url: str, render_id: str) -> bool:
    """Whether the API's own way to the file is another one than the address that failed."""
    return url != api_url.rstrip("/") + wire.render_file_path(render_id)
