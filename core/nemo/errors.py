"""What can go wrong with the API: one tree, from `NemoError`.

Every error carries the call it happened in, the code where there was one, what a person can do about it (a key: the
sentences are made elsewhere) and, for a message to the agent, whether it was accepted. No error's text holds a token.
"""

from __future__ import annotations

from enum import StrEnum

DETAIL_LENGTH = 300
"""Characters of the backend's own explanation that are shown, in the operator's log."""

HIDDEN = "[hidden]"
"""In the place of a secret."""


class Advice(StrEnum):
    """What a person can do. A key for the catalogues of sentences."""

    TRY_AGAIN = "try_again"
    WAIT = "wait"
    REGISTER_OR_TOP_UP = "register_or_top_up"
    UPGRADE = "upgrade"
    OTHER_FORMAT = "other_format"
    SMALLER_FILE = "smaller_file"
    START_ANEW = "start_anew"
    TELL_OPERATOR = "tell_operator"
    SAY_IT_DIFFERENTLY = "say_it_differently"


class NemoError(Exception):
    """A call of the API that did not succeed.

    `call`: a short name ("upload", "prompt", …). `code`: the envelope's code, else the HTTP status, else None.
    `accepted`: False, the backend said no or was never reached; True, it took the call; None, nobody can know.
    `reason`: the envelope's `data.reason`, a word for programs. `detail`: the backend's own words, for logs alone.
    """

    advice = Advice.TRY_AGAIN

    def __init__(
        self,
        call: str,
        *,
        code: int | str | None = None,
        accepted: bool | None = False,
        reason: str | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(call)
        self.call = call
        self.code = code
        self.accepted = accepted
        self.reason = reason
        self._told = " ".join(detail.split())

    @property
    def detail(self) -> str:
        # Shortened here and not before: `hide` must find a secret whole.
        return self._told[:DETAIL_LENGTH]

    def __str__(self) -> str:
        code = "" if self.code is None else f" ({self.code})"
        return f"{self.call}: {type(self).__name__}{code}" + (f": {self.detail}" if self.detail else "")

    def __repr__(self) -> str:
        return f"<{self}>"

    def hide(self, secret: str) -> None:
        """Blot out a secret that the backend repeated in its explanation."""
        self._told = self._told.replace(secret, HIDDEN)
        if isinstance(self.reason, str):
            self.reason = self.reason.replace(secret, HIDDEN)
        if isinstance(self.code, str):
            self.code = self.code.replace(secret, HIDDEN)


class TokenRefused(NemoError):
    """1001: the token is bad or expired. `operator`: it is the operator's own, which nothing may replace."""

    advice = Advice.TELL_OPERATOR

    def __init__(
        self,
        call: str,
        *,
        code: int | str | None = 1001,
        accepted: bool | None = False,
        reason: str | None = None,
        detail: str = "",
        operator: bool = False,
    ) -> None:
        super().__init__(call, code=code, accepted=accepted, reason=reason, detail=detail)
        self.operator = operator


class SessionNotFound(NemoError):
    """1002: the session is gone. A new one must be opened and the files uploaded again."""

    advice = Advice.START_ANEW


class NoCredits(NemoError):
    """2001. `anonymous`: the account can still be registered; `bind_id` goes into the link where it is known."""

    advice = Advice.REGISTER_OR_TOP_UP

    def __init__(
        self,
        call: str,
        *,
        code: int | str | None = 2001,
        accepted: bool | None = False,
        reason: str | None = None,
        detail: str = "",
        bind_id: str | None = None,
        anonymous: bool = True,
    ) -> None:
        super().__init__(call, code=code, accepted=accepted, reason=reason, detail=detail)
        self.bind_id = bind_id
        self.anonymous = anonymous


class UnsupportedFile(NemoError):
    """4001: not a format that the backend takes, or (see `reason`) not a file of the kind that it claims to be."""

    advice = Advice.OTHER_FORMAT


class FileTooLarge(NemoError):
    """4002."""

    advice = Advice.SMALLER_FILE


class PlanRefused(NemoError):
    """402: the account's subscription does not include exports. Not a matter of credits."""

    advice = Advice.UPGRADE


class RateLimited(NemoError):
    """429, after the one repetition. `retry_after`: seconds, where the backend named them."""

    advice = Advice.WAIT

    def __init__(
        self,
        call: str,
        *,
        code: int | str | None = 429,
        accepted: bool | None = False,
        reason: str | None = None,
        detail: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(call, code=code, accepted=accepted, reason=reason, detail=detail)
        self.retry_after = retry_after


class BadRequest(NemoError):
    """Any other refusal: the backend understood the call and will not do it."""

    advice = Advice.SAY_IT_DIFFERENTLY


class ServerFault(NemoError):
    """5xx. A message may have been accepted all the same."""

    advice = Advice.WAIT


class Unreachable(NemoError):
    """No connection was made, so nothing was sent."""

    advice = Advice.WAIT


class Interrupted(NemoError):
    """The connection broke after the request went out: what became of it is unknown."""

    advice = Advice.TRY_AGAIN


class TimedOut(Interrupted):
    """No answer, or no end of it, within the time allowed."""

    advice = Advice.WAIT


class BadAnswer(NemoError):
    """Not what the contract says: no JSON, a page of HTML, a field missing, a redirect. `reason` tells which."""

    advice = Advice.WAIT


class StreamSilent(NemoError):
    """The stream carried nothing but heartbeats for the whole of the time allowed."""

    advice = Advice.TRY_AGAIN


class StreamTimeout(NemoError):
    """The stream did not end within the time allowed."""

    advice = Advice.TRY_AGAIN


class TurnFailed(NemoError):
    """The agent itself failed in the middle of its answer; `code` is the agent's own word for it."""

    advice = Advice.TRY_AGAIN


class RenderUnknown(NemoError):
    """404 for an export's id: it never arrived. The same id may be submitted."""


class RenderFailed(NemoError):
    """The backend could not make the file. It may be submitted again under a new id."""


class RenderTimeout(NemoError):
    """The export did not end within the time allowed."""
