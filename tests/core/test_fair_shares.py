"""Fair shares as people meet them: the 30 photos of one and the one of another, places, quotas, lists, the operator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from bots.web.files import Files
from bots.web.outbox import TranscriptOutbox
from core.chat import ChatGone, ChatRef, Message, Person
from core.jobs.desk import new_id
from core.jobs.worker import Worker
from core.store.lists import TOLD_SECONDS, List, Lists
from core.store.shares import Shares
from core.store.transcripts import Transcripts
from tests.core.conversing import ADMIN, ALICE, BOB, LI, Backend, House, Room, housed
from tests.counterparts.agents import Project, editor
from tests.counterparts.nemo import ScriptedNemo
from tests.waiting import wait_until

OPERATOR = Person("root", "Root", "en")

OpenHouse = Callable[..., Coroutine[Any, Any, House]]


@pytest.fixture
async def opened(nemo: Backend, redis: Redis, tmp_path: Path) -> AsyncIterator[OpenHouse]:
    """Processes with these settings over one Redis and one backend, without workers."""
    async with AsyncExitStack() as stack:

        async def enter(**settings: Any) -> House:
            return await stack.enter_async_context(housed(nemo, redis, tmp_path, **settings))

        yield enter


def scripted(house: House) -> ScriptedNemo:
    assert house.backend.nemo is not None
    return house.backend.nemo


@asynccontextmanager
async def held_back(house: House) -> AsyncIterator[asyncio.Event]:
    """An agent that answers nobody until the event is set."""
    let_go = asyncio.Event()

    async def waits(words: str, project: Project) -> AsyncIterator[bytes]:
        await let_go.wait()
        async for each in editor(words, project):
            yield each

    scripted(house).agent = waits
    try:
        yield let_go
    finally:
        let_go.set()


async def cancel_all(room: Room) -> None:
    await room.say(command="cancel")
    await room.settled()


@pytest.mark.parametrize(
    ("shares", "at_once"),
    [(Shares(jobs_in_all=1), 8), (Shares(), 1)],
    ids=["one job in all", "a worker with one place"],
)
async def test_item_4_one_chat_with_30_photos_and_another_with_one(
    opened: OpenHouse, photo: Path, shares: Shares, at_once: int
) -> None:
    """By the order in which they ended: at most two of the thirty are done while the single one waits."""
    house = await opened(shares=shares)
    batch, single = house.private(ALICE), house.private(BOB)
    async with held_back(house) as let_go, house.working(Worker(house.desk, at_once, 0.5)):
        await batch.say("animate each of them separately", *[photo] * 30)
        assert len(await batch.jobs()) == 30
        await wait_until(lambda: scripted(house).prompts, what="the first of the thirty is at work")
        asked = await single.say("fly", photo)
        let_go.set()
        video = await single.video(asked)
        done_before = [entry for entry in await batch.videos() if entry.at <= video.at]
        assert len(done_before) <= 2
        await wait_until(lambda: _count(batch, len(done_before) + 1), what="the thirty go on")
        await cancel_all(batch)


async def _count(room: Room, least: int) -> bool:
    return len(await room.videos()) >= least


async def test_item_4_a_person_s_jobs_in_two_chats_leave_room_for_others(opened: OpenHouse, photo: Path) -> None:
    house = await opened(shares=Shares(jobs_in_all=2, jobs_person=1))
    private, group, other = house.private(ALICE), house.group(), house.private(BOB)
    async with held_back(house) as let_go, house.working():
        first = await private.say("fly", photo)
        second = await group.say("swim", photo)
        third = await other.say("run", photo)
        waiting = await group.progress(second, "Waiting")
        assert waiting.message.text == "Waiting: 1 before this one"
        await wait_until(lambda: len(scripted(house).prompts) == 2)
        assert sorted(scripted(house).prompts) == ["fly", "run"]
        let_go.set()
        for room, said in ((private, first), (group, second), (other, third)):
            await room.video(said)


async def test_item_4_two_workers_keep_one_limit(opened: OpenHouse, photo: Path) -> None:
    one, two = await opened(shares=Shares(jobs_in_all=3)), await opened(shares=Shares(jobs_in_all=3))
    async with held_back(one) as let_go, one.working(), two.working():
        rooms = [one.group(f"group{number}") for number in range(6)]
        asked = [await room.say(f"photo {number}", photo) for number, room in enumerate(rooms)]
        await wait_until(lambda: len(scripted(one).prompts) == 3)
        assert (await rooms[-1].progress(asked[-1])).message.text == "Waiting: 3 before this one"
        let_go.set()
        for room, said in zip(rooms, asked, strict=True):
            await room.video(said)


async def test_item_4_a_place_among_all_chats_is_shown_and_kept_current(opened: OpenHouse, photo: Path) -> None:
    house = await opened(shares=Shares(jobs_in_all=1))
    rooms = [house.private(person) for person in (ALICE, BOB, LI)]
    async with held_back(house), house.working(Worker(house.desk, 8, 0.5, tell_every=0.05)):
        asked = [await room.say(text, photo) for room, text in zip(rooms, ("fly", "fly", "飞"), strict=True)]
        assert (await rooms[1].progress(asked[1], "Waiting")).message.text == "Waiting: 1 before this one"
        shown = await rooms[2].progress(asked[2])
        assert shown.message.text == "排队中：前面还有 2 个"
        assert [button.label for button in shown.message.buttons] == ["取消"]
        await rooms[0].progress(asked[0])
        await cancel_all(rooms[0])
        moved = await rooms[2].progress(asked[2], "前面还有 1 个")
        assert moved.id == shown.id, "one message, edited"
        await cancel_all(rooms[1])
        await rooms[2].progress(asked[2], "%")
        await cancel_all(rooms[2])


async def test_item_4_a_place_behind_the_one_at_work_moves_when_one_between_is_cancelled(
    opened: OpenHouse, photo: Path
) -> None:
    house = await opened()
    room = house.private()
    async with held_back(house), house.working(Worker(house.desk, 8, 0.5, tell_every=0.05)):
        asked = [await room.say(text, photo) for text in ("fly", "swim", "run", "walk")]
        await room.progress(asked[0], "%")
        between = await room.progress(asked[1], "Waiting: 1 ")
        shown = [await room.progress(asked[2], "Waiting: 2 "), await room.progress(asked[3], "Waiting: 3 ")]
        await room.press(between, "Cancel")
        moved = [await room.progress(asked[2], "Waiting: 1 "), await room.progress(asked[3], "Waiting: 2 ")]
        assert [entry.id for entry in moved] == [entry.id for entry in shown]
        assert "%" in (await room.progress(asked[0])).message.text, "the one at work goes on"
        await cancel_all(room)


async def test_item_4_those_who_wait_for_a_busy_worker_are_told_so(opened: OpenHouse, photo: Path) -> None:
    """No limit is set, and all there are of workers have their hands full."""
    house = await opened()
    rooms = [house.private(person) for person in (ALICE, BOB, LI)]
    async with held_back(house) as let_go, house.working(Worker(house.desk, 1, 0.5, tell_every=0.1)):
        asked = [await room.say(text, photo) for room, text in zip(rooms, ("fly", "fly", "飞"), strict=True)]
        assert (await rooms[1].progress(asked[1])).message.text == "Waiting: 1 before this one"
        await rooms[2].progress(asked[2], "前面还有 2 个")
        let_go.set()
        for room, said in zip(rooms, asked, strict=True):
            await room.video(said)
            assert len(await room.answers(said)) == 1, "no message stays beside the video"


async def test_a_request_is_not_met_with_silence_where_no_worker_lives(opened: OpenHouse, photo: Path) -> None:
    house = await opened()
    room = house.private()
    asked = await room.say("fly", photo)
    kept = await room.progress(asked)
    assert kept.message.text == "Your request is kept. It is worked on as soon as the service is up again."
    async with house.working():
        await room.video(asked)
        assert len(await room.answers(asked)) == 1
        for words in ("swim", "run"):
            again = await room.say(words)
            await room.video(again)
        history = await house.transcripts.history(room.chat, 200)
        assert not [entry for entry in history.entries if "is kept" in entry.message.text]


# Quotas.


@pytest.mark.parametrize(
    ("shares", "says"),
    [
        (
            Shares(quota_person=1),
            "You have had your videos of today (1 a day); it goes on at 00:00 UTC, in 1 h 30 min.",
        ),
        (
            Shares(quota_chat=1),
            "This chat has had its videos of today (1 a day); it goes on at 00:00 UTC, in 1 h 30 min.",
        ),
        (
            Shares(queue_person=1),
            "As many requests of yours are waiting as may (1). Send more when some of them are done.",
        ),
        (
            Shares(queue_chat=1),
            "As many requests are waiting in this chat as may (1). Send more when some of them are done.",
        ),
    ],
    ids=["person a day", "chat a day", "person's queue", "chat's queue"],
)
async def test_item_4_what_is_used_up_is_said_in_one_sentence(
    opened: OpenHouse, photo: Path, shares: Shares, says: str
) -> None:
    house = await opened(shares=shares, clock=lambda: 20_000 * 86400 + 22.5 * 3600)
    room = house.private()
    await room.say("fly", photo)
    refused = await room.say("swim", photo)
    assert [entry.message.text for entry in await room.answers(refused)] == [says]
    assert len(await room.jobs()) == 1


async def test_item_4_a_refusal_is_in_the_person_s_language(opened: OpenHouse, photo: Path) -> None:
    house = await opened(shares=Shares(quota_person=1), clock=lambda: 20_000.5 * 86400)
    room = house.private(LI)
    await room.say("飞", photo)
    answers = await room.answers(await room.say("游", photo))
    assert answers[0].message.text == "你今天的视频已经用完（每天 1 个）；12 小时 0 分钟后（UTC 零点）可以继续。"


async def test_item_4_a_quota_of_none_is_said_so(opened: OpenHouse, photo: Path) -> None:
    house = await opened(shares=Shares(quota_chat=0))
    room = house.private()
    answers = await room.answers(await room.say("fly", photo))
    assert [entry.message.text for entry in answers] == ["The operator has set the number of videos here to none."]
    assert await room.jobs() == ()


async def test_item_4_a_batch_beyond_the_quota_is_taken_in_part_and_told_once(opened: OpenHouse, photo: Path) -> None:
    house = await opened(shares=Shares(quota_person=2), clock=lambda: 20_001 * 86400 - 60)
    room = house.private()
    asked = await room.say("animate each of them separately", *[photo] * 4)
    assert len(await room.jobs()) == 2
    answers = [entry for entry in await room.answers(asked) if entry.message.fraction is None]
    assert [entry.message.text for entry in answers] == [
        "2 of 4 photos were taken. You have had your videos of today (2 a day); it goes on at 00:00 UTC, in 1 min."
    ]


async def test_item_4_a_retry_beyond_the_quota_is_told_and_keeps_its_button(opened: OpenHouse, photo: Path) -> None:
    clock = [20_000.5 * 86400]
    house = await opened(shares=Shares(quota_person=1), clock=lambda: clock[0])
    room = house.private()
    scripted(house).stages = ("failed",)
    async with house.working():
        failed = await room.outcome(await room.say("fly", photo))
        await room.settled()
        await room.say("swim", photo)  # what had failed was given back
        await room.settled()
        scripted(house).stages = ("completed",)
        done = await room.video(await room.say("fly", photo))
        await room.press(failed, "Retry")
        assert "videos of today" in (await room.entries())[-1].message.text
        await room.press(done, "Slower")
        assert "videos of today" in (await room.entries())[-1].message.text
        clock[0] += 86400
        await room.press(failed, "Retry")
        await room.settled()
        assert len(await room.videos()) == 2


async def test_item_4_a_file_that_cannot_be_used_is_not_given_back(
    opened: OpenHouse, photo: Path, tmp_path: Path
) -> None:
    house = await opened(shares=Shares(quota_person=1))
    room = house.private()
    no_picture = tmp_path / "notes.jpg"
    no_picture.write_bytes(b"no picture at all")
    async with house.working():
        await room.outcome(await room.say("fly", no_picture))
        await room.settled()
        answers = await room.answers(await room.say("fly", photo))
    assert "videos of today" in answers[0].message.text


# Who is let in.


async def test_item_4_a_blocked_person_is_told_once_a_day_and_in_groups_not_at_all(
    opened: OpenHouse, photo: Path, redis: Redis
) -> None:
    house = await opened(lists=Lists(redis, block={"web:alice"}))
    room, group = house.private(ALICE), house.group()
    first = await room.say("fly", photo)
    told = await room.answers(first)
    assert [entry.message.text for entry in told] == ["The operator of this bot does not let it work for you."]
    await room.say("please")
    await room.say(command="help")
    await group.say("fly", photo)
    assert len(await room.entries()) == 1
    assert await group.entries() == []
    assert await room.jobs() == await group.jobs() == ()
    ttl = await redis.ttl(f"sr:chat:{room.chat.key}|kept-out:alice")
    assert TOLD_SECONDS - 5 <= ttl <= TOLD_SECONDS
    await group.say("swim", photo, by=BOB)
    assert len(await group.jobs()) == 1, "only she is blocked"


async def test_item_4_a_blocked_group_is_left_in_silence_with_its_topics(
    opened: OpenHouse, photo: Path, redis: Redis
) -> None:
    house = await opened(lists=Lists(redis, block={"web:noisy"}))
    topic = house.group("noisy")
    topic.chat = replace(topic.chat, thread="7")
    for room in (house.group("noisy"), topic):
        await room.say("fly", photo)
        assert await room.entries() == []
        assert await room.jobs() == ()


async def test_item_4_with_a_list_of_those_let_in_everybody_else_gets_one_sentence(
    opened: OpenHouse, photo: Path, redis: Redis
) -> None:
    house = await opened(lists=Lists(redis, allow={"web:alice", "web:friends"}, operators={"web:root"}))
    for room, by in ((house.private(ALICE), ALICE), (house.group("friends"), BOB), (house.private(OPERATOR), OPERATOR)):
        await room.say("fly", photo, by=by)
        assert len(await room.jobs()) == 1, room.chat.key
    stranger, group = house.private(BOB), house.group("strangers")
    for room in (stranger, group):
        for _ in range(2):
            await room.say("fly", photo, by=BOB)
        assert await room.jobs() == ()
    sentence = "This bot works only for those whom its operator lets in. Ask the operator, naming {}."
    assert await stranger.texts() == [sentence.format("web:bob")]
    assert await group.texts() == [sentence.format("web:strangers")]


async def test_item_4_buttons_of_those_who_are_kept_out_do_nothing(
    opened: OpenHouse, photo: Path, redis: Redis
) -> None:
    house = await opened()
    room = house.private()
    async with house.working():
        video = await room.video(await room.say("fly", photo))
    await house.lists.add(List.BLOCK, ["web:alice"])
    await room.press(video, "Slower")
    assert await room.jobs() == ()
    assert room.pressed == "The operator of this bot does not let it work for you."


# The operator.


async def test_item_4_the_operator_s_commands(opened: OpenHouse, photo: Path, redis: Redis) -> None:
    house = await opened(lists=Lists(redis, block={"web:mallory"}, operators={"web:root"}))
    root, alice = house.private(OPERATOR), house.private(ALICE)

    async def answered(text: str) -> str:
        command, _, rest = text.removeprefix("/").partition(" ")
        (answer,) = await root.answers(await root.say(rest, command=command))
        return answer.message.text

    assert await answered("/allow") == "Everybody is let in who is not blocked."
    assert await answered("/block") == "Blocked: web:mallory."
    await alice.say("fly", photo)
    assert await answered("/block web:alice, web:spam") == "Blocked: web:alice, web:mallory, web:spam."
    await alice.say("swim", photo)
    assert "does not let it work for you" in (await alice.texts())[-1]
    assert await answered("/block off web:alice web:spam") == "Blocked: web:mallory."
    assert await answered("/block off web:mallory") == (
        "Blocked: web:mallory.\nweb:mallory: set in BLOCK, and can only be taken off there."
    )
    assert await answered("/allow web:bob") == "Let in are web:bob, and nobody else."
    await alice.say("run", photo)
    assert await alice.jobs() == (), "the one from before ended with the block"
    assert await answered("/allow off web:bob") == "Everybody is let in who is not blocked."
    for wrong in ("/allow bob", "/block off", "/block elsewhere:1", "/block web:"):
        assert (await answered(wrong)).startswith("Write /"), wrong
    # Where a platform hands over as text what is no command of everybody's.
    assert (await root.answers(await root.say("/block")))[-1].message.text == "Blocked: web:mallory."


async def test_item_4_a_chat_that_has_moved_is_meant_by_either_name(
    opened: OpenHouse, photo: Path, redis: Redis
) -> None:
    house = await opened(lists=Lists(redis, block={"web:small"}, operators={"web:root"}))
    root, group = house.private(OPERATOR), house.group("super")
    await house.people.migrate(ChatRef("web", "noisy"), group.chat)

    async def answered(text: str) -> str:
        return (await root.answers(await root.say(text, command="block")))[0].message.text

    assert await answered("web:noisy") == "Blocked: web:small, web:super."
    await group.say("fly", photo)
    assert await group.jobs() == ()
    assert await answered("off web:noisy") == "Blocked: web:small."
    await group.say("fly", photo)
    assert len(await group.jobs()) == 1
    await house.people.migrate(ChatRef("web", "small"), ChatRef("web", "large"))
    assert await answered("off web:large") == (
        "Blocked: web:small.\nweb:large: set in BLOCK, and can only be taken off there."
    )


async def test_item_4_blocking_a_chat_ends_what_is_made_for_it(opened: OpenHouse, photo: Path, redis: Redis) -> None:
    house = await opened(lists=Lists(redis, operators={"web:root"}))
    group = house.group("noisy")
    await group.say("fly", photo)
    await house.private(OPERATOR).say("web:noisy", command="block")
    assert await group.jobs() == ()


async def test_item_4_blocking_a_person_ends_what_is_made_for_them_wherever_they_asked(
    opened: OpenHouse, photo: Path, redis: Redis
) -> None:
    house = await opened(lists=Lists(redis, operators={"web:root"}))
    private, group = house.private(BOB), house.group()
    await private.say("fly", photo)
    await group.say("swim", photo, by=BOB)
    await group.say("run", photo, by=ALICE)
    await house.private(OPERATOR).say("web:bob", command="block")
    assert await private.jobs() == ()
    assert [job.person.id for job in await group.jobs()] == ["alice"]


async def test_item_4_blocking_goes_on_where_a_chat_cannot_be_told(
    opened: OpenHouse, photo: Path, redis: Redis, tmp_path: Path
) -> None:
    class Gone(TranscriptOutbox):
        async def send(self, chat: ChatRef, message: Message, *, reply_to: str | None = None) -> str:
            if message.text == "Cancelled.":
                raise ChatGone
            return await super().send(chat, message, reply_to=reply_to)

        async def edit(self, chat: ChatRef, message_id: str, message: Message) -> bool:
            if message.text == "Cancelled.":
                raise ChatGone
            return await super().edit(chat, message_id, message)

    gone = Gone("web", Transcripts(redis, time.time), Files(tmp_path / "files", new_id), clock=time.time, new_id=new_id)
    house = await opened(lists=Lists(redis, operators={"web:root"}), others={"web": gone})
    group, root = house.group("noisy"), house.private(OPERATOR)
    await group.say("fly", photo)
    await group.say("swim", photo)
    answers = await root.answers(await root.say("web:noisy", command="block"))
    assert [entry.message.text for entry in answers] == ["Blocked: web:noisy."]
    assert await group.jobs() == ()


async def test_item_4_the_operator_sees_how_things_stand(opened: OpenHouse, photo: Path, redis: Redis) -> None:
    house = await opened(shares=Shares(quota_person=2), lists=Lists(redis, operators={"web:root"}))
    alice, root = house.private(ALICE), house.private(OPERATOR)
    async with house.working():
        await alice.video(await alice.say("fly", photo))
    for _ in range(2):
        await alice.say("swim", photo)
    answers = await root.answers(await root.say(command="stats"))
    assert answers[0].message.text.splitlines() == [
        "At work: 0. Waiting: 1.",
        "Today (UTC): 2 taken, 1 done, 0 failed, 0 cancelled, 0 expired.",
        "Refused today: 1 for a quota, 0 for a full queue.",
        "Chats: 1 with work, 1 with videos today.",
        "web: 1 unfinished, 1 done, 0 failed.",
        "Most today: web:alice (2).",
    ]


@pytest.mark.parametrize("command", ["stats", "allow", "block"])
async def test_item_4_for_everybody_else_the_operator_s_commands_do_not_exist(
    opened: OpenHouse, redis: Redis, command: str
) -> None:
    house = await opened(lists=Lists(redis, operators={"web:root"}))
    room, group = house.private(ADMIN), house.group()
    await room.say(command="help")
    stranger = (await room.answers(await room.say("web:bob", command=command)))[0].message.text
    unknown = (await room.answers(await room.say("web:bob", command="nosuchcommand")))[0].message.text
    assert stranger == unknown
    await group.say("web:bob", command=command, by=OPERATOR)
    assert await house.lists.names(List.BLOCK) == await house.lists.names(List.ALLOW) == ()
    for text in await room.texts() + await group.texts():
        assert f"/{command}" not in text
