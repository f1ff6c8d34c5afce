"""What people ask for in their chats, and whether they have heard of it: one `Wish` for each message that asks."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.platforms import Answer, Place, Platform
from tests.chaos.town import EDIT, GENERATE
from tests.waiting import wait_until

_PROGRESS = "Cancel"
"""The button that a message has for as long as its job goes on."""

_ENDED = "Retry"
_CANCELLED = "Cancelled"
_NOT_KEPT = ("This was lost when I was restarted", "I cannot remember anything for the moment")
"""How the sentences begin that have no such button."""


@dataclass(eq=False)
class Wish:
    """`words` are no other wish's. `asked`: the platform's own. `cost`: credits of darkroom's for doing it once."""

    place: Place
    asked: Any
    words: str
    cost: int

    @property
    def answers(self) -> list[Answer]:
        """All that the bot ever said to it."""
        return self.place.platform.answers(self.place, self.asked)

    @property
    def posted(self) -> list[Answer]:
        """The videos that were ever posted for it."""
        return [each for each in self.answers if each.is_video]

    @property
    def sentences(self) -> list[Answer]:
        """What says that there is no video."""
        return [
            each for each in self._standing if _ENDED in each.buttons or each.text.startswith((_CANCELLED, *_NOT_KEPT))
        ]

    @property
    def was_given_up(self) -> bool:
        """Whether the person was ever told that there would be no video."""
        return any(_ENDED in each.had for each in self.answers)

    @property
    def is_cancelled(self) -> bool:
        return not self.posted and any(each.text.startswith(_CANCELLED) for each in self.sentences)

    @property
    def was_not_kept(self) -> bool:
        """Whether the person was told to ask again, because nothing is there that could be tried again."""
        return not self.posted and any(each.text.startswith(_NOT_KEPT) for each in self.sentences)

    @property
    def did_not_respond(self) -> bool:
        """Whether the platform itself told the person that the bot does not respond."""
        return not self.posted and self.place.platform.did_not_respond(self.asked)

    @property
    def unfinished(self) -> list[Answer]:
        """Progress messages that still stand."""
        return [each for each in self._standing if _PROGRESS in each.buttons]

    @property
    def has_ended(self) -> bool:
        return bool(self.posted or self.sentences or self.did_not_respond)

    @property
    def was_heard(self) -> bool:
        """Whether anything ever answered it."""
        return bool(self.answers) or self.did_not_respond

    @property
    def _standing(self) -> list[Answer]:
        return [each for each in self.answers if not each.is_gone]

    def __repr__(self) -> str:
        return f"<{self.words!r} in {self.place.key}: {self.answers}>"


@dataclass(eq=False)
class Load:
    """Everything that was asked for in one run. New places are on the `platforms` in turn."""

    platforms: Sequence[Platform]
    photo: bytes
    seconds: int = 1
    """Of film in each video. One is rendered at once; a death in the midst of a render needs more."""
    wishes: list[Wish] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    _turns: itertools.count[int] = field(default_factory=itertools.count)

    def name(self) -> str:
        """Of a person who has never written to the bot."""
        return f"Person {next(self._numbers)}"

    def place(self) -> Place:
        """A new place, with a person who has never written to the bot."""
        return self.platforms[next(self._turns) % len(self.platforms)].place(self.name())

    async def places(self, count: int) -> list[Place]:
        """So many new places, each with an account at the backend."""
        return await self.known([self.place() for _ in range(count)])

    async def known(self, places: list[Place]) -> list[Place]:
        """The same, each with an account at the backend."""
        for place in places:
            await place.platform.says(place, "/credits")
        await self.hears(places, 1, "each has an account")
        return places

    async def hears(self, places: Sequence[Place], count: int, what: str) -> None:
        """Wait until so many messages of the bot's stand in each."""
        await wait_until(lambda: all(each.platform.said(each) >= count for each in places), 60, what=what)

    async def clip(self, place: Place) -> Wish:
        """A photo with words for a video that takes as long to render as `seconds` of film do."""
        words = f"{self.seconds} second, square, hold still, number {next(self._numbers)}"
        return self._noted(Wish(place, await place.platform.asks(place, words, self.photo), words, GENERATE))

    async def queue(self, places: Sequence[Place]) -> None:
        """Two clips in each, the first of which takes so long that the second finds it at work."""
        usual, self.seconds = self.seconds, 20
        for place in places:
            await self.clip(place)
        self.seconds = usual
        for place in places:
            await self.clip(place)

    async def change(self, place: Place) -> Wish:
        """Words about the clip that is there, or in the making."""
        words = f'title "K{next(self._numbers)}"'
        return self._noted(Wish(place, await place.platform.asks(place, words, None), words, EDIT))

    async def cancel(self, wish: Wish) -> None:
        """Press Cancel where there is such a button."""
        for answer in wish.unfinished[:1]:
            await wish.place.platform.presses(wish.place, answer, _PROGRESS)

    def of(self, place: Place) -> list[Wish]:
        return [wish for wish in self.wishes if wish.place is place]

    def _noted(self, wish: Wish) -> Wish:
        self.wishes.append(wish)
        return wish
