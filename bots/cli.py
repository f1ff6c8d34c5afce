"""The command line: `stillreel up`, `make`, `doctor`, and the parts that `up` consists of, each alone.

Exit status: 0 done (`up` ends so by any signal), 1 it did not come to a video, 2 something outside must be mended first
(a setting, a path), 130 interrupted. Errors are one sentence on stderr.

What a command runs is imported when it runs, so that `--help`, a wrong setting and a wrong path are answered at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bots import signals
from bots.host import Busy, Host, announced
from core import log
from core.settings import Settings, WrongSetting, export_for_libraries, load

if TYPE_CHECKING:
    from bots.parts import Parts
    from bots.shell import Made, ShellChat
    from core.chat import Message

app = typer.Typer(
    name="stillreel",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Send a photo to a chat, say what you want, get a finished MP4 back.",
)
console = Console()
errors = Console(stderr=True)

T = TypeVar("T")

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Instead of DATA_DIR.", show_default=False)]

MENDING = 2
INTERRUPTED = 130

_HOST_SECONDS = 30.0
"""For how long `make` waits for a host that is still starting."""


@app.command()
def up(
    data_dir: DataDir = None,
    port: Annotated[int | None, typer.Option("--port", help="Instead of WEB_PORT.", show_default=False)] = None,
) -> None:
    """Run everything in one process and serve the chat page."""
    settings = _settings(data_dir=data_dir, web_port=port)
    log.configure(settings.log)
    try:
        _run(_up(settings), interrupted=0)
    except Busy as error:
        who = f"process {error.pid}" if error.pid else "another process"
        _mend(f"DATA_DIR: {settings.storage.data_dir} is in use by {who}. Stop it, or set DATA_DIR to another folder.")


async def _up(settings: Settings) -> None:
    from bots.hosting import hosted

    async with hosted(settings, web=True) as hosting:
        console.print(f"Stillreel is ready: [bold]{hosting.web_url}[/bold]   (Ctrl-C ends it)")
        await asyncio.Event().wait()


@app.command()
def telegram(data_dir: DataDir = None) -> None:
    """Listen on Telegram alone, beside other processes on one REDIS_URL."""
    _alone("telegram", data_dir)


@app.command()
def discord(data_dir: DataDir = None) -> None:
    """Listen on Discord alone, beside other processes on one REDIS_URL; several may share its shards."""
    _alone("discord", data_dir)


@app.command()
def web(
    data_dir: DataDir = None,
    port: Annotated[int | None, typer.Option("--port", help="Instead of WEB_PORT.", show_default=False)] = None,
) -> None:
    """Serve the chat page alone, beside other processes on one REDIS_URL."""
    _alone("web", data_dir, web_port=port)


@app.command()
def worker(data_dir: DataDir = None) -> None:
    """Do the jobs alone, beside other processes on one REDIS_URL; any number of workers share them."""
    _alone("worker", data_dir)


@app.command()
def darkroom(
    data_dir: DataDir = None,
    port: Annotated[int | None, typer.Option("--port", help="Instead of DARKROOM_PORT.", show_default=False)] = None,
) -> None:
    """Serve the backend alone, for the other processes' DARKROOM_URL."""
    _alone("darkroom", data_dir, darkroom_port=port)


@app.command()
def renderer(data_dir: DataDir = None) -> None:
    """Take renders of a darkroom elsewhere, over the same REDIS_URL and FILES_URL; any number share them."""
    _alone("renderer", data_dir)


def _alone(part: str, data_dir: Path | None, **over: Any) -> None:
    settings = _settings(data_dir=data_dir, **over)
    log.configure(settings.log)
    _run(_part(settings, part), interrupted=0)


async def _part(settings: Settings, name: str) -> None:
    from bots.separate import Part, separate

    async with separate(settings, Part(name)) as ready:
        console.print(f"{ready}   (Ctrl-C ends it)", highlight=False)
        await asyncio.Event().wait()


@app.command()
def make(
    photos: Annotated[list[Path], typer.Argument(metavar="PHOTO...", help="Photos, in the order of the clip.")],
    say: Annotated[str, typer.Option("--say", help="What should happen with them, in your own words.")],
    out: Annotated[Path, typer.Option("--out", help="Where the MP4 goes.")] = Path("clip.mp4"),
    data_dir: DataDir = None,
) -> None:
    """Make one video from the shell. Beside a running `stillreel up` on the same DATA_DIR it uses that one."""
    for photo in photos:
        if not photo.is_file():
            _mend(f"PHOTO: there is no file {photo}.")
    if not out.parent.is_dir():
        _mend(f"--out: there is no folder {out.parent}.")
    try:
        if any(out.exists() and out.samefile(photo) for photo in photos):
            _mend(f"--out: {out} is the photo itself. Give the video another name.")
        _prove_writable(out)
    except OSError as error:
        _mend(f"--out: {out} cannot be written ({error.strerror}).")
    settings = _settings(data_dir=data_dir)
    log.configure(replace(settings, log=settings.log.model_copy(update={"level": _quieter(settings.log.level)})).log)
    made = _run(_make(settings, photos, say, out))
    if not made.videos:
        errors.print("\n".join(made.said) or "No video was made.", markup=False, highlight=False)
        raise typer.Exit(1)


def _prove_writable(out: Path) -> None:
    """Before anything is rendered. Raises `OSError`."""
    fresh = not out.exists()
    with out.open("ab"):
        pass
    if fresh:
        out.unlink()


async def _make(settings: Settings, photos: list[Path], words: str, out: Path) -> Made:
    from bots.shell import language_of_shell, shell_chat

    async with (
        _parts(settings) as parts,
        shell_chat(parts, language_of_shell(os.environ)) as chat,
    ):
        made = await _followed(chat, photos, words)
        for number, video in enumerate(made.videos, start=1):
            target = out if number == 1 else out.with_stem(f"{out.stem}-{number}")
            await chat.save(video, target)
            facts = f"{video.width}×{video.height}, {video.duration:.1f} s, {video.size / 2**20:.1f} MB"
            console.print(f"[bold]{target}[/bold]  {facts}", highlight=False)
        if made.videos:
            console.print("\n".join(made.said), markup=False, highlight=False)
        return made


async def _followed(chat: ShellChat, photos: list[Path], words: str) -> Made:
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=errors.is_terminal) as bar:
        task = bar.add_task("…", total=1.0)
        shown = ""

        def show(message: Message) -> None:
            nonlocal shown
            # The transcript's text ends with the percentage that the bar shows already.
            text = message.text.splitlines()[0].rpartition(" · ")[0] or message.text
            bar.update(task, description=text, completed=message.fraction or 0.0)
            if not errors.is_terminal and text != shown:
                errors.print(text, markup=False, highlight=False)
            shown = text

        made = await chat.make(photos, words, show)
        if made.videos:
            bar.update(task, completed=1.0)
        return made


@asynccontextmanager
async def _parts(settings: Settings) -> AsyncIterator[Parts]:
    """A running host's parts, or those of a host that lives as long as the block."""
    from bots.hosting import attached, hosted

    try:
        async with hosted(settings, web=False) as hosting:
            yield hosting.parts
            return
    except Busy as error:
        busy = error
    host = await _announced(settings.storage.data_dir, busy)
    async with attached(settings, host) as parts:
        yield parts


async def _announced(data_dir: Path, busy: Busy) -> Host:
    """What the host says of itself, once it has started."""
    from bots.starting import CannotStart

    for _ in range(int(_HOST_SECONDS / 0.1)):
        host = announced(data_dir)
        if host is not None:
            return host
        await asyncio.sleep(0.1)
    raise CannotStart(f"DATA_DIR: process {busy.pid} uses {data_dir} and does not answer. Stop it and try again.")


@app.command()
def doctor(data_dir: DataDir = None) -> None:
    """Tell what is configured, what answers, and what is missing."""
    from bots.doctor import examine

    settings = _settings(data_dir=data_dir)
    log.configure(settings.log.model_copy(update={"level": "error"}))
    if not _run(examine(settings, console)):
        raise typer.Exit(1)


def main() -> None:
    app()


def _run(program: Coroutine[Any, Any, T], *, interrupted: int = INTERRUPTED) -> T:
    """Run it to its end; `interrupted` is the exit status after Ctrl-C."""
    from bots.starting import CannotStart
    from core.store.connection import STORE_AWAY

    try:
        return signals.run(program)
    except signals.Ended as ended:
        raise typer.Exit(0 if ended.number == signal.SIGTERM else interrupted) from None
    except CannotStart as error:
        _mend(str(error))
    except STORE_AWAY:
        errors.print("The Stillreel that this one used has ended meanwhile. Please run it again.", style="red")
        raise typer.Exit(1) from None
    except OSError as error:
        errors.print(f"The video cannot be kept: {error.strerror or error}.", style="red", highlight=False)
        raise typer.Exit(1) from None


def _settings(**over: Any) -> Settings:
    export_for_libraries(os.environ)
    try:
        return load(**over)
    except WrongSetting as error:
        _mend(str(error))


def _mend(sentence: str) -> NoReturn:
    errors.print(sentence, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(MENDING)


def _quieter(level: str) -> str:
    return "error" if level in ("info", "warning") else level


if __name__ == "__main__":
    main()
