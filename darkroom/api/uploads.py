"""The upload calls: files in a multipart body, or files by their addresses; into a session either way."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from darkroom.api.answers import Refusal, answered
from darkroom.api.multipart import BadMultipart, PartBegins, PartEnds, boundary_of, events
from darkroom.api.requests import drain, json_object, steady
from darkroom.links import fetching
from darkroom.reception import MOST_FILES, Batch, Reception
from darkroom.storage.sessions import Upload

FIELD = "files"
_MOST_URL = 4000
"""Characters."""


@dataclass(frozen=True, slots=True)
class UploadCalls:
    reception: Reception
    allow_private: bool
    link_timeout: float

    async def upload(self, request: Request, account: str, session: str) -> Response:
        """For a session that is known to be the account's."""
        boundary = boundary_of(request.headers.get("content-type", ""))
        if boundary is None:
            return await self._by_address(request, account, session)
        async with self.reception.batch() as batch:
            try:
                await _read(request, boundary, batch)
            except ClientDisconnect:
                raise
            except Exception:
                await drain(request)
                raise
            if not batch.received:
                raise Refusal(400, f"the field {FIELD} holds no file")
            return answered(_described(await batch.keep(account, session)))

    async def _by_address(self, request: Request, account: str, session: str) -> Response:
        body = await json_object(request)
        urls = body.get("urls")
        if not isinstance(urls, list) or not 0 < len(urls) <= MOST_FILES:
            raise Refusal(400, "the field urls lists no addresses")
        async with self.reception.batch() as batch:
            for url in urls:
                if not isinstance(url, str) or not 0 < len(url) <= _MOST_URL:
                    raise Refusal(400, "an address is a text")
                await self._fetch(url.strip(), batch)
            return answered(_described(await batch.keep(account, session)))

    async def _fetch(self, url: str, batch: Batch) -> None:
        async with fetching(url, allow_private=self.allow_private, timeout=self.link_timeout) as linked:
            await batch.begin(linked.name)
            async for chunk in linked.chunks:
                await batch.write(chunk)
            await batch.end()


async def _read(request: Request, boundary: bytes, batch: Batch) -> None:
    """The body's files into the batch; its other fields are passed over."""
    is_file = False
    try:
        async with aclosing(events(steady(request), boundary)) as parts:
            async for part in parts:
                match part:
                    case PartBegins():
                        is_file = part.field == FIELD and part.filename is not None
                        if is_file:
                            await batch.begin(part.filename or "")
                    case PartEnds() if is_file:
                        await batch.end()
                    case bytes() if is_file:
                        await batch.write(part)
                    case _:
                        pass
    except BadMultipart as error:
        raise Refusal(400, str(error)) from error


def _described(uploads: tuple[Upload, ...]) -> dict[str, Any]:
    return {"files": [described(upload) for upload in uploads]}


def described(upload: Upload) -> dict[str, Any]:
    """An upload as the state lists it."""
    return {
        "id": upload.id,
        "file_name": upload.name,
        "type": upload.kind,
        "width": upload.width,
        "height": upload.height,
        "size": upload.size,
    }
