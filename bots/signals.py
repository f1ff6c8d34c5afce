"""The one owner of SIGINT and SIGTERM: the first asks a program to end, the second ends it at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Ended(Exception):
    """A signal ended the program; `number` is the signal's."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.number = number


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end. A signal cancels it, so that its blocks clean up; then `Ended` is raised."""
    received: list[int] = []

    async def owned() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(main)

        def end(number: int) -> None:
            received.append(number)
            task.cancel()

        for number in SIGNALS:
            loop.add_signal_handler(number, end, number)
        try:
            return await task
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    try:
        return asyncio.run(owned())
    except asyncio.CancelledError:
        if not received:
            raise
        raise Ended(received[0]) from None
