"""The calls of the contract and their paths, as an ASGI application. Parts come in, the application goes out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from darkroom import accounts
from darkroom.accounts import TOKEN_PREFIX, Costs, TokenHeld
from darkroom.api.answers import Endpoint, Refusal, answered, guarded, plain_refusal
from darkroom.api.messages import MessageCalls
from darkroom.api.renders import RenderCalls
from darkroom.api.requests import account_of, client_id_of, drain, json_object, text_in
from darkroom.api.uploads import UploadCalls, described
from darkroom.storage import exports as export_records
from darkroom.storage import sessions
from darkroom.storage.database import Database
from darkroom.storage.exports import Export
from darkroom.storage.sessions import Session, UnknownSession

CLAIM_LIFE = 604_800
"""Seconds (the contract's)."""

AuthorisedEndpoint = Callable[[Request, str], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Calls:
    """`clock` gives Unix seconds, `new_id` unguessable hexadecimal digits; `token_life` in seconds."""

    database: Database
    costs: Costs
    token_life: float
    clock: Callable[[], float]
    new_id: Callable[[], str]
    uploads: UploadCalls
    messages: MessageCalls
    renders: RenderCalls

    def application(self) -> Starlette:
        render = "/api/render/proxy"
        routes = [
            Route("/api/auth/anonymous-token", guarded(self.token), methods=["POST"]),
            self._route("/api/auth/claim-token", "POST", self.claim),
            self._route("/api/tasks/me/with-session/nemo_agent", "POST", self.open_session),
            self._route("/run_sse", "POST", self.messages.run),
            self._route("/api/upload-video/nemo_agent/me/{session}", "POST", self.upload),
            self._route("/api/credits/balance/simple", "GET", self.credits),
            self._route("/api/state/nemo_agent/me/{session}/latest", "GET", self.state),
            self._route(f"{render}/lambda", "POST", self.renders.submit),
            self._route(f"{render}/lambda/{{id}}", "GET", self.renders.status),
            self._route(f"{render}/lambda/{{id}}", "DELETE", self.renders.stop),
            self._route(f"{render}/{{id}}/download", "GET", self.renders.download),
            Route("/renders/{secret}/video.mp4", guarded(self.renders.file), name="render_file"),
        ]
        application = Starlette(routes=routes, exception_handlers={HTTPException: plain_refusal})
        application.router.redirect_slashes = False
        return application

    def _route(self, path: str, method: str, endpoint: AuthorisedEndpoint) -> Route:
        return Route(path, guarded(self._authorised(endpoint)), methods=[method])

    def _authorised(self, endpoint: AuthorisedEndpoint) -> Endpoint:
        async def answer(request: Request) -> Response:
            try:
                account = await account_of(request, self.database, self.clock)
            except Refusal:
                await drain(request)
                raise
            return await endpoint(request, account)

        return answer

    async def token(self, request: Request) -> Response:
        """One token for a client id while it lives: asking again early is 429 (the contract's rule)."""
        client_id = client_id_of(request)
        token = f"{TOKEN_PREFIX}{self.new_id()}{self.new_id()}"
        try:
            available = await self.database.do(
                accounts.issue_token,
                client_id=client_id,
                account=self.new_id(),
                token=token,
                start=self.costs.start,
                now=self.clock(),
                life=self.token_life,
            )
        except TokenHeld as held:
            wait = {"Retry-After": str(max(1, round(held.seconds)))}
            raise Refusal(429, "this client id has a token already", headers=wait) from None
        return answered({"token": token, "credits": available, "expires_in": round(self.token_life)})

    async def open_session(self, request: Request, account: str) -> Response:
        body = await json_object(request)
        language = body.get("language")
        session, task = self.new_id(), self.new_id()
        await self.database.do(
            sessions.open_session,
            session=session,
            task=task,
            account=account,
            language=language[:35] if isinstance(language, str) and language.isascii() else "",
            now=self.clock(),
        )
        return answered({"task_id": task, "session_id": session, "bind_id": account})

    async def claim(self, request: Request, account: str) -> Response:
        body = await json_object(request)
        session = await self._session(text_in(body, "session_id"), account)
        if session.task != text_in(body, "task_id"):
            raise UnknownSession
        return answered({"claim_token": f"clm_{self.new_id()}", "expires_in": CLAIM_LIFE})

    async def credits(self, _request: Request, account: str) -> Response:
        balance = await self.database.do(accounts.balance, account)
        costs = {"generate": self.costs.generate, "edit": self.costs.edit}
        amounts = {"available": balance.available, "frozen": balance.frozen, "total": balance.total}
        return answered({**amounts, "costs": costs})

    async def state(self, request: Request, account: str) -> Response:
        session = await self._session(request.path_params["session"], account)
        finished = await self.database.do(export_records.finished, session.id)
        return answered({"state": _state(session, finished)})

    async def upload(self, request: Request, account: str) -> Response:
        try:
            session = await self._session(request.path_params["session"], account)
        except UnknownSession:
            await drain(request)
            raise
        return await self.uploads.upload(request, account, session.id)

    async def _session(self, session: str, account: str) -> Session:
        return await self.database.do(sessions.use, session, account, self.clock())


def _state(session: Session, finished: list[Export]) -> dict[str, Any]:
    return {
        "draft": session.draft,
        "video_infos": [described(upload) for upload in session.uploads],
        "canvas_config": None if session.draft is None else session.draft["canvas"],
        "generated_media": [{"id": export.id, "type": "video/mp4", "size": export.size} for export in finished],
        "bind_id": session.account,
    }
