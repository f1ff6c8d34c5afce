"""Every setting, typed, one class a concern; read from the environment and `.env`.

`load()` gives all of them or raises `WrongSetting` with one sentence that names the setting, its value's problem and
how to mend it. An empty value counts as not set.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, NonNegativeInt, PositiveInt, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict


class WrongSetting(Exception):
    """A setting cannot be used. `name` is the setting's name, the text says what is wrong and how to mend it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


def _url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        try:
            parts = urlsplit(value)
            whole = bool(parts.path.strip("/") if parts.scheme == "unix" else parts.hostname) and parts.port != 0
        except ValueError:  # a port that is none; its text may quote a password
            whole = False
        if not whole or parts.scheme not in schemes:
            raise ValueError(f"write it as {schemes[0]}://…")
        return value.rstrip("/")

    return AfterValidator(check)


HttpUrl = Annotated[str, _url("http", "https")]
GatewayUrl = Annotated[str, _url("ws", "wss")]
RedisUrl = Annotated[str, _url("redis", "rediss", "unix")]
Folder = Annotated[Path, AfterValidator(Path.expanduser)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Port = Annotated[int, Field(ge=0, le=65535)]

_CONFIG = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", env_ignore_empty=True, extra="ignore")


class StorageSettings(BaseSettings):
    """Where things are kept."""

    model_config = _CONFIG

    data_dir: Folder = Path("data")
    redis_url: RedisUrl | None = None
    files_url: str | None = None
    """Where files are kept for all processes; a folder in `data_dir` where it is not set."""


class BackendSettings(BaseSettings):
    """Which backend makes the videos. `backend` unset: the vendor's where `NEMO_TOKEN` is set, else darkroom."""

    model_config = _CONFIG

    backend: Literal["darkroom", "nemo"] | None = None
    darkroom_url: HttpUrl | None = None
    darkroom_host: str = "127.0.0.1"
    darkroom_port: Port = 8090


class NemoSettings(BaseSettings):
    """The NemoVideo API: who we are to it, and its waits in seconds."""

    model_config = SettingsConfigDict(**{**_CONFIG, "env_prefix": "NEMO_"})

    api_url: HttpUrl = "https://mega-api-prod.nemovideo.ai"
    web_url: HttpUrl = "https://nemovideo.com"
    token: str | None = None
    client_id: str | None = None
    identity: Literal["installation", "chat"] = "installation"
    skill_platform: str | None = None
    poll_interval: Seconds = 30
    retry_wait: Seconds = 30
    recovery_first_wait: Seconds = 30
    recovery_wait: Seconds = 60
    silence_timeout: Seconds = 600
    stream_timeout: Seconds = 900
    render_timeout: Seconds = 900


class WebSettings(BaseSettings):
    """The chat page."""

    model_config = SettingsConfigDict(**{**_CONFIG, "env_prefix": "WEB_"})

    host: str = "127.0.0.1"
    port: Port = 8080
    allowed_hosts: str = ""
    """Comma-separated host names under which a proxy reaches the page, beside the host it is bound to."""


Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,256}$")]
BotToken = Annotated[str, Field(pattern=r"^\d+:[\w-]+$")]


class TelegramSettings(BaseSettings):
    """The bot on Telegram; off where it has no token."""

    model_config = SettingsConfigDict(**{**_CONFIG, "env_prefix": "TELEGRAM_"})

    token: BotToken | None = None
    api_url: HttpUrl = "https://api.telegram.org"
    local: bool = False
    """The server at `api_url` is a Bot API server of one's own that runs with `--local`."""
    files_folder: Folder | None = None
    """Where that server's working folder is found on this machine, if not under its own name."""
    webhook_url: HttpUrl | None = None
    """Where Telegram reaches this program; without it, the updates are fetched."""
    webhook_secret: Word | None = None
    webhook_host: str = "127.0.0.1"
    webhook_port: Port = 8443


def _shards(value: str) -> str:
    """`0,1,2` or `0-2`."""
    try:
        shard_ids(value)
    except ValueError:
        raise ValueError("write the shards as 0,1,2 or 0-2") from None
    return value


def shard_ids(text: str) -> list[int]:
    """The shards that a text like `0,2-4` names. Raises `ValueError`."""
    found: list[int] = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


class DiscordSettings(BaseSettings):
    """The bot on Discord; off where it has no token."""

    model_config = SettingsConfigDict(**{**_CONFIG, "env_prefix": "DISCORD_"})

    token: Annotated[str, Field(pattern=r"^[\w.-]+$")] | None = None
    api_url: HttpUrl = "https://discord.com/api/v10"
    gateway_url: GatewayUrl = "wss://gateway.discord.gg"
    shard_ids: Annotated[str, AfterValidator(_shards)] = ""
    """The shards that this process holds, where several share them; all of them otherwise."""
    shard_count: PositiveInt | None = None
    """How many shards there are over all processes; Discord's advice where it is not set."""


_CLOSING_SECONDS = 1.5


class WorkSettings(BaseSettings):
    """How much is done at once, and how long things are kept."""

    model_config = _CONFIG

    jobs_at_once: PositiveInt = 200
    shutdown_grace: Seconds = 5
    """For which a process goes on after SIGTERM at the most."""
    backend_patience: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 120
    """Seconds for which a job waits for a backend that cannot be reached."""
    lease_seconds: Annotated[float, Field(ge=2, allow_inf_nan=False)] = 15
    """For how long a process may be silent before others take over what it was doing."""

    @property
    def finishing_seconds(self) -> float:
        """What running jobs get of the grace to end; the rest of it is for handing the others over, and for closing."""
        return max(self.shutdown_grace - _CLOSING_SECONDS, self.shutdown_grace / 2)


def _names(value: str) -> str:
    """`telegram:123,discord:456`."""
    for name in names_of(value):
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name} is none of platform:id, for example telegram:123456, separated by commas")
    return value


def names_of(text: str) -> frozenset[str]:
    """The chats and people that a text like `telegram:123, discord:456` names."""
    return frozenset(text.replace(",", " ").split())


_NAME = re.compile(r"[a-z]+:[^\s:|]+")
Names = Annotated[str, AfterValidator(_names)]


class LimitSettings(BaseSettings):
    """How much one person, one chat and all of them may have, and who is let in."""

    model_config = _CONFIG

    jobs_in_all: PositiveInt | None = None
    """At work at the same time, over all processes; any number where it is not set."""
    jobs_person: PositiveInt | None = 3
    """At work at the same time for one person, over all chats of a platform; a chat's are one at a time."""
    queue_person: PositiveInt = 50
    queue_chat: PositiveInt = 100
    """Unfinished jobs, beyond which no more are taken."""
    quota_person_daily: NonNegativeInt | None = None
    quota_chat_daily: NonNegativeInt | None = None
    """New clips and edits a day (UTC). 0 is none, unset is any number."""
    job_max_age: Seconds = 24 * 3600
    """Seconds after which a job that was not done is not done unasked any more."""
    allow: Names = ""
    """Chats and people that are let in; everybody where it is empty."""
    block: Names = ""
    admins: Names = ""
    """People to whom the operator's commands are open."""


class LogSettings(BaseSettings):
    model_config = SettingsConfigDict(**{**_CONFIG, "env_prefix": "LOG_"})

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Settings:
    storage: StorageSettings
    backend: BackendSettings
    nemo: NemoSettings
    web: WebSettings
    telegram: TelegramSettings
    discord: DiscordSettings
    work: WorkSettings
    limits: LimitSettings
    log: LogSettings

    @property
    def backend_name(self) -> Literal["darkroom", "nemo"]:
        return self.backend.backend or ("nemo" if self.nemo.token else "darkroom")


_FOR_LIBRARIES = re.compile(r"(?:HTTPS?|ALL|NO)_PROXY|AWS_\w+", re.IGNORECASE)
"""What the libraries read from the environment themselves."""


def export_for_libraries(environment: MutableMapping[str, str], file: Path = Path(".env")) -> None:
    """Put what `.env` says of proxies and of the store of files where the libraries look; the environment wins."""
    try:
        found = dotenv_values(file, encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return  # `load` says what is wrong with it
    for name, value in found.items():
        if value and _FOR_LIBRARIES.fullmatch(name):
            environment.setdefault(name, value)


def load(**over: Any) -> Settings:
    """All settings. `over` replaces values by field name, for example `data_dir=Path("x")`.

    Raises `WrongSetting` for the first value that cannot be used.
    """
    return Settings(
        _read(StorageSettings, over),
        _read(BackendSettings, over),
        _read(NemoSettings, over),
        _read(WebSettings, over),
        _read(TelegramSettings, over),
        _read(DiscordSettings, over),
        _read(WorkSettings, over),
        _read(LimitSettings, over),
        _read(LogSettings, over),
    )


S = TypeVar("S", bound=BaseSettings)


def _read(kind: type[S], over: dict[str, Any]) -> S:
    prefix = kind.model_config.get("env_prefix", "")
    mine = {
        name.removeprefix(prefix.lower()): value
        for name, value in over.items()
        if value is not None
        and name.startswith(prefix.lower())
        and name.removeprefix(prefix.lower()) in kind.model_fields
    }
    try:
        return kind(**mine)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else ""
        name = field.upper() if field.upper().startswith(prefix) else f"{prefix}{field}".upper()
        reason = re.sub(r"^(Value error|Input), ?", "", first["msg"]).removeprefix("Input ")
        shown = "its value" if _SECRET.search(name) else repr(first.get("input"))
        raise WrongSetting(
            name, f"{shown} cannot be used: {reason}. Correct it in the environment or in .env."
        ) from None
    except UnicodeDecodeError:
        raise WrongSetting(".env", "it is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise WrongSetting(".env", f"it cannot be read ({error.strerror}). Make it readable, or remove it.") from None


_SECRET = re.compile("TOKEN|SECRET|REDIS_URL")
"""Settings whose values are never shown."""
