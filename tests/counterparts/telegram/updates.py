"""Updates on their way to the bot: by long polling or by webhook, each until the bot has confirmed it.

The rules: getUpdates confirms by `offset`, a second one ends the first with a Conflict, and none is possible while a
webhook is set (https://core.telegram.org/bots/api#getupdates); a webhook gets one update at a time and again until it
answers with 2xx (https://core.telegram.org/bots/api#setwebhook). A poll whose client went away is not noticed: what it
was given stays unconfirmed, and the next poll ends it.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit, urlunsplit

import httpx

from tests.counterparts.telegram.bodies import Json
from tests.counterparts.telegram.refusals import bad_request, conflict

KINDS_ON_REQUEST = {"chat_member", "message_reaction", "message_reaction_count"}
"""What a bot is not told unless it asks."""

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PORTS = {443, 80, 88, 8443}
_OWN_HOSTS = {"127.0.0.1", "localhost", "::1"}
_TIMEOUT = 60.0


@dataclass(eq=False, slots=True)
class Update:
    """`content`: the update without its id, for example {"message": …}."""

    id: int
    kind: str
    content: Json
    times_given: int = 0
    """How often it was handed out or posted."""

    @property
    def json(self) -> Json:
        return {"update_id": self.id, self.kind: self.content}


@dataclass(frozen=True, slots=True)
class Posted:
    """One attempt at a webhook. `status` 0: no answer came."""

    update: Update
    status: int


@dataclass(slots=True)
class Webhook:
    url: str
    secret: str | None = None
    max_connections: int = 40
    last_error: tuple[int, str] | None = None
    """Unix seconds and words."""


@dataclass(slots=True)
class _Poll:
    """A getUpdates that waits. `over`: it was ended by another request, and why."""

    woken: asyncio.Event = field(default_factory=asyncio.Event)
    over: str | None = None


class Updates:
    """`now`: Unix seconds. `retry_seconds`: how long a webhook is left alone after it failed."""

    def __init__(self, now: Callable[[], float], *, first_id: int, retry_seconds: float) -> None:
        self.pending: list[Update] = []
        """What the bot has not confirmed yet."""
        self.given: list[Update] = []
        """Every update that there ever was, in order."""
        self.posted: list[Posted] = []
        self.webhook: Webhook | None = None
        self.allowed: list[str] | None = None
        self.routes: dict[str, str] = {}
        """Origin of a webhook's URL → where that really listens."""
        self._again: list[Update] = []
        self._now = now
        self._ids = itertools.count(first_id)
        self._retry_seconds = retry_seconds
        self._poll: _Poll | None = None
        self._moved = asyncio.Event()
        self._posting: asyncio.Task[None] | None = None

    def add(self, kind: str, content: Json) -> Update | None:
        """A new update; None where the bot did not ask for such."""
        if not self._is_wanted(kind):
            return None
        update = Update(next(self._ids), kind, content)
        self.given.append(update)
        self.pending.append(update)
        self._wake()
        return update

    def repeat(self, update: Update) -> None:
        """Hand out an update once more, although the bot confirmed it."""
        self._again.append(update)
        self._wake()

    def allow(self, kinds: list[str] | None) -> None:
        """Which updates are made from now on. None: as before; empty: the usual ones."""
        if kinds is not None:
            self.allowed = kinds or None

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Update]:
        """What is there, after at most `timeout` seconds. Raises Refused (409)."""
        if self.webhook is not None:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        self._end_poll("terminated by other getUpdates request; make sure that only one bot instance is running")
        if offset < 0:
            self.pending = self.pending[offset:]
        else:
            self.pending = [update for update in self.pending if update.id >= offset]
        self._moved.set()
        poll = self._poll = _Poll()
        try:
            if not (self._again or self.pending):
                with suppress(TimeoutError):
                    await asyncio.wait_for(poll.woken.wait(), timeout)
            if poll.over is not None:
                raise conflict(poll.over)
        finally:
            if self._poll is poll:
                self._poll = None
        taken = [*self._again, *self.pending][:limit]
        self._again = self._again[limit:]
        for update in taken:
            update.times_given += 1
        return taken

    async def taken(self, timeout: float = 10.0) -> None:
        """Wait until the bot has confirmed every update: by a later offset, or with 2xx. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            while self.pending or self._again:
                self._moved.clear()
                await self._moved.wait()

    def set_webhook(self, webhook: Webhook, *, local: bool, drop: bool) -> None:
        """Raises Refused for an address that Telegram would not post to. Loopback addresses are taken as they are."""
        parts = urlsplit(webhook.url)
        if not parts.hostname:
            raise bad_request("invalid webhook URL specified")
        if parts.hostname not in _OWN_HOSTS and not local:
            if parts.scheme != "https":
                raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
            if (parts.port or 443) not in PORTS:
                raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
        self._end_poll("terminated by setWebhook request")
        self.delete_webhook(drop=drop)
        self.webhook = webhook
        self._posting = asyncio.create_task(self._post_all(webhook))

    def delete_webhook(self, *, drop: bool) -> None:
        if drop:
            self.pending.clear()
            self._moved.set()
        self.webhook = None
        if self._posting is not None:
            self._posting.cancel()
            self._posting = None

    async def close(self) -> None:
        posting = self._posting
        self.delete_webhook(drop=False)
        if posting is not None:
            await asyncio.gather(posting, return_exceptions=True)

    def _is_wanted(self, kind: str) -> bool:
        return kind not in KINDS_ON_REQUEST if self.allowed is None else kind in self.allowed

    def _wake(self) -> None:
        self._moved.set()
        if self._poll is not None:
            self._poll.woken.set()

    def _end_poll(self, why: str) -> None:
        if self._poll is not None:
            self._poll.over = why
            self._poll.woken.set()

    async def _post_all(self, webhook: Webhook) -> None:
        async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
            while True:
                waiting = self._again or self.pending
                if not waiting:
                    self._moved.clear()
                    await self._moved.wait()
                    continue
                update = waiting[0]
                if await self._post(client, webhook, update):
                    if update in waiting:
                        waiting.remove(update)
                    self._moved.set()
                else:
                    await asyncio.sleep(self._retry_seconds)

    async def _post(self, client: httpx.AsyncClient, webhook: Webhook, update: Update) -> bool:
        """→ whether the bot took it."""
        headers = {} if webhook.secret is None else {SECRET_HEADER: webhook.secret}
        update.times_given += 1
        try:
            answer = await client.post(self._routed(webhook.url), json=update.json, headers=headers)
        except httpx.HTTPError as error:
            webhook.last_error = (int(self._now()), str(error) or type(error).__name__)
            self.posted.append(Posted(update, 0))
            return False
        self.posted.append(Posted(update, answer.status_code))
        if answer.is_success:
            return True
        said = f"Wrong response from the webhook: {answer.status_code} {answer.reason_phrase}"
        webhook.last_error = (int(self._now()), said)
        return False

    def _routed(self, url: str) -> str:
        parts = urlsplit(url)
        origin = self.routes.get(f"{parts.scheme}://{parts.netloc}")
        if origin is None:
            return url
        scheme, netloc, *_ = urlsplit(origin)
        return urlunsplit((scheme, netloc, parts.path, parts.query, ""))
