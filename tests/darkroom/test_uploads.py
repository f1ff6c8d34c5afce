"""Uploads in a multipart body: what is taken, what is refused with which code, and that nothing is left lying about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from darkroom.api.multipart import BadMultipart, PartBegins, PartEnds, events
from darkroom.reception import NAME_LENGTH, kept_name
from tests import photos
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.visitor import Visitor, photo
from tests.waiting import wait_until


def kept_files(tmp_path: Path) -> list[Path]:
    root = tmp_path / "data" / "darkroom"
    return [*(root / "uploads").iterdir(), *(root / "partial").iterdir()]


async def test_a_photo_is_kept_under_its_name_for_people_and_listed(visitor: Visitor, tmp_path: Path) -> None:
    content = photo(tmp_path, size=(300, 200))
    answer = (await visitor.upload(("夏天 的海.jpg", content))).json()
    assert answer["code"] == 0
    (info,) = (await visitor.state())["video_infos"]
    assert info == answer["data"]["files"][0]
    assert (info["file_name"], info["type"], info["size"]) == ("夏天 的海.jpg", "photo", len(content))
    assert (info["width"], info["height"]) == (300, 200)
    (path,) = kept_files(tmp_path)
    assert path.read_bytes() == content


NAMES = (
    ("../../x.jpg", "x.jpg"),
    ("C:\\photos\\x.jpg", "x.jpg"),
    ("/etc/passwd", "passwd"),
    ("..", "file"),
    ("", "file"),
    ('a "quoted" one.png', 'a "quoted" one.png'),
    ("猫" * 300 + ".jpeg", "猫" * (NAME_LENGTH - 5) + ".jpeg"),
)


async def test_a_name_is_never_part_of_a_path(visitor: Visitor, tmp_path: Path) -> None:
    content = photo(tmp_path)
    headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=xyz"}
    before = {path for path in tmp_path.rglob("*") if path.is_file()}
    for sent, shown in NAMES:
        head = f'Content-Disposition: form-data; name="files"; filename="{sent.replace(chr(34), "%22")}"'
        body = f"--xyz\r\n{head}\r\n\r\n".encode() + content + b"\r\n--xyz--\r\n"
        kept = (await visitor.http.post(visitor.upload_path, content=body, headers=headers)).json()
        assert kept["data"]["files"][0]["file_name"] == shown
    made = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    assert {path.parent for path in made} == {tmp_path / "data" / "darkroom" / "uploads"}
    assert len(made) == len(NAMES)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_a_kept_name_has_no_folder_no_control_character_and_an_end(name: str) -> None:
    kept = kept_name(name)
    assert 0 < len(kept) <= NAME_LENGTH
    assert not set(kept) & set("/\\\x00\n\r\u2028")
    assert kept.encode("utf-8")


@pytest.mark.parametrize(
    ("make", "name", "reason"),
    [
        (photos.empty_file, "empty.jpg", "empty"),
        (photos.truncated_jpeg, "cut.jpg", "damaged"),
        (partial(photos.bomb_png, side=11_500), "bomb.png", "too_many_pixels"),
        (photos.text_file, "notes.jpg", "not_media"),
        (partial(photos.heic, size=(64, 64)), "photo.heic", "unsupported"),
    ],
)
async def test_a_file_that_cannot_be_used_is_4001_with_its_reason(
    visitor: Visitor, tmp_path: Path, make: Callable[[Path], Path], name: str, reason: str
) -> None:
    answer = await visitor.upload(("good.jpg", photo(tmp_path)), (name, make(tmp_path / name).read_bytes()))
    assert (answer.status_code, answer.json()["code"]) == (415, 4001)
    assert answer.json()["data"] == {"reason": reason, "name": name}
    assert str(tmp_path) not in answer.text
    assert kept_files(tmp_path) == [], "of several files all are kept or none"
    assert (await visitor.state())["video_infos"] == []


async def test_a_file_that_is_too_large_is_4002_though_it_still_comes(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    async with open_darkroom(most_bytes=1_000_000) as new:
        visitor = await new().enter()
        answer = await visitor.upload(("huge.jpg", b"x" * 30_000_000))
        assert (answer.status_code, answer.json()["code"]) == (413, 4002)
        assert answer.json()["data"] == {"reason": "too_large", "name": "huge.jpg"}
        assert kept_files(tmp_path) == []
        assert (await visitor.upload(("fits.jpg", photo(tmp_path)))).status_code == 200


async def test_an_upload_that_breaks_off_leaves_nothing(visitor: Visitor, tmp_path: Path) -> None:
    host, port = visitor.http.base_url.host, visitor.http.base_url.port
    _, writer = await asyncio.open_connection(host, port)
    head = (
        f"POST {visitor.upload_path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {visitor.headers['Authorization']}\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 10000000\r\n\r\n"
        '--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    )
    writer.write(head.encode() + b"x" * 600_000)
    await writer.drain()
    await wait_until(lambda: any(path.stat().st_size for path in kept_files(tmp_path)), what="the upload has begun")
    writer.transport.abort()
    await wait_until(lambda: kept_files(tmp_path) == [])


async def test_a_large_upload_is_on_the_disk_while_it_still_comes(visitor: Visitor, tmp_path: Path) -> None:
    """So it is not held in memory: the disk follows the sender all the way."""
    gate = asyncio.Event()
    size = 24 * 1024 * 1024

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
        for _ in range(size // 65536):
            yield b"x" * 65536
        await gate.wait()
        yield b"\r\n--b--\r\n"

    headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=b"}
    sending = asyncio.create_task(visitor.http.post(visitor.upload_path, content=body(), headers=headers))
    await wait_until(
        lambda: sum(path.stat().st_size for path in kept_files(tmp_path)) >= size - 1024 * 1024,
        what="bytes on the disk",
    )
    gate.set()
    assert (await sending).json()["data"]["reason"] == "not_media"


WITHOUT_A_FILE = (
    b"",
    b"--b--\r\n",
    b"no boundary at all",
    b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\nabc',
    b'--b\r\nContent-Disposition: form-data; name="other"; filename="a.jpg"\r\n\r\nabc\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="files"\r\n\r\nabc\r\n--b--\r\n',
    b"--b\r\nnonsense\r\n\r\nabc\r\n--b--\r\n",
)


async def test_a_body_without_a_file_is_400(visitor: Visitor, tmp_path: Path) -> None:
    headers = {**visitor.headers, "Content-Type": "multipart/form-data; boundary=b"}
    for body in WITHOUT_A_FILE:
        refused = await visitor.http.post(visitor.upload_path, content=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (400, 400), body
    assert kept_files(tmp_path) == []


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.text("abc猫", max_size=5), st.binary(max_size=200)), min_size=1, max_size=4),
    st.integers(1, 97),
)
async def test_a_multipart_body_means_the_same_in_any_pieces(files: list[tuple[str, bytes]], step: int) -> None:
    heads = (f'--bound\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n' for name, _ in files)
    parts = (head.encode() + content + b"\r\n" for head, (_, content) in zip(heads, files, strict=True))
    body = b"".join(parts) + b"--bound--\r\n"

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), step):
            yield body[start : start + step]

    found: list[tuple[str, bytes]] = []
    ended = 0
    async for event in events(pieces(), b"bound"):
        match event:
            case PartBegins():
                found.append((event.filename or "", b""))
            case PartEnds():
                ended += 1
            case _:
                found[-1] = (found[-1][0], found[-1][1] + event)
    assert found == files
    assert ended == len(files)


@settings(deadline=None)
@given(st.binary(max_size=300))
async def test_a_body_that_is_not_multipart_is_named_so(body: bytes) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield body

    with pytest.raises(BadMultipart):
        async for _ in events(pieces(), b"boundary-that-is-not-there"):
            pass
