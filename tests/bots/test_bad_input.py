"""What people drop into the page that is no ordinary photo: a video where that is possible, else one clear sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests import clips, photos, program


@dataclass(frozen=True)
class Case:
    name: str
    """As the browser names the file."""
    write: Callable[[Path], object]
    sentence: str = ""
    """What the answer says; empty where a video comes."""


CASES = {
    "text under a photo's name": Case("holiday.jpg", photos.text_file, "holiday.jpg is not a picture"),
    "truncated JPEG": Case("broken.jpg", photos.truncated_jpeg, "broken.jpg is damaged or did not arrive whole"),
    "empty file": Case("nothing.png", photos.empty_file, "nothing.png is empty"),
    "30,000 × 30,000 pixels": Case("huge.png", photos.bomb_png, "huge.png has too many pixels"),
    "text file": Case("list.txt", photos.text_file, "list.txt is not a picture"),
    "PNG under a JPEG's name": Case("really-a-png.jpg", lambda path: photos.see_through_png(path, (450, 600))),
    "animated GIF": Case("ball.gif", photos.animated_gif),
    "HEIC photo": Case("IMG_0001.HEIC", lambda path: photos.heic(path, (800, 600))),
    "a path for a name": Case("../../x.jpg", lambda path: photos.landscape(path, (800, 600))),
    "a Chinese name": Case("外滩的夜景.jpg", lambda path: photos.landscape(path, (800, 600))),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[program.Up]:
    async with program.up(tmp_path_factory.mktemp("up") / "data") as up:
        yield up


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_each_bad_input_gets_a_video_or_one_sentence(case: Case, running: program.Up, tmp_path: Path) -> None:
    photo = tmp_path / ("photo" + Path(case.name).suffix)
    case.write(photo)
    async with program.visitor(running.url) as somebody:
        said = await somebody.send("1 second, square", photo, names={photo: case.name})
        answer = await somebody.outcome(said)
        if case.sentence:
            assert answer["video"] is None
            assert case.sentence in answer["text"]
            assert len(answer["text"].splitlines()) == 1
            good = photos.landscape(tmp_path / "good.jpg", (640, 480))
            answer = await somebody.outcome(await somebody.send("1 second, square", good))
        assert answer["video"] is not None, answer["text"]
        assert clips.clip(await somebody.fetch(answer, tmp_path / "clip.mp4")).frames == 30
        assert len(await somebody.answers(said)) == 1, "one answer, and no progress left behind"


async def test_a_bad_file_among_good_ones_is_left_out_and_named(running: program.Up, tmp_path: Path) -> None:
    good = photos.landscape(tmp_path / "good.jpg", (640, 480))
    bad = photos.truncated_jpeg(tmp_path / "bad.jpg", (640, 480))
    async with program.visitor(running.url) as somebody:
        answer = await somebody.outcome(await somebody.send("1 second, square", bad, good))
        assert answer["video"] is not None, answer["text"]
        assert "bad.jpg is damaged" in answer["text"]


async def test_a_file_of_201_mb_is_refused_with_what_to_do(running: program.Up, tmp_path: Path) -> None:
    async def content() -> AsyncIterator[bytes]:
        for _ in range(201):
            yield bytes(1024 * 1024)

    async with program.visitor(running.url) as somebody:
        answer = await somebody.upload("film.mp4", content())
        assert answer.status_code == 413
        assert "200 MB" in answer.json()["error"]
        good = photos.landscape(tmp_path / "good.jpg", (640, 480))
        assert (await somebody.outcome(await somebody.send("1 second, square", good)))["video"] is not None


async def test_a_sentence_comes_in_the_person_s_language(running: program.Up, tmp_path: Path) -> None:
    photo = photos.empty_file(tmp_path / "空.jpg")
    async with program.visitor(running.url, "zh-CN,zh;q=0.9") as somebody:
        answer = await somebody.outcome(await somebody.send("", photo))
        assert "空文件" in answer["text"]


async def test_words_without_a_photo_are_told_what_to_send(running: program.Up) -> None:
    async with program.visitor(running.url) as somebody:
        first = await somebody.outcome(await somebody.send("zoom in slowly"))
        assert "Send me a photo" in first["text"]
        second = await somebody.outcome(await somebody.send("zoom in slowly"))
        assert "I have no photo yet" in second["text"]


async def test_nobody_s_files_are_another_s(running: program.Up, tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "mine.jpg", (640, 480))
    async with program.visitor(running.url) as owner, program.visitor(running.url) as stranger:
        ref = (await owner.upload("mine.jpg", photo.read_bytes())).json()["ref"]
        assert (await owner.http.get(f"/files/{ref}")).status_code == httpx.codes.OK
        assert (await stranger.http.get(f"/files/{ref}")).status_code == httpx.codes.NOT_FOUND
