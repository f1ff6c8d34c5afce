"""A pattern over a prompt's words that is compiled when it is first used.

The agent's large patterns take a fifth of a second to compile. A server that nobody has asked for anything yet, and
every other command of the program, starts without them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from functools import cached_property


class Rule:
    """What `re.compile(pattern, flags)` gives, later. The first use of a wrong pattern raises `re.error`."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern = pattern
        self._flags = flags

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, self._flags)

    def search(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self._compiled.search(text, start)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self._compiled.match(text, start)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._compiled.fullmatch(text)

    def finditer(self, text: str, start: int = 0, end: int = sys.maxsize) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text, start, end)

    def found(self, match: re.Match[str]) -> bool:
        """Whether `match` is one of this rule's."""
        return match.re is self._compiled

    def sub(self, instead: str | Callable[[re.Match[str]], str], text: str) -> str:
        return self._compiled.sub(instead, text)
