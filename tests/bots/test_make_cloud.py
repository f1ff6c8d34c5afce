"""`stillreel make` against the vendor's API, spoken by a scripted server: what is printed, what went over the wire."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests import photos, program
from tests.counterparts.agents import TROUBLE, Project, said
from tests.counterparts.answers import refusal
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Answer, Broken
from tests.counterparts.threads import in_thread

QUICK = {
    "BACKEND": "nemo",
    "NEMO_POLL_INTERVAL": "0.1",
    "NEMO_RETRY_WAIT": "0.1",
    "NEMO_RECOVERY_FIRST_WAIT": "0.1",
    "NEMO_RECOVERY_WAIT": "0.1",
}
"""The cloud, with waits that need no patience."""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real MP4, made by darkroom."""
    folder = tmp_path_factory.mktemp("film")
    photo, out = photos.landscape(folder / "photo.jpg", (640, 480)), folder / "film.mp4"
    ended = program.run(folder / "data", "make", str(photo), "--say", "1 second", "--out", str(out))
    assert ended.returncode == 0, ended.stderr
    return out


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return photos.landscape(tmp_path / "harbour.jpg", (640, 480))


def _make(nemo: ScriptedNemo, photo: Path, words: str, out: Path) -> tuple[int, str]:
    settings = {**QUICK, "NEMO_API_URL": nemo.url, "NEMO_WEB_URL": "https://web.example"}
    ended = program.run(out.parent / "data", "make", str(photo), "--say", words, "--out", str(out), settings=settings)
    printed = ended.stdout + ended.stderr
    assert "Traceback" not in printed
    assert "nmv_usr" not in printed
    assert program.processes_of(out.parent / "data") == []
    return ended.returncode, printed


def test_the_mp4_arrives_byte_for_byte_with_what_changed(film: Path, photo: Path, tmp_path: Path) -> None:
    with in_thread(ScriptedNemo(video=film)) as nemo:
        status, printed = _make(nemo, photo, "turn it into a clip", tmp_path / "clip.mp4")
    assert status == 0, printed
    assert (tmp_path / "clip.mp4").read_bytes() == film.read_bytes()
    assert nemo.prompts == ["turn it into a clip"]
    assert [upload.name for upload in nemo.uploads] == ["harbour.jpg"]
    assert "Timeline (" in printed
    assert "https://web.example/workspace/claim?ct=clm_1" in printed
    assert nemo.violations == []
    assert nemo.count("token") == 1


async def _works_on(_words: str, project: Project) -> AsyncIterator[bytes]:
    """An agent whose work is done before its first word has left."""
    project.add(0, "harbour", 5000)
    yield said("Working on it")


async def _does_nothing(_words: str, _project: Project) -> AsyncIterator[bytes]:
    yield said("Working on it")


def test_a_prompt_whose_stream_breaks_is_not_sent_again(film: Path, photo: Path, tmp_path: Path) -> None:
    with in_thread(ScriptedNemo(video=film, agent=_works_on)) as nemo:
        nemo.script("prompt", Broken("close", 60))
        status, printed = _make(nemo, photo, "turn it into a clip", tmp_path / "clip.mp4")
    assert status == 0, printed
    assert nemo.count("prompt") == 1
    assert (tmp_path / "clip.mp4").read_bytes() == film.read_bytes()


def test_a_prompt_that_was_lost_is_said_to_be_and_not_sent_again(film: Path, photo: Path, tmp_path: Path) -> None:
    with in_thread(ScriptedNemo(video=film, agent=_does_nothing)) as nemo:
        nemo.script("prompt", Broken("close", 60))
        status, printed = _make(nemo, photo, "turn it into a clip", tmp_path / "clip.mp4")
    assert status == 1, printed
    assert "gave no answer to this request" in printed
    assert nemo.count("prompt") == 1


@pytest.mark.parametrize(
    ("call", "fault", "sentence"),
    [
        (
            "prompt",
            Answer(refusal(2001, "no credits")),
            "The credits are used up. Register here to go on: https://web.example",
        ),
        ("render", Answer(refusal(402, "plan", 402)), "The plan of this account does not include exports"),
        ("upload", Answer(refusal(4001, "unsupported")), "harbour.jpg is of a kind that cannot be used"),
    ],
    ids=["no credits", "plan", "file"],
)
def test_what_went_wrong_is_one_clear_sentence(
    call: str, fault: Answer, sentence: str, film: Path, photo: Path, tmp_path: Path
) -> None:
    with in_thread(ScriptedNemo(video=film)) as nemo:
        nemo.always(call, fault)
        status, printed = _make(nemo, photo, "turn it into a clip", tmp_path / "clip.mp4")
    assert status == 1, printed
    assert sentence in re.sub(r"\s+", " ", printed)
    assert TROUBLE not in printed
    assert not (tmp_path / "clip.mp4").exists()
