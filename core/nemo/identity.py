"""Whose token a call carries: the operator's, or an anonymous one that is obtained, kept and renewed.

An anonymous token lives for 7 days and there is one per client id in that time, so the client id is kept for ever and
a token is asked for by one caller while all others wait for what it gets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from copy import copy
from dataclasses import dataclass, field
from typing import Protocol

from core.nemo.errors import BadRequest, NemoError, RateLimited, Unreachable
from core.nemo.options import INSTALLATION, NemoOptions
from core.nemo.wire import is_header_safe

TOKEN_LIFE = 7 * 24 * 3600
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Token:
    """`obtained_at`: Unix seconds, None for the operator's, which ends when the operator's account says so."""

    secret: str = field(repr=False)
    obtained_at: float | None = None

    @property
    def expires_at(self) -> float | None:
        return None if self.obtained_at is None else self.obtained_at + TOKEN_LIFE

    def is_live(self, now: float) -> bool:
        return self.expires_at is None or now < self.expires_at


class TokenStore(Protocol):
    """What must outlive the process. `identity` is "installation" or a chat's key."""

    async def client_id(self, identity: str) -> str:
        """The identity's client id (a UUID4), made at the first call and the same ever after."""
        ...

    async def token(self, identity: str) -> Token | None: ...

    async def keep(self, identity: str, token: Token) -> None:
        """What was asked for has come."""
        ...

    async def asking(self, identity: str) -> bool:
        """A token is being asked for. → whether one was before, and nothing is known of what came of it."""
        ...

    async def refused(self, identity: str) -> None:
        """Nothing came of what was asked for."""
        ...

    async def other_client_id(self, identity: str) -> str:
        """Another client id from now on, in the place of one whose token is lost."""
        ...

    def renewal(self, identity: str) -> AbstractAsyncContextManager[None]:
        """Held by one caller at a time over all processes; released when its holder dies."""
        ...


FetchToken = Callable[[str], Awaitable[Token]]
"""Asks the API for an anonymous token for a client id."""


class Wallet:
    """Hands out the token for an identity. Raises whatever fetching one raises."""

    def __init__(self, options: NemoOptions, store: TokenStore, fetch: FetchToken, now: Callable[[], float]) -> None:
        for name, value in (("token", options.token), ("client id", options.client_id)):
            if value is not None and not is_header_safe(value):
                raise ValueError(f"the {name} holds characters other than visible ASCII, or is empty")
        self._operator = None if options.token is None else Token(options.token)
        self._fixed_client_id = options.client_id
        self._store = store
        self._fetch = fetch
        self._now = now
        self._failures: dict[str, tuple[int, NemoError]] = {}
        self._fetched: dict[str, Token] = {}
        """What this process was given, should the store lose it or have no room for it."""

    @property
    def is_anonymous(self) -> bool:
        return self._operator is None

    async def token(self, identity: str) -> Token:
        if self._operator is not None:
            return self._operator
        kept = await self._kept(identity)
        return kept if kept is not None and kept.is_live(self._now()) else await self._renewed(identity, kept)

    async def replace(self, identity: str, refused: Token) -> Token | None:
        """Another token in the place of one that the API refused; None for the operator's, which has no other."""
        if self._operator is not None:
            return None
        return await self._renewed(identity, refused)

    async def _renewed(self, identity: str, old: Token | None) -> Token:
        attempts = self._attempts(identity)
        async with self._store.renewal(identity):
            kept = await self._kept(identity)
            if kept is not None and kept != old and kept.is_live(self._now()):
                return kept
            if self._attempts(identity) != attempts:
                # Somebody asked while this caller waited, in vain: asking again at once would burn the allowance.
                raise copy(self._failures[identity][1])
            try:
                token = await self._asked_for(identity)
            except NemoError as error:
                self._failures[identity] = (attempts + 1, error)
                raise
            self._fetched[identity] = token
            await self._store.keep(identity, token)
            return token

    async def _asked_for(self, identity: str) -> Token:
        """A new token. Where the last one was given out and is lost (its process was killed, or the answer did not come
        through), the client id gets no other for a week: another client id does.
        """
        may_be_lost = await self._store.asking(identity)
        try:
            try:
                return await self._fetch(await self._client_id(identity))
            except RateLimited:
                if not may_be_lost or self._fixed(identity) is not None:
                    raise
                return await self._fetch(await self._store.other_client_id(identity))
        except (BadRequest, RateLimited, Unreachable):
            await self._store.refused(identity)
            raise

    async def _kept(self, identity: str) -> Token | None:
        """The latest token that is known of: for as long as that one lives the API gives out no other."""
        kept, fetched = await self._store.token(identity), self._fetched.get(identity)
        if fetched is None or (kept is not None and (kept.obtained_at or 0) >= (fetched.obtained_at or 0)):
            return kept
        await self._store.keep(identity, fetched)
        return fetched

    def _attempts(self, identity: str) -> int:
        return self._failures[identity][0] if identity in self._failures else 0

    async def _client_id(self, identity: str) -> str:
        return self._fixed(identity) or await self._store.client_id(identity)

    def _fixed(self, identity: str) -> str | None:
        """The operator's own client id, where it is meant."""
        return self._fixed_client_id if identity == INSTALLATION else None
