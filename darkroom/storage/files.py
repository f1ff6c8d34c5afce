"""The files beside the records: uploads and finished renders, each named by an id of ours, never by a person's name.

A file is written under a name in `partial/` and renamed when it is whole, so what lies under its own name is whole.
Ids come in as hexadecimal digits. All calls block and belong in a thread.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Files:
    """`root` is darkroom's own folder."""

    root: Path

    def prepare(self) -> None:
        """Make the folders, and remove what was being written when an earlier process ended. Raises `OSError`."""
        shutil.rmtree(self.root / "partial", ignore_errors=True)
        for name in ("partial", "uploads", "renders"):
            (self.root / name).mkdir(parents=True, exist_ok=True, mode=0o700)

    def partial(self, name: str) -> Path:
        return self.root / "partial" / name

    def upload(self, upload: str) -> Path:
        return self.root / "uploads" / upload

    def render(self, key: str) -> Path:
        return self.root / "renders" / f"{key}.mp4"

    def keep_only(self, uploads: Collection[str], renders: Collection[str], before: float) -> None:
        """Remove files that no record names and that were written before a time (Unix seconds)."""
        self._clear(self.root / "uploads", uploads, before)
        self._clear(self.root / "renders", renders, before)

    @staticmethod
    def _clear(folder: Path, named: Collection[str], before: float) -> None:
        for path in folder.iterdir():
            if path.stem not in named and path.stat().st_mtime < before:
                path.unlink(missing_ok=True)
