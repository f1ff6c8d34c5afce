"""The CPU time that one job costs in adapter, core and queue together, against a bare script (`bare`) that makes the
same platform and API calls with the same libraries.

Both get the same photos with the same words from a Telegram server of their own and work against the same service, in
turns. Counted are the processes' user and system time: the listener, the worker and the Valkey on one side, the script
on the other.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.bench.yard import patient, yard
from tests.counterparts.telegram import Chat, Telegram
from tests.counterparts.telegram import in_thread as telegram_in_thread
from tests.parts import part
from tests.program import ROOT
from tests.waiting import wait_until

JOBS = 30
ROUNDS = 5
REPEATED = {"sendMessage": 1, "editMessageText": 0, "sendChatAction": 1}
"""Calls to Telegram that a job may make more than once, with how often it makes them at the least."""

_OF_NEMO = ("state", "render_status", "credits", "claim")


async def run(folder: Path) -> str:
    ours: list[float] = []
    bares: list[float] = []
    async with yard(folder, patient(0, 1)) as here:
        with (
            telegram_in_thread(Telegram("1:product", checked=False)) as telegram,
            telegram_in_thread(Telegram("2:bare", checked=False)) as other,
        ):
            settings = {**here.settings, "TELEGRAM_TOKEN": telegram.token, "TELEGRAM_API_URL": telegram.url}
            async with (
                part(here.data_dir, "worker", settings) as worker,
                part(here.data_dir, "telegram", settings) as listener,
            ):
                pids = (worker.process.pid, listener.process.pid, here.redis_server)
                await _round(telegram, here.photo.read_bytes())  # what is done once: imports, commands, connections
                for _ in range(ROUNDS):
                    calls = len(telegram.requests), Counter(here.nemo.counts)
                    before = _seconds(pids)
                    await _round(telegram, here.photo.read_bytes())
                    ours.append((_seconds(pids) - before) / JOBS)
                    made = Counter(call.method for call in telegram.requests[calls[0] :])
                    each = {name: max(least, round(made[name] / JOBS)) for name, least in REPEATED.items()}
                    each |= {name: round((here.nemo.counts.get(name, 0) - calls[1][name]) / JOBS) for name in _OF_NEMO}
                    async with _bare(other, here.nemo.url, each) as pid:
                        await _round(other, here.photo.read_bytes(), 1)
                        before = _seconds([pid])
                        await _round(other, here.photo.read_bytes())
                        bares.append((_seconds([pid]) - before) / JOBS)
    ratio = statistics.median(our / bare for our, bare in zip(ours, bares, strict=True))
    return (
        f"cost: a job takes {statistics.median(ours) * 1000:.0f} ms of CPU in listener, worker and Valkey, "
        f"{ratio:.2f} times the {statistics.median(bares) * 1000:.0f} ms of a bare script with the same calls "
        f"(median of {ROUNDS} interleaved rounds of {JOBS} jobs; a job's calls: {json.dumps(each)})"
    )


async def _round(telegram: Telegram, photo: bytes, jobs: int = JOBS) -> None:
    chats: list[Chat] = []
    for number in range(jobs):
        person = telegram.person(f"Person {number}")
        chat = telegram.private(person)
        await chat.sends(person, photo=photo, caption="turn it into a clip")
        chats.append(chat)
    await wait_until(lambda: all(_is_done(chat) for chat in chats), 120, what="a video in each chat", every=0.05)


def _is_done(chat: Chat) -> bool:
    return bool(chat.videos) and not any("%" in (message.text or "") for message in chat.from_bot)


@asynccontextmanager
async def _bare(telegram: Telegram, nemo: str, each: dict[str, int]) -> AsyncIterator[int]:
    wanted = {"telegram": telegram.url, "token": telegram.token, "nemo": nemo, "each": each}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bare", json.dumps(wanted)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert "ready" in await asyncio.to_thread(process.stdout.readline), "the bare script did not start"
        yield process.pid
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)


def _seconds(pids: Sequence[int]) -> float:
    """CPU seconds that the processes have used."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += sum(int(each) for each in fields[11:13])
    return total / os.sysconf("SC_CLK_TCK")
