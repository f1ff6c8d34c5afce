"""An S3-speaking server over a real socket (moto's), for tests of files in a bucket.

    with s3_server() as endpoint:
        url = new_bucket(endpoint, "files")     # → what FILES_URL is set to

Whoever uses the address needs `KEYS` in the environment.
"""

from __future__ import annotations

import logging
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from xml.etree import ElementTree

from moto.server import ThreadedMotoServer

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
_SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"


@contextmanager
def s3_server() -> Iterator[str]:
    """→ its endpoint."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def new_bucket(endpoint: str, name: str, prefix: str = "some/where") -> str:
    """→ the address of a folder in it."""
    with urllib.request.urlopen(urllib.request.Request(f"{endpoint}/{name}", method="PUT")):
        return f"s3://{name}/{prefix}?{urlencode({'endpoint': endpoint, 'region': 'us-east-1'})}"


def keys_in(endpoint: str, name: str) -> set[str]:
    """What lies in a bucket."""
    with urllib.request.urlopen(f"{endpoint}/{name}") as answer:
        found = ElementTree.fromstring(answer.read())
    return {str(each.text) for each in found.iter(f"{_SPACE}Key")}


def broken_off(endpoint: str, name: str) -> int:
    """How many uploads of a bucket were begun and neither ended nor taken back."""
    with urllib.request.urlopen(f"{endpoint}/{name}?uploads") as answer:
        return sum(1 for _ in ElementTree.fromstring(answer.read()).iter(f"{_SPACE}Upload"))


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
