"""Where darkroom's files lie: a folder and a bucket, by the same tests; and darkroom as a whole over a bucket."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from darkroom.api.ranged import part_of
from darkroom.settings import WrongSetting, load
from darkroom.storage.bucket import PART
from darkroom.storage.files import Files, render_key, upload_key
from darkroom.storage.place import FilesUnreachable, files_at, prepared
from tests.counterparts.sockets import Handler, RawServer, Reply, Request
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.visitor import small
from tests.s3 import KEYS, files_in, keys_in, new_bucket, s3_server

NewFiles = Callable[[], Files]


def hex_id() -> str:
    return uuid.uuid4().hex


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture(params=["own folder", "shared folder", "bucket"])
def new_files(
    request: pytest.FixtureRequest, tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> NewFiles:
    """Opens the same place again and again."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    urls: dict[str, Callable[[], str | None]] = {
        "own folder": lambda: None,
        "shared folder": lambda: (tmp_path / "a shared one").as_uri(),
        "bucket": lambda: new_bucket(endpoint, f"place-{hex_id()}"),
    }
    url = urls[request.param]()
    return lambda: files_at(url, tmp_path / "own", hex_id)


def refused(status: int, code: str) -> Reply:
    return Reply(status, f"<Error><Code>{code}</Code></Error>".encode(), {"Content-Type": "application/xml"})


@asynccontextmanager
async def stored_at(handler: Handler, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A store that answers as the handler does. → the address of a folder in it."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    server = RawServer(handler)
    await server.listen()
    try:
        yield f"s3://bucket/x?endpoint={server.url}&region=us-east-1"
    finally:
        await server.close()


def made(folder: Path, content: bytes) -> Path:
    path = folder / f"made-{hex_id()}"
    path.write_bytes(content)
    return path


async def whole(files: Files, key: str, first: int = 0, end: int = 10**9) -> bytes:
    return b"".join([chunk async for chunk in files.read(key, first, end)])


async def test_item_2_a_file_is_kept_read_in_parts_lent_and_removed(new_files: NewFiles, tmp_path: Path) -> None:
    files = new_files()
    await files.prepare()
    key, content = upload_key("ab" * 16), os.urandom(PART + 1000)
    source = made(tmp_path, content)
    await files.keep(source, key)
    assert not source.exists()
    kept = await files.look(key)
    assert kept.size == len(content)
    assert abs(kept.modified - time.time()) < 60
    assert kept.tag.startswith('"')
    assert kept.tag.endswith('"')
    assert await whole(files, key, 0, kept.size) == content
    assert await whole(files, key, 5, 9) == content[5:9]
    assert await whole(files, key, PART, kept.size) == content[PART:]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    async with files.near(key, scratch) as path:
        assert path.read_bytes() == content
    assert files_in(scratch) == []
    await files.remove([key, upload_key("cd" * 16)])
    with pytest.raises(FileNotFoundError):
        await files.look(key)
    with pytest.raises(FileNotFoundError):
        await whole(files, key, 0, 1)
    with pytest.raises(FileNotFoundError):
        async with files.near(key, scratch) as path:
            path.read_bytes()


async def test_item_2_a_file_put_twice_is_the_second(new_files: NewFiles, tmp_path: Path) -> None:
    files = new_files()
    await files.prepare()
    for content in (b"first and longer", b"second"):
        await files.keep(made(tmp_path, content), render_key("ef" * 16))
    assert await whole(files, render_key("ef" * 16), 0, 6) == b"second"


async def test_item_2_what_no_record_names_is_swept_unless_it_is_young(new_files: NewFiles, tmp_path: Path) -> None:
    files = new_files()
    await files.prepare()
    ids = ["1" * 32, "2" * 32]
    for each in ids:
        await files.keep(made(tmp_path, b"x"), upload_key(each))
        await files.keep(made(tmp_path, b"x"), render_key(each))
    await files.keep_only({ids[0]}, {ids[1]}, time.time() - 60)
    for each in ids:
        assert (await files.look(upload_key(each))).size == (await files.look(render_key(each))).size == 1
    await files.keep_only({ids[0]}, {ids[1]}, time.time() + 60)
    assert (await files.look(upload_key(ids[0]))).size == (await files.look(render_key(ids[1]))).size == 1
    for gone in (upload_key(ids[1]), render_key(ids[0])):
        with pytest.raises(FileNotFoundError):
            await files.look(gone)


async def test_item_2_everybody_who_reaches_a_place_knows_it_by_one_name(new_files: NewFiles) -> None:
    names = await asyncio.gather(*(new_files().prepare() for _ in range(5)))
    assert len(set(names)) == 1
    assert names[0]
    assert await new_files().prepare() == names[0]


async def test_item_2_a_folder_on_another_disk_takes_a_file_whole(tmp_path: Path) -> None:
    other = Path("/dev/shm") / f"stillreel-{hex_id()}"
    other.mkdir()
    try:
        if other.stat().st_dev == tmp_path.stat().st_dev:
            pytest.skip("there is no second file system")
        files = files_at(other.as_uri(), tmp_path, hex_id)
        await files.prepare()
        await files.keep(made(tmp_path, b"over"), render_key("ab"))
        assert [path.name for path in files_in(other / "darkroom" / "renders")] == ["ab.mp4"]
        assert await whole(files, render_key("ab"), 0, 4) == b"over"
    finally:
        for path in files_in(other):
            path.unlink()
        for folder in (other / "darkroom" / "uploads", other / "darkroom" / "renders", other / "darkroom", other):
            folder.rmdir()


@pytest.mark.parametrize("name", ["../records.sqlite", "", "a/b", "A", "x" * 32, "a" * 65])
def test_an_id_leads_nowhere_else(name: str) -> None:
    with pytest.raises(ValueError, match="hexadecimal"):
        upload_key(name)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", (0, 1)),
        ("bytes=3-", (3, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=8-99", (8, 10)),
        ("bytes=10-", (10, 10)),
        ("bytes=-0", (10, 10)),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("bytes=-", None),
        ("pages=1-2", None),
    ],
)
def test_the_part_that_a_range_names(asked: str, part: tuple[int, int] | None) -> None:
    assert part_of(asked, 10) == part


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("gs://bucket/x", "s3://bucket/folder"),
        ("s3://", "s3://bucket/folder"),
        ("s3://me:secret@bucket/x", "AWS_ACCESS_KEY_ID"),
        ("s3://bucket/x?reigon=eu", "reigon"),
        ("file://host/x", "file:///its/path"),
        ("file:///", "file:///its/path"),
        ("/srv/files", "s3://bucket/folder"),
    ],
)
def test_an_address_of_no_use_is_named_and_never_shown(tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(WrongSetting, match="FILES_URL") as wrong:
        load(data_dir=tmp_path, files_url=url)
    assert said in str(wrong.value)
    assert "secret" not in str(wrong.value)


async def test_item_2_a_store_that_does_not_answer_is_named(
    tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    for url, said in (
        ("s3://bucket/x?endpoint=http://127.0.0.1:9", "the store is not reached, or breaks off"),
        (f"s3://no-such-bucket/x?endpoint={endpoint}", "there is no such bucket"),
    ):
        with pytest.raises(FilesUnreachable) as caught:
            await prepared(files_at(url, tmp_path, hex_id), url)
        assert str(caught.value) == said


async def test_item_2_what_a_store_refuses_is_said_in_a_few_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(_: Request) -> tuple[Reply, None]:
        return refused(403, "InvalidAccessKeyId"), None

    async with stored_at(refuses, monkeypatch) as url:
        with pytest.raises(FilesUnreachable) as caught:
            await prepared(files_at(url, tmp_path, hex_id), url)
        assert str(caught.value) == "the store answers 403 InvalidAccessKeyId"


@pytest.mark.parametrize("knows", ["no condition", "conditions as an error"])
async def test_item_2_a_store_without_conditional_writes_keeps_its_name(
    knows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stores differ: renderers would never meet darkroom where each start gives the place another name."""
    kept: dict[str, bytes] = {}

    async def serve(request: Request) -> tuple[Reply, None]:
        if request.method == "PUT":
            if knows != "no condition" and "if-none-match" in request.headers:
                return refused(501, "NotImplemented"), None
            kept[request.path] = await request.whole()
            return Reply(headers={"ETag": '"x"'}), None
        if request.path not in kept:
            return refused(404, "NoSuchKey"), None
        headers = {"ETag": '"x"', "Last-Modified": "Sun, 29 Nov 2026 20:00:00 GMT"}
        return Reply(body=kept[request.path], headers=headers), None

    async with stored_at(serve, monkeypatch) as url:
        names = {await prepared(files_at(url, tmp_path, hex_id), url) for _ in range(3)}
    assert len(names) == len(kept) == 1


async def test_item_2_files_in_an_s3_compatible_store(
    open_darkroom: OpenDarkroom, tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = new_bucket(endpoint, "darkroom-whole")

    def kept() -> set[str]:
        return {
            key.removeprefix("some/where/darkroom/").partition("/")[0] for key in keys_in(endpoint, "darkroom-whole")
        }

    now = [time.time()]
    async with open_darkroom(files_url=url, clock=lambda: now[0], keep_renders=100 * 24 * 3600) as new:
        visitor = await new().enter()
        draft = small(await visitor.clip(tmp_path))
        assert kept() == {"name", "owner", "uploads"}
        await visitor.export("render_1", draft)
        done = await visitor.reaching("render_1", "completed", "failed")
        assert done["status"] == "completed"
        assert kept() == {"name", "owner", "uploads", "renders"}
        assert sorted(path.name for path in files_in(tmp_path / "data" / "darkroom") if not path.suffix) == [
            "lock",
            "owner",
        ]
        async with httpx.AsyncClient(trust_env=False) as stranger:
            video = await stranger.get(done["output"]["url"])
            head = await stranger.head(done["output"]["url"])
            tag = video.headers["etag"]
            part = await stranger.get(done["output"]["url"], headers={"Range": "bytes=100-199", "If-Range": tag})
            rest = await stranger.get(done["output"]["url"], headers={"Range": f"bytes={len(video.content) - 5}-"})
            beyond = await stranger.get(done["output"]["url"], headers={"Range": "bytes=999999999-"})
            other = await stranger.get(done["output"]["url"], headers={"Range": "bytes=1-2", "If-Range": '"other"'})
        assert (video.status_code, video.headers["content-type"]) == (200, "video/mp4")
        assert (len(video.content), video.content[4:8]) == (done["output"]["size"], b"ftyp")
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(video.content)))
        assert (part.status_code, part.content) == (206, video.content[100:200])
        assert part.headers["content-range"] == f"bytes 100-199/{len(video.content)}"
        assert (rest.status_code, rest.content) == (206, video.content[-5:])
        assert (beyond.status_code, other.status_code) == (416, 200)
        second = await visitor.http.get("/api/render/proxy/render_1/download", headers=visitor.headers)
        assert second.content == video.content
    now[0] += 31 * 24 * 3600
    async with open_darkroom(files_url=url, clock=lambda: now[0]):
        assert kept() == {"name", "owner"}, "an unused session goes, with its files"


async def test_item_2_two_darkrooms_never_keep_their_files_in_one_place(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    url = (tmp_path / "shared").as_uri()
    async with open_darkroom(files_url=url):
        pass
    async with open_darkroom(files_url=url):
        pass
    (tmp_path / "data" / "darkroom" / "owner").unlink()
    with pytest.raises(FilesUnreachable, match="another darkroom"):
        async with open_darkroom(files_url=url):
            pass
