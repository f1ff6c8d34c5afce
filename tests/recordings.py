"""The recorded event streams, which are no part of the repository: in comes a name, out come a stream's bytes.

They lie beside the repository (`../shared/sse-captures`) or where SSE_CAPTURES says. A test that asks for one is
skipped elsewhere, but fails in CI.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("SSE_CAPTURES") or Path(__file__).parents[2] / "shared" / "sse-captures")


def recording(name: str) -> bytes:
    """For example `adk-2.13.0/tool`."""
    path = FOLDER / f"{name}.sse"
    if not FOLDER.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"the recorded streams are missing: {FOLDER}")
        pytest.skip(f"no recorded streams at {FOLDER}; SSE_CAPTURES names another folder")
    return path.read_bytes()
