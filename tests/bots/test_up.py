"""`stillreel up` as an operator meets it: starting, failing to start, ending, being killed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest

from tests import clips, photos, program
from tests.waiting import wait_until


async def test_the_whole_way_a_photo_comes_back_as_an_mp4(tmp_path: Path) -> None:
    photo = photos.portrait(tmp_path / "photo.jpg", (900, 1200))
    async with program.up(tmp_path / "data") as up, program.visitor(up.url) as somebody:
        said = await somebody.send("2 seconds, pan left, square, title 'Harbour' for 1 second", photo)
        progress = await somebody.progress(said)
        assert [button["label"] for button in progress["buttons"]] == ["Cancel"]
        answer = await somebody.outcome(said)
        assert answer["id"] != progress["id"], "the progress message is gone, the video stands in its place"
        found = clips.clip(await somebody.fetch(answer, tmp_path / "clip.mp4"))
        assert (found.width, found.height, found.frames) == (1080, 1080, 60)
        assert 'Timeline (2 tracks): 1. Video: photo.jpg (0-2s) 2. Title: "Harbour" (0-1s)' in answer["text"]

        shorter = await somebody.outcome(await somebody.send("make it 1 second and remove the title"))
        assert clips.clip(await somebody.fetch(shorter, tmp_path / "shorter.mp4")).frames == 30
        assert "Title" not in shorter["text"].splitlines()[-1]

        again = await somebody.outcome(await somebody.send("/export"))
        assert again["video"] is not None
        assert (await somebody.fetch(again, tmp_path / "again.mp4")).read_bytes() == (
            tmp_path / "shorter.mp4"
        ).read_bytes()
        assert "cost no credits" in (await somebody.outcome(await somebody.send("credits")))["text"]
        assert "Timeline (1 track)" in (await somebody.outcome(await somebody.send("what's in the video now")))["text"]


@pytest.mark.long
async def test_photos_without_words_wait_for_a_button(tmp_path: Path) -> None:
    photo = photos.square(tmp_path / "photo.jpg", (600, 600))
    async with program.up(tmp_path / "data") as up, program.visitor(up.url) as somebody:
        asked = await somebody.outcome(await somebody.send("", photo))
        assert "What should happen with this photo?" in asked["text"]
        await somebody.press(asked, "Zoom out")
        answers = await wait_until(lambda: _videos(somebody), 60)
        assert len(answers) == 1
        assert clips.clip(await somebody.fetch(answers[0], tmp_path / "clip.mp4")).frames == 150


async def _videos(somebody: program.Visitor) -> list[dict[str, Any]]:
    return [entry for entry in await somebody.entries() if entry["video"]]


@pytest.mark.long
async def test_cancel_stops_a_render_and_keeps_the_photo(tmp_path: Path) -> None:
    photo = photos.square(tmp_path / "photo.jpg", (800, 800))
    async with program.up(tmp_path / "data") as up, program.visitor(up.url) as somebody:
        said = await somebody.send("60 seconds", photo)

        async def rendering() -> dict[str, Any] | None:
            shown = await somebody.progress(said)
            return shown if shown["text"].startswith("Rendering") and shown["fraction"] > 0.3 else None

        shown = await wait_until(rendering, 30)
        assert shown is not None
        await somebody.press(shown, "Cancel")
        answer = await somebody.outcome(said, 5)
        assert answer["text"].startswith("Cancelled.")
        shorter = await somebody.outcome(await somebody.send("1 second"))
        assert clips.clip(await somebody.fetch(shorter, tmp_path / "clip.mp4")).frames == 30
        assert len(await _videos(somebody)) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_item_6_a_signal_ends_everything_cleanly(tmp_path: Path, number: int) -> None:
    data = tmp_path / "data"
    async with program.up(data, {"SHUTDOWN_GRACE": "1"}) as up, program.visitor(up.url) as somebody:
        await somebody.send("60 seconds", photos.landscape(tmp_path / "photo.jpg", (800, 600)))
        following = asyncio.create_task(somebody.http.get("/api/events", params={"after": "0"}))
        assert len(program.processes_of(data)) >= 2
        assert await up.end(number) == 0
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        assert program.processes_of(data) == []
    assert "Traceback" not in (tmp_path / "data.log").read_text()


async def test_item_3_a_job_survives_sigkill_and_its_video_comes_once(tmp_path: Path) -> None:
    data = tmp_path / "data"
    photo = photos.landscape(tmp_path / "photo.jpg", (800, 600))
    async with program.up(data) as up, program.visitor(up.url) as somebody:
        cookies = dict(somebody.http.cookies)
        said = await somebody.send("5 seconds, square", photo)

        async def rendering() -> bool:
            return bool((await somebody.progress(said))["text"].startswith("Rendering"))

        await wait_until(rendering, 30)
        up.process.send_signal(signal.SIGKILL)
        up.process.wait()
        await wait_until(lambda: program.processes_of(data) == [], 10)
    async with program.up(data) as up, program.visitor(up.url) as somebody:
        somebody.http.cookies.clear()
        somebody.http.cookies.update(cookies)
        answer = await somebody.outcome(said, 90)
        assert answer["video"] is not None, answer["text"]
        assert clips.clip(await somebody.fetch(answer, tmp_path / "clip.mp4")).frames == 150
        assert len(await _videos(somebody)) == 1
        assert len(await somebody.answers(said)) == 1


async def test_item_3_one_data_dir_is_never_hosted_twice(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with program.up(data) as up:
        second = await asyncio.to_thread(program.run, data, "up")
        assert second.returncode == 2
        assert second.stderr.startswith("DATA_DIR: ")
        assert str(up.process.pid) in second.stderr
        assert len(second.stderr.splitlines()) == 1


def test_a_busy_port_is_one_sentence_naming_the_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ended = program.run(tmp_path / "data", "up", settings={"WEB_PORT": str(taken.getsockname()[1])})
    _is_one_sentence_about("WEB_PORT", ended.returncode, ended.stderr)
    assert program.processes_of(tmp_path / "data") == []


def test_an_unwritable_data_dir_is_one_sentence_naming_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = program.run(tmp_path / "file" / "data", "up", cwd=tmp_path)
    _is_one_sentence_about("DATA_DIR", ended.returncode, ended.stderr)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_data_dir_without_permission_is_one_sentence(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(0o500)
    ended = program.run(closed / "data", "up", cwd=tmp_path)
    _is_one_sentence_about("DATA_DIR", ended.returncode, ended.stderr)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("REDIS_URL", "redis://127.0.0.1:1/0"),
        ("REDIS_URL", "http://127.0.0.1/"),
        ("REDIS_URL", "nonsense"),
        ("WEB_PORT", "eighty"),
        ("WEB_PORT", "70000"),
        ("WEB_HOST", "no.such.host.invalid"),
        ("BACKEND", "cloud"),
        ("NEMO_API_URL", "ftp://example.org"),
        ("NEMO_POLL_INTERVAL", "-1"),
        ("DARKROOM_COSTS", "start=lots"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting_is_one_sentence_that_names_it(tmp_path: Path, setting: str, value: str) -> None:
    ended = program.run(tmp_path / "data", "up", settings={setting: value})
    _is_one_sentence_about(setting, ended.returncode, ended.stderr)
    assert program.processes_of(tmp_path / "data") == []


def test_records_that_cannot_be_read_are_one_sentence_naming_the_setting(tmp_path: Path) -> None:
    records = tmp_path / "data" / "darkroom" / "records.sqlite"
    records.parent.mkdir(parents=True)
    records.write_bytes(b"nothing that a database would begin with " * 200)
    ended = program.run(tmp_path / "data", "up")
    _is_one_sentence_about("DATA_DIR", ended.returncode, ended.stderr)


def _is_one_sentence_about(setting: str, status: int, said: str) -> None:
    assert status == 2, said
    assert said.startswith(f"{setting}: "), said
    assert len(said.splitlines()) == 1, said


def test_doctor_checks_everything_against_reality(tmp_path: Path) -> None:
    ended = program.run(tmp_path / "data", "doctor")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    for about in ("DATA_DIR", "Redis", "Backend", "Renderer", "WEB_PORT", "Telegram", "Discord"):
        assert about in ended.stdout
    assert "✗" not in ended.stdout
    assert program.processes_of(tmp_path / "data") == []


async def test_doctor_beside_a_running_up_attaches_to_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with program.up(data) as up:
        ended = await asyncio.to_thread(program.run, data, "doctor")
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert up.url in ended.stdout
        assert json.loads((data / "host.json").read_text())["pid"] == up.process.pid


def test_doctor_says_what_is_wrong_and_exits_with_1(tmp_path: Path) -> None:
    ended = program.run(tmp_path / "data", "doctor", settings={"REDIS_URL": "redis://127.0.0.1:1/0"})
    assert ended.returncode == 1
    assert "✗" in ended.stdout
    assert "REDIS_URL" in ended.stdout
