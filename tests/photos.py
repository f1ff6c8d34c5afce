"""Photos for tests, made in code: in comes a path (and a size), out goes the file written there.

They have what real photos have and flat test cards lack: a smooth sky, soft hills, fine detail and sensor noise, in
an arrangement that tells up from down and left from right. The same call writes the same picture every time.
"""

from __future__ import annotations

import struct
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pillow_heif
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]

EXIF_ORIENTATION = 0x0112

STORED_FROM_SEEN = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera that writes this EXIF orientation has stored the picture that people see."""


def _soft_noise(width: int, height: int, cells: int, rng: np.random.Generator) -> Field:
    """Noise from 0 to 1 whose features are about a `cells`-th of the longer side."""
    coarse_size = (max(2, cells * height // max(width, height) + 2), max(2, cells * width // max(width, height) + 2))
    coarse = rng.random(coarse_size, dtype=np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def _colour(red: float, green: float, blue: float) -> Field:
    return np.array([red, green, blue], np.float32)


@lru_cache(maxsize=8)
def scene(width: int, height: int, seed: int = 7) -> Pixels:
    """A landscape at evening as RGB of shape (height, width, 3): a sun left of the middle, hills, woods, a house.

    Not to be written to: it is kept for the next that asks for it.
    """
    rng = np.random.default_rng(seed)
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    right = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    top, low = _colour(58, 104, 176), _colour(250, 196, 140)
    rise = np.clip(down / 0.62, 0, 1)[..., None] ** 1.4
    picture = np.broadcast_to(top + (low - top) * rise, (height, width, 3)).copy()

    reach = np.float32(min(width, height))
    away = np.hypot((right - 0.32) * width, (down - 0.4) * height) / reach
    picture += np.exp(-((away / 0.16) ** 2))[..., None] * _colour(70, 58, 30)
    picture[away < 0.055] = (255, 246, 214)
    clouds = _soft_noise(width, height, 5, rng) * 0.6 + _soft_noise(width, height, 17, rng) * 0.4
    veil = np.clip((clouds - 0.52) * 3, 0, 0.55) * np.clip(1.3 - down * 2.2, 0, 1)
    picture += veil[..., None] * (_colour(255, 240, 232) - picture)

    grain = _soft_noise(width, height, 160, rng) * 0.5 + _soft_noise(width, height, 420, rng) * 0.5
    layers = ((0.52, 0.10, (126, 122, 150)), (0.62, 0.08, (84, 104, 92)), (0.74, 0.06, (46, 74, 42)))
    for depth, (line, swing, colour) in enumerate(layers):
        ridge = line + swing * (_soft_noise(width, 4, 4 + depth * 3, rng)[:1] - 0.5) * 2
        ridge += 0.012 * depth * (_soft_noise(width, 4, 90, rng)[:1] - 0.5)
        land = down > ridge
        shade = 0.72 + 0.56 * (grain - 0.5) * (0.4 + depth) + 0.25 * (down - ridge)
        picture = np.where(land[..., None], _colour(*colour) * shade[..., None] * 1.15, picture)

    left, base, side = int(width * 0.62), int(height * 0.80), int(reach * 0.16)
    cv2.rectangle(picture, (left, base - side), (left + int(side * 1.5), base), (196, 178, 152), -1)
    roof = np.array([[left - side // 8, base - side], [left + int(side * 1.63), base - side],
                     [left + int(side * 0.75), base - int(side * 1.7)]], np.int32)  # fmt: skip
    cv2.fillPoly(picture, [roof], (122, 52, 40), lineType=cv2.LINE_AA)
    for column in range(3):
        x = left + side // 7 + column * side // 2
        cv2.rectangle(picture, (x, base - side * 3 // 4), (x + side // 4, base - side // 3), (255, 214, 120), -1)

    picture += rng.normal(0, 2.2, (height, width, 1)).astype(np.float32)
    seen = np.asarray(np.clip(picture, 0, 255), np.uint8)
    seen.flags.writeable = False
    return seen


def _save(picture: Image.Image, path: Path, **how: Any) -> Path:
    if path.suffix.lower() in (".jpg", ".jpeg"):
        how = {"quality": 92, **how}
    picture.save(path, **how)
    return path


def landscape(path: Path, size: tuple[int, int] = (4000, 3000), *, orientation: int = 1, **how: Any) -> Path:
    """The scene, `size` as people see it; with an EXIF orientation the stored pixels are turned to match."""
    picture = Image.fromarray(scene(*size))
    if orientation != 1:
        turn = STORED_FROM_SEEN[orientation]
        assert turn is not None
        exif = Image.Exif()
        exif[EXIF_ORIENTATION] = orientation
        return _save(picture.transpose(turn), path, exif=exif, **how)
    return _save(picture, path, **how)


def portrait(path: Path, size: tuple[int, int] = (3000, 4000), *, orientation: int = 1, **how: Any) -> Path:
    return landscape(path, size, orientation=orientation, **how)


def square(path: Path, size: tuple[int, int] = (2000, 2000), *, orientation: int = 1, **how: Any) -> Path:
    return landscape(path, size, orientation=orientation, **how)


def heic(path: Path, size: tuple[int, int] = (1200, 900)) -> Path:
    pillow_heif.from_pillow(Image.fromarray(scene(*size))).save(path, quality=80)
    return path


def see_through_png(path: Path, size: tuple[int, int] = (900, 1200)) -> Path:
    """The scene in the middle, fading to full transparency at the edges."""
    width, height = size
    down = np.abs(np.linspace(-1, 1, height, dtype=np.float32))[:, None]
    right = np.abs(np.linspace(-1, 1, width, dtype=np.float32))[None, :]
    alpha = np.clip((1 - np.maximum(down, right)) * 3, 0, 1)
    pixels = np.dstack([scene(width, height), (alpha * 255).astype(np.uint8)])
    Image.fromarray(pixels).save(path, format="PNG")
    return path


def animated_gif(path: Path, size: tuple[int, int] = (480, 360), frames: int = 12, each: int = 80) -> Path:
    """The scene with a bright ball that crosses it once from left to right; `each` frame lasts that many ms."""
    width, height = size
    still = scene(width, height)
    pictures = []
    for number in range(frames):
        picture = still.copy()
        middle = (int(width * (number + 0.5) / frames), int(height * 0.3))
        cv2.circle(picture, middle, height // 10, (255, 40, 40), -1, cv2.LINE_AA)
        pictures.append(Image.fromarray(picture).quantize(128))
    pictures[0].save(path, format="GIF", save_all=True, append_images=pictures[1:], duration=each, loop=0)
    return path


def truncated_jpeg(path: Path, size: tuple[int, int] = (1600, 1200), keep: float = 0.4) -> Path:
    """A JPEG whose upload broke off after the `keep` share of its bytes."""
    landscape(path, size, format="JPEG")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    return path


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb_png(path: Path, side: int = 30_000) -> Path:
    """A valid grey PNG of `side` × `side` pixels in about a megabyte; `side` is a multiple of 100."""
    rows = bytes((side + 1) * 100)
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    block = packer.compress(rows) + packer.flush(zlib.Z_FULL_FLUSH)
    check = 1
    for _ in range(side // 100):
        check = zlib.adler32(rows, check)
    packed = b"\x78\xda" + block * (side // 100) + packer.flush() + struct.pack(">I", check)
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = _png_chunk(b"IHDR", header) + _png_chunk(b"IDAT", packed) + _png_chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunks)
    return path


def text_file(path: Path) -> Path:
    """A text file, whatever the path's name promises."""
    path.write_text("Milk, bread, two lemons.\n" * 40, encoding="utf-8")
    return path


def empty_file(path: Path) -> Path:
    path.write_bytes(b"")
    return path
