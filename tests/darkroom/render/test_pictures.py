"""What an upload is taken for, and what becomes of every kind of picture."""

from __future__ import annotations

import resource
import subprocess
import sys
import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from darkroom.render.colour import Pixels
from darkroom.render.decode import INK, PAPER, photo
from darkroom.render.framing import WHOLE
from darkroom.render.pictures import BadPicture, PictureFacts, inspect
from darkroom.timeline import Canvas, Motion
from tests import photos
from tests.darkroom.render.watching import Clip, different, distance, draw


def reason(path: Path) -> str:
    with pytest.raises(BadPicture) as caught:
        inspect(path)
    return caught.value.reason


def pixels(path: Path, size: tuple[int, int]) -> Pixels:
    with photo(path) as opened:
        return opened.pixels(WHOLE, size)


def test_a_file_without_bytes_is_empty(tmp_path: Path) -> None:
    assert reason(photos.empty_file(tmp_path / "photo.jpg")) == "empty"


def test_a_text_named_like_a_photo_is_not_media(tmp_path: Path) -> None:
    assert reason(photos.text_file(tmp_path / "photo.jpg")) == "not_media"


@pytest.mark.parametrize(
    "content", [b"\x00" * 400, b"#EXTM3U\nfile:///etc/hostname\n", b"\xff\xfeh\x00i\x00" * 60, b"x"]
)
def test_bytes_that_are_nothing_in_particular_are_not_media(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "photo.png").write_bytes(content)
    assert reason(tmp_path / "photo.png") == "not_media"


@pytest.mark.parametrize("keep", [0.001, 0.2, 0.6, 0.98])
@pytest.mark.parametrize("name", ["photo.jpg", "photo.png", "photo.webp", "photo.gif", "photo.tiff", "photo.bmp"])
def test_a_photo_whose_upload_broke_off_is_damaged(name: str, keep: float, tmp_path: Path) -> None:
    whole = photos.landscape(tmp_path / name, (320, 240)).read_bytes()
    (tmp_path / name).write_bytes(whole[: max(12, int(len(whole) * keep))])
    assert reason(tmp_path / name) == "damaged"


def test_a_heic_that_broke_off_is_damaged(tmp_path: Path) -> None:
    whole = photos.heic(tmp_path / "photo.heic", (320, 240)).read_bytes()
    (tmp_path / "photo.heic").write_bytes(whole[: len(whole) // 2])
    assert reason(tmp_path / "photo.heic") == "damaged"


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    bomb = photos.bomb_png(tmp_path / "bomb.png")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert reason(bomb) == "too_many_pixels"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


def test_a_picture_a_little_above_the_limit_is_refused_too(tmp_path: Path) -> None:
    assert reason(photos.bomb_png(tmp_path / "bomb.png", 11_000)) == "too_many_pixels"


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.jpg", "image/jpeg"),
        ("a.png", "image/png"),
        ("a.gif", "image/gif"),
        ("a.webp", "image/webp"),
        ("a.bmp", "image/bmp"),
        ("a.tiff", "image/tiff"),
        ("a.avif", "image/avif"),
    ],
)
def test_a_photo_is_known_by_its_bytes_alone(name: str, mime: str, tmp_path: Path) -> None:
    photos.landscape(tmp_path / name, (160, 120)).rename(tmp_path / "upload.txt")
    assert inspect(tmp_path / "upload.txt") == PictureFacts("photo", 160, 120, mime)


def test_a_heic_is_a_photo(tmp_path: Path) -> None:
    facts = inspect(photos.heic(tmp_path / "a.heic", (160, 120)))
    assert (facts.kind, facts.width, facts.height, facts.mime) == ("photo", 160, 120, "image/heif")


def test_an_animated_gif_tells_its_frames(tmp_path: Path) -> None:
    facts = inspect(photos.animated_gif(tmp_path / "a.gif", (120, 90), frames=5))
    assert (facts.frames, facts.animated) == (5, True)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_has_the_size_that_people_see(orientation: int, tmp_path: Path) -> None:
    facts = inspect(photos.landscape(tmp_path / "a.jpg", (160, 120), orientation=orientation))
    assert (facts.width, facts.height) == (160, 120)


@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_each_exif_orientation_gives_the_same_clip(kind: str, tmp_path: Path) -> None:
    canvas, how = Canvas(120, 160), {"lossless": True} if kind == "webp" else {}
    clips = []
    for orientation in range(1, 9):
        path = photos.landscape(tmp_path / f"{orientation}.{kind}", (320, 240), orientation=orientation, **how)
        clips.append(draw(tmp_path / "clip.mp4", [(path, Motion.PAN_LEFT, 500)], canvas))
    for clip in clips[1:]:
        for number in (0, 14):
            assert distance(clip.luma(number), clips[0].luma(number)) < (2 if kind == "jpg" else 1)
    assert distance(clips[0].luma(0), np.ascontiguousarray(clips[0].luma(0)[:, ::-1])) > 5


@pytest.mark.parametrize("suffix", ["mp4", "mov", "avi", "mkv"])
def test_a_video_is_a_video(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"clip.{suffix}"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame(64, 48, "yuv420p")
        frame.pts, frame.time_base = 0, Fraction(1, 10)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    path.rename(tmp_path / "upload")
    facts = inspect(tmp_path / "upload")
    assert (facts.kind, facts.width, facts.height) == ("video", 64, 48)
    assert facts.mime.startswith("video/")
    content = (tmp_path / "upload").read_bytes()
    (tmp_path / "upload").write_bytes(content[: len(content) // 4])
    assert reason(tmp_path / "upload") == "damaged"


@pytest.mark.parametrize(
    ("suffix", "codec"), [("m4a", "aac"), ("aac", "aac"), ("mp3", "libmp3lame"), ("ogg", "libopus")]
)
def test_audio_is_audio(suffix: str, codec: str, tmp_path: Path) -> None:
    container_format = {"m4a": "ipod", "aac": "adts"}.get(suffix, suffix)
    with av.open(str(tmp_path / "upload"), "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=48000)
        assert isinstance(stream, av.AudioStream)
        for number in range(8):
            frame = av.AudioFrame.from_ndarray(np.zeros((2, 960), np.float32), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts = 48000, number * 960
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    facts = inspect(tmp_path / "upload")
    assert (facts.kind, facts.width, facts.height) == ("audio", 0, 0)
    assert facts.mime.startswith("audio/")


def test_a_wav_is_audio(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "upload"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(8000))
    assert inspect(tmp_path / "upload") == PictureFacts("audio", 0, 0, "audio/wav", frames=0)


def test_a_video_is_no_picture_for_a_shot(tmp_path: Path, landscape: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.STILL, 500)], Canvas(64, 64))
    with pytest.raises(BadPicture) as caught:
        draw(tmp_path / "second.mp4", [(clip.path, Motion.STILL, 500)])
    assert caught.value.reason == "not_media"


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "LA", "RGBA", "YCbCr", "1", "PA", "I;16"])
def test_every_kind_of_pixels_shows_the_same_picture(mode: str, tmp_path: Path) -> None:
    scene = Image.fromarray(photos.scene(160, 120))
    expected = scene
    if mode in ("L", "LA", "1", "I;16"):
        expected = scene.convert("L").convert("RGB")
    name = tmp_path / ("a.tiff" if mode in ("CMYK", "YCbCr", "I;16") else "a.png")
    if mode == "I;16":
        Image.fromarray(np.asarray(scene.convert("L"), np.uint16) * 257).save(name)
    elif mode == "PA":
        scene.quantize(256).save(name, transparency=255)
    else:
        scene.convert(mode).save(name)
    shown = pixels(name, (40, 30))
    assert distance(shown, np.asarray(expected.resize((40, 30), Image.Resampling.BOX))) < (14 if mode == "1" else 7)


def test_what_is_transparent_shows_paper_behind_dark_and_ink_behind_bright(tmp_path: Path) -> None:
    for name, colour, backdrop in (("dark", (20, 30, 90), PAPER), ("bright", (250, 240, 235), INK)):
        logo = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
        logo.paste((*colour, 255), (20, 20, 60, 60))
        logo.save(tmp_path / f"{name}.png")
        shown = pixels(tmp_path / f"{name}.png", (80, 80))
        assert tuple(shown[2, 2]) == backdrop
        assert tuple(shown[40, 40]) == colour


def test_a_colour_profile_is_honoured(tmp_path: Path) -> None:
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    plain = Image.new("RGB", (8, 8), (200, 80, 60))
    plain.save(tmp_path / "odd.png", icc_profile=wide.tobytes())
    assert tuple(pixels(tmp_path / "odd.png", (8, 8))[4, 4]) == (200, 80, 60), "one that cannot fit is passed over"
    lab = ImageCms.profileToProfile(plain, ImageCms.createProfile("sRGB"), wide, outputMode="LAB")
    assert lab is not None
    lab.save(tmp_path / "lab.tiff", icc_profile=wide.tobytes())
    assert pixels(tmp_path / "lab.tiff", (8, 8))[4, 4] == pytest.approx((200, 80, 60), abs=4)


def test_a_gif_plays_while_the_view_moves_over_it(tmp_path: Path) -> None:
    gif = photos.animated_gif(tmp_path / "a.gif", (160, 120), frames=8, each=100)
    clip = draw(tmp_path / "clip.mp4", [(gif, Motion.STILL, 2000)], Canvas(160, 120))
    assert len(clip.frames) == 60
    ball = [_ball(clip, number) for number in (1, 10, 19)]
    assert ball[0] + 30 < ball[1] < ball[2] - 30
    assert _ball(clip, 25) == pytest.approx(ball[0], abs=2), "after 0.8 s it begins again"


def test_a_gif_without_times_plays_as_in_a_browser(tmp_path: Path) -> None:
    gif = photos.animated_gif(tmp_path / "a.gif", (160, 120), frames=8, each=0)
    clip = draw(tmp_path / "clip.mp4", [(gif, Motion.STILL, 1000)], Canvas(160, 120))
    assert _ball(clip, 2) == pytest.approx(_ball(clip, 0), abs=2)
    assert _ball(clip, 3) == pytest.approx(_ball(clip, 0) + 20, abs=3)


def test_a_gif_too_large_to_be_kept_plays_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gif = photos.animated_gif(tmp_path / "a.gif", (160, 120), frames=8, each=100)
    kept = draw(tmp_path / "kept.mp4", [(gif, Motion.ZOOM_IN, 2000)], Canvas(160, 120))
    monkeypatch.setattr("darkroom.render.view.KEPT_PIXELS", 100_000)
    again = draw(tmp_path / "again.mp4", [(gif, Motion.ZOOM_IN, 2000)], Canvas(160, 120))
    assert different(kept, again) == []


def _ball(clip: Clip, number: int) -> float:
    """How far right the red ball is, in pixels."""
    shown = clip.rgb(number).astype(int)
    _, across = np.nonzero(shown[..., 0] - shown[..., 1:].max(-1) > 120)
    return float(across.mean())


def test_a_twelve_megapixel_photo_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    Image.fromarray(photos.scene(500, 375)).resize((4000, 3000)).save(path)
    script = (
        "import resource, sys; from pathlib import Path; from darkroom.render.pictures import inspect;"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; inspect(Path(sys.argv[1]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown = subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True, text=True)
    assert int(grown.stdout) < 40_000


def test_the_fill_is_the_picture_itself_blurred_and_darker(landscape: Path, tmp_path: Path) -> None:
    clip = draw(tmp_path / "clip.mp4", [(landscape, Motion.ZOOM_IN, 500)])
    shown = clip.rgb(0)
    bar, picture = shown[:100], shown[112:272]
    assert bar.mean() < picture[:60].mean()
    assert np.abs(np.diff(bar.astype(int), axis=1)).mean() < 1.2
    blue = bar.reshape(-1, 3).mean(0)
    assert blue[2] > blue[0], "the sky's colour"
