"""What is left out of a message where Telegram does not take it whole: better without its buttons than not at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from telegram.error import BadRequest

from bots.telegram import faults

log = structlog.get_logger(__name__)

T = TypeVar("T")

_REFUSED_FOR: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "reply_parameters": (
            "message to be replied not found",
            "message to reply not found",
            "replied message not found",
            "reply_message_id_invalid",
            "reply_to_invalid",
        ),
        "reply_markup": ("button_", "inline keyboard", "reply_markup_", "reply markup is too long"),
        "thumbnail": ("thumb", "image_process_failed", "photo_invalid_dimensions"),
    }
)
"""A parameter that a message can do without, and Telegram's words where it is at fault."""


async def conceding(call: Callable[..., Awaitable[T]], **arguments: Any) -> T:
    """The call's result; called once more for each argument that is to blame for a refusal, without it."""
    while True:
        try:
            return await call(**arguments)
        except BadRequest as error:
            said = error.message.lower()
            blamed = next((name for name, words in _REFUSED_FOR.items() if any(word in said for word in words)), None)
            if blamed is None or arguments.get(blamed) is None:
                raise
            log.warning("telegram_left_out", part=blamed, reason=faults.told(error))
            arguments[blamed] = None
