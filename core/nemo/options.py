"""What the client must be told: where the API is, who asks, and how long to wait. All waits in seconds."""

from __future__ import annotations

from dataclasses import dataclass, field

API_URL = "https://mega-api-prod.nemovideo.ai"
WEB_URL = "https://nemovideo.com"

INSTALLATION = "installation"
"""The identity that all chats share, unless each chat has an account of its own."""


@dataclass(frozen=True, slots=True)
class NemoOptions:
    """Defaults are the contract's. `HTTPS_PROXY` and its kin are read from the environment by the HTTP client."""

    api_url: str = API_URL
    web_url: str = WEB_URL
    token: str | None = field(default=None, repr=False)
    """The operator's own token. None: an anonymous one is obtained."""
    client_id: str | None = None
    """A fixed client id for the installation's identity. None: the one that the token store keeps."""
    skill_platform: str = "unknown"

    poll_interval: float = 30
    """Between two readings of an export's status, where the answer names no other time."""
    slow_after: int = 10
    """Readings of an export's status after which it counts as slow."""
    render_timeout: float = 900
    retry_wait: float = 30
    """Before the one repetition of a call that was refused with 429 and named no time itself."""
    retry_after_most: float = 120
    """A 429 that asks for a longer wait than this is reported instead of waited for."""
    recovery_first_wait: float = 30
    recovery_wait: float = 60

    silence_timeout: float = 600
    """A stream with nothing but heartbeats for so long is given up."""
    stream_timeout: float = 900
    settle_timeout: float = 30
    """How long a stream may stay open without a word after the agent said that its turn is complete."""
    still_working_interval: float = 120

    connect_timeout: float = 10
    idle_timeout: float = 60
    """Between two pieces of a body, in either direction."""
    call_timeout: float = 60
    """A whole call that carries no file and no stream."""
    upload_timeout: float = 900
    download_timeout: float = 900
    repeat_wait: float = 1
    """Before a reading or a download that broke is tried again; doubled each time."""
