"""The web chat's files in an S3-compatible bucket: the same as in a folder, for every process on every machine."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bots.web.bucket import PART
from bots.web.files import KEEP, FileGone, Files, FileTooLarge
from bots.web.shelf import shelf_at
from core.chat import ChatRef
from tests.bots.web.scripted import hex_id, served
from tests.s3 import KEYS, broken_off, files_in, keys_in, new_bucket, s3_server
from tests.waiting import wait_until

HERE, THERE = ChatRef("web", "here"), ChatRef("web", "there")


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with s3_server() as url:
        yield url


@pytest.fixture
def bucket() -> str:
    return f"web-{hex_id()}"


@pytest.fixture
def url(endpoint: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return new_bucket(endpoint, bucket)


@pytest.fixture
def files(url: str, tmp_path: Path) -> Files:
    return Files(shelf_at(url, tmp_path / "unused"), hex_id)


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def test_item_2_what_visitors_send_lies_in_the_bucket_and_comes_back(
    redis: Redis, tmp_path: Path, url: str, endpoint: str, bucket: str, photo: Path
) -> None:
    content = photo.read_bytes()
    async with served(redis, tmp_path, shelf=shelf_at(url, tmp_path / "unused")) as site, site.visitor() as visitor:
        answer = await visitor.post("/api/files", params={"name": "a.jpg"}, content=content)
        ref = answer.json()["ref"]
        owner, identity = ref.split("-")
        assert keys_in(endpoint, bucket) == {f"some/where/web/{owner}/{identity}{end}" for end in ("", ".json")}
        shown = await visitor.get(f"/files/{ref}")
        part = await visitor.get(f"/files/{ref}", headers={"range": "bytes=2-5", "if-range": shown.headers["etag"]})
        last = await visitor.get(f"/files/{ref}", headers={"range": "bytes=-3"})
        whole = await visitor.get(f"/files/{ref}", headers={"range": "bytes=2-5", "if-range": '"another"'})
        beyond = await visitor.get(f"/files/{ref}", headers={"range": "bytes=99999999-"})
        head = await visitor.head(f"/files/{ref}")
        assert (answer.status_code, shown.content, shown.headers["content-type"]) == (201, content, "image/jpeg")
        assert (part.status_code, part.content, last.content) == (206, content[2:6], content[-3:])
        assert part.headers["content-range"] == f"bytes 2-5/{len(content)}"
        assert (whole.status_code, whole.content, beyond.status_code) == (200, content, 416)
        assert (head.content, head.headers["content-length"]) == (b"", str(len(content)))
        removed = await visitor.delete(f"/api/files/{ref}")
        assert (removed.status_code, (await visitor.get(f"/files/{ref}")).status_code) == (204, 404)
    assert keys_in(endpoint, bucket) == set()
    assert files_in(tmp_path) == []


async def test_item_2_a_large_stream_goes_up_in_parts_and_comes_back(files: Files) -> None:
    chunks = [os.urandom(1024 * 1024) for _ in range(PART // 1024**2 + 2)]
    stored = await files.put(HERE, "clip.mp4", _stream(*chunks))
    content = b"".join(chunks)
    assert stored.size == len(content)
    assert await _whole(files.read(stored.ref)) == content
    assert await _whole(files.read(stored.ref, PART - 2, PART + 2)) == content[PART - 2 : PART + 2]
    assert await _whole(files.read(stored.ref, len(content) - 7)) == content[-7:]


async def test_item_2_a_stream_that_fails_leaves_nothing_in_the_bucket(
    files: Files, endpoint: str, bucket: str
) -> None:
    async def failing(chunks: int) -> AsyncIterator[bytes]:
        for _ in range(chunks):
            yield bytes(1024 * 1024)
        raise ConnectionResetError

    for chunks in (1, PART // 1024**2 * 2):
        with pytest.raises(ConnectionResetError):
            await files.put(HERE, "a", failing(chunks))
    with pytest.raises(FileTooLarge):
        await files.put(HERE, "a", _stream(b"12", b"34"), limit=3)
    await wait_until(lambda: broken_off(endpoint, bucket) == 0, what="the begun uploads are taken back")
    assert keys_in(endpoint, bucket) == set()


async def test_item_2_an_upload_that_breaks_off_leaves_nothing_in_the_bucket(
    redis: Redis, tmp_path: Path, url: str, endpoint: str, bucket: str
) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(100_000)
        await wait_until(lambda: broken_off(endpoint, bucket) == 1, what="the upload has begun")
        raise RuntimeError("the visitor is gone")

    async with served(redis, tmp_path, shelf=shelf_at(url, tmp_path / "unused")) as site, site.visitor() as visitor:
        with pytest.raises(RuntimeError, match="gone"):
            await visitor.post("/api/files", params={"name": "a.jpg"}, content=broken())
        await wait_until(lambda: broken_off(endpoint, bucket) == 0, what="the begun upload is taken back")
    assert keys_in(endpoint, bucket) == set()


async def test_item_2_files_in_the_bucket_belong_to_their_chat(files: Files, tmp_path: Path) -> None:
    stored = await files.put(HERE, "a.txt", _stream(b"one", b"two"))
    with pytest.raises(FileGone):
        await files.get(THERE, stored.ref)
    await files.delete(THERE, stored.ref)
    await files.forget(THERE)
    assert await files.get(HERE, stored.ref) == stored
    await files.fetch(stored.ref, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"onetwo"
    copy = await files.put_copy(THERE, "b.txt", tmp_path / "copy")
    await files.forget(HERE)
    with pytest.raises(FileGone):
        async with files.open(stored.ref):
            pass
    async with files.open(copy.ref) as chunks:
        assert await _whole(chunks) == b"onetwo"


async def test_item_2_old_files_are_swept_out_of_the_bucket(files: Files, endpoint: str, bucket: str) -> None:
    for name in ("one", "two"):
        await files.put(HERE, name, _stream(b"x"))
    assert await files.sweep(time.time()) == 0
    assert len(keys_in(endpoint, bucket)) == 4
    assert await files.sweep(time.time() + KEEP + 60) == 2
    assert keys_in(endpoint, bucket) == set()


async def test_item_2_a_store_that_is_away_is_no_missing_file(
    redis: Redis, tmp_path: Path, url: str, endpoint: str
) -> None:
    with s3_server() as going:
        away = new_bucket(going, "going")
        files = Files(shelf_at(away, tmp_path), hex_id)
        stored = await files.put(HERE, "a", _stream(b"x"))
    with pytest.raises(OSError, match="rror") as failed:
        await files.get(HERE, stored.ref)
    assert not isinstance(failed.value, FileNotFoundError)
    async with served(redis, tmp_path, shelf=shelf_at(away, tmp_path)) as site, site.visitor() as visitor:
        answer = await visitor.post("/api/files", params={"name": "a"}, content=b"x")
    assert answer.status_code == 503
    assert "error" in answer.json()


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("gs://bucket/x", "s3://bucket/folder"),
        ("s3://me:secret@bucket/x", "AWS_ACCESS_KEY_ID"),
        ("s3://bucket/x?reigon=eu", "reigon"),
        ("file:///", "file:///its/path"),
        ("/srv/files", "s3://bucket/folder"),
    ],
)
def test_an_address_of_no_use_is_refused_at_once(tmp_path: Path, address: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"write|keys|address") as wrong:
        shelf_at(address, tmp_path)
    assert said in str(wrong.value)
    assert "secret" not in str(wrong.value)


async def test_item_2_machines_share_a_folder(tmp_path: Path) -> None:
    url = (tmp_path / "shared").as_uri()
    one, other = (Files(shelf_at(url, tmp_path / own), hex_id) for own in ("one", "other"))
    stored = await one.put(HERE, "a", _stream(b"x"))
    assert await other.get(HERE, stored.ref) == stored
    assert {path.parent.parent.name for path in files_in(tmp_path)} == {"web"}
