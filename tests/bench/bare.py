"""What `cost` holds the product against: a script that makes the same platform and API calls for a photo with words, by
the same libraries, and does nothing else: no queue, no record, no recovery, nobody else's turn.

    python -m tests.bench.bare '{"telegram": …, "token": …, "nemo": …, "each": {…}}'

`each`: how often a job makes the calls that it may make more than once. Prints "ready", and goes on until it is killed.
"""

from __future__ import annotations

import asyncio
import io
import json
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Any

import av
import httpx
import httpx_sse
from PIL import Image
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, InputFile, Message, ReplyParameters
from telegram.constants import ChatAction
from telegram.request import HTTPXRequest


class Bare:
    def __init__(self, wanted: dict[str, Any], folder: Path) -> None:
        self.each: dict[str, int] = wanted["each"]
        self.folder = folder
        self.files = f"{wanted['telegram']}/file/bot{wanted['token']}"
        self.bot = Bot(
            wanted["token"],
            base_url=f"{wanted['telegram']}/bot",
            base_file_url=f"{wanted['telegram']}/file/bot",
            request=HTTPXRequest(connection_pool_size=256),
            get_updates_request=HTTPXRequest(connection_pool_size=2),
        )
        self.http = httpx.AsyncClient(base_url=wanted["nemo"], timeout=60)
        self.keys = InlineKeyboardMarkup([[InlineKeyboardButton("Cancel", callback_data="x.abcdefghijkl.")]])

    async def run(self) -> None:
        token = (await self._post("/api/auth/anonymous-token", {}, {"X-Client-Id": str(uuid.uuid4())}))["token"]
        self.http.headers["Authorization"] = f"Bearer {token}"
        async with self.bot, asyncio.TaskGroup() as jobs:
            offset = 0
            while True:
                for update in await self.bot.get_updates(offset, timeout=20, read_timeout=30):
                    offset = update.update_id + 1
                    if update.message is not None and update.message.photo:
                        jobs.create_task(self._job(update.message))

    async def _job(self, asked: Message) -> None:
        chat, reply = asked.chat_id, ReplyParameters(asked.message_id)
        progress = await self.bot.send_message(chat, "Starting · 0%", reply_markup=self.keys, reply_parameters=reply)
        for _ in range(self.each["sendMessage"] - 1):
            await self.bot.send_message(chat, "Your photos stay on this machine.")
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        photo = folder / "photo.jpg"
        await self._fetch(asked, photo)
        with Image.open(photo) as picture:
            picture.load()
        session = await self._post("/api/tasks/me/with-session/nemo_agent", {"task_name": "p", "language": "en"})
        name = session["session_id"]
        with photo.open("rb") as file:
            answer = await self.http.post(
                f"/api/upload-video/nemo_agent/me/{name}", files={"file": ("photo.jpg", file, "image/jpeg")}
            )
            answer.raise_for_status()
        for _ in range(self.each["state"] - 1):
            await self._get(f"/api/state/nemo_agent/me/{name}/latest")
        await self._said(name, asked.caption or "")
        state = (await self._get(f"/api/state/nemo_agent/me/{name}/latest"))["state"]
        for number in range(self.each["editMessageText"]):
            await self.bot.edit_message_text(
                f"Rendering · {number}%", chat, progress.message_id, reply_markup=self.keys
            )
        render = f"render_{uuid.uuid4().hex[:12]}"
        body = {
            "id": render,
            "sessionId": name,
            "draft": state["draft"],
            "output": {"format": "mp4", "quality": "high"},
        }
        await self._post("/api/render/proxy/lambda", body)
        for _ in range(self.each["render_status"] - 1):
            await self._get(f"/api/render/proxy/lambda/{render}")
            await asyncio.sleep(0.2)
        status = await self._get(f"/api/render/proxy/lambda/{render}")
        for _ in range(self.each["credits"]):
            await self._get("/api/credits/balance/simple")
        if self.each["claim"]:
            await self._post("/api/auth/claim-token", {"task_id": session["task_id"], "session_id": name})
        film = folder / "film.mp4"
        async with self.http.stream("GET", status["output"]["url"], headers={"Authorization": ""}) as response:
            with film.open("wb") as sink:
                async for chunk in response.aiter_bytes(65536):
                    sink.write(chunk)
        small, width, height, seconds = await asyncio.to_thread(looked_at, film)
        for _ in range(self.each["sendChatAction"]):
            await self.bot.send_chat_action(chat, ChatAction.UPLOAD_VIDEO)
        with film.open("rb") as source:
            await self.bot.send_video(
                chat,
                InputFile(source, filename="film.mp4", read_file_handle=False),
                duration=max(1, round(seconds)),
                width=width,
                height=height,
                thumbnail=small,
                supports_streaming=True,
                caption="Timeline",
                reply_markup=self.keys,
                reply_parameters=reply,
            )
        await self.bot.delete_message(chat, progress.message_id)

    async def _fetch(self, asked: Message, target: Path) -> None:
        file = await self.bot.get_file(asked.photo[-1].file_id)
        assert file.file_path is not None
        async with self.http.stream("GET", file.file_path, headers={"Authorization": ""}) as response:
            with target.open("wb") as sink:
                async for chunk in response.aiter_bytes(65536):
                    sink.write(chunk)

    async def _said(self, session: str, words: str) -> None:
        body = {
            "app_name": "nemo_agent",
            "user_id": "me",
            "session_id": session,
            "new_message": {"parts": [{"text": words}]},
        }
        async with httpx_sse.aconnect_sse(self.http, "POST", "/run_sse", json=body) as stream:
            async for event in stream.aiter_sse():
                if event.data:
                    event.json()

    async def _get(self, path: str) -> Any:
        return _inner(await self.http.get(path))

    async def _post(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
        return _inner(await self.http.post(path, json=body, headers=headers))


def looked_at(film: Path) -> tuple[bytes, int, int, float]:
    """A small picture of it, its size in pixels and its seconds."""
    with av.open(str(film)) as container:
        frame = next(container.decode(video=0))
        picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
        picture.thumbnail((320, 320))
        sink = io.BytesIO()
        picture.save(sink, "JPEG", quality=88, optimize=True)
        return sink.getvalue(), frame.width, frame.height, (container.duration or 0) / av.time_base


def _inner(answer: httpx.Response) -> Any:
    answer.raise_for_status()
    payload = answer.json()
    return payload["data"] if isinstance(payload.get("data"), dict) else payload


async def main(wanted: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        print("ready", flush=True)
        await Bare(wanted, Path(folder)).run()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
