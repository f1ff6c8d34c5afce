"""Logs on stderr: one line an event, as text or as JSON.

Bearer tokens, claim tokens, bots' tokens and passwords in URLs never reach them, wherever in a line they would stand.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any

import structlog

from core.settings import LogSettings

_SECRET = re.compile(
    r"""
    nmv_usr_[\w-]+ | clm_[\w-]+                # the API's tokens
    | (?<=bearer[ ]) [^\s"',;}\])]+            # whatever else an operator's token looks like
    | (?<=/bot) \d+:[\w-]{20,}                # a Telegram bot's token in a URL
    | \b \d{5,}:[\w-]{30,}                   # and anywhere else
    | (?<![\w-]) [\w-]{18,32}\.[\w-]{6,7}\.[\w-]{27,}  # a Discord bot's token
    | (?: (?<=/webhooks/) | (?<=/interactions/) ) \d+/[\w%=.-]{30,}  # what answers a person's command there
    | (?<=://) [^/\s@:"']* : [^\s@"']* (?=@)   # user and password in a URL
    """,
    re.IGNORECASE | re.VERBOSE,
)

_QUIET = ("httpx", "httpcore", "telegram", "uvicorn", "asyncio", "PIL")
"""Libraries whose lines below WARNING say nothing of ours; httpx would log URLs, some of which hold a token."""


def configure(settings: LogSettings) -> None:
    """Send structlog's and the libraries' lines to stderr in one form."""
    level = getattr(logging, settings.level.upper())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=28,
            exception_formatter=structlog.dev.plain_traceback,  # the default one prints local variables, tokens too
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        _Discreet(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([structlog.processors.format_exc_info] if settings.format == "json" else []),
                last,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def without_secrets(text: str) -> str:
    """The text with an ellipsis in the place of each secret."""
    return _SECRET.sub("…", text)


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """The whole line is searched, traces and nested values included."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))
