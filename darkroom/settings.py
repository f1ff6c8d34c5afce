"""darkroom's settings, typed; read from the environment and `.env`.

`load()` gives all of them or raises `WrongSetting` with one sentence that names the setting, its value's problem and
how to mend it. An empty value counts as not set.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from darkroom.accounts import FREE, Costs

MOST_RENDERERS = 4
"""Renderer processes started by default, however many cores there are: each takes some 300 MB at work."""

DAY = 24 * 3600.0


class WrongSetting(Exception):
    """A setting cannot be used. `name` is the setting's name, the text says what is wrong and how to mend it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_RENDERERS)


class DarkroomSettings(BaseSettings):
    """All times are in seconds. `data_dir` is read from `DATA_DIR`, the others carry the prefix `DARKROOM_`."""

    model_config = SettingsConfigDict(
        env_prefix="DARKROOM_", env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore",
        populate_by_name=True, frozen=True,
    )  # fmt: skip

    data_dir: Path = Field(default=Path("data"), validation_alias="DATA_DIR")
    costs: Annotated[Costs, NoDecode] = FREE
    """For example `start=100,generate=100,edit=50`; unset, everything is free."""
    renderers: PositiveInt = Field(default_factory=_cores)
    """Renderer processes, and so exports that run at once."""
    heartbeat: PositiveFloat = 10.0
    """Between two signs of life on an event stream that has nothing to say."""
    render_stall: PositiveFloat = 120.0
    """A renderer that says nothing for so long counts as dead."""
    allow_private_urls: bool = False
    """Whether files may be fetched from addresses of one's own machine and network: for tests."""
    link_timeout: PositiveFloat = 120.0
    """For fetching one file by its address."""
    token_life: PositiveFloat = 7 * DAY
    keep_sessions: PositiveFloat = 30 * DAY
    """After a session's last use it is removed with its uploads and renders."""
    keep_renders: PositiveFloat = 7 * DAY
    """After an export's end its file is removed."""
    sweep_every: PositiveFloat = 3600.0
    most_bytes: NonNegativeInt = 200 * 1024 * 1024
    """Bytes of the largest file that is taken."""

    @field_validator("costs", mode="before")
    @classmethod
    def _read_costs(cls, value: object) -> object:
        return Costs.parse(value) if isinstance(value, str) else value

    @property
    def folder(self) -> Path:
        return self.data_dir / "darkroom"


def load(**over: Any) -> DarkroomSettings:
    """The settings. `over` replaces values by field name, for example `data_dir=Path("x")`; None counts as not given.

    Raises `WrongSetting` for the first value that cannot be used.
    """
    try:
        return DarkroomSettings(**{name: value for name, value in over.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]).upper() if first["loc"] else ""
        name = field if field == "DATA_DIR" else f"DARKROOM_{field.removeprefix('DARKROOM_')}"
        reason = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise WrongSetting(
            name, f"{first.get('input')!r} cannot be used: {reason}. Correct it in the environment or in .env."
        ) from None
