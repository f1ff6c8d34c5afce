"""What a person sees of a turn: the events of `core.nemo.turn` in, the passages on the screen out."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from dataclasses import dataclass, field

from core.nemo.errors import NemoError
from core.nemo.stream import read_events
from core.nemo.turn import Progress, Provisional, Said, Turn, TurnEvent, finish, step


@dataclass
class Screen:
    """`passages` stay; `growing` is replaced by whatever comes next. `seen`: every state that the screen was in."""

    passages: list[str] = field(default_factory=list)
    growing: str = ""
    seen: list[str] = field(default_factory=list)

    def show(self, events: Iterable[TurnEvent]) -> None:
        for event in events:
            match event:
                case Said():
                    self.passages.append(event.text)
                    self.growing = ""
                case Provisional():
                    self.growing = event.text
                case _:
                    continue
            self.seen.append(self.letters)

    @property
    def letters(self) -> str:
        """All that is visible, without white space."""
        return letters(*self.passages, self.growing)

    def check(self, final: str) -> None:
        """The screen only ever grew towards `final`: nothing was shown twice, nothing invented, nothing taken back."""
        for before, after in zip(["", *self.seen], self.seen, strict=False):
            assert after.startswith(before), (before, after)
            assert final.startswith(after), (after, final)


def letters(*texts: str) -> str:
    return "".join("".join(texts).split())


async def turn_of(chunks: AsyncIterable[bytes], screen: Screen) -> Turn:
    """A turn from a body's bytes, without a network. Lets through only what is no error of the client's own."""
    now, broken = Progress(), None
    try:
        async for event in read_events(chunks):
            now, shown = step(now, event)
            screen.show(shown)
    except NemoError as error:
        broken = error
    turn, shown = finish(now, broken)
    screen.show(shown)
    return turn
