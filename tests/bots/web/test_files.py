"""Files: what visitors upload, what they are shown of it, and what is refused."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis

from bots.web.files import KEEP, FileGone, Files, FileTooLarge, shorten
from bots.web.sniff import HEAD, MOST_PIXELS, sniff
from core.chat import ChatRef, MediaKind
from tests import photos
from tests.bots.web.scripted import Site, hex_id, served
from tests.waiting import wait_until

HERE, THERE = ChatRef("web", "here"), ChatRef("web", "there")


async def _upload(visitor: httpx.AsyncClient, content: bytes, name: str) -> httpx.Response:
    return await visitor.post("/api/files", params={"name": name}, content=content)


async def _stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_photo_comes_back_as_it_was_sent(site: Site, photo: Path) -> None:
    content = photo.read_bytes()
    async with site.visitor() as visitor:
        answer = await _upload(visitor, content, "Hügel & 山.jpg")
        stored = answer.json()
        shown = await visitor.get(f"/{stored['picture']}")
    assert answer.status_code == 201
    assert (stored["name"], stored["kind"], stored["size"]) == ("Hügel & 山.jpg", "photo", len(content))
    assert shown.content == content
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["content-disposition"].startswith("inline")
    assert "sandbox" in shown.headers["content-security-policy"]


async def test_what_could_carry_script_is_only_ever_downloaded(site: Site) -> None:
    async with site.visitor() as visitor:
        stored = (await _upload(visitor, b"<html><script>alert(1)</script>", "photo.jpg")).json()
        got = await visitor.get(f"/files/{stored['ref']}")
    assert (stored["kind"], stored["picture"]) == ("file", None)
    assert got.headers["content-type"] == "application/octet-stream"
    assert got.headers["content-disposition"].startswith("attachment")


async def test_a_part_of_a_file_can_be_asked_for(site: Site, photo: Path) -> None:
    async with site.visitor() as visitor:
        ref = (await _upload(visitor, photo.read_bytes(), "a.jpg")).json()["ref"]
        got = await visitor.get(f"/files/{ref}", headers={"range": "bytes=2-5"})
        download = await visitor.get(f"/files/{ref}?download")
    assert (got.status_code, got.content) == (206, photo.read_bytes()[2:6])
    assert download.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("bytes=a-b", 200),
        ("bytes=", 200),
        ("bytes=-", 200),
        ("bytes=5-2", 200),
        ("bytes=0-1,x-y", 200),
        ("pages=1-2", 200),
        ("nonsense", 200),
        ("bytes=0-" + "9" * 5000, 200),
        ("bytes=0-999999999999", 206),
        ("bytes=-3", 206),
        ("Bytes = 0-0", 206),
        ("bytes=999999999-", 416),
    ],
)
async def test_a_range_that_is_none_is_ignored(site: Site, asked: str, status: int) -> None:
    async with site.visitor() as visitor:
        ref = (await _upload(visitor, b"twelve bytes", "a.txt")).json()["ref"]
        got = await visitor.get(f"/files/{ref}", headers={"range": asked})
    assert got.status_code == status
    assert got.content == {200: b"twelve bytes", 416: b""}.get(status, got.content)
    assert got.content in b"twelve bytes"


async def test_nobody_else_gets_a_visitors_file(site: Site, photo: Path) -> None:
    async with site.visitor() as one, site.visitor() as other:
        ref = (await _upload(one, photo.read_bytes(), "a.jpg")).json()["ref"]
        stolen = await other.get(f"/files/{ref}")
        removed = await other.delete(f"/api/files/{ref}")
        sent = await other.post("/api/messages", json={"id": hex_id(), "text": "", "files": [ref]})
        kept = await one.get(f"/files/{ref}")
    assert [answer.status_code for answer in (stolen, removed, sent, kept)] == [404, 404, 404, 200]
    assert site.talk.untold == 0


async def test_a_file_can_be_taken_back(site: Site, photo: Path) -> None:
    async with site.visitor() as visitor:
        ref = (await _upload(visitor, photo.read_bytes(), "a.jpg")).json()["ref"]
        removed = await visitor.delete(f"/api/files/{ref}")
        gone = await visitor.get(f"/files/{ref}")
    assert (removed.status_code, gone.status_code) == (204, 404)
    assert "error" in gone.json()
    assert _kept(site.folder) == []


@pytest.mark.parametrize("announced", [True, False])
async def test_a_file_over_the_limit_is_refused_and_not_kept(redis: Redis, tmp_path: Path, announced: bool) -> None:
    async with served(redis, tmp_path / "web", most_bytes=2 * 1024**2) as site, site.visitor() as visitor:
        content = bytes(2 * 1024**2 + 1)
        body = content if announced else _stream(content[:1024], content[1024:])
        answer = await visitor.post("/api/files?name=big.jpg", content=body)
        fits = await _upload(visitor, content[:-1], "fits.jpg")
    assert answer.status_code == 413
    assert "2 MB" in answer.json()["error"]
    assert fits.status_code == 201
    assert {path.stat().st_size for path in _kept(tmp_path / "web") if not path.suffix} == {len(content) - 1}


async def test_an_upload_that_breaks_off_leaves_nothing_behind(site: Site) -> None:
    host, port = site.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /api/files?name=a.jpg HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999\r\nCookie: stillreel={hex_id()}"
    )
    writer.write(f"{head}\r\n\r\n".encode() + b"\xff\xd8\xff" + bytes(5000))
    await writer.drain()
    await wait_until(lambda: len(_kept(site.folder)) == 1, what="the upload has begun")
    writer.close()
    await wait_until(lambda: _kept(site.folder) == [], what="the rest of the upload is gone")


async def test_without_a_cookie_nothing_is_taken(site: Site) -> None:
    async with site.visitor() as visitor:
        visitor.cookies.clear()
        answer = await _upload(visitor, b"x", "a.jpg")
    assert answer.status_code == 401
    assert "cookies" in answer.json()["error"]


async def test_a_stream_past_the_limit_and_one_that_fails_leave_nothing(tmp_path: Path) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ConnectionResetError

    files = Files(tmp_path, hex_id)
    with pytest.raises(FileTooLarge):
        await files.put(HERE, "a", _stream(b"12", b"34"), limit=3)
    with pytest.raises(ConnectionResetError):
        await files.put(HERE, "a", failing())
    assert _kept(tmp_path) == []


async def test_files_belong_to_their_chat(tmp_path: Path) -> None:
    files = Files(tmp_path, hex_id)
    stored = await files.put(HERE, "a.txt", _stream(b"one", b"two"))
    with pytest.raises(FileGone):
        await files.get(THERE, stored.ref)
    await files.delete(THERE, stored.ref)
    await files.forget(THERE)
    assert await files.get(HERE, stored.ref) == stored
    async with files.open(stored.ref) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == b"onetwo"
    await files.forget(HERE)
    with pytest.raises(FileGone):
        async with files.open(stored.ref):
            pass


@pytest.mark.parametrize("ref", ["", "..", "../../etc/passwd", "a-b", f"{'0' * 32}-{'g' * 32}"])
async def test_what_is_no_reference_leads_nowhere(tmp_path: Path, ref: str) -> None:
    with pytest.raises(FileGone):
        await Files(tmp_path, hex_id).is_there(ref)


async def test_old_files_and_broken_off_uploads_are_swept_away(tmp_path: Path) -> None:
    files = Files(tmp_path, hex_id)
    old, young = [await files.put(HERE, name, _stream(b"x")) for name in ("old", "young")]
    now = time.time()
    long_ago = now - KEEP - 60
    path_of = {stored.ref: tmp_path / stored.ref.replace("-", "/") for stored in (old, young)}
    for path in (path_of[old.ref], path_of[old.ref].with_suffix(".json")):
        os.utime(path, (long_ago, long_ago))
    part = path_of[young.ref].with_suffix(".part")
    part.write_bytes(b"")
    os.utime(part, (now - 25 * 3600, now - 25 * 3600))
    assert await files.sweep(now) == 1
    assert {path.stem for path in _kept(tmp_path)} == {path_of[young.ref].name}
    assert await files.sweep(now + KEEP + 60) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("photo.jpg", "photo.jpg"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("/etc/passwd", "passwd"),
        ("a\u202egpj.exe\n", "agpj.exe"),
        ("..", "file"),
        ("", "file"),
        ("山.jpg", "山.jpg"),
        ("x" * 300 + ".jpeg", "x" * 195 + ".jpeg"),
    ],
)
def test_names_are_made_fit_to_be_shown(name: str, shown: str) -> None:
    assert shorten(name) == shown


def test_real_pictures_are_known_by_their_bytes(tmp_path: Path, photo: Path) -> None:
    seen = {
        path.suffix: sniff(path.read_bytes()[:HEAD])
        for path in (
            photo,
            photos.heic(tmp_path / "a.heic", (320, 240)),
            photos.see_through_png(tmp_path / "a.png", (90, 120)),
            photos.animated_gif(tmp_path / "a.gif", (96, 72), 2),
            photos.text_file(tmp_path / "a.txt"),
        )
    }
    assert {ending: (it.kind.value, it.mime, it.shown) for ending, it in seen.items()} == {
        ".jpg": ("photo", "image/jpeg", True),
        ".heic": ("photo", "image/heic", False),
        ".png": ("photo", "image/png", True),
        ".gif": ("photo", "image/gif", True),
        ".txt": ("file", "application/octet-stream", False),
    }


def test_a_picture_that_would_fill_the_memory_is_not_shown() -> None:
    def png(width: int, height: int) -> bytes:
        return b"\x89PNG\r\n\x1a\n" + bytes(8) + width.to_bytes(4) + height.to_bytes(4)

    assert sniff(png(MOST_PIXELS, 1)).shown
    assert not sniff(png(MOST_PIXELS + 1, 1)).shown
    assert sniff(png(30_000, 30_000)).kind is MediaKind.PHOTO
