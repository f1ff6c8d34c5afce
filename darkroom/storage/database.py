"""The records' database: a function of a connection comes in and runs in a transaction of its own, in one thread.

`Database.do(work, ...)` commits where `work` returns and rolls back where it raises; whoever waits may be cancelled,
the transaction goes on to its end. Every commit is flushed to the disk (`synchronous=FULL`), since credits are in it.
"""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

VERSION = 1
"""Of the schema, kept in the file's `user_version`."""

_SCHEMA = """
CREATE TABLE account (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL UNIQUE,
    created_at REAL NOT NULL,
    credits INTEGER NOT NULL,
    frozen INTEGER NOT NULL -- of the credits, reserved for running turns
);
CREATE TABLE token (
    hash BLOB PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    expires_at REAL NOT NULL
);
CREATE INDEX token_account ON token (account);
CREATE TABLE session (
    id TEXT PRIMARY KEY,
    task TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (id),
    language TEXT NOT NULL,
    used_at REAL NOT NULL,
    draft TEXT, -- JSON, NULL before a clip is made
    past TEXT NOT NULL DEFAULT '[]' -- a JSON list of drafts, the newest last
);
CREATE INDEX session_used ON session (used_at);
CREATE TABLE upload (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size INTEGER NOT NULL,
    waiting INTEGER NOT NULL -- 1 until the agent has dealt with it
);
CREATE INDEX upload_session ON upload (session);
CREATE TABLE export (
    number INTEGER PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    id TEXT NOT NULL, -- the client's, unique within the account
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    key TEXT NOT NULL UNIQUE, -- ours, in the file's name
    secret TEXT NOT NULL UNIQUE, -- in the file's address
    draft TEXT NOT NULL,
    status TEXT NOT NULL,
    error TEXT,
    reason TEXT,
    size INTEGER,
    ended_at REAL,
    UNIQUE (account, id)
);
CREATE INDEX export_session ON export (session);
"""


def is_disk_full(error: BaseException) -> bool:
    """Whether what was raised, by the database or by the file system, means that there is no room left."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


class NewerData(OSError):
    """The data was written by a later version of this program."""


class Database:
    """Opened by `opened`."""

    def __init__(self, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._connection = connection
        self._thread = thread

    async def do(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """What `work(connection, …)` returns, committed. Raises what it raises, with nothing changed."""
        call = partial(_transaction, self._connection, partial(work, self._connection, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)


def _transaction(connection: sqlite3.Connection, work: Callable[[], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work()
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    """The database in a file, which is made where it is missing. Raises `OSError`, `sqlite3.Error`, `NewerData`."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, thread_name_prefix="darkroom-records") as thread:
        connection = await loop.run_in_executor(thread, _connect, path)
        try:
            yield Database(connection, thread)
        finally:
            await loop.run_in_executor(thread, connection.close)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise NewerData(f"the data is of version {version}, and this program knows versions up to {VERSION}")
    if version < VERSION:

        def create() -> None:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

        _transaction(connection, create)
