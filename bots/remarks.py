"""What `doctor` is told by a platform's adapter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    about: str
    """A setting's name, or the platform's."""
    good: bool | None
    """None: it works, but it is worth knowing."""
    text: str
