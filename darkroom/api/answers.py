"""The contract's answers: data in an envelope, and refusals with the contract's codes. Values in, responses out.

Whatever goes wrong in an endpoint becomes an answer here; none holds a path of this machine or a stack trace.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from darkroom.accounts import NoCredits
from darkroom.links import LinkRefused
from darkroom.reception import TooLarge, TooMany, Unsupported
from darkroom.storage.database import is_disk_full
from darkroom.storage.exports import UnknownExport
from darkroom.storage.sessions import UnknownSession
from darkroom.timeline import BadDraft

Endpoint = Callable[[Request], Awaitable[Response]]

log = structlog.get_logger(__name__)


class Refusal(Exception):
    """An answer that is not the data. `status`: HTTP's; `code`: the envelope's, the same unless it is given."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: int | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = status if code is None else code
        self.data = data or {}
        self.headers = headers


def as_json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """In ASCII: whatever a person typed can be told again, half of a surrogate pair included."""
    body = json.dumps(content, separators=(",", ":")).encode("ascii")
    return Response(body, status, headers, media_type="application/json")


def answered(data: Mapping[str, Any]) -> Response:
    return as_json({"code": 0, "message": "ok", "data": data})


def guarded(endpoint: Endpoint) -> Endpoint:
    """The endpoint, with everything that it raises turned into an answer."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except HTTPException:
            raise
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            refusal = refusal_for(error)
            if refusal.status == 500:
                log.exception("a request failed", path=request.url.path)
            envelope = {"code": refusal.code, "message": str(refusal), "data": refusal.data}
            return as_json(envelope, refusal.status, refusal.headers)

    return answer


def refusal_for(error: Exception) -> Refusal:
    """The contract's word for what was raised, 500 for what has none."""
    match error:
        case Refusal():
            return error
        case UnknownSession():
            return Refusal(404, "the session is not known", code=1002)
        case NoCredits():
            return Refusal(403, str(error), code=2001, data={"bind_id": error.account})
        case Unsupported():
            return Refusal(415, str(error), code=4001, data={"reason": error.reason, "name": error.name})
        case LinkRefused():
            return Refusal(415, str(error), code=4001, data={"reason": error.reason})
        case TooLarge():
            return Refusal(413, str(error), code=4002, data={"reason": "too_large", "name": error.name})
        case TooMany():
            return Refusal(413, str(error), data={"reason": "too_many"})
        case UnknownExport():
            return Refusal(404, "there is no such export")
        case BadDraft():
            return Refusal(400, str(error), data={"reason": "bad_draft"})
        case _ if is_disk_full(error):
            return Refusal(507, "there is no room left on the disk", data={"reason": "disk_full"})
        case _:
            return Refusal(500, "something went wrong")


async def plain_refusal(_request: Request, error: Exception) -> Response:
    """The router's own 404 and 405, in the shape of the agent's server."""
    assert isinstance(error, HTTPException)
    return as_json({"detail": error.detail}, error.status_code, error.headers)
