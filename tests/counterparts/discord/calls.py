"""A request of the bot as it arrived, with what it was answered."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from tests.counterparts.telegram.bodies import Upload


@dataclass(eq=False, slots=True)
class Call:
    """`route`: the published operation's name, "file" for a download, "" for a route that is not known."""

    route: str
    method: str
    path: str
    """Below /api/v10, without the query."""
    at: float
    """When it arrived, by Discord's clock."""
    when: float = field(default_factory=time.monotonic)
    parameters: dict[str, str] = field(default_factory=dict)
    """Of the path."""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    """Its JSON, which a multipart body has in payload_json."""
    uploads: dict[str, Upload] = field(default_factory=dict)
    """By the part's name: "files[0]"."""
    size: int = 0
    """Bytes of the body."""
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    """0: not answered (yet)."""
    answer: Any = None
    was_heard: bool = True
    """False: the connection ended instead of the answer."""
    answered: float | None = None
    """Monotonic seconds, as `when`."""

    @property
    def channel_id(self) -> int | None:
        known = self.parameters.get("channel_id")
        return None if known is None else int(known)

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> int | None:
        """Discord's own number of the error."""
        return self.answer.get("code") if isinstance(self.answer, dict) and not self.is_ok else None

    @property
    def files(self) -> list[bytes]:
        """What was uploaded, whole."""
        return [upload.path.read_bytes() for upload in self.uploads.values()]

    def __getitem__(self, name: str) -> Any:
        """A field of the body."""
        return self.body[name]

    def __repr__(self) -> str:
        return f"<{self.method} {self.path} {self.body} → {self.status} {self.code or ''}>"
