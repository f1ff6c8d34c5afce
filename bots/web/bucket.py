"""The web chat's shelf in a bucket of an S3-compatible store, under `s3://bucket/prefix`.

Keys, region and endpoint come from the environment's AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and
AWS_ENDPOINT_URL, or from the address's query (`?endpoint=…&region=…`). A part of an upload that was killed in its
middle stays hidden in the store until the bucket's own rule removes it (AbortIncompleteMultipartUpload).

darkroom has a thin part of its own for its files: the two share nothing but the bucket, and neither imports the other.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncGenerator, AsyncIterable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from bots.web.shelf import FACTS

if TYPE_CHECKING:
    from obstore import GetOptions
    from obstore.store import S3Config

CHUNK: Final = 512 * 1024
PART: Final = 8 * 1024 * 1024
"""Bytes of one request of an upload; `AT_ONCE` of them are on their way, and in memory."""
AT_ONCE: Final = 2
_QUERY = {"endpoint", "region"}
_STALL = timedelta(seconds=60)
_WHOLE = timedelta(hours=1)
_RETRIES: Final = 3
_PAGE: Final = 1000
_REST = 0.2


@dataclass(frozen=True, slots=True)
class Bucket:
    """The port `Shelf`."""

    store: S3Store

    async def write(self, key: str, chunks: AsyncIterable[bytes]) -> None:
        with _as_os_error():
            await obstore.put_async(self.store, key, chunks, chunk_size=PART, max_concurrency=AT_ONCE)

    async def size(self, key: str) -> int:
        with _as_os_error():
            return (await obstore.head_async(self.store, key))["size"]

    async def read(self, key: str, first: int = 0, end: int | None = None) -> AsyncGenerator[bytes, None]:
        if end is not None and first >= end:
            return
        options: GetOptions = {}
        if end is not None:
            options["range"] = (first, end)
        elif first:
            options["range"] = {"offset": first}
        with _as_os_error():
            found = await obstore.get_async(self.store, key, options=options)
            async for chunk in found.stream(CHUNK):
                yield bytes(chunk)

    async def delete(self, keys: Collection[str]) -> None:
        with _as_os_error():
            await obstore.delete_async(self.store, list(keys))

    async def delete_all(self, owner: str) -> None:
        with _as_os_error():
            async for page in obstore.list(self.store, owner, chunk_size=_PAGE):
                await obstore.delete_async(self.store, [each["path"] for each in page])

    async def sweep(self, now: float, keep: float) -> int:
        removed = 0
        with _as_os_error():
            async for page in obstore.list(self.store, chunk_size=_PAGE):
                old = [each["path"] for each in page if each["last_modified"].timestamp() + keep < now]
                if old:
                    await obstore.delete_async(self.store, old)
                removed += sum(not path.endswith(FACTS) for path in old)
        return removed

    async def close(self) -> None:
        """Let the library's threads come to rest.

        An interpreter that ends in the very moment in which one of them hands over a result aborts (obstore 0.12.1:
        one end in 20 with a read cancelled just before, none of 30 with this rest).
        """
        await asyncio.sleep(_REST)


def bucket_at(url: str, folder: str) -> Bucket:
    """The bucket at an address, under its prefix and `folder` in that. Connects to nothing yet.

    Raises `ValueError`, with what is wrong, for an address that is no bucket's.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ValueError("write it as s3://bucket/folder or file:///folder")
    if parts.username or parts.password:
        raise ValueError("keys belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the address")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    unknown = set(query) - _QUERY
    if unknown:
        raise ValueError(f"the address knows {' and '.join(sorted(_QUERY))}, not {', '.join(sorted(unknown))}")
    config: S3Config = {}
    if "endpoint" in query:
        config["aws_endpoint_url_s3"] = query["endpoint"]
    if "region" in query:
        config["region"] = query["region"]
    return Bucket(
        S3Store(
            parts.netloc,
            prefix="/".join(filter(None, (parts.path.strip("/"), folder))),
            client_options={"allow_http": True, "timeout": _WHOLE, "read_timeout": _STALL},
            retry_config={"max_retries": _RETRIES, "retry_timeout": _STALL},
            config=config,
        )
    )


@contextmanager
def _as_os_error() -> Iterator[None]:
    """The store's errors as the system's, with the first line of what it says."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "the store has no such file") from error
    except BaseError as error:
        raise OSError(errno.EIO, str(error).partition("\n")[0]) from error
