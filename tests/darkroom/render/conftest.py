"""Photos that several tests draw, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import photos


@pytest.fixture(scope="session")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("album")


@pytest.fixture(scope="session")
def landscape(album: Path) -> Path:
    return photos.landscape(album / "landscape.jpg", (800, 600))


@pytest.fixture(scope="session")
def portrait(album: Path) -> Path:
    return photos.portrait(album / "portrait.jpg", (600, 800))


@pytest.fixture(scope="session")
def tall(album: Path) -> Path:
    """A photo of the canvas' own shape, and larger."""
    return photos.portrait(album / "tall.jpg", (540, 960))
