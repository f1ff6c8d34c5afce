"""What became of an error: a full disk, and faults that nobody foresaw."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest

from darkroom.api.answers import refusal_for
from darkroom.storage.database import is_disk_full, opened


async def test_a_database_without_room_is_a_full_disk_and_keeps_what_it_had(tmp_path: Path) -> None:
    def write(db: sqlite3.Connection, size: int) -> None:
        db.execute("CREATE TABLE IF NOT EXISTS much (value BLOB)")
        db.execute("INSERT INTO much VALUES (zeroblob(?))", (size,))

    def rows(db: sqlite3.Connection) -> int:
        return int(db.execute("SELECT count(*) FROM much").fetchone()[0])

    def confine(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA max_page_count = 60")

    async with opened(tmp_path / "records.sqlite") as database:
        await database.do(write, 1000)
        await database.do(confine)
        with pytest.raises(sqlite3.OperationalError) as full:
            await database.do(write, 10_000_000)
        assert is_disk_full(full.value)
        assert await database.do(rows) == 1
        await database.do(write, 1000)
        assert await database.do(rows) == 2


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_507_with_its_reason(number: int) -> None:
    refusal = refusal_for(OSError(number, "No space left on device", "/secret/place"))
    assert (refusal.status, refusal.code, refusal.data) == (507, 507, {"reason": "disk_full"})
    assert "/secret" not in str(refusal)


@pytest.mark.parametrize(
    "error", [OSError(errno.EACCES, "denied", "/secret/place"), KeyError("secret"), sqlite3.OperationalError("secret")]
)
def test_any_other_fault_is_500_and_tells_nothing(error: Exception) -> None:
    refusal = refusal_for(error)
    assert (refusal.status, refusal.code) == (500, 500)
    assert "secret" not in str(refusal)
    assert not refusal.data
