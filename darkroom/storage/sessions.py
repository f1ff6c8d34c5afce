"""The records of sessions and of what was uploaded to them. All functions run inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PHOTO = "photo"
_USE_NOTED = 600.0
"""Seconds between two notes of a session's use: a look at it need not cost a write."""


class UnknownSession(Exception):
    """There is no such session in this account."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a session. `size` in bytes; `width` and `height` in pixels, 0 for a sound."""

    id: str
    name: str
    kind: str
    width: int
    height: int
    size: int
    waiting: bool = True


@dataclass(frozen=True, slots=True)
class Session:
    """`draft` is None before a clip is made; `past` are earlier drafts, the newest last."""

    id: str
    task: str
    account: str
    language: str
    draft: Mapping[str, Any] | None
    past: Sequence[Mapping[str, Any]]
    uploads: tuple[Upload, ...]


def open_session(db: sqlite3.Connection, *, session: str, task: str, account: str, language: str, now: float) -> None:
    db.execute(
        "INSERT INTO session (id, task, account, language, used_at) VALUES (?, ?, ?, ?, ?)",
        (session, task, account, language, now),
    )


def use(db: sqlite3.Connection, session: str, account: str, now: float) -> Session:
    """A session of the account's, which counts as used. Raises `UnknownSession`."""
    row = db.execute(
        "SELECT task, language, draft, past, used_at FROM session WHERE id = ? AND account = ?", (session, account)
    ).fetchone()
    if row is None:
        raise UnknownSession
    task, language, draft, past, used_at = row
    if now - used_at > _USE_NOTED:
        db.execute("UPDATE session SET used_at = ? WHERE id = ?", (now, session))
    found = db.execute(
        "SELECT id, name, kind, width, height, size, waiting FROM upload WHERE session = ? ORDER BY number", (session,)
    )
    uploads = tuple(
        Upload(upload, name, kind, width, height, size, bool(waiting))
        for upload, name, kind, width, height, size, waiting in found
    )
    return Session(
        session, task, account, language, None if draft is None else json.loads(draft), json.loads(past), uploads
    )


def add_uploads(db: sqlite3.Connection, session: str, account: str, uploads: Sequence[Upload], now: float) -> None:
    """All of them or none. Raises `UnknownSession`."""
    use(db, session, account, now)
    db.executemany(
        "INSERT INTO upload (id, session, name, kind, width, height, size, waiting) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(up.id, session, up.name, up.kind, up.width, up.height, up.size, up.waiting) for up in uploads],
    )


def keep_turn(
    db: sqlite3.Connection,
    session: str,
    *,
    draft: Mapping[str, Any] | None,
    past: Sequence[Mapping[str, Any]],
    dealt_with: Collection[str],
) -> None:
    """What a turn leaves behind: the draft, its past, and the uploads that no longer wait."""
    db.execute(
        "UPDATE session SET draft = ?, past = ? WHERE id = ?",
        (None if draft is None else json.dumps(draft), json.dumps(past), session),
    )
    db.executemany("UPDATE upload SET waiting = 0 WHERE id = ?", [(upload,) for upload in dealt_with])


def remove_unused(db: sqlite3.Connection, before: float) -> list[str]:
    """Remove sessions last used before a time, with their records, unless an export of theirs runs. → their ids."""
    found = db.execute(
        "DELETE FROM session WHERE used_at < ? AND NOT EXISTS (SELECT 1 FROM export "
        "WHERE export.session = session.id AND export.status IN ('pending', 'processing')) RETURNING id",
        (before,),
    )
    return [row[0] for row in found.fetchall()]


def upload_ids(db: sqlite3.Connection) -> set[str]:
    return {row[0] for row in db.execute("SELECT id FROM upload")}
