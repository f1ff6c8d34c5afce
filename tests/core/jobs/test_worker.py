"""The worker beside the stages: with a record that it cannot read, a platform that it cannot reach, a full disk."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import structlog
from redis.asyncio import Redis

from bots.parts import WEB, Parts, assembled
from core.chat import ChatRef, Media, Message, Person
from core.jobs.job import Job, Kind, Stage, Upload
from core.jobs.mailbox import Mailbox, Turn
from core.settings import load
from core.store.connection import BLOCK, key
from tests.waiting import wait_until


async def test_a_job_of_another_version_ends_with_a_sentence(redis: Redis, redis_url: str, tmp_path: Path) -> None:
    chat = ChatRef(WEB, "a" * 32)
    async with assembled(load(data_dir=tmp_path), redis, "http://127.0.0.1:9") as parts:
        job = Job("abcdefghijkl", Kind.EXPORT, chat, Person("1"), "clip", 0.0, "en")
        await parts.mailbox.put(job)
        shown = await parts.outboxes[WEB].send(chat, Message("Waiting", fraction=0.0))
        assert await parts.mailbox.note_progress(job, shown)
        await redis.hset(key("job", job.id), "record", "{}")
        working = asyncio.create_task(parts.worker.run())
        try:

            async def told() -> str:
                entry = await parts.transcripts.find(chat, shown)
                return entry.message.text if entry and entry.message.fraction is None else ""

            assert await wait_until(told, 10) == "That was too long ago. Please send the photo again."
            assert await parts.mailbox.unfinished(chat) == ()
        finally:
            parts.worker.stop()
            await working


async def test_a_job_of_another_version_ends_with_a_sentence_though_its_progress_message_was_deleted(
    redis: Redis, tmp_path: Path
) -> None:
    chat = ChatRef(WEB, "a" * 32)
    async with assembled(load(data_dir=tmp_path), redis, "http://127.0.0.1:9") as parts:
        job = Job("abcdefghijkl", Kind.EXPORT, chat, Person("1"), "clip", 0.0, "en")
        await parts.mailbox.put(job)
        assert await parts.mailbox.note_progress(job, "deleted")
        await redis.hset(key("job", job.id), "record", "{}")
        async with at_work(parts):

            async def told() -> list[str]:
                return [entry.message.text for entry in (await parts.transcripts.history(chat, 10)).entries]

            assert await wait_until(told) == ["That was too long ago. Please send the photo again."]


@asynccontextmanager
async def at_work(parts: Parts) -> AsyncIterator[None]:
    working = asyncio.create_task(parts.worker.run())
    try:
        yield
    finally:
        parts.worker.stop()
        await working


async def test_a_chat_that_a_worker_cannot_reach_is_left_to_another(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    chat = ChatRef("telegram", "5")
    job = Job("abcdefghijkl", Kind.EXPORT, chat, Person("1"), "clip", 0.0, "en")
    other = Mailbox(redis, "other")

    async def taken() -> Turn | None:
        for entry, whose in await other.next_entries(1, BLOCK):
            return await other.take(entry, whose)
        return None

    with structlog.testing.capture_logs() as logs:
        async with assembled(load(data_dir=tmp_path), redis, "http://127.0.0.1:9") as parts, at_work(parts):
            await parts.mailbox.put(job)

            async def told() -> bool:
                return any(line["event"] == "platform_not_reached" for line in logs)

            assert await wait_until(told, 5)
            turn = await wait_until(taken, 10)
            assert turn is not None
            assert (turn.job.id, turn.job.stage) == (job.id, Stage.QUEUED)
            again = replace(job, id="bbcdefghijkl", chat=ChatRef("telegram", "6"))
            await parts.mailbox.put(again)
            turn = await wait_until(taken, 10)
            assert turn is not None
            assert turn.job.id == again.id
    assert [line["platform"] for line in logs if line["event"] == "platform_not_reached"] == ["telegram"]
    assert not [line for line in logs if line["event"] == "turn_broke"]


async def test_a_job_ends_where_no_folder_can_be_made_for_its_files(
    redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    chat = ChatRef(WEB, "a" * 32)
    media = Media("nothing", name="a.jpg")
    job = Job("abcdefghijkl", Kind.UPLOAD, chat, Person("1"), "clip", 0.0, "en", uploads=(Upload(media),))
    settings = load(data_dir=tmp_path, backend_patience=0, job_max_age=None)
    async with assembled(settings, redis, "http://127.0.0.1:9") as parts:
        shutil.rmtree(tmp_path / "spool")
        (tmp_path / "spool").write_text("in the way, as a full disk is")
        async with at_work(parts):
            await parts.mailbox.put(job)

            async def ended() -> Job | None:
                now = await parts.mailbox.job(job.id)
                return now if now is not None and now.stage.ended else None

            now = await wait_until(ended, 10)
            assert now is not None
            assert now.stage is Stage.FAILED
