"""An answer's status, headers and body → its data, or the error that it stands for. No I/O.

Errors may come as HTTP 200 with a code, as an HTTP status with or without an envelope, or as a page that is no JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from core.nemo.answers import Answer
from core.nemo.errors import (
    BadAnswer,
    BadRequest,
    FileTooLarge,
    NemoError,
    NoCredits,
    PlanRefused,
    RateLimited,
    RenderUnknown,
    ServerFault,
    SessionNotFound,
    TokenRefused,
    UnsupportedFile,
)

Model = TypeVar("Model", bound=Answer)

_CODES: dict[int, type[NemoError]] = {
    1001: TokenRefused,
    1002: SessionNotFound,
    2001: NoCredits,
    4001: UnsupportedFile,
    4002: FileTooLarge,
}
_STATUSES: dict[int, type[NemoError]] = {
    401: TokenRefused,
    402: PlanRefused,
    413: FileTooLarge,
    415: UnsupportedFile,
    429: RateLimited,
}
_SESSION_CALLS = frozenset({"prompt", "state", "upload", "upload_url", "claim"})
_RENDER_CALLS = frozenset({"render_status", "download"})


def decode(call: str, status: int, headers: Mapping[str, str], body: bytes, now: float) -> dict[str, Any]:
    """The answer's JSON object (an empty one for an empty body). `now`: Unix seconds, for a Retry-After that is a date.

    Raises the `NemoError` that the answer stands for; `BadAnswer` for a redirect and for what is no JSON object.
    """
    if 300 <= status < 400:
        raise BadAnswer(call, code=status, accepted=None, reason="redirect")
    payload = parse_object(body) if body.strip() else {}
    error = _refusal(call, status, payload, retry_after(headers.get("retry-after"), now))
    if error is not None:
        raise error
    if payload is None:
        raise BadAnswer(call, code=status, accepted=None, reason=_kind(headers))
    return payload


def data(call: str, model: type[Model], payload: Mapping[str, Any]) -> Model:
    """The envelope's data as a model. Raises `BadAnswer` where a field that is needed is missing."""
    return validate(call, model, payload.get("data"))


def validate(call: str, model: type[Model], value: object) -> Model:
    """Raises `BadAnswer`, which names the fields and none of their values."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, each["loc"])) or "data" for each in error.errors()}))
        raise BadAnswer(call, accepted=None, reason="missing", detail=f"missing or wrong: {fields}") from None


def parse_object(text: bytes | str) -> dict[str, Any] | None:
    """A JSON object, or None for anything else, however it is broken."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def code_of(payload: Mapping[str, Any]) -> int:
    """The envelope's code, 0 where there is none."""
    value = payload.get("code")
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        return int(value)
    except (ValueError, OverflowError):
        return 0


def coded_error(call: str, code: int, **about: Any) -> NemoError | None:
    """The error of one of the contract's own codes, None for another code."""
    kind = _CODES.get(code)
    return None if kind is None else kind(call, code=code, **about)


def retry_after(value: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header: a number, or a date against `now` (Unix seconds)."""
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return max(0.0, seconds) if seconds < float("inf") else None


def _refusal(call: str, status: int, payload: Mapping[str, Any] | None, wait: float | None) -> NemoError | None:
    code = code_of(payload or {})
    if status < 400 and code == 0:
        return None
    about: dict[str, Any] = {"code": code or status, "reason": _reason(payload), "detail": _detail(payload)}
    known = coded_error(call, code, **{key: about[key] for key in ("reason", "detail")})
    if known is not None:
        if isinstance(known, NoCredits):
            known.bind_id = _bind_id(payload)
        return known
    # An envelope's code may repeat an HTTP status; under a plain 200 it is all there is.
    number = status if status >= 400 else code
    if number == 429:
        return RateLimited(call, retry_after=wait, **about)
    if 500 <= number < 600:
        return ServerFault(call, accepted=None, **about)
    if number == 404:
        return _missing(call)(call, **about)
    kind: Callable[..., NemoError] = _STATUSES.get(number, BadRequest)
    return kind(call, **about)


def _missing(call: str) -> type[NemoError]:
    if call in _SESSION_CALLS:
        return SessionNotFound
    return RenderUnknown if call in _RENDER_CALLS else BadRequest


def _reason(payload: Mapping[str, Any] | None) -> str | None:
    inner = (payload or {}).get("data")
    reason = inner.get("reason") if isinstance(inner, dict) else None
    return reason if isinstance(reason, str) else None


def _bind_id(payload: Mapping[str, Any] | None) -> str | None:
    """The id for the registration link. Its field's name is not public."""
    inner = (payload or {}).get("data")
    fields = {**(payload or {}), **(inner if isinstance(inner, dict) else {})}
    found = next((fields[name] for name in ("bind_id", "bind") if isinstance(fields.get(name), str | int)), None)
    return None if found is None else str(found)


def _detail(payload: Mapping[str, Any] | None) -> str:
    for key in ("message", "detail", "error"):
        value = (payload or {}).get(key)
        if isinstance(value, str) and value:
            return value
    return ""


def _kind(headers: Mapping[str, str]) -> str:
    return "html" if "html" in headers.get("content-type", "").lower() else "not_json"
