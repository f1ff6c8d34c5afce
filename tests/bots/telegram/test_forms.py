"""What goes out, within Telegram's limits: texts, buttons, thumbnails, paths."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from bots.telegram.buttons import rows
from bots.telegram.files import local_path
from bots.telegram.limits import THUMBNAIL_BYTES, THUMBNAIL_SIDE
from bots.telegram.thumbnail import jpeg_of, thumbnail
from bots.telegram.words import COMMANDS, descriptions, on_joining
from core.chat import Button, MediaGone
from core.conversation.wishes import COMMANDS as UNDERSTOOD


@pytest.mark.parametrize(
    ("labels", "widths"),
    [
        (["Cancel"], [1]),
        (["Slower", "9:16", "Undo"], [3]),
        (["Slower", "9:16", "1:1", "Undo"], [2, 2]),
        (["A longer suggestion", "Slower", "Undo"], [2, 1]),
        (["a", "b", "c", "d", "e"], [3, 2]),
        (["a", "b", "c", "d", "e", "f"], [3, 3]),
    ],
)
def test_two_or_three_buttons_a_row(labels: list[str], widths: list[int]) -> None:
    found = rows([Button(label, "x.job.") for label in labels])
    assert [len(row) for row in found] == widths
    assert [button.label for row in found for button in row] == labels


@pytest.mark.parametrize(
    ("size", "expected"), [((1080, 1920), (180, 320)), ((1920, 1080), (320, 180)), ((64, 64), (64, 64))]
)
def test_a_thumbnails_size_and_bounds(tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]) -> None:
    path = tmp_path / "clip.mp4"
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 30, width=size[0], height=size[1], pix_fmt="yuv420p")
        for packet in [*stream.encode(av.VideoFrame.from_ndarray(noise, format="rgb24")), *stream.encode()]:
            container.mux(packet)
    small = thumbnail(path)
    assert small is not None
    assert len(small) < THUMBNAIL_BYTES
    with Image.open(io.BytesIO(small)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == expected
        assert max(picture.size) <= THUMBNAIL_SIDE


def test_a_picture_that_compresses_badly_still_fits() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (320, 320, 3), dtype=np.uint8)
    small = jpeg_of(Image.fromarray(noise))
    assert small is not None
    assert len(small) < THUMBNAIL_BYTES


def test_a_file_without_a_picture_has_no_thumbnail(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"no film at all")
    assert thumbnail(path) is None


TOKEN = "777:" + "A" * 35


@pytest.mark.parametrize(
    ("told", "folder", "expected"),
    [
        (f"/var/lib/tba/{TOKEN}/photos/file_0.jpg", None, f"/var/lib/tba/{TOKEN}/photos/file_0.jpg"),
        (f"/var/lib/tba/{TOKEN}/photos/file_0.jpg", Path("/mnt"), f"/mnt/{TOKEN}/photos/file_0.jpg"),
        ("/photos/file_0.jpg", Path("/mnt"), "/mnt/photos/file_0.jpg"),
    ],
)
def test_where_a_local_servers_file_is_found(told: str, folder: Path | None, expected: str) -> None:
    assert local_path(told, TOKEN, folder) == Path(expected)


def test_a_path_out_of_the_folder_is_not_followed() -> None:
    with pytest.raises(MediaGone):
        local_path(f"/var/{TOKEN}/../../etc/passwd", TOKEN, Path("/mnt"))


def test_the_menu_names_what_the_conversation_understands() -> None:
    assert set(COMMANDS) == {ask.value for ask in UNDERSTOOD}
    for language in ("en", "zh"):
        names = [name for name, _ in descriptions(language, private=True, admin=True)]
        assert names == list(COMMANDS)
        assert all(1 <= len(text) <= 256 for _, text in descriptions(language, private=True, admin=True))
    members = {name for name, _ in descriptions("en", private=False, admin=False)}
    assert members == set(COMMANDS) - {"start", "settings", "language", "forget"}


def test_privacy_is_explained_where_it_hides_something() -> None:
    assert "@stillreel_bot" in on_joining("en", "stillreel_bot", sees_all=True)
    assert "/setprivacy" not in on_joining("en", "stillreel_bot", sees_all=True)
    assert "/setprivacy" in on_joining("zh-hans", "stillreel_bot", sees_all=False)
