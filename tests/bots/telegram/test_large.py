"""Files at Telegram's limits: fetched and refused, posted and made smaller. One program for all, against the scripted
service.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bots.telegram.limits import FETCH_BYTES, MB, POST_BYTES
from tests import clips
from tests.bots.telegram import running
from tests.bots.telegram.running import said, video
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.telegram import Telegram
from tests.films import heavy_film

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLOUD = {"BACKEND": "nemo", "NEMO_POLL_INTERVAL": "0.1"}

SIZE = (640, 360)
SECONDS = 2
RATE = 240_000_000
"""Bits a second of a film that is larger than a bot may post."""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MP4 of more than 50 MB and two seconds."""
    film = heavy_film(tmp_path_factory.mktemp("film") / "film.mp4", SIZE, SECONDS, RATE)
    assert film.stat().st_size > POST_BYTES
    return film


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nemo(large: Path) -> AsyncIterator[ScriptedNemo]:
    async with ScriptedNemo(video=large) as nemo:
        yield nemo
        assert nemo.violations == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cloud(nemo: ScriptedNemo, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Telegram]:
    """A Telegram of the program that works with the scripted service."""
    data = tmp_path_factory.mktemp("up") / "data"
    settings = {**CLOUD, "NEMO_API_URL": nemo.url}
    async with Telegram(running.TOKEN) as telegram, running.bot(telegram, data, settings):
        yield telegram


async def test_50_mb_encoded_anew_to_fit(cloud: Telegram, large: Path, photo: bytes) -> None:
    ann = cloud.person("Ann")
    chat = cloud.private(ann)
    asked = await chat.sends(ann, photo=photo, caption="turn it into a clip")
    film = await video(chat)
    assert film.reply is asked
    size = math.ceil(large.stat().st_size / MB)
    assert f"The video had {size} MB; it was made smaller, since this chat takes 50 MB." in film.caption
    assert film.file.path is not None
    assert film.file.size == film.file.path.stat().st_size <= POST_BYTES
    found = clips.clip(film.file.path)
    assert (found.codec, found.width, found.height, found.frames) == ("h264", *SIZE, 30 * SECONDS)
    assert cloud.count("sendVideo") == 1, "what is known to be too large is not tried"


async def test_20_mb_fetched(cloud: Telegram, nemo: ScriptedNemo, photo: bytes) -> None:
    ann = cloud.person("Ann")
    chat = cloud.private(ann)
    whole = photo.ljust(FETCH_BYTES, b"\0")
    await chat.sends(ann, document=("harbour.jpg", whole, "image/jpeg"), caption="turn it into a clip")
    await video(chat)
    # What stands behind a JPEG's end is passed over: the picture is as good as before.
    upload = nemo.uploads[-1]
    assert (upload.name, upload.size) == ("harbour.jpg", 20 * MB)
    assert upload.sha256 == hashlib.sha256(whole).hexdigest()


async def test_more_than_20_mb_refused_with_what_to_do(cloud: Telegram, nemo: ScriptedNemo) -> None:
    uploads, fetched = len(nemo.uploads), cloud.count("file")
    for language, asked, words in (
        ("en", "zoom in", "is too large: at most 20 MB can be fetched here. Send a smaller or compressed copy."),
        ("zh-hans", "放大", "太大：这里最多能取 20 MB。请发小一点或压缩过的文件。"),
    ):
        person = cloud.person(language_code=language)
        chat = cloud.private(person)
        await chat.sends(person, document=("large.jpg", FETCH_BYTES + 1, "image/jpeg"), caption=asked)
        answer = await said(chat, words)
        assert answer.text.startswith("large.jpg")
        assert answer.buttons == [], "the same file would be refused again"
    assert (len(nemo.uploads), cloud.count("file")) == (uploads, fetched)
