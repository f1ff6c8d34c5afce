"""One account at a running darkroom, over real HTTP: the calls of the contract as short methods."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.photos import landscape
from tests.waiting import wait_until

ATTRIBUTION = {
    "X-Skill-Source": "image-to-video-model-ai",
    "X-Skill-Version": "1.0.0",
    "X-Skill-Platform": "unknown",
}


_PHOTOS: dict[tuple[int, int], bytes] = {}


def photo(folder: Path, size: tuple[int, int] = (640, 480)) -> bytes:
    """A JPEG's bytes; `folder` is for the making of it."""
    if size not in _PHOTOS:
        _PHOTOS[size] = landscape(folder / "made.jpg", size).read_bytes()
    return _PHOTOS[size]


def small(draft: Mapping[str, Any]) -> dict[str, Any]:
    """The draft on a canvas that is drawn in a moment."""
    return {**draft, "canvas": {"width": 240, "height": 240}}


def frames(body: bytes) -> list[dict[str, Any]]:
    """The events of a stream, comments left out."""
    blocks = [block for block in body.split(b"\n\n") if block]
    return [json.loads(block.removeprefix(b"data: ")) for block in blocks if not block.startswith(b":")]


def text_of(events: list[dict[str, Any]]) -> str:
    whole = [each for each in events if "content" in each and not each.get("partial")]
    return "".join(part.get("text", "") for each in whole for part in each["content"]["parts"])


@dataclass(slots=True)
class Visitor:
    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=lambda: dict(ATTRIBUTION))
    session: str = ""
    task: str = ""
    bind: str = ""

    async def token(self, client_id: str = "client-1") -> httpx.Response:
        answer = await self.http.post("/api/auth/anonymous-token", headers={"X-Client-Id": client_id})
        if answer.status_code == 200:
            self.headers["Authorization"] = f"Bearer {answer.json()['data']['token']}"
        return answer

    async def open(self, language: str = "en") -> httpx.Response:
        answer = await self.http.post(
            "/api/tasks/me/with-session/nemo_agent",
            json={"task_name": "project", "language": language},
            headers=self.headers,
        )
        if answer.status_code == 200:
            data = answer.json()["data"]
            self.session, self.task, self.bind = data["session_id"], data["task_id"], data["bind_id"]
        return answer

    async def enter(self, client_id: str = "client-1") -> Visitor:
        """A token and a session."""
        assert (await self.token(client_id)).status_code == 200
        assert (await self.open()).status_code == 200
        return self

    @property
    def upload_path(self) -> str:
        return f"/api/upload-video/nemo_agent/me/{self.session}"

    async def upload(self, *files: tuple[str, bytes]) -> httpx.Response:
        return await self.http.post(
            self.upload_path, files=[("files", (name, content)) for name, content in files], headers=self.headers
        )

    def message(self, text: str, **more: Any) -> dict[str, Any]:
        return {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": self.session,
            "new_message": {"parts": [{"text": text}]},
            **more,
        }

    async def say(self, text: str, **more: Any) -> httpx.Response:
        return await self.http.post(
            "/run_sse", json=self.message(text, **more), headers={**self.headers, "Accept": "text/event-stream"}
        )

    async def state(self) -> dict[str, Any]:
        answer = await self.http.get(f"/api/state/nemo_agent/me/{self.session}/latest", headers=self.headers)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()["data"]["state"]
        return state

    async def credits(self) -> dict[str, Any]:
        answer = await self.http.get("/api/credits/balance/simple", headers=self.headers)
        data: dict[str, Any] = answer.json()["data"]
        return data

    async def clip(self, folder: Path, words: str = "one second, zoom in, square") -> Mapping[str, Any]:
        """A session with one photo on its timeline. → the draft."""
        assert (await self.upload(("photo.jpg", photo(folder)))).status_code == 200
        assert (await self.say(words)).status_code == 200
        draft: Mapping[str, Any] = (await self.state())["draft"]
        return draft

    async def export(self, export_id: str, draft: object, **more: Any) -> httpx.Response:
        body = {
            "id": export_id,
            "sessionId": self.session,
            "draft": draft,
            "output": {"format": "mp4", "quality": "high"},
            **more,
        }
        return await self.http.post("/api/render/proxy/lambda", json=body, headers=self.headers)

    async def status(self, export_id: str) -> httpx.Response:
        return await self.http.get(f"/api/render/proxy/lambda/{export_id}", headers=self.headers)

    async def stop(self, export_id: str) -> httpx.Response:
        return await self.http.delete(f"/api/render/proxy/lambda/{export_id}", headers=self.headers)

    async def reaching(self, export_id: str, *stages: str) -> dict[str, Any]:
        """The export's status once it is one of `stages`."""

        async def reached() -> dict[str, Any] | None:
            status: dict[str, Any] = (await self.status(export_id)).json()
            return status if status["status"] in stages else None

        found = await wait_until(reached, 60, what=f"the export {export_id} is {stages}")
        assert found is not None
        return found
