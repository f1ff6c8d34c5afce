"""The records of exports. All functions run inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class UnknownExport(Exception):
    """The account has no export of that id."""


class Status(StrEnum):
    """The contract's words."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Export:
    """`id` is the client's and unique within the account. `key` is ours: it names the file. `secret` stands in the
    file's address. `size` in bytes and `ended_at` in Unix seconds once it has ended.
    """

    account: str
    id: str
    session: str
    key: str
    secret: str
    draft: Mapping[str, Any]
    status: Status = Status.PENDING
    error: str | None = None
    reason: str | None = None
    size: int | None = None
    ended_at: float | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in (Status.COMPLETED, Status.FAILED)


_COLUMNS = "account, id, session, key, secret, draft, status, error, reason, size, ended_at"


def _export(row: tuple[Any, ...]) -> Export:
    export = Export(*row)
    return replace(export, draft=json.loads(row[5]), status=Status(row[6]))


def add(db: sqlite3.Connection, export: Export) -> tuple[Export, bool]:
    """Record an export, once: the same id again gives the one that is there. → it, and whether it is new."""
    made = db.execute(
        f"INSERT INTO export ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (account, id) DO NOTHING",
        (
            export.account,
            export.id,
            export.session,
            export.key,
            export.secret,
            json.dumps(export.draft),
            export.status,
            export.error,
            export.reason,
            export.size,
            export.ended_at,
        ),
    )
    return find(db, export.account, export.id), made.rowcount == 1


def find(db: sqlite3.Connection, account: str, export_id: str) -> Export:
    """Raises `UnknownExport`."""
    row = db.execute(f"SELECT {_COLUMNS} FROM export WHERE account = ? AND id = ?", (account, export_id)).fetchone()
    if row is None:
        raise UnknownExport
    return _export(row)


def by_secret(db: sqlite3.Connection, secret: str) -> Export:
    """Raises `UnknownExport`."""
    row = db.execute(f"SELECT {_COLUMNS} FROM export WHERE secret = ?", (secret,)).fetchone()
    if row is None:
        raise UnknownExport
    return _export(row)


def begin(db: sqlite3.Connection, key: str) -> bool:
    """→ whether it may be rendered: False where it was stopped meanwhile."""
    begun = db.execute("UPDATE export SET status = 'processing' WHERE key = ? AND status = 'pending'", (key,))
    return begun.rowcount == 1


def complete(db: sqlite3.Connection, key: str, size: int, now: float) -> None:
    db.execute(
        "UPDATE export SET status = 'completed', size = ?, ended_at = ? WHERE key = ? AND ended_at IS NULL",
        (size, now, key),
    )


def fail(db: sqlite3.Connection, key: str, error: str, reason: str | None, now: float) -> None:
    """An export that has ended stays as it is."""
    db.execute(
        "UPDATE export SET status = 'failed', error = ?, reason = ?, ended_at = ? WHERE key = ? AND ended_at IS NULL",
        (error, reason, now, key),
    )


def take_up_again(db: sqlite3.Connection) -> list[Export]:
    """At a start: every export that had not ended waits again, in the order they came."""
    db.execute("UPDATE export SET status = 'pending' WHERE status = 'processing'")
    return [_export(row) for row in db.execute(f"SELECT {_COLUMNS} FROM export WHERE ended_at IS NULL ORDER BY number")]


def finished(db: sqlite3.Connection, session: str) -> list[Export]:
    """The session's exports that have a file, in the order they came."""
    found = db.execute(
        f"SELECT {_COLUMNS} FROM export WHERE session = ? AND status = 'completed' ORDER BY number", (session,)
    )
    return [_export(row) for row in found]


def remove_ended(db: sqlite3.Connection, before: float) -> None:
    db.execute("DELETE FROM export WHERE ended_at < ?", (before,))


def keys(db: sqlite3.Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT key FROM export")}
