"""Files to and from the backend: whole, of one version, taken up where they broke, and never in memory."""

from __future__ import annotations

import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from core.nemo.answers import RenderStage, RenderStatus
from core.nemo.errors import BadAnswer, FileTooLarge, Interrupted
from core.nemo.multipart import frame, header_name
from tests.core.nemo.conftest import Bench, benched
from tests.counterparts.answers import TOO_MANY, coded, elsewhere, page, refusal
from tests.counterparts.nemo import Render, Video
from tests.counterparts.sockets import Answer, Broken, BrokenRequest, Early, Reply

MEGABYTE = 1024 * 1024
LARGE = 64 * MEGABYTE
FLAT = 8 * MEGABYTE
"""The most memory that a file of 64 MB may take at any moment, the counterpart's share included."""

VIDEO = os.urandom(MEGABYTE)
OTHER = os.urandom(MEGABYTE)


def completed(bench: Bench, url: str | None = "") -> RenderStatus:
    bench.nemo.renders["render_1"] = Render("render_1", bench.session.session_id, {})
    address = f"{bench.nemo.files.url}/files/render_1.mp4?sig=s" if url == "" else url
    return RenderStatus("render_1", RenderStage.COMPLETED, url=address)


async def fetch(bench: Bench, folder: Path, url: str | None = "") -> tuple[bytes, list[float]]:
    progress: list[float] = []
    await bench.client.download(completed(bench, url), folder / "out.mp4", progress.append)
    assert [path.name for path in folder.iterdir()] == ["out.mp4"]
    return (folder / "out.mp4").read_bytes(), progress


# Downloads


async def test_resumed_where_it_broke(tmp_path: Path) -> None:
    async with benched(video=VIDEO) as bench:
        bench.nemo.script("file", Broken("close", 0.6), Broken("close", 0.7))
        data, progress = await fetch(bench, tmp_path)
        assert data == VIDEO
        first, second, third = (record.headers for record in bench.nemo.of("file"))
        assert "range" not in first
        for headers, start in ((second, MEGABYTE // 2), (third, MEGABYTE * 3 // 4)):
            assert headers["range"] == f"bytes={start}-"
            assert headers["if-range"] == '"one"'
        assert first["accept-encoding"] == "identity"
        assert bench.clock.waits == [1, 2]
        assert progress == sorted(set(progress))
        assert progress[-1] == 1.0


@pytest.mark.parametrize("obeys", [True, False], ids=["If-Range obeyed", "If-Range ignored"])
@pytest.mark.parametrize("etag", ['"two"', None])
async def test_never_of_two_versions(obeys: bool, etag: str | None, tmp_path: Path) -> None:
    async with benched(video=VIDEO) as bench:
        bench.nemo.script("file", Broken("close", 0.6))

        def change(seconds: float) -> None:
            bench.nemo.video = Video(OTHER, etag=etag, obeys_if_range=obeys)

        bench.clock.on_sleep = change
        data, _ = await fetch(bench, tmp_path)
        assert data == OTHER
        assert bench.nemo.count("file") == (2 if obeys else 3)


@pytest.mark.parametrize(
    ("video", "resumes"),
    [
        (Video(VIDEO, etag='W/"weak"'), False),
        (Video(VIDEO, etag=None), False),
        (Video(VIDEO, etag=None, last_modified="Tue, 24 Nov 2026 11:59:58 GMT"), True),
        (Video(VIDEO, etag=None, last_modified="Tue, 24 Nov 2026 12:00:00 GMT"), False),
        (Video(VIDEO, etag=None, last_modified="yesterday"), False),
    ],
    ids=["weak", "none", "date", "a date too young", "no date"],
)
async def test_only_a_strong_validator_resumes(video: Video, resumes: bool, tmp_path: Path) -> None:
    async with benched() as bench:
        bench.nemo.video = video
        # Not a reset: that may take bytes away which have arrived, and then there is nothing to resume.
        bench.nemo.script("file", Broken("close", 0.6))
        data, _ = await fetch(bench, tmp_path)
        assert data == VIDEO
        assert ("range" in bench.nemo.of("file")[1].headers) is resumes


async def test_all_of_it_had_come_when_it_broke(tmp_path: Path) -> None:
    """A body of unknown length that lost only its end: nothing is left to ask for, and 416 says so."""
    async with benched(video=VIDEO) as bench:
        bench.nemo.video = Video(VIDEO, chunked=True)
        bench.nemo.script("file", Broken("close", MEGABYTE))
        data, _ = await fetch(bench, tmp_path)
        assert data == VIDEO
        assert [record.headers.get("range") for record in bench.nemo.of("file")] == [None, f"bytes={MEGABYTE}-", None]


async def test_a_part_that_is_smaller_than_asked_for(tmp_path: Path) -> None:
    half = MEGABYTE // 2
    part = Reply(206, VIDEO[:half], {"Content-Range": f"bytes 0-{half - 1}/{MEGABYTE}", "ETag": '"one"'})
    async with benched(video=VIDEO) as bench:
        bench.nemo.script("file", Answer(part))
        data, _ = await fetch(bench, tmp_path)
        assert data == VIDEO
        assert bench.nemo.of("file")[1].headers["range"] == f"bytes={MEGABYTE // 2}-"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(206, b"abc", {"Content-Range": "bytes 5-7/8"}),
        Reply(206, b"abc", {"Content-Range": "pages 1"}),
        Reply(206, b"abc"),
        Reply(200, b"", {"Content-Type": "video/mp4"}),
        Reply(200, b"{}", {"Content-Type": "application/json"}),
        page(200),
    ],
    ids=["another part", "no bytes", "no range", "empty", "JSON", "a page"],
)
async def test_what_is_no_file(reply: Reply, tmp_path: Path) -> None:
    async with benched(video=VIDEO) as bench:
        bench.nemo.always("file", Answer(reply))
        assert (await fetch(bench, tmp_path))[0] == VIDEO
        assert bench.nemo.counts == {"file": 1, "download": 1}
        bench.nemo.always("download", Answer(reply))
        with pytest.raises(BadAnswer):
            await fetch(bench, tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://",
        "http://[::1",
        "http://127.0.0.1:99999/x",
        "http://" + "a" * 70 + "/x",
        "http://xn--a/",
        "http://a b/",
        "http://\ud800/",
        "//",
        "data:video/mp4,x",
        "\x00",
    ],
)
async def test_addresses_that_lead_nowhere(url: str, tmp_path: Path) -> None:
    async with benched(video=VIDEO) as bench:
        assert (await fetch(bench, tmp_path, url or "?"))[0] == VIDEO
        assert bench.nemo.count("download") == 1
        bench.nemo.violations.clear()


async def test_redirects_take_no_token_along(tmp_path: Path) -> None:
    async with benched(video=VIDEO) as bench:
        bench.nemo.script("file", elsewhere(f"{bench.nemo.files.url}/other.mp4"))
        assert (await fetch(bench, tmp_path))[0] == VIDEO
        assert bench.nemo.counts == {"file": 2}
        # The API's own way leads elsewhere: that is no way, since the token must not go along.
        bench.nemo.script("download", elsewhere(f"{bench.nemo.files.url}/other.mp4"))
        with pytest.raises(BadAnswer) as caught:
            await fetch(bench, tmp_path, None)
        assert caught.value.reason == "redirect"
        assert all("authorization" not in record.headers for record in bench.nemo.of("file"))


async def test_a_circle_of_redirects(tmp_path: Path) -> None:
    async with benched(video=VIDEO) as bench:
        bench.nemo.always("file", elsewhere(f"{bench.nemo.files.url}/round.mp4"))
        assert (await fetch(bench, tmp_path))[0] == VIDEO
        assert bench.nemo.count("download") == 1


async def test_a_failed_download_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "out.mp4").write_bytes(b"the last one")
    async with benched(video=VIDEO) as bench:
        bench.nemo.always("file", Broken("reset", 0.3))
        bench.nemo.always("download", Broken("reset", 0.3))
        with pytest.raises(Interrupted):
            await fetch(bench, tmp_path)
        assert bench.nemo.counts == {"file": 3, "download": 3}
    assert (tmp_path / "out.mp4").read_bytes() == b"the last one"
    assert len(list(tmp_path.iterdir())) == 1


async def test_large_files_take_no_memory(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    with source.open("wb") as file:
        for number in range(LARGE // MEGABYTE):
            file.write(bytes([number]) * MEGABYTE)
    expected = hashlib.file_digest(source.open("rb"), "sha256").hexdigest()
    async with benched(video=source) as bench:
        progress: list[float] = []
        tracemalloc.start()
        try:
            await bench.client.upload(bench.session, source, "a.mp4", "video/mp4", progress.append)
            await bench.client.download(completed(bench), tmp_path / "out.mp4", lambda _: None)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < FLAT
        (upload,) = bench.nemo.uploads
        assert (upload.size, upload.sha256) == (LARGE, expected)
        assert hashlib.file_digest((tmp_path / "out.mp4").open("rb"), "sha256").hexdigest() == expected
        assert progress == sorted(set(progress))
        assert progress[-1] == 1.0
        assert len(progress) > 100


# Uploads


@pytest.mark.parametrize(
    ("name", "arrives"),
    [
        ("猫 在 海边.jpg", "猫 在 海边.jpg"),
        ('say "cheese".jpg', "say %22cheese%22.jpg"),
        ("../../x.jpg", "x.jpg"),
        ("..\\..\\x.jpg", "x.jpg"),
        ("a\r\nContent-Type: text/html\r\n\r\n.jpg", "html.jpg"),
        ("a\nb\u2028c.jpg", "abc.jpg"),
        ("half \ud83d.jpg", "half ?.jpg"),
        ("a;b=c.jpg", "a;b=c.jpg"),
        ("100%22.jpg", "100%22.jpg"),
        ("..", "file"),
        ("", "file"),
        ("字" * 300 + ".jpeg", "字" * 115 + ".jpeg"),
    ],
)
async def test_odd_names(name: str, arrives: str, tmp_path: Path) -> None:
    path = tmp_path / "photo"
    path.write_bytes(b"\r\n--boundary--\r\n")
    async with benched() as bench:
        await bench.client.upload(bench.session, path, name, "image/jpeg", lambda _: None)
        (upload,) = bench.nemo.uploads
        assert (upload.name, upload.field, upload.mime) == (arrives, "files", "image/jpeg")
        assert upload.size == path.stat().st_size
        (record,) = bench.nemo.of("upload")
        assert int(record.headers["content-length"]) == record.size
        assert "transfer-encoding" not in record.headers


@pytest.mark.parametrize("mime", ["", "image", "image/jpeg\r\nX: 1", "图/片", "a/b; charset=x"])
def test_a_kind_that_no_header_can_carry(mime: str) -> None:
    assert b"\r\nContent-Type: application/octet-stream\r\n\r\n" in frame("x.jpg", mime, "b").head


def test_a_long_name_keeps_its_ending() -> None:
    assert header_name("x" * 500 + ".webp").endswith("x.webp")
    assert len(header_name("x" * 500 + ".webp")) == len(header_name("x" * 500)) == 120


async def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    async with benched() as bench:
        await bench.client.upload(bench.session, tmp_path / "empty", "e.jpg", "image/jpeg", lambda _: None)
        assert bench.nemo.uploads[0].size == 0


async def test_a_file_that_is_gone(tmp_path: Path) -> None:
    async with benched() as bench:
        with pytest.raises(FileNotFoundError):
            await bench.client.upload(bench.session, tmp_path / "gone", "e.jpg", "image/jpeg", lambda _: None)
        assert bench.nemo.uploads == []


async def test_rewound_for_a_repetition_and_progress_never_goes_back(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(VIDEO)
    async with benched() as bench:
        bench.nemo.script("upload", coded(1001), TOO_MANY)
        bench.nemo.expire_tokens()
        progress: list[float] = []
        await bench.client.upload(bench.session, tmp_path / "photo", "p.jpg", "image/jpeg", progress.append)
        assert bench.nemo.counts == {"upload": 3, "token": 1}
        assert [upload.size for upload in bench.nemo.uploads] == [MEGABYTE]
        assert bench.nemo.uploads[0].sha256 == hashlib.sha256(VIDEO).hexdigest()
        assert progress == [0.25, 0.5, 0.75, 1.0]


async def test_refused_before_all_was_sent(tmp_path: Path) -> None:
    """The backend answers from the headers alone and closes: the answer is read although the sending broke."""
    (tmp_path / "photo").write_bytes(VIDEO * 8)
    async with benched() as bench:
        bench.nemo.script("upload", Early(refusal(4002, "too large", 413)))
        with pytest.raises((FileTooLarge, Interrupted)):
            await bench.client.upload(bench.session, tmp_path / "photo", "p.jpg", "image/jpeg", lambda _: None)
        assert bench.nemo.count("upload") == 1


async def test_broken_while_it_was_sent(tmp_path: Path) -> None:
    (tmp_path / "photo").write_bytes(VIDEO * 8)
    async with benched() as bench:
        bench.nemo.always("upload", BrokenRequest(after=MEGABYTE))
        with pytest.raises(Interrupted) as caught:
            await bench.client.upload(bench.session, tmp_path / "photo", "p.jpg", "image/jpeg", lambda _: None)
        assert caught.value.accepted is None
        assert bench.nemo.count("upload") == 1
