"""The web chat's routes: what the page asks for and sends, turned into transcript, files and conversation.

In come HTTP requests of one visitor each, out go the page, JSON, the event stream and files. An answer that is an
error carries one sentence in the visitor's language: `{"error": "…"}`.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bots.web import language, requests, visitors
from bots.web.events import HEARTBEAT, EventStream, OpenStreams
from bots.web.files import FileGone, Files, FileTooLarge, StoredFile
from bots.web.guard import FILE_POLICY
from bots.web.language import Texts
from bots.web.page import Site
from bots.web.ranges import disposition, ranged
from bots.web.requests import Refusal
from bots.web.sniff import SAFE_INLINE
from bots.web.view import file_view, history_view
from core.chat import ChatRef, Incoming, Media, Message, Press, Talk
from core.store.connection import STORE_AWAY, StoreFull
from core.store.transcripts import Author, Entry, Transcripts

_FOR_GOOD = "public, max-age=31536000, immutable"
_COME_AGAIN = {"retry-after": "10"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class WebChat:
    """Everything a request is answered from.

    `clock` gives seconds since the epoch, `new_id` 32 unguessable hexadecimal digits; `patience` is in seconds.
    """

    talk: Talk
    transcripts: Transcripts
    files: Files
    site: Site
    catalogues: Mapping[str, Texts]
    clock: Callable[[], float]
    new_id: Callable[[], str]
    most_bytes: int
    heartbeat: float = HEARTBEAT
    patience: float = requests.PATIENCE
    streams: OpenStreams = field(default_factory=OpenStreams)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server goes: open event streams end."""

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/static/{version}/{path:path}", self.asset),
                Route("/files/{ref}", self.file),
                Route("/api/history", self.history),
                Route("/api/events", self.events),
                Route("/api/files", self.upload, methods=["POST"]),
                Route("/api/files/{ref}", self.discard, methods=["DELETE"]),
                Route("/api/messages", self.message, methods=["POST"]),
                Route("/api/presses", self.press, methods=["POST"]),
            ],
            exception_handlers={
                Refusal: self._refused,
                ClientDisconnect: self._left,
                HTTPException: self._no_route,
                **dict.fromkeys(STORE_AWAY, self._store_away),
                OSError: self._place_refuses,
                Exception: self._broken,
            },
        )

    async def page(self, request: Request) -> Response:
        texts = self._texts(request)
        response = HTMLResponse(
            self.site.pages[texts.tag], headers={"content-language": texts.tag, "vary": "Accept-Language"}
        )
        secret = visitors.secret_of(request.cookies) or self.new_id()
        visitors.remember(response, secret, encrypted=request.url.scheme == "https")
        return response

    async def asset(self, request: Request) -> Response:
        found = self.site.assets.get(request.path_params["path"])
        if found is None or request.path_params["version"] != self.site.digest:
            raise HTTPException(404)
        return Response(found.content, media_type=found.mime, headers={"cache-control": _FOR_GOOD})

    async def history(self, request: Request) -> Response:
        chat = _chat(request)
        count = requests.page_length(request)
        found = await self.transcripts.history(chat, count, request.query_params.get("before"))
        return JSONResponse(history_view(found))

    async def events(self, request: Request) -> Response:
        after = request.headers.get("last-event-id") or request.query_params.get("after", "")
        chat = _chat(request)
        if self.streams.full(chat):
            raise Refusal(503, "error.too_many_tabs", headers=_COME_AGAIN)
        changes = self.transcripts.follow(chat, after)
        return EventStream(changes, self.closing, self.streams.one_more(chat), self.heartbeat)

    async def upload(self, request: Request) -> Response:
        """The body is the file. Its name comes percent-encoded in the query."""
        chat = _chat(request)
        too_large = Refusal(413, "error.file_too_large", {"limit": self.most_bytes // 1024**2})
        if requests.declared_length(request) > self.most_bytes:
            if not requests.awaits_permission(request):
                await requests.drain(request.stream())
            raise too_large
        name = request.query_params.get("name", "")
        body = request.stream()
        try:
            arriving = requests.arriving(body, self.patience)
            stored = await self.files.put(chat, name, arriving, limit=self.most_bytes)
        except FileTooLarge:
            await requests.drain(body)
            raise too_large from None
        return JSONResponse(file_view(stored), 201)

    async def discard(self, request: Request) -> Response:
        """A file that was taken out again before it was sent."""
        chat = _chat(request)
        stored = await self._file(chat, request.path_params["ref"])
        await self.files.delete(chat, stored.ref)
        return Response(status_code=204)

    async def message(self, request: Request) -> Response:
        """The entry is written before the conversation hears of it; the same id sent again adds nothing."""
        chat = _chat(request)
        sent = await requests.sent_message(request, self.patience)
        media = tuple([_media(await self._file(chat, ref)) for ref in sent.files])
        entry = Entry(f"p{sent.id}", self.clock(), Author.PERSON, Message(sent.text), media, reply_to=sent.reply_to)
        await self.transcripts.append(chat, entry)
        command, text = requests.split_command(sent.text)
        await self.talk.receive(
            Incoming(
                event=f"{chat.chat}.{entry.id}",
                chat=chat,
                person=visitors.person_of(chat, request.headers.get("accept-language", "")),
                message=entry.id,
                text=text,
                command=command,
                media=media,
                reply_to=sent.reply_to,
            )
        )
        return JSONResponse({"id": entry.id}, 202)

    async def press(self, request: Request) -> Response:
        """Only a button that is there can be pressed."""
        chat = _chat(request)
        pressed = await requests.pressed_button(request, self.patience)
        entry = await self.transcripts.find(chat, pressed.message)
        if entry is None or all(button.action != pressed.action for button in entry.message.buttons):
            raise Refusal(409, "error.button_gone")
        refusal = await self.talk.press(
            Press(
                event=f"{chat.chat}.{pressed.id}",
                chat=chat,
                person=visitors.person_of(chat, request.headers.get("accept-language", "")),
                message=entry.id,
                action=pressed.action,
            )
        )
        if refusal is not None:
            # Nobody else reads this chat. The press's own id: sent again, it says nothing twice.
            said = Entry(f"r{pressed.id}", self.clock(), Author.BOT, Message(refusal), reply_to=entry.id)
            await self.transcripts.append(chat, said)
        return JSONResponse({"id": entry.id}, 202)

    async def file(self, request: Request) -> Response:
        """A file of this chat; shown in place only where its bytes are of a kind that cannot carry script."""
        stored = await self._file(_chat(request), request.path_params["ref"])
        if not await self.files.is_there(stored.ref):
            raise Refusal(404, "error.file_gone")
        inline = stored.mime in SAFE_INLINE and "download" not in request.query_params
        return ranged(
            request,
            stored.size,
            f'"{stored.ref}"',
            partial(self.files.read, stored.ref),
            {
                "content-type": stored.mime if stored.mime in SAFE_INLINE else "application/octet-stream",
                "content-disposition": disposition("inline" if inline else "attachment", stored.name),
                "cache-control": "private, max-age=31536000, immutable",
                "content-security-policy": FILE_POLICY,
            },
        )

    async def _file(self, chat: ChatRef, ref: str) -> StoredFile:
        try:
            return await self.files.get(chat, ref)
        except FileGone:
            raise Refusal(404, "error.file_gone") from None

    def _texts(self, request: Request) -> Texts:
        return language.wanted(request.headers.get("accept-language", ""), self.catalogues)

    async def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        sentence = self._texts(request).line(error.line, **error.places)
        return JSONResponse({"error": sentence}, error.status, error.headers)

    async def _left(self, request: Request, error: Exception) -> Response:
        """Nobody reads this answer: the visitor went away while sending."""
        return Response(status_code=400)

    async def _no_route(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        line = "error.method" if error.status_code == 405 else "error.address"
        return JSONResponse({"error": self._texts(request).line(line)}, error.status_code, error.headers)

    async def _store_away(self, request: Request, error: Exception) -> Response:
        """Redis is gone for a moment, or has no room: nothing is broken, and the same request may be made again."""
        why = "error.disk_full" if isinstance(error, StoreFull) else "error.broken"
        return JSONResponse({"error": self._texts(request).line(why)}, 503, _COME_AGAIN)

    async def _place_refuses(self, request: Request, error: Exception) -> Response:
        """The disk or the bucket with the files: a matter for the operator."""
        assert isinstance(error, OSError)
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        log.error("disk_full" if is_full else "files_refused", where="the web chat's files", reason=str(error))
        if is_full:
            return JSONResponse({"error": self._texts(request).line("error.disk_full")}, 507)
        return JSONResponse({"error": self._texts(request).line("error.broken")}, 503, _COME_AGAIN)

    async def _broken(self, request: Request, error: Exception) -> Response:
        """Ours to mend: the server's log has the rest."""
        return JSONResponse({"error": self._texts(request).line("error.broken")}, 500)


def _chat(request: Request) -> ChatRef:
    secret = visitors.secret_of(request.cookies)
    if secret is None:
        raise Refusal(401, "error.no_visitor")
    return visitors.chat_of(secret)


def _media(stored: StoredFile) -> Media:
    return Media(stored.ref, stored.kind, stored.name, stored.mime, stored.size)
