"""The faces that titles are set in: a text comes in, runs of it go out, each with a face that has all its letters.

Noto Sans sets Latin, Greek, Cyrillic and Devanagari; Noto Sans CJK sets Chinese, Japanese and Korean. What neither has
(emoji, mostly) is left out of the runs: nobody wants to read an empty box.
"""

from __future__ import annotations

import struct
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import BinaryIO, Final

from PIL import ImageFont

WEIGHT: Final = 700
"""Bold: thin strokes drown in a photo."""
_CJK_FACES: Final = {"JP": 0, "KR": 1, "SC": 2}
"""Faces of the CJK collection: one character is drawn differently by country."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font file's face, and the characters that it has: `starts[i]` to `ends[i]`."""

    path: Path
    index: int
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def has(self, character: str) -> bool:
        at = bisect_right(self.starts, ord(character)) - 1
        return at >= 0 and ord(character) <= self.ends[at]

    def sized(self, pixels: int) -> ImageFont.FreeTypeFont:
        return _sized(self.path, self.index, pixels)


@dataclass(frozen=True, slots=True)
class Run:
    text: str
    face: Face


def readable(text: str) -> str:
    """The text without what no face has, and with single spaces."""
    faces = _faces(text)
    return " ".join("".join(letter for letter in text if letter == " " or _face(letter, faces)).split())


def undrawable(text: str) -> str:
    """The characters of the text that no face has, in its order: what `readable` leaves out."""
    faces = _faces(text)
    return "".join(letter for letter in text if not letter.isspace() and _face(letter, faces) is None)


def runs(text: str) -> tuple[Run, ...]:
    """The text of a `readable` line in runs of one face each."""
    faces = _faces(text)
    found: list[Run] = []
    for letter in text:
        last = found[-1].face if found else None
        goes_on = letter == " " or unicodedata.combining(letter) or unicodedata.category(letter) == "Mn"
        face = last if goes_on and last is not None and last.has(letter) else _face(letter, faces)
        if face is None:
            continue
        if face is last:
            found[-1] = Run(found[-1].text + letter, face)
        else:
            found.append(Run(letter, face))
    return tuple(found)


def _faces(text: str) -> tuple[Face, ...]:
    """The faces to look through for a text, in order; the CJK one by the country that its script tells."""
    names = [unicodedata.name(letter, "") for letter in text]
    country = "SC"
    if any(name.startswith(("HIRAGANA", "KATAKANA")) for name in names):
        country = "JP"
    elif any(name.startswith("HANGUL") for name in names):
        country = "KR"
    return _latin(), _cjk(_CJK_FACES[country])


def _face(letter: str, faces: Iterable[Face]) -> Face | None:
    return next((face for face in faces if face.has(letter)), None)


@cache
def _latin() -> Face:
    return _read(_installed("fontpkg_noto_sans", "files", "NotoSans[wdth,wght].ttf"), 0)


@cache
def _cjk(index: int) -> Face:
    return _read(_installed("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc"), index)


def _installed(package: str, *names: str) -> Path:
    return Path(str(resources.files(package).joinpath(*names)))


@cache
def _sized(path: Path, index: int, pixels: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(str(path), pixels, index=index)
    usual = ((axis["name"], axis["default"] or 0) for axis in font.get_variation_axes())
    font.set_variation_by_axes([WEIGHT if name == b"Weight" else value for name, value in usual])
    return font


def _read(path: Path, index: int) -> Face:
    with path.open("rb") as file:
        groups = _characters(file, index)
    return Face(path, index, tuple(first for first, _ in groups), tuple(last for _, last in groups))


def _characters(file: BinaryIO, index: int) -> list[tuple[int, int]]:
    """The characters of a face, as first and last of each group: OpenType 1.9, `cmap` subtable format 12."""
    tag, _, count = struct.unpack(">4sII", file.read(12))
    start = 0
    if tag == b"ttcf":
        start = struct.unpack(f">{count}I", file.read(4 * count))[index]
    file.seek(start)
    (tables,) = struct.unpack(">4xH6x", file.read(12))
    places = {tag: place for tag, _, place, _ in (struct.unpack(">4sIII", file.read(16)) for _ in range(tables))}
    file.seek(places[b"cmap"])
    (subtables,) = struct.unpack(">2xH", file.read(4))
    for place in [struct.unpack(">4xI", file.read(8))[0] for _ in range(subtables)]:
        file.seek(places[b"cmap"] + place)
        if struct.unpack(">H", file.read(2))[0] == 12:
            (groups,) = struct.unpack(">10xI", file.read(14))
            return [struct.unpack(">II4x", file.read(12)) for _ in range(groups)]
    raise ValueError("the font has no cmap of format 12")
