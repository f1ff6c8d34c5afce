"""The gateway's transport compression: a payload's text in, what goes through the socket out.

https://discord.com/developers/docs/events/gateway#transport-compression
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp import web


def packer(compress: str | None) -> Callable[[str], str | bytes]:
    """One for each connection: what it wrote before counts. Raises HTTPBadRequest for a compression it has not."""
    if compress is None:
        return lambda text: text
    if compress == "zlib-stream":
        deflate = zlib.compressobj()
        return lambda text: deflate.compress(text.encode()) + deflate.flush(zlib.Z_SYNC_FLUSH)
    if compress == "zstd-stream":
        return _zstd()
    raise web.HTTPBadRequest(text=compress)


def _zstd() -> Callable[[str], str | bytes]:
    """Python 3.14 has it itself; clients on older ones ask for it only where the library is there."""
    for name in ("compression.zstd", "zstandard"):
        with suppress(ImportError):
            library: Any = importlib.import_module(name)
            packing = library.ZstdCompressor() if name != "zstandard" else library.ZstdCompressor().compressobj()
            block = getattr(library, "COMPRESSOBJ_FLUSH_BLOCK", None)
            if block is not None:
                return lambda text: packing.compress(text.encode()) + packing.flush(block)
            return lambda text: packing.compress(text.encode(), mode=packing.FLUSH_BLOCK)
    raise web.HTTPBadRequest(text="zstd-stream")
