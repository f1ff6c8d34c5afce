"""The processes of one installation, each of which can be killed and started again.

    async with town(folder, [telegram], APART) as place:
        await place.kill("worker")
        await place.start("worker")

`APART`: a Redis that writes everything down, darkroom, a worker and the listener on Telegram, each a process of its
own, with a gate in front of every server that a process calls, Redis among them; with `ON_DISCORD` the listener is
Discord's. `TOGETHER`: all of it is one `stillreel up`, which calls the platforms through gates.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from core.store.server import binary, die_with_parent, socket_of
from tests.chaos.gates import Gate, Traps
from tests.chaos.lines import Line
from tests.chaos.platforms import Platform
from tests.program import COMMAND, environment
from tests.waiting import wait_until

APART = ("redis", "darkroom", "worker", "telegram")
ON_DISCORD = ("redis", "darkroom", "worker", "discord")
TOGETHER = ("up",)

GENERATE, EDIT = 100, 50
"""Credits of darkroom's that a new clip and a change cost."""

CREDITS = 100_000
"""Which each account starts with."""

LEASE = 3.0
GRACE = 1.0

_START_SECONDS = 60.0


@dataclass(eq=False)
class Member:
    """One process. `gates`: those in front of what it calls."""

    name: str
    command: Sequence[str]
    settings: Mapping[str, str]
    gates: tuple[Gate | Line, ...] = ()
    process: subprocess.Popen[str] | None = None
    deaths: list[float] = field(default_factory=list)
    """Seconds of the monotonic clock."""

    @property
    def is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass(eq=False)
class Town:
    data: Path
    """DATA_DIR of every process."""
    traps: Traps
    members: dict[str, Member]
    platforms: Sequence[Platform] = ()
    to_darkroom: list[Gate] = field(default_factory=list)
    to_platforms: list[Gate] = field(default_factory=list)
    socket: Path = Path()
    """Redis'."""

    @property
    def redis_url(self) -> str:
        return f"unix://{self.socket}"

    def deaths_behind(self, gate: Gate) -> list[float]:
        """When the process that calls through this gate died."""
        return next((member.deaths for member in self.members.values() if gate in member.gates), [])

    @property
    def log(self) -> str:
        """What all processes have written."""
        return "".join(path.read_text("utf-8", "replace") for path in sorted(self.data.parent.glob("*.log")))

    async def start(self, name: str) -> None:
        member = self.members[name]
        with (self.data.parent / f"{name}.log").open("ab") as sink:
            member.process = process = subprocess.Popen(
                member.command,
                env=environment(self.data, member.settings),
                cwd=self.data.parent,
                stdin=subprocess.DEVNULL,
                stdout=sink if name == "redis" else subprocess.PIPE,
                stderr=sink,
                text=True,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        if name == "redis":
            await wait_until(self._redis_answers, _START_SECONDS, every=0.02)
            return
        assert process.stdout is not None
        said = await asyncio.to_thread(process.stdout.readline)
        assert "ready" in said, f"{name} did not start: {said!r}\n{self.log}"
        if name == "darkroom":
            for gate in self.to_darkroom:
                await gate.open()

    async def kill(self, name: str, number: int = signal.SIGKILL) -> int:
        """End it at once, or as the signal says, and everything that it was in the middle of. → its exit status."""
        member = self.members[name]
        process = member.process
        assert process is not None
        process.send_signal(number)
        status = await asyncio.to_thread(process.wait, 30)
        member.deaths.append(time.monotonic())
        if process.stdout is not None:
            process.stdout.close()
        for gate in member.gates:
            await gate.cut()
        if name == "darkroom":
            for gate in self.to_darkroom:
                await gate.shut()
        return status

    async def restart(self, name: str) -> None:
        await self.kill(name)
        await self.start(name)

    async def heard(self) -> None:
        """Wait until what people say from now on reaches the bot."""
        for platform in self.platforms:
            await platform.is_heard()

    def renderers(self) -> list[int]:
        """Process ids of darkroom's renderers."""
        server = self.members.get("darkroom") or self.members["up"]
        assert server.process is not None
        return [pid for pid in _children(server.process.pid) if b"darkroom.render" in _command_line(pid)]

    def kill_renderers(self) -> int:
        """→ how many there were."""
        found = self.renderers()
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        return len(found)

    def _redis_answers(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


@asynccontextmanager
async def town(
    folder: Path, platforms: Sequence[Platform], names: Sequence[str], *, asleep: Sequence[str] = ()
) -> AsyncIterator[Town]:
    """The processes `names`, running, and those that are `asleep`, which the test starts.

    Further workers are called worker-2 and so on.
    """
    runtime = Path(tempfile.mkdtemp(prefix="stillreel-chaos-", dir="/tmp"))
    data = folder / "data"
    async with AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, runtime, ignore_errors=True)
        place = Town(data, Traps(), {}, platforms)
        shared = [await _files(place, stack, platform) for platform in platforms if platform.has_files_apart]
        if tuple(names) == TOGETHER:
            settings, gates = await _to_platforms(place, stack)
            place.socket = socket_of(data)
            place.members["up"] = Member("up", (*COMMAND, "up"), {**_SETTINGS, **settings}, (*gates, *shared))
        else:
            await _apart(place, stack, runtime, (*names, *asleep), shared)
        stack.push_async_callback(_ended, place)
        if "redis" in place.members:
            await place.start("redis")
        await asyncio.gather(*(place.start(name) for name in names if name != "redis"))
        await place.heard()
        yield place


async def _files(place: Town, stack: AsyncExitStack, platform: Platform) -> Gate:
    gate = await stack.enter_async_context(Gate(platform.url, place.traps))
    place.to_platforms.append(gate)
    platform.lead_files_to(gate.url)
    return gate


async def _to_platforms(place: Town, stack: AsyncExitStack) -> tuple[dict[str, str], list[Gate]]:
    """One process's settings and gates for all platforms."""
    settings: dict[str, str] = {}
    gates: list[Gate] = []
    for platform in place.platforms:
        gate = await stack.enter_async_context(Gate(platform.url, place.traps))
        place.to_platforms.append(gate)
        gates.append(gate)
        settings |= platform.settings(gate.url)
    return settings, gates


async def _apart(
    place: Town, stack: AsyncExitStack, runtime: Path, names: Sequence[str], shared: Sequence[Gate]
) -> None:
    port = _free_port()
    place.socket = runtime / "redis.sock"
    kept = runtime / "kept"
    kept.mkdir()
    place.members["redis"] = Member("redis", _redis_command(place.socket, kept), {})
    place.members["darkroom"] = Member("darkroom", (*COMMAND, "darkroom"), {**_SETTINGS, "DARKROOM_PORT": str(port)})
    for name in names:
        if name in place.members:
            continue
        part = name.partition("-")[0]
        to_darkroom = await stack.enter_async_context(Gate(f"http://127.0.0.1:{port}", place.traps))
        place.to_darkroom.append(to_darkroom)
        await to_darkroom.shut()
        settings, gates = await _to_platforms(place, stack)
        to_redis = Line(runtime / f"{name}.sock", place.socket, place.traps)
        await to_redis.open()
        stack.push_async_callback(to_redis.shut)
        settings |= {"REDIS_URL": to_redis.url, "DARKROOM_URL": to_darkroom.url}
        own = (*shared, *gates) if part == "worker" else tuple(gates)
        place.members[name] = Member(name, (*COMMAND, part), {**_SETTINGS, **settings}, (to_darkroom, to_redis, *own))


_SETTINGS = {
    "SHUTDOWN_GRACE": f"{GRACE:g}",
    "LEASE_SECONDS": f"{LEASE:g}",
    "NEMO_IDENTITY": "chat",
    "NEMO_POLL_INTERVAL": "0.2",
    "NEMO_RETRY_WAIT": "0.5",
    "NEMO_RECOVERY_FIRST_WAIT": "0.3",
    "NEMO_RECOVERY_WAIT": "0.5",
    "DARKROOM_RENDERERS": "1",
    "DARKROOM_COSTS": f"start={CREDITS},generate={GENERATE},edit={EDIT}",
}


def _redis_command(path: Path, folder: Path) -> tuple[str, ...]:
    return (
        str(binary()),
        *("--port", "0", "--unixsocket", str(path), "--dir", str(folder)),
        *("--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--maxmemory-policy", "noeviction"),
    )


async def _ended(place: Town) -> None:
    for name in reversed(place.members):
        if place.members[name].is_alive:
            await place.kill(name, signal.SIGKILL if name == "redis" else signal.SIGTERM)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
