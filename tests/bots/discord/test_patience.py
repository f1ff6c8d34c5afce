"""Which calls are made again, and which never."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bots.discord.faults import NotNow, Refused, Unanswered, Unsent
from bots.discord.patience import Unseen, patiently

SOON = 0.01


class Call:
    """Fails with each of the errors in turn, then answers."""

    def __init__(self, *errors: Unsent) -> None:
        self.made = 0
        self._errors: Iterator[Unsent] = iter(errors)

    async def __call__(self) -> str:
        self.made += 1
        error = next(self._errors, None)
        if error is not None:
            raise error
        return "done"


class Look:
    def __init__(self, *found: str | Unseen | None) -> None:
        self.made = 0
        self._found = iter(found)

    async def __call__(self) -> str | None:
        self.made += 1
        found = next(self._found)
        if isinstance(found, Unseen):
            raise found
        return found


async def test_what_had_no_effect_goes_again() -> None:
    call = Call(NotNow("away"), NotNow("flooded", 0.05), NotNow("away"))
    assert await patiently(call, harmless=0.0, first_pause=SOON) == "done"
    assert call.made == 4


async def test_what_was_refused_does_not_go_again() -> None:
    call = Call(Refused(403, 50013, "Missing Permissions"))
    with pytest.raises(Refused):
        await patiently(call, first_pause=SOON)
    assert call.made == 1


async def test_a_wait_that_is_too_long_is_not_begun() -> None:
    with pytest.raises(NotNow):
        await patiently(Call(NotNow("banned", 3600)), first_pause=SOON)


@pytest.mark.parametrize(("harmless", "made"), [(0.0, 1), (SOON / 2, 1), (60.0, 3)])
async def test_a_lost_answer_is_asked_for_again_while_that_does_no_harm(harmless: float, made: int) -> None:
    call = Call(Unanswered("lost"), Unanswered("lost"))
    if made == 1:
        with pytest.raises(Unanswered):
            await patiently(call, harmless=harmless, first_pause=SOON)
    else:
        assert await patiently(call, harmless=harmless, first_pause=SOON) == "done"
    assert call.made == made


async def test_a_lost_answer_stays_one_whatever_follows() -> None:
    with pytest.raises(Unanswered):
        await patiently(Call(Unanswered("lost"), NotNow("banned", 3600)), first_pause=SOON)


async def test_what_is_found_was_done() -> None:
    call, look = Call(Unanswered("lost")), Look("found")
    assert await patiently(call, harmless=0.0, look=look, first_pause=SOON) == "found"
    assert (call.made, look.made) == (1, 1)


async def test_what_is_surely_not_there_goes_again_however_late() -> None:
    call, look = Call(Unanswered("lost"), NotNow("away")), Look(None, None)
    assert await patiently(call, harmless=0.0, look=look, first_pause=SOON) == "done"
    assert (call.made, look.made) == (3, 2)


async def test_where_nothing_can_be_seen_the_time_decides() -> None:
    call = Call(Unanswered("lost"))
    with pytest.raises(Unanswered):
        await patiently(call, harmless=0.0, look=Look(Unseen()), first_pause=SOON)
    assert call.made == 1
    assert await patiently(Call(Unanswered("lost")), harmless=60.0, look=Look(Unseen()), first_pause=SOON) == "done"
