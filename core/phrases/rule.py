"""A pattern over a clause that is compiled when it is first used.

All of them take a tenth of a second to compile: the program starts without them, and who writes English never needs
those for Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property


class Rule:
    """`pattern` over several lines, in whatever case. The first use of a wrong pattern raises `re.error`."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern, re.IGNORECASE | re.VERBOSE)

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(text)

    def match(self, text: str) -> re.Match[str] | None:
        return self._compiled.match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text)

    def sub(self, instead: str, text: str) -> str:
        return self._compiled.sub(instead, text)
