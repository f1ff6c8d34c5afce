"""The vendor's service as the contract describes it, scripted, over real sockets: every call, and every way to fail.

`async with ScriptedNemo(video=…) as nemo:` serves on `nemo.url`; the finished file lies on another origin. It does
every call right unless it is told otherwise, keeps a record of every request, and notes in `violations` what breaks the
contract. What its agent does with a message is an `Agent` (`tests.counterparts.agents`).

    nemo.script("state", None, BAD_GATEWAY)     the second reading of a state fails, all others are right
    nemo.always("render", Broken("reset"))      every submission of an export breaks
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote

from tests.counterparts.agents import Agent, Project, editor
from tests.counterparts.answers import envelope, refusal
from tests.counterparts.forms import Form, Upload
from tests.counterparts.sockets import (
    PIECE,
    BrokenRequest,
    Early,
    Fault,
    RawServer,
    Reply,
    Request,
    reply_json,
)

WEEK = 7 * 24 * 3600
"""Seconds that an anonymous token lives."""

CALLS = {
    "token": ("POST", r"/api/auth/anonymous-token"),
    "session": ("POST", r"/api/tasks/me/with-session/nemo_agent"),
    "claim": ("POST", r"/api/auth/claim-token"),
    "prompt": ("POST", r"/run_sse"),
    "upload": ("POST", r"/api/upload-video/nemo_agent/me/(?P<session>[^/]+)"),
    "credits": ("GET", r"/api/credits/balance/simple"),
    "state": ("GET", r"/api/state/nemo_agent/me/(?P<session>[^/]+)/latest"),
    "render": ("POST", r"/api/render/proxy/lambda"),
    "render_status": ("GET", r"/api/render/proxy/lambda/(?P<render>[^/]+)"),
    "stop_render": ("DELETE", r"/api/render/proxy/lambda/(?P<render>[^/]+)"),
    "download": ("GET", r"/api/render/proxy/(?P<render>[^/]+)/download"),
}
"""The API's calls. "upload_url" is an upload with a JSON body, "file" the file on the other origin."""

_PATTERNS = [(call, method, re.compile(pattern)) for call, (method, pattern) in CALLS.items()]


@dataclass(slots=True)
class Record:
    """A request as it arrived. `body`: its JSON, where it had one."""

    call: str
    request: Request
    body: Any = None

    @property
    def headers(self) -> dict[str, str]:
        return self.request.headers

    @property
    def target(self) -> str:
        return self.request.target

    @property
    def size(self) -> int:
        """Bytes of the body that were read."""
        return self.request.size


@dataclass
class Render:
    render_id: str
    session: str
    draft: Any
    readings: int = 0


@dataclass
class Video:
    """The file that every export gives. `etag` None: the server names no version."""

    content: bytes | Path
    etag: str | None = '"one"'
    last_modified: str | None = None
    obeys_if_range: bool = True
    chunked: bool = False
    """A whole answer names no length."""

    @property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size


@dataclass
class _Script:
    """The faults of one call: one for each occurrence, then `rest` for all that follow."""

    each: deque[Fault | None] = field(default_factory=deque)
    rest: Fault | None = None

    def next(self) -> Fault | None:
        return self.each.popleft() if self.each else self.rest


class ScriptedNemo:
    """`video`: what exports deliver (the whole product takes nothing but a real MP4). `now`: Unix seconds.

    `stages`: what an export's readings say, one after the other, the last one for ever. `poll_after`: a Retry-After on
    readings, which the vendor's service does not send. `operator`: a bearer that is valid without being asked for.
    """

    def __init__(
        self,
        *,
        video: bytes | Path = b"\x00\x00\x00\x18ftypmp42 a short film",
        agent: Agent = editor,
        now: Callable[[], float] = time.time,
        stages: Sequence[str] = ("pending", "processing", "completed"),
        poll_after: float | None = None,
        operator: str | None = None,
        credits_available: float = 100,
    ) -> None:
        self.video = Video(video)
        self.agent = agent
        self.stages = stages
        self.poll_after = poll_after
        self.credits = credits_available
        self.records: list[Record] = []
        self.violations: list[str] = []
        self.uploads: list[Upload] = []
        self.projects: dict[str, Project] = {}
        self.renders: dict[str, Render] = {}
        self.tokens: dict[str, tuple[str, float]] = {}
        """Client id → its token and when that was given."""
        self.output: Callable[[str], dict[str, Any]] = self._output
        """What a completed export's status says under `output`."""
        self._operator = operator
        self._refused: set[str] = set()
        self._now = now
        self._scripts: dict[str, _Script] = defaultdict(_Script)
        self._numbers = itertools.count(1)
        self.api = RawServer(self._api)
        self.files = RawServer(self._files)

    async def __aenter__(self) -> Self:
        await self.api.listen()
        await self.files.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.api.close()
        await self.files.close()
        broken = [*self.api.errors, *self.files.errors]
        if broken and error is None:
            raise broken[0]
        for each in broken:
            assert error is not None
            error.add_note(f"the counterpart itself failed: {each!r}")

    @property
    def url(self) -> str:
        return self.api.url

    # What a test says and asks

    def script(self, call: str, *faults: Fault | None) -> None:
        """What is wrong with the next occurrences of a call, one each; None: nothing."""
        self._scripts[call].each.extend(faults)

    def always(self, call: str, fault: Fault | None) -> None:
        """What is wrong with every occurrence of a call that `script` does not name."""
        self._scripts[call].rest = fault

    def grant(self, client_id: str) -> str:
        """A token for a client id, as if it had asked."""
        token = f"nmv_usr_{next(self._numbers):04d}_{hashlib.sha256(client_id.encode()).hexdigest()[:24]}"
        self.tokens[client_id] = (token, self._now())
        return token

    def open(self, language: str = "en") -> Project:
        """A session, as if it had been asked for."""
        number = next(self._numbers)
        project = Project(f"session-{number}", f"task-{number}", language)
        self.projects[project.session_id] = project
        return project

    def expire_tokens(self) -> None:
        """Every anonymous token is refused from now on, and may be asked for anew."""
        self._refused.update(token for token, _ in self.tokens.values())
        self.tokens.clear()

    def revoke_operator(self) -> None:
        if self._operator is not None:
            self._refused.add(self._operator)

    def of(self, call: str) -> list[Record]:
        return [record for record in self.records if record.call == call]

    def count(self, call: str) -> int:
        return len(self.of(call))

    @property
    def counts(self) -> dict[str, int]:
        """How often each call arrived."""
        return {call: self.count(call) for call in dict.fromkeys(record.call for record in self.records)}

    @property
    def prompts(self) -> list[str]:
        """The words that were accepted, over all sessions."""
        return [words for project in self.projects.values() for words in project.prompts]

    # The API

    async def _api(self, request: Request) -> tuple[Reply, Fault | None]:
        call, named = _call(request)
        record = Record(call, request)
        self.records.append(record)
        fault = self._scripts[call].next()
        if isinstance(fault, BrokenRequest | Early):
            return Reply(), fault
        if call != "upload":
            text = await request.whole()
            record.body = json.loads(text) if text else None
        self._look_at(record)
        if fault is not None and not fault.effect:
            return Reply(), fault
        return await self._done(record, named), fault

    async def _done(self, record: Record, named: Mapping[str, str]) -> Reply:
        if record.call == "token":
            return self._token(record)
        if not self._is_known(record.headers.get("authorization", "").removeprefix("Bearer ")):
            return refusal(1001, "token expired")
        project = self.projects.get(_session_of(record, named))
        if project is None and record.call in {"prompt", "upload", "upload_url", "state", "claim", "render"}:
            return refusal(1002, "session not found")
        match record.call:
            case "session":
                return self._session(record)
            case "claim":
                return envelope({"claim_token": "clm_1", "expires_in": 604800})
            case "credits":
                return envelope({"available": self.credits, "frozen": 0, "total": self.credits})
            case "render_status":
                return self._status(named["render"])
            case "stop_render":
                return reply_json({"detail": "Method Not Allowed"}, 405)
            case "download":
                return self._file(record) if named["render"] in self.renders else reply_json({"detail": "none"}, 404)
        assert project is not None
        match record.call:
            case "prompt":
                return self._prompt(record, project)
            case "upload":
                return await self._upload(record, project)
            case "upload_url":
                return self._upload_url(record, project)
            case "state":
                return envelope({"state": project.state, "bind_id": project.bind_id})
            case "render":
                return self._render(record, project)
        raise AssertionError(record.call)

    def _look_at(self, record: Record) -> None:
        """What every request must carry."""
        if record.call == "unknown":
            self.violations.append(f"{record.request.method} {record.target} is no call of the API")
        for name in ("x-skill-source", "x-skill-version", "x-skill-platform"):
            if not record.headers.get(name):
                self.violations.append(f"{record.call}: {name} is missing")
        bearer = record.headers.get("authorization", "")
        if (record.call == "token") is bearer.startswith("Bearer "):
            self.violations.append(f"{record.call}: bearer {bearer!r}")
        if "nmv_usr" in record.target:
            self.violations.append(f"{record.call}: a token in the address")
        if record.call == "prompt" and record.headers.get("accept") != "text/event-stream":
            self.violations.append("prompt: Accept is not text/event-stream")

    def _is_known(self, token: str) -> bool:
        if token in self._refused:
            return False
        if self._operator is not None and token == self._operator:
            return True
        return any(each == token and self._now() < given + WEEK for each, given in self.tokens.values())

    def _token(self, record: Record) -> Reply:
        client = record.headers.get("x-client-id")
        if not client:
            return reply_json({"code": 400, "message": "X-Client-Id missing"}, 400)
        held = self.tokens.get(client)
        if held is not None and self._now() < held[1] + WEEK:
            return reply_json({"code": 429, "message": "one token a week"}, 429)
        return envelope({"token": self.grant(client), "credits": 100})

    def _session(self, record: Record) -> Reply:
        if record.body.get("task_name") != "project" or not isinstance(record.body.get("language"), str):
            self.violations.append(f"session: {record.body}")
        project = self.open(record.body["language"])
        return envelope({"session_id": project.session_id, "task_id": project.task_id, "bind_id": project.bind_id})

    def _prompt(self, record: Record, project: Project) -> Reply:
        body = record.body
        words = body["new_message"]["parts"][0]["text"]
        fixed = {"app_name": "nemo_agent", "user_id": "me", "session_id": project.session_id}
        if {**body, "new_message": None} != {**fixed, "new_message": None}:
            self.violations.append(f"prompt: {body}")
        project.prompts.append(words)
        return Reply(200, self.agent(words, project), {"Content-Type": "text/event-stream; charset=utf-8"})

    async def _upload(self, record: Record, project: Project) -> Reply:
        form = Form(project.session_id, record.headers["content-type"])
        async for piece in record.request.body:
            form.write(piece)
        upload = form.upload()
        if upload.field != "files":
            self.violations.append(f"upload: field {upload.field!r}")
        self.uploads.append(upload)
        project.video_infos = [*project.video_infos, {"file_name": upload.name, "size": upload.size}]
        return envelope({"files": [{"name": upload.name}]})

    def _upload_url(self, record: Record, project: Project) -> Reply:
        body = record.body
        if set(body) != {"urls", "source_type"} or body["source_type"] != "url" or not isinstance(body["urls"], list):
            self.violations.append(f"upload_url: {body}")
        for url in body["urls"]:
            self.uploads.append(Upload(project.session_id, url=url))
            project.video_infos = [*project.video_infos, {"file_name": url.rpartition("/")[2]}]
        return envelope({})

    def _render(self, record: Record, project: Project) -> Reply:
        body = record.body
        if body.get("output") != {"format": "mp4", "quality": "high"} or body.get("draft") != project.draft:
            self.violations.append(f"render: {body}")
        if not any(track.get("sg") for track in project.draft.get("t", [])):
            return reply_json({"code": 400, "message": "nothing to export"}, 400)
        self.renders[body["id"]] = Render(body["id"], project.session_id, body["draft"])
        return envelope({})

    def _status(self, render_id: str) -> Reply:
        render = self.renders.get(render_id)
        if render is None:
            return reply_json({"detail": "Not Found"}, 404)
        stage = self.stages[min(render.readings, len(self.stages) - 1)]
        render.readings += 1
        output = self.output(render_id) if stage == "completed" else None
        headers = {} if self.poll_after is None else {"Retry-After": f"{self.poll_after:g}"}
        return reply_json({"id": render_id, "status": stage, "output": output}, headers=headers)

    # Files

    def _output(self, render_id: str) -> dict[str, Any]:
        return {"url": f"{self.files.url}/files/{render_id}.mp4?sig=s"}

    async def _files(self, request: Request) -> tuple[Reply, Fault | None]:
        record = Record("file", request)
        self.records.append(record)
        if "authorization" in request.headers:
            self.violations.append("file: a bearer reached another origin")
        fault = self._scripts["file"].next()
        return self._file(record), fault

    def _file(self, record: Record) -> Reply:
        """The video, or the part of it that is asked for and still of the version that is asked for."""
        video, headers = self.video, {"Content-Type": "video/mp4"}
        if video.etag is not None:
            headers["ETag"] = video.etag
        if video.last_modified is not None:
            headers["Last-Modified"] = video.last_modified
        wanted = re.fullmatch(r"bytes=(\d+)-", record.headers.get("range", ""))
        condition = record.headers.get("if-range")
        is_same = condition in {None, video.etag, video.last_modified} or not video.obeys_if_range
        if wanted is None or not is_same:
            return Reply(200, _read(video, 0), headers, None if video.chunked else video.size)
        start = int(wanted[1])
        if start >= video.size:
            return Reply(416, b"", {"Content-Range": f"bytes */{video.size}"})
        headers["Content-Range"] = f"bytes {start}-{video.size - 1}/{video.size}"
        return Reply(206, _read(video, start), headers, video.size - start)


def _call(request: Request) -> tuple[str, dict[str, str]]:
    for call, method, pattern in _PATTERNS:
        match = pattern.fullmatch(request.path)
        if match is not None and request.method == method:
            named = {name: unquote(value) for name, value in match.groupdict().items()}
            as_json = "json" in request.headers.get("content-type", "")
            return "upload_url" if call == "upload" and as_json else call, named
    return "unknown", {}


def _session_of(record: Record, named: Mapping[str, str]) -> str:
    body = record.body if isinstance(record.body, dict) else {}
    return str(named.get("session") or body.get("session_id") or body.get("sessionId") or "")


async def _read(video: Video, start: int) -> AsyncIterator[bytes]:
    if isinstance(video.content, bytes):
        for at in range(start, len(video.content), PIECE):
            yield video.content[at : at + PIECE]
        return
    with video.content.open("rb") as file:
        file.seek(start)
        while piece := file.read(PIECE):
            yield piece
