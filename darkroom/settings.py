"""darkroom's settings, typed; read from the environment and `.env`.

`load()` gives all of them or raises `WrongSetting` with one sentence that names the setting, its value's problem and
how to mend it. An empty value counts as not set.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, NonNegativeInt, PositiveFloat, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from darkroom.accounts import FREE, Costs
from darkroom.storage.place import files_at

MOST_RENDERERS = 4
"""Renderer processes started by default, however many cores there are: each takes some 300 MB at work."""

DAY = 24 * 3600.0

_OWN_NAMES = {"DATA_DIR", "FILES_URL", "REDIS_URL"}
_SECRET = {"FILES_URL", "REDIS_URL"}
"""Their values are never shown."""


class WrongSetting(Exception):
    """A setting cannot be used. `name` is the setting's name, the text says what is wrong and how to mend it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


def _cores() -> int:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, MOST_RENDERERS)


class DarkroomSettings(BaseSettings):
    """All times are in seconds. Names without another one carry the prefix `DARKROOM_`."""

    model_config = SettingsConfigDict(
        env_prefix="DARKROOM_", env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore",
        populate_by_name=True, frozen=True,
    )  # fmt: skip

    data_dir: Path = Field(default=Path("data"), validation_alias="DATA_DIR")
    files_url: str | None = Field(default=None, validation_alias="FILES_URL")
    """Where the files are kept: `s3://bucket/prefix` or `file:///folder`; unset, in a folder of `data_dir`."""
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    """The Redis through which renders are shared with other machines; unset, they stay in this process's children."""
    costs: Annotated[Costs, NoDecode] = FREE
    """For example `start=100,generate=100,edit=50`; unset, everything is free."""
    renderers: NonNegativeInt = Field(default_factory=_cores)
    """Renderer processes of this machine, and so exports that run at once on it. 0 leaves them to other machines."""
    heartbeat: PositiveFloat = 10.0
    """Between two signs of life on an event stream that has nothing to say."""
    render_stall: PositiveFloat = 120.0
    """A renderer that says nothing for so long counts as dead."""
    render_lease: PositiveFloat = 15.0
    """A render on another machine that gives no sign of life for so long is taken up by the next one."""
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

    @field_validator("files_url")
    @classmethod
    def _check_files_url(cls, value: str | None) -> str | None:
        files_at(value, Path(), str)
        return value

    @model_validator(mode="after")
    def _somebody_renders(self) -> Self:
        if self.renderers == 0 and self.redis_url is None:
            raise ValueError("DARKROOM_RENDERERS=0 leaves the renders to other machines, which need REDIS_URL")
        return self

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
        field = str(first["loc"][0]).upper() if first["loc"] else "DARKROOM_RENDERERS"
        name = field if field in _OWN_NAMES else f"DARKROOM_{field.removeprefix('DARKROOM_')}"
        reason = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        shown = repr(first.get("input")) if first["loc"] and name not in _SECRET else "its value"
        raise WrongSetting(
            name, f"{shown} cannot be used: {reason}. Correct it in the environment or in .env."
        ) from None
