"""The worker beside the stages: what it does with a record that it cannot read."""

from __future__ import annotations

import asyncio
from pathlib import Path

from redis.asyncio import Redis

from bots.parts import WEB, assembled
from core.chat import ChatRef, Message, Person
from core.jobs.job import Job, Kind
from core.settings import load
from core.store.connection import key
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
