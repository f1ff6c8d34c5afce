"""The export calls: start one, follow it, stop it, fetch its file by its own address or through the API."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from darkroom import limits
from darkroom.api.answers import Refusal, answered, as_json
from darkroom.api.ranged import ranged
from darkroom.api.requests import json_object, require_attribution, text_in
from darkroom.exports import Exports
from darkroom.storage import exports as records
from darkroom.storage import sessions
from darkroom.storage.exports import Export, Status, UnknownExport
from darkroom.storage.files import render_key
from darkroom.storage.sessions import PHOTO, Session
from darkroom.timeline import BadDraft, from_draft, to_draft

_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_RETRY_AFTER = "1"
"""Seconds after which a look at an export is worth while again."""
_HEADERS = {
    "Content-Type": "video/mp4",
    "Content-Disposition": 'attachment; filename="video.mp4"',
    "Cache-Control": "private, no-transform",
}


@dataclass(frozen=True, slots=True)
class RenderCalls:
    exports: Exports
    clock: Callable[[], float]
    new_id: Callable[[], str]

    async def submit(self, request: Request, account: str) -> Response:
        require_attribution(request)
        body = await json_object(request)
        export_id = text_in(body, "id", most=128)
        if not _ID.fullmatch(export_id):
            raise Refusal(400, "an export's id has letters, digits and . _ : - alone")
        output = body.get("output")
        if isinstance(output, dict) and output.get("format", "mp4") != "mp4":
            raise Refusal(400, "exports are mp4")
        session = await self.exports.database.do(sessions.use, text_in(body, "sessionId"), account, self.clock())
        draft = checked(body.get("draft"), session)
        export = Export(account, export_id, session.id, self.new_id(), self.new_id() + self.new_id(), draft)
        recorded = await self.exports.submit(export)
        return answered({"id": recorded.id, "status": recorded.status})

    async def status(self, request: Request, account: str) -> Response:
        """At top level, not in the envelope, as the contract has it."""
        export, progress = await self.exports.status(account, request.path_params["id"])
        answer: dict[str, Any] = {"id": export.id, "status": export.status, "progress": progress}
        if export.status is Status.COMPLETED:
            address = request.url_for("render_file", secret=export.secret)
            answer["output"] = {"url": str(address), "size": export.size}
        if export.status is Status.FAILED:
            answer |= {"error": export.error, "reason": export.reason}
        return as_json(answer, headers=None if export.has_ended else {"Retry-After": _RETRY_AFTER})

    async def stop(self, request: Request, account: str) -> Response:
        export = await self.exports.stop(account, request.path_params["id"])
        return answered({"id": export.id, "status": export.status})

    async def download(self, request: Request, account: str) -> Response:
        export = await self.exports.database.do(records.find, account, request.path_params["id"])
        if export.status is not Status.COMPLETED:
            raise Refusal(409, f"the export is {export.status}")
        return await self._file(request, export)

    async def file(self, request: Request) -> Response:
        """Whoever knows the secret in the address may fetch the file: the bearer token never goes there."""
        export = await self.exports.database.do(records.by_secret, request.path_params["secret"])
        if export.status is not Status.COMPLETED:
            raise UnknownExport
        return await self._file(request, export)

    async def _file(self, request: Request, export: Export) -> Response:
        files, key = self.exports.files, render_key(export.key)
        try:
            kept = await files.look(key)
        except FileNotFoundError:
            raise UnknownExport from None
        return ranged(request, kept, partial(files.read, key), _HEADERS)


def checked(draft: object, session: Session) -> dict[str, Any]:
    """The draft as this backend writes it. Raises `BadDraft` for one that it cannot draw from the session's photos."""
    if not isinstance(draft, dict):
        raise BadDraft("there is no draft")
    photos = {upload.id for upload in session.uploads if upload.kind == PHOTO}
    try:
        return to_draft(limits.check(from_draft(draft), photos))
    except (OverflowError, AttributeError) as error:
        raise BadDraft("the draft is not one of this backend's") from error
