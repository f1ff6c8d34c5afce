"""A finished file onto the disk: streamed, taken up where it broke, under its name only once it is whole."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import BinaryIO, Protocol

import httpx

from core.nemo.errors import BadAnswer, BadRequest, Interrupted, ServerFault, Unreachable

TRIES = 3
"""Requests for one address before it is given up."""

OnProgress = Callable[[int, int | None], None]
"""Bytes so far, and of how many where that is known."""

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class Fetch(Protocol):
    """Opens the file from a byte onwards. Raises the `NemoError` of an answer that is not the file."""

    def __call__(self, headers: dict[str, str]) -> AbstractAsyncContextManager[httpx.Response]: ...


@dataclass(slots=True)
class _Piece:
    """What is on the disk of a file, and what identifies the version that it is of."""

    file: BinaryIO
    written: int = 0
    validator: str | None = None
    total: int | None = None


class _OtherVersion(Interrupted):
    """What is on the disk is of another version of the file than what the answer brings."""


async def download(
    fetch: Fetch,
    path: Path,
    on_progress: OnProgress,
    *,
    sleep: Callable[[float], Awaitable[None]],
    repeat_wait: float,
) -> None:
    """Fetch a file to `path`, which is replaced. Raises the last `NemoError`; nothing is left behind then."""
    partial = path.with_name(path.name + ".part")
    try:
        with await asyncio.to_thread(partial.open, "wb") as file:
            await _fetched(fetch, _Piece(file), on_progress, sleep, repeat_wait)
        await asyncio.to_thread(partial.replace, path)
    finally:
        await asyncio.to_thread(partial.unlink, missing_ok=True)


async def _fetched(
    fetch: Fetch,
    piece: _Piece,
    on_progress: OnProgress,
    sleep: Callable[[float], Awaitable[None]],
    repeat_wait: float,
) -> None:
    for left in reversed(range(TRIES)):
        try:
            async with fetch(_range(piece)) as response:
                await _write(response, piece, on_progress)
        except (Interrupted, ServerFault, Unreachable, BadRequest) as error:
            past_the_end = isinstance(error, BadRequest) and error.code == 416 and piece.written > 0
            if not left or (isinstance(error, BadRequest) and not past_the_end):
                raise
            if past_the_end or isinstance(error, _OtherVersion):
                piece.validator = None
            await sleep(repeat_wait * 2 ** (TRIES - 1 - left))
        else:
            return


def _range(piece: _Piece) -> dict[str, str]:
    # A compressed answer's bytes are not the file's, and could not be taken up in the middle.
    plain = {"Accept-Encoding": "identity"}
    if not piece.written or piece.validator is None:
        return plain
    return {**plain, "Range": f"bytes={piece.written}-", "If-Range": piece.validator}


async def _write(response: httpx.Response, piece: _Piece, on_progress: OnProgress) -> None:
    start, total = _placed(response)
    if start not in {0, piece.written}:
        raise BadAnswer("download", code=response.status_code, accepted=None, reason="range")
    validator = _validator(response)
    if start:
        _check_version(response, piece, total)
        validator = piece.validator
    await asyncio.to_thread(_rewind, piece, start)
    piece.validator, piece.total = validator, total
    async for chunk in response.aiter_bytes(256 * 1024):
        await asyncio.to_thread(piece.file.write, chunk)
        piece.written += len(chunk)
        on_progress(piece.written, total)
    if piece.written == 0:
        raise BadAnswer("download", code=response.status_code, accepted=None, reason="empty")
    if total is not None and piece.written != total:
        raise Interrupted("download", accepted=None, reason="short")


def _check_version(response: httpx.Response, piece: _Piece, total: int | None) -> None:
    """A server that ignores If-Range would have two versions mixed. Raises `_OtherVersion`."""
    name = "etag" if (piece.validator or "").startswith('"') else "last-modified"
    # RFC 9110 wants the ETag in such an answer and allows Last-Modified to be left out.
    found = response.headers.get(name, piece.validator if name == "last-modified" else None)
    if found != piece.validator or (None not in {total, piece.total} and total != piece.total):
        raise _OtherVersion("download", accepted=None, reason="version")


def _rewind(piece: _Piece, start: int) -> None:
    piece.file.seek(start)
    piece.file.truncate()
    piece.written = start


def _placed(response: httpx.Response) -> tuple[int, int | None]:
    """The first byte that the answer brings, and the size of the whole file."""
    if response.status_code == 206:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        if match is None:
            raise BadAnswer("download", code=206, accepted=None, reason="range")
        return int(match[1]), None if match[2] == "*" else int(match[2])
    length = response.headers.get("content-length", "")
    return 0, int(length) if _is_plain(response) and length.isascii() and length.isdigit() else None


def _validator(response: httpx.Response) -> str | None:
    """What `If-Range` may carry: without a strong one a file could be put together from two versions of it."""
    tag: str = response.headers.get("etag", "")
    if not _is_plain(response):
        return None
    if tag:
        return tag if tag.startswith('"') else None
    changed, sent = _date(response, "last-modified"), _date(response, "date")
    # RFC 9110, 8.8.2.2: a second is the date's resolution, so a younger file may have changed within it.
    is_strong = changed is not None and sent is not None and sent - changed >= 1
    return response.headers["last-modified"] if is_strong else None


def _is_plain(response: httpx.Response) -> bool:
    encoding: str = response.headers.get("content-encoding", "identity")
    return encoding.lower() == "identity"


def _date(response: httpx.Response, name: str) -> float | None:
    try:
        return parsedate_to_datetime(response.headers.get(name, "")).timestamp()
    except (ValueError, OverflowError):
        return None
