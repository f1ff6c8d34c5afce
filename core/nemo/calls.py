"""How a call of the API is made: a request under an account's token, its answer or the `NemoError` it stands for.

The rules that hold for all calls stand here: a refused token is replaced once, 429 is waited out once, a reading that
broke in transit is repeated, and nothing that changes something at the backend is ever sent twice on a guess.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx

from core.nemo import wire
from core.nemo.answers import Session, TokenAnswer
from core.nemo.envelope import data, decode
from core.nemo.errors import Interrupted, NemoError, NoCredits, RateLimited, ServerFault, TokenRefused, Unreachable
from core.nemo.identity import Token, TokenStore, Wallet
from core.nemo.options import NemoOptions
from core.nemo.transport import exchange, open_client, time_limit, whole_body

READINGS = 3
"""Requests for one reading (credits, state, an export's status) before its failure in transit is raised."""

IN_TRANSIT = (Unreachable, Interrupted, ServerFault)

T = TypeVar("T")


class Calls:
    """Makes the requests. `sleep` and `now` (Unix seconds) are the only clocks of its waits and tokens."""

    def __init__(
        self,
        options: NemoOptions,
        tokens: TokenStore,
        sleep: Callable[[float], Awaitable[None]],
        now: Callable[[], float],
    ) -> None:
        self.options = options
        self.sleep = sleep
        self.now = now
        self.http = open_client(options)
        self._wallet = Wallet(options, tokens, self._fetch_token, now)

    async def authorised(
        self,
        call: str,
        identity: str,
        send: Callable[[Token], Awaitable[T]],
        session: Session | None = None,
    ) -> T:
        """Make a call under the account's token; 1001 and 429 each lead to one repetition. `session`: for its links."""
        token = await self._wallet.token(identity)
        replaced = waited = False
        while True:
            try:
                return await send(token)
            except NemoError as error:
                error.hide(token.secret)
                match error:
                    case TokenRefused():
                        error.operator = not self._wallet.is_anonymous
                        other = None if replaced else await self._wallet.replace(identity, token)
                        if other is None:
                            raise
                        token, replaced = other, True
                    case RateLimited() if not waited and self._worth_waiting(error):
                        waited = True
                        await self.sleep(self._wait_for(error))
                    case NoCredits():
                        self.about_credits(error, session)
                        raise
                    case _:
                        raise

    async def read(self, call: str, path: str, identity: str, session: Session | None = None) -> dict[str, Any]:
        """A GET whose answer is an envelope, repeated where it broke in transit."""

        async def send(token: Token) -> dict[str, Any]:
            return await self.json(call, "GET", path, token, None)

        return await self.reread(lambda: self.authorised(call, identity, send, session))

    async def reread(self, read: Callable[[], Awaitable[T]]) -> T:
        """A reading changes nothing, so one that broke in transit is made again."""
        for left in reversed(range(READINGS)):
            try:
                return await read()
            except IN_TRANSIT:
                if not left:
                    raise
                await self.sleep(self.options.repeat_wait * 2 ** (READINGS - 1 - left))
        raise AssertionError("unreachable")

    async def json(
        self,
        call: str,
        method: str,
        path: str,
        token: Token,
        body: Mapping[str, Any] | None,
        *,
        limit: float | None = None,
    ) -> dict[str, Any]:
        """One request with or without a JSON body. `limit`: seconds for all of it, else `call_timeout`."""
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = self.request(method, path, token, headers, None if body is None else wire.encode(body))
        async with time_limit(call, limit or self.options.call_timeout):
            payload, _ = await self.answer(call, request)
        return payload

    async def answer(self, call: str, request: httpx.Request) -> tuple[dict[str, Any], httpx.Headers]:
        async with exchange(self.http, call, request) as response:
            body = await whole_body(call, response)
        return decode(call, response.status_code, response.headers, body, self.now()), response.headers

    def request(
        self,
        method: str,
        path: str,
        token: Token | None,
        headers: Mapping[str, str] | None = None,
        content: bytes | AsyncIterator[bytes] | None = None,
    ) -> httpx.Request:
        """A request to the API's own origin, the only one that ever carries a token."""
        every = wire.attribution(self.options.skill_platform)
        if token is not None:
            every["Authorization"] = f"Bearer {token.secret}"
        address = self.options.api_url.rstrip("/") + path
        return self.http.build_request(method, address, headers={**every, **(headers or {})}, content=content)

    def about_credits(self, error: NoCredits, session: Session | None) -> None:
        """Add to the error what its link needs."""
        error.anonymous = self._wallet.is_anonymous
        if error.bind_id is None and session is not None:
            error.bind_id = session.bind_id

    def _wait_for(self, error: RateLimited) -> float:
        return self.options.retry_wait if error.retry_after is None else error.retry_after

    def _worth_waiting(self, error: RateLimited) -> bool:
        return self._wait_for(error) <= max(self.options.retry_after_most, self.options.retry_wait)

    async def _fetch_token(self, client_id: str) -> Token:
        async def send() -> Token:
            request = self.request("POST", wire.TOKEN_PATH, None, {"X-Client-Id": client_id})
            async with time_limit("token", self.options.call_timeout):
                payload, _ = await self.answer("token", request)
            return Token(data("token", TokenAnswer, payload).token, self.now())

        try:
            try:
                return await send()
            except RateLimited as error:
                if not self._worth_waiting(error):
                    raise
                await self.sleep(self._wait_for(error))
                return await send()
        except NemoError as error:
            # The call that needed the token did not go out, whatever became of the token.
            error.accepted = False
            raise
