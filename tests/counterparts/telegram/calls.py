"""A request of the bot as it arrived, with what it was answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.counterparts.telegram.bodies import Json, Upload


@dataclass(eq=False, slots=True)
class Call:
    """`method` as the API writes it; "file" is a download. `parameters` in their own types."""

    method: str
    at: float
    """When it arrived, by the counterpart's clock."""
    parameters: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    """By field; a thumbnail's field is what its parameter says after attach://."""
    status: int = 0
    """0: not answered (yet)."""
    answer: Json = field(default_factory=dict)
    was_heard: bool = True
    """False: the connection ended instead of the answer."""

    @property
    def chat_id(self) -> int | str | None:
        return self.parameters.get("chat_id")

    @property
    def is_ok(self) -> bool:
        return self.status == 200

    @property
    def description(self) -> str:
        """What Telegram said against it."""
        return str(self.answer.get("description", ""))

    def upload(self, parameter: str) -> Upload:
        """The file that was uploaded for a parameter. Raises KeyError where none was."""
        return self.uploads[str(self.parameters[parameter]).removeprefix("attach://")]

    def __getitem__(self, name: str) -> Any:
        """A parameter."""
        return self.parameters[name]

    def __repr__(self) -> str:
        return f"<{self.method} {self.parameters} → {self.status} {self.description}>"
