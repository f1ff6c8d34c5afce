"""Files in a bucket of an S3-compatible store, under `s3://bucket/prefix`.

Keys, region and endpoint come from the environment's AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and
AWS_ENDPOINT_URL, or from the address's query (`?endpoint=…&region=…`). A part of an upload that was killed in its
middle stays hidden in the store until the bucket's own rule removes it (AbortIncompleteMultipartUpload).
"""

from __future__ import annotations

import asyncio
import errno
import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from darkroom.storage.files import NAME, RENDERS, UPLOADS, Kept, name_in

if TYPE_CHECKING:
    from obstore.store import S3Config

CHUNK: Final = 512 * 1024
PART: Final = 8 * 1024 * 1024
"""Bytes of one request of an upload; `AT_ONCE` of them are on their way, and in memory."""
AT_ONCE: Final = 3
_TYPES = {UPLOADS: "application/octet-stream", RENDERS: "video/mp4"}
_QUERY = {"endpoint", "region"}
_STALL = timedelta(seconds=60)
_WHOLE = timedelta(hours=1)
_RETRIES: Final = 3
_PAGE: Final = 1000
_REST = 0.2


@dataclass(frozen=True, slots=True)
class Bucket:
    """The port `Files`. `new_id` names a bucket that has no name yet."""

    store: S3Store
    new_id: Callable[[], str]

    async def prepare(self) -> str:
        return await self.mark(NAME, self.new_id())

    async def mark(self, name: str, word: str) -> str:
        # Looked at first: there are stores that overlook the condition, and write over what is there.
        with suppress(FileNotFoundError):
            return await self._word(name)
        try:
            with _as_os_error(), suppress(AlreadyExistsError):
                await obstore.put_async(self.store, name, word.encode(), mode="create")
        except FileNotFoundError as error:
            raise OSError(errno.EIO, "there is no such bucket") from error
        except OSError as error:
            if _KNOWS_NO_CONDITION not in str(error):
                raise
            with _as_os_error():
                await obstore.put_async(self.store, name, word.encode())
        return await self._word(name)

    async def _word(self, name: str) -> str:
        with _as_os_error():
            found = await obstore.get_async(self.store, name)
            return bytes(await found.bytes_async()).decode("ascii", "replace")

    async def keep(self, source: Path, key: str) -> None:
        kind = {"Content-Type": _TYPES[key.partition("/")[0]]}
        with _as_os_error():
            await obstore.put_async(self.store, key, source, attributes=kind, chunk_size=PART, max_concurrency=AT_ONCE)
        await asyncio.to_thread(source.unlink, missing_ok=True)

    @asynccontextmanager
    async def near(self, key: str, folder: Path) -> AsyncIterator[Path]:
        path = folder / name_in(key)
        try:
            file = await asyncio.to_thread(path.open, "wb")
            try:
                with _as_os_error():
                    found = await obstore.get_async(self.store, key)
                    async for chunk in found.stream(CHUNK):
                        await asyncio.to_thread(file.write, chunk)
            finally:
                await asyncio.to_thread(file.close)
            yield path
        finally:
            path.unlink(missing_ok=True)

    async def look(self, key: str) -> Kept:
        with _as_os_error():
            found = await obstore.head_async(self.store, key)
        return Kept(found["size"], found["last_modified"].timestamp(), found["e_tag"] or '""')

    async def read(self, key: str, first: int, end: int) -> AsyncGenerator[bytes, None]:
        if first >= end:
            return
        with _as_os_error():
            found = await obstore.get_async(self.store, key, options={"range": (first, end)})
            async for chunk in found.stream(CHUNK):
                yield bytes(chunk)

    async def remove(self, keys: Collection[str]) -> None:
        with _as_os_error():
            await obstore.delete_async(self.store, list(keys))

    async def keep_only(self, uploads: Collection[str], renders: Collection[str], before: float) -> None:
        for kind, named in ((UPLOADS, uploads), (RENDERS, renders)):
            with _as_os_error():
                async for page in obstore.list(self.store, kind, chunk_size=_PAGE):
                    left = [
                        each["path"]
                        for each in page
                        if name_in(each["path"]) not in named and each["last_modified"].timestamp() < before
                    ]
                    if left:
                        await obstore.delete_async(self.store, left)

    async def close(self) -> None:
        """Let the library's threads come to rest.

        An interpreter that ends in the very moment in which one of them hands over a result aborts (obstore 0.12.1:
        one end in 20 with a read cancelled just before, none of 30 with this rest).
        """
        await asyncio.sleep(_REST)


def bucket_at(url: str, folder: str, new_id: Callable[[], str]) -> Bucket:
    """The bucket at an address, under its prefix and `folder` in that. Connects to nothing yet.

    Raises `ValueError`, with what is wrong, for an address that is no bucket's.
    """
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ValueError("write it as s3://bucket/folder or file:///folder")
    if parts.username or parts.password:
        raise ValueError("keys belong into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, not into the address")
    unknown = set(parse_qs(parts.query)) - _QUERY
    if unknown:
        raise ValueError(f"the address knows {' and '.join(sorted(_QUERY))}, not {', '.join(sorted(unknown))}")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    config: S3Config = {}
    if "endpoint" in query:
        config["aws_endpoint_url_s3"] = query["endpoint"]
    if "region" in query:
        config["region"] = query["region"]
    store = S3Store(
        parts.netloc,
        prefix="/".join(filter(None, (parts.path.strip("/"), folder))),
        client_options={"allow_http": True, "timeout": _WHOLE, "read_timeout": _STALL},
        retry_config={"max_retries": _RETRIES, "retry_timeout": _STALL},
        config=config,
    )
    return Bucket(store, new_id)


@contextmanager
def _as_os_error() -> Iterator[None]:
    """The store's errors as the system's, with what it says in a few words."""
    try:
        yield
    except FileNotFoundError as error:
        raise FileNotFoundError(errno.ENOENT, "the store has no such file") from error
    except BaseError as error:
        raise OSError(errno.EIO, in_short(str(error))) from error


_KNOWS_NO_CONDITION = "NotImplemented"
_STATUS = re.compile(r"status code: (\d{3})[^:<]*")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_OF_A_MACHINE_IN_THE_CLOUD = "169.254.169.254"
"""Asked for keys, as a last resort, where the settings give none."""


def in_short(told: str) -> str:
    """The library's account of an error, which quotes addresses, counts and XML, as one clause."""
    status, code = _STATUS.search(told), _CODE.search(told)
    if _OF_A_MACHINE_IN_THE_CLOUD in told:
        return "there are no keys for the store: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    if status is not None:
        return f"the store answers {status[1]}{f' {code[1]}' if code else ''}"
    if "error sending request" in told:
        return "the store is not reached, or breaks off"
    return told.partition("\n")[0]
