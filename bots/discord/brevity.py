"""discord.py's own lines in the log: a failing network, or what else than Discord answers there, is told of in one line
each, without a stack trace.
"""

from __future__ import annotations

import logging

import aiohttp
import discord

_OF_NETWORKS = (OSError, aiohttp.ClientError, discord.DiscordException, LookupError, TypeError, ValueError)


def tell_briefly() -> None:
    """For the rest of the process; more than once is the same."""
    logging.getLogger("discord.shard").addFilter(_BRIEFLY)


class _Briefly(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, _OF_NETWORKS):
            # Its text may quote an address.
            record.msg, record.args = f"{record.getMessage()} ({type(error).__name__})", ()
            record.exc_info, record.exc_text = None, None
        return True


_BRIEFLY = _Briefly()
