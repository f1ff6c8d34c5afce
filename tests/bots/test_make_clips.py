"""What `stillreel make` makes of words: titles, several photos, the terminal's language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests import clips, photos, program


def test_item_4_a_title_changes_its_own_frames_alone(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "photo.jpg", (1600, 1200))
    words = "5 seconds, zoom out, vertical 9:16"
    made = []
    for name, said in (("plain", words), ("titled", f"{words}, title 'Urban Dreams' for the first 3 seconds")):
        out = tmp_path / f"{name}.mp4"
        ended = program.run(tmp_path / "data", "make", str(photo), "--say", said, "--out", str(out))
        assert ended.returncode == 0, ended.stderr
        made.append(out)
    plain, titled = clips.clip(made[0]), clips.clip(made[1])
    assert (plain.width, plain.height, plain.frames) == (1080, 1920, 150)
    assert (titled.width, titled.height, titled.frames) == (1080, 1920, 150)
    pairs = zip(clips.planes(made[0]), clips.planes(made[1]), strict=True)
    differing = [number for number, (one, other) in enumerate(pairs) if one != other]
    assert differing == list(range(90))


@pytest.mark.long
def test_several_photos_make_one_clip_and_one_each_when_asked(tmp_path: Path) -> None:
    one = photos.landscape(tmp_path / "one.jpg", (800, 600))
    two = photos.portrait(tmp_path / "two.jpg", (600, 800))
    data = tmp_path / "data"
    both = program.run(
        data, "make", str(one), str(two), "--say", "each photo 1 second, square", "--out", str(tmp_path / "a.mp4")
    )
    assert both.returncode == 0, both.stderr
    assert clips.clip(tmp_path / "a.mp4").frames == 60
    each = program.run(data, "make", str(one), str(two), "--say", "1: 1 second zoom in, 2: 2 seconds pan left", "--out",
                       str(tmp_path / "b.mp4"))  # fmt: skip
    assert each.returncode == 0, each.stderr
    assert clips.clip(tmp_path / "b.mp4").frames == 30
    assert clips.clip(tmp_path / "b-2.mp4").frames == 60


@pytest.mark.long
def test_make_speaks_the_language_of_the_terminal(tmp_path: Path) -> None:
    photo = photos.landscape(tmp_path / "照片.jpg", (800, 600))
    out = tmp_path / "clip.mp4"
    ended = program.run(
        tmp_path / "data",
        "make",
        str(photo),
        "--say",
        "1 秒，竖屏",
        "--out",
        str(out),
        settings={"LANG": "zh_CN.UTF-8"},
    )
    assert ended.returncode == 0, ended.stderr
    assert re.search("[\u4e00-\u9fff]", ended.stdout)
    assert (clips.clip(out).width, clips.clip(out).height, clips.clip(out).frames) == (1080, 1920, 30)
