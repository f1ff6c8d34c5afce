"""Accounts: their anonymous tokens, and their credits. Client ids and amounts come in; tokens and balances go out.

A token lives for a while and there is one per client id in that time (the contract's rule). Only tokens' hashes are
kept. The functions that take a connection run inside the caller's transaction (see `darkroom.storage.database`).
"""

from __future__ import annotations

import hashlib
import sqlite3
from dataclasses import dataclass
from typing import Self

TOKEN_PREFIX = "nmv_usr_"


class TokenHeld(Exception):
    """The client id has a token already. `seconds`: until it ends."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the token still lives for {seconds:.0f} s")
        self.seconds = seconds


class NoCredits(Exception):
    """There are fewer credits than the work costs. `account` identifies it in a registration link."""

    def __init__(self, account: str, cost: int, available: int) -> None:
        super().__init__(f"it costs {cost} credits and {available} are left")
        self.account = account


@dataclass(frozen=True, slots=True)
class Costs:
    """Credits: what an account starts with, what making a clip costs, and a later change to one."""

    start: int = 100
    generate: int = 0
    edit: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """From "start=100,generate=100,edit=50". A part that is not named keeps its default. Raises `ValueError`."""
        amounts: dict[str, int] = {}
        for part in filter(None, (each.strip() for each in text.split(","))):
            name, _, amount = (each.strip() for each in part.partition("="))
            if name not in cls.__slots__ or not (amount.isascii() and amount.isdigit() and len(amount) < 10):
                raise ValueError("write it as start=100,generate=100,edit=50")
            amounts[name] = int(amount)
        return cls(**amounts)

    def of_turn(self, *, has_clip: bool, has_photos: bool) -> int:
        """What a turn costs if it changes something. Without a clip and without photos it cannot."""
        if has_clip:
            return self.edit
        return self.generate if has_photos else 0


FREE = Costs()


@dataclass(frozen=True, slots=True)
class Balance:
    """`frozen` is reserved for running turns and no longer `available`."""

    available: int
    frozen: int

    @property
    def total(self) -> int:
        return self.available + self.frozen


def hashed(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def issue_token(
    db: sqlite3.Connection, *, client_id: str, account: str, token: str, start: int, now: float, life: float
) -> int:
    """Keep a token for a client id; one that was never seen gets the account `account` with `start` credits.

    → the credits available. Raises `TokenHeld` while an earlier token lives.
    """
    db.execute(
        "INSERT INTO account (id, client_id, created_at, credits, frozen) VALUES (?, ?, ?, ?, 0) "
        "ON CONFLICT (client_id) DO NOTHING",
        (account, client_id, now, start),
    )
    owner, left, frozen = db.execute(
        "SELECT id, credits, frozen FROM account WHERE client_id = ?", (client_id,)
    ).fetchone()
    (until,) = db.execute("SELECT max(expires_at) FROM token WHERE account = ?", (owner,)).fetchone()
    if until is not None and until > now:
        raise TokenHeld(until - now)
    db.execute("INSERT INTO token (hash, account, expires_at) VALUES (?, ?, ?)", (hashed(token), owner, now + life))
    return int(left - frozen)


def account_of(db: sqlite3.Connection, token: str, now: float) -> str | None:
    """The account of a token that lives, None for any other."""
    row = db.execute("SELECT account FROM token WHERE hash = ? AND expires_at > ?", (hashed(token), now)).fetchone()
    return None if row is None else str(row[0])


def balance(db: sqlite3.Connection, account: str) -> Balance:
    held, frozen = db.execute("SELECT credits, frozen FROM account WHERE id = ?", (account,)).fetchone()
    return Balance(held - frozen, frozen)


def freeze(db: sqlite3.Connection, account: str, cost: int) -> None:
    """Reserve credits for a turn. Raises `NoCredits`."""
    available = balance(db, account).available
    if available < cost:
        raise NoCredits(account, cost, available)
    db.execute("UPDATE account SET frozen = frozen + ? WHERE id = ?", (cost, account))


def settle(db: sqlite3.Connection, account: str, *, frozen: int, charged: int) -> None:
    """End a reservation, and take `charged` credits of it for good."""
    db.execute("UPDATE account SET frozen = frozen - ?, credits = credits - ? WHERE id = ?", (frozen, charged, account))


def release_all(db: sqlite3.Connection) -> None:
    """No turn outlives its process: at a start, nothing is reserved."""
    db.execute("UPDATE account SET frozen = 0 WHERE frozen <> 0")


def remove_expired_tokens(db: sqlite3.Connection, before: float) -> None:
    db.execute("DELETE FROM token WHERE expires_at <= ?", (before,))
