"""The pace of requests, with time as a number; and the limiter's waiting, with a clock that its sleep moves."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from telegram.error import RetryAfter

from bots.telegram.limiter import FairLimiter, Pace
from bots.telegram.limits import ALL_MESSAGES, GROUP_MESSAGES


def test_one_message_a_second_in_a_chat_after_a_short_burst() -> None:
    pace = Pace()
    assert [pace.book(5, 100.0) for _ in range(5)] == [100.0, 100.0, 100.0, 101.0, 102.0]
    assert [pace.book(5, 103.5) for _ in range(2)] == [103.5, 104.0]
    assert pace.book(6, 100.0) == 100.0
    assert pace.book(5, 200.0) == 200.0


def test_twenty_messages_a_minute_in_a_group() -> None:
    pace = Pace()
    times = [pace.book(-5, 100.0) for _ in range(2 * GROUP_MESSAGES + 1)]
    for first, later in zip(times, times[GROUP_MESSAGES:], strict=False):
        assert later - first >= 60
    assert times[GROUP_MESSAGES] == 160.0


def test_small_changes_leave_room_in_a_group() -> None:
    pace = Pace()
    assert [pace.minor(-5, 100.0) for _ in range(3)] == [100.0, 105.0, 110.0]
    assert pace.book(-5, 100.0) == 100.0, "a message does not queue behind them"
    assert [pace.minor(5, 100.0) for _ in range(2)] == [100.0, 100.0]


def test_thirty_messages_a_second_in_all() -> None:
    pace = Pace()
    assert {pace.book_among_all(100.0) for _ in range(ALL_MESSAGES)} == {None}
    assert pace.book_among_all(100.5) == 101.0
    assert pace.book_among_all(101.0) is None


def test_a_flood_holds_its_chat_alone() -> None:
    pace = Pace()
    pace.flooded(5, 100.0, 40.0)
    assert [pace.book(5, 100.0) for _ in range(3)] == [140.0, 141.0, 142.0]
    assert pace.book(6, 100.0) == 100.0


def test_chats_that_were_silent_are_forgotten() -> None:
    pace = Pace()
    for chat in range(3000):
        pace.book(chat, 10.0 + chat)
    pace.flooded(1, 3000.0, 1000.0)
    for chat in range(5000, 8000):
        pace.book(chat, 3500.0)
    assert pace.flood_end(1) == 4000.0
    assert len(pace._chats) < 3500


class Clock:
    """Time that passes for whoever sleeps, in order, and for nobody else."""

    def __init__(self) -> None:
        self.now = 100.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self.now + seconds, woken))
        await woken.wait()

    async def run_until(self, *tasks: asyncio.Task[Any]) -> None:
        while not all(task.done() for task in tasks):
            for _ in range(20):
                await asyncio.sleep(0)
            if self._sleepers:
                self._sleepers.sort(key=lambda sleeper: sleeper[0])
                self.now, woken = self._sleepers.pop(0)
                woken.set()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(clock: Clock) -> FairLimiter:
    return FairLimiter(lambda: clock.now, clock.sleep)


class Telegram:
    """What is called; each chat's first answers may be floods."""

    def __init__(self, clock: Clock, floods: dict[int, list[int]]) -> None:
        self._clock = clock
        self._floods = floods
        self.calls: list[tuple[float, str, int]] = []

    def call(self, endpoint: str, chat: int) -> Callable[..., Awaitable[bool]]:
        async def called() -> bool:
            self.calls.append((self._clock.now, endpoint, chat))
            if self._floods.get(chat):
                raise RetryAfter(self._floods[chat].pop(0))
            return True

        return called


def request(
    limiter: FairLimiter, telegram: Telegram, endpoint: str, chat: int, *, minor: bool | None = None
) -> asyncio.Task[Any]:
    return asyncio.create_task(
        limiter.process_request(telegram.call(endpoint, chat), (), {}, endpoint, {"chat_id": chat}, minor)  # type: ignore[arg-type]
    )


async def test_a_flooded_edit_waits_and_goes_again_and_others_go_on(clock: Clock, limiter: FairLimiter) -> None:
    telegram = Telegram(clock, {5: [7, 3]})
    flooded = request(limiter, telegram, "editMessageText", 5)
    other = request(limiter, telegram, "sendMessage", 6)
    await clock.run_until(flooded, other)
    assert telegram.calls == [
        (100.0, "editMessageText", 5),
        (100.0, "sendMessage", 6),
        (107.1, "editMessageText", 5),
        (pytest.approx(110.2), "editMessageText", 5),
    ]


async def test_what_is_for_a_flooded_chat_waits_with_it(clock: Clock, limiter: FairLimiter) -> None:
    telegram = Telegram(clock, {5: [7]})
    tasks = [request(limiter, telegram, name, 5) for name in ("sendMessage", "deleteMessage", "sendMessage")]
    await clock.run_until(*tasks)
    times = [at for at, _, _ in telegram.calls]
    assert len(times) == 4
    assert min(times[-2:]) >= 107.0


async def test_words_wait_for_the_answer_to_the_ones_before(clock: Clock, limiter: FairLimiter) -> None:
    telegram = Telegram(clock, {5: [7]})
    tasks = [request(limiter, telegram, "sendMessage", 5) for _ in range(2)]
    await clock.run_until(*tasks)
    assert [at for at, _, _ in telegram.calls] == [100.0, 107.1, 108.1], "the burst ends with the flood"


async def test_the_action_above_a_chat_never_waits(clock: Clock, limiter: FairLimiter) -> None:
    telegram = Telegram(clock, {5: [7]})
    first = request(limiter, telegram, "sendChatAction", 5)
    await clock.run_until(first)
    second = request(limiter, telegram, "sendChatAction", 5)
    await clock.run_until(second)
    assert len(telegram.calls) == 1, "and is left out while the chat is flooded"
    assert clock.now == 100.0


async def test_calls_that_are_no_messages_are_not_paced(clock: Clock, limiter: FairLimiter) -> None:
    telegram = Telegram(clock, {})
    tasks = [request(limiter, telegram, "deleteMessage", 5) for _ in range(5)]
    await clock.run_until(*tasks)
    assert clock.now == 100.0


async def test_a_message_overtakes_small_changes_of_a_group(clock: Clock, limiter: FairLimiter) -> None:
    telegram = Telegram(clock, {})
    edits = [request(limiter, telegram, "editMessageText", -5, minor=True) for _ in range(4)]
    video = request(limiter, telegram, "sendVideo", -5)
    await clock.run_until(*edits, video)
    at = next(at for at, name, _ in telegram.calls if name == "sendVideo")
    assert at <= 101.0, "at most a second behind"
    assert [at for at, name, _ in telegram.calls if name == "editMessageText"] == [100.0, 105.0, 110.0, 115.0]
