"""The program as people run it: `stillreel` in a process of its own, and a visitor who talks to its page over HTTP.

In comes a data directory, out go what the program printed and what the visitor got.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from core.store.server import socket_of
from tests.waiting import wait_until

COMMAND = (sys.executable, "-m", "bots.cli")
ROOT = Path(__file__).parent.parent

_READY = re.compile(r"ready: (http://\S+)")


def environment(data_dir: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """What a program is started with: nothing of the developer's own settings, and the marks that find its children."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "TMPDIR"}}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(data_dir),
        "WEB_PORT": "0",
        "COLUMNS": "200",
        **(settings or {}),
    }


def run(
    data_dir: Path,
    *arguments: str,
    settings: Mapping[str, str] | None = None,
    seconds: float = 180,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """`stillreel ARGUMENTS` to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(data_dir, settings),
        cwd=cwd or data_dir.parent,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def processes_of(data_dir: Path) -> list[int]:
    """Process ids of everything that was started with this data directory and still lives."""
    return [pid for pid, words in _living() if _belongs(words, data_dir)]


def servers_of(data_dir: Path) -> list[int]:
    """Process ids of the embedded servers among them."""
    return [pid for pid, words in _living() if _is_server(words, data_dir)]


def _living() -> Iterator[tuple[int, bytes]]:
    """Each process that is no zombie, with its command line and environment."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes() + b"\0" + (entry / "environ").read_bytes() + b"\0"
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            yield int(entry.name), words


def _belongs(words: bytes, data_dir: Path) -> bool:
    return f"DATA_DIR={data_dir}\0".encode() in words or _is_server(words, data_dir)


def _is_server(words: bytes, data_dir: Path) -> bool:
    """Valkey writes its title over its environment; its socket stands in the title."""
    return b"valkey" in words and os.fsencode(socket_of(data_dir).name) in words


@dataclass
class Up:
    """A running `stillreel up`."""

    process: subprocess.Popen[str]
    url: str
    data_dir: Path

    async def end(self, number: int = signal.SIGINT, seconds: float = 20) -> int:
        """Send a signal and wait for the end. → the exit status."""
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, seconds)


@asynccontextmanager
async def up(data_dir: Path, settings: Mapping[str, str] | None = None) -> AsyncIterator[Up]:
    """`stillreel up` for as long as the block lasts."""
    log = data_dir.parent / f"{data_dir.name}.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [*COMMAND, "up"],
            env=environment(data_dir, settings),
            cwd=data_dir.parent,
            stdout=subprocess.PIPE,
            stderr=sink,
            text=True,
            start_new_session=True,
        )
    try:
        assert process.stdout is not None
        line = await asyncio.to_thread(process.stdout.readline)
        ready = _READY.search(line)
        assert ready, f"it did not start: {line!r}\n{log.read_text()}"
        yield Up(process, ready[1], data_dir)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                await asyncio.to_thread(process.wait, 20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        assert process.stdout is not None
        process.stdout.close()


@dataclass
class Visitor:
    """A browser's side of the web chat, without the browser."""

    http: httpx.AsyncClient
    sent: list[str] = field(default_factory=list)

    async def upload(self, name: str, content: bytes | AsyncIterator[bytes]) -> httpx.Response:
        return await self.http.post("/api/files", params={"name": name}, content=content)

    async def send(self, text: str, *photos: Path, names: Mapping[Path, str] | None = None) -> str:
        """Upload the photos and say the words. → the message's id."""
        refs = []
        for photo in photos:
            answer = await self.upload((names or {}).get(photo, photo.name), photo.read_bytes())
            assert answer.status_code == 201, answer.text
            refs.append(answer.json()["ref"])
        return await self.send_files(text, *refs)

    async def send_files(self, text: str, *refs: str) -> str:
        """Say the words about files that were uploaded already. → the message's id."""
        answer = await self.http.post("/api/messages", json={"id": uuid.uuid4().hex, "text": text, "files": list(refs)})
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def press(self, entry: Mapping[str, Any], label: str) -> None:
        action = next(button["action"] for button in entry["buttons"] if button["label"] == label)
        body = {"id": uuid.uuid4().hex, "message": entry["id"], "action": action}
        answer = await self.http.post("/api/presses", json=body)
        assert answer.status_code == 202, answer.text

    async def entries(self) -> list[dict[str, Any]]:
        answer = await self.http.get("/api/history", params={"limit": 200})
        answer.raise_for_status()
        return list(answer.json()["entries"])

    async def answers(self, message: str) -> list[dict[str, Any]]:
        """What the bot said in reply to a message."""
        return [entry for entry in await self.entries() if entry["author"] == "bot" and entry["reply_to"] == message]

    async def outcome(self, message: str, seconds: float = 120) -> dict[str, Any]:
        """The last word on a message: a video, or an entry that is no progress any more."""

        async def ended() -> dict[str, Any] | None:
            found = [entry for entry in await self.answers(message) if entry["fraction"] is None]
            return found[-1] if found else None

        found = await wait_until(ended, seconds)
        assert found is not None
        return found

    async def progress(self, message: str, seconds: float = 30) -> dict[str, Any]:
        """The progress message of a job, once it is there."""

        async def shown() -> dict[str, Any] | None:
            found = [entry for entry in await self.answers(message) if entry["fraction"] is not None]
            return found[-1] if found else None

        found = await wait_until(shown, seconds)
        assert found is not None
        return found

    async def fetch(self, entry: Mapping[str, Any], target: Path) -> Path:
        """The video of an entry, to a file."""
        async with self.http.stream("GET", "/" + entry["video"]["url"]) as response:
            response.raise_for_status()
            with target.open("wb") as sink:
                async for chunk in response.aiter_bytes():
                    sink.write(chunk)
        return target


@asynccontextmanager
async def visitor(url: str, language: str = "en") -> AsyncIterator[Visitor]:
    async with httpx.AsyncClient(base_url=url, headers={"Accept-Language": language}, timeout=60) as http:
        (await http.get("/")).raise_for_status()
        yield Visitor(http)
