"""The live feed: every change once and in order, resumed where it broke off, closed with the server."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import BlockingConnectionPool, Redis

from bots.web.events import MOST_STREAMS
from core.chat import Button, Message
from tests.bots.web.scripted import PATIENCE, Site, chat_of, hex_id, served
from tests.waiting import wait_until


@dataclass(frozen=True)
class Frame:
    event: str
    id: str
    data: dict[str, Any]


class Feed:
    """An event stream split into its blocks as a browser splits it, at empty lines and nowhere else."""

    def __init__(self, response: httpx.Response) -> None:
        self._chunks = response.aiter_bytes()
        self._rest = b""

    async def block(self) -> bytes | None:
        """The next block, None at the end of the stream."""
        async with asyncio.timeout(PATIENCE):
            while b"\n\n" not in self._rest:
                chunk = await anext(self._chunks, None)
                if chunk is None:
                    return None
                self._rest += chunk
        block, _, self._rest = self._rest.partition(b"\n\n")
        return block

    async def next(self) -> Frame:
        while True:
            block = await self.block()
            assert block is not None, "the stream ended"
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n") if not line.startswith(":"))
            if "event" in fields:
                return Frame(fields["event"], fields["id"], json.loads(fields["data"]))


@asynccontextmanager
async def _follow(visitor: httpx.AsyncClient, after: str, last: str | None = None) -> AsyncIterator[Feed]:
    headers = {} if last is None else {"last-event-id": last}
    async with visitor.stream("GET", "/api/events", params={"after": after}, headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield Feed(response)


async def _cursor(visitor: httpx.AsyncClient) -> str:
    cursor: str = (await visitor.get("/api/history")).json()["cursor"]
    return cursor


async def test_changes_arrive_in_order_as_they_happen(site: Site) -> None:
    async with site.visitor() as visitor:
        chat = chat_of(visitor)
        async with _follow(visitor, await _cursor(visitor)) as feed:
            await visitor.post("/api/messages", json={"id": hex_id(), "text": "zoom in", "files": []})
            said = await feed.next()
            work = await site.outbox.send(chat, Message("Uploading · 0%", (Button("Cancel", "x.1."),), 0.0))
            begun = await feed.next()
            await site.outbox.edit(chat, work, Message("Rendering · 50%", (Button("Cancel", "x.1."),), 0.5))
            edited = await feed.next()
            await site.outbox.remove(chat, work)
            removed = await feed.next()
    assert [frame.event for frame in (said, begun, edited, removed)] == ["append", "append", "replace", "remove"]
    assert (said.data["entry"]["text"], said.data["entry"]["author"]) == ("zoom in", "person")
    assert begun.data["entry"]["buttons"] == [{"label": "Cancel", "action": "x.1."}]
    assert (edited.data["id"], edited.data["entry"]["fraction"]) == (work, 0.5)
    assert removed.data == {"id": work, "entry": None}


@pytest.mark.parametrize("after", ["9" * 400, "9" * 19, "9" * 20, "nonsense", ""])
async def test_a_cursor_that_was_never_given_means_to_read_anew(site: Site, after: str) -> None:
    async with site.visitor() as visitor:
        await site.outbox.send(chat_of(visitor), Message("one"))
        async with _follow(visitor, after) as feed:
            assert (await feed.next()).event == "reload"


async def test_a_feed_goes_on_where_it_broke_off(site: Site) -> None:
    async with site.visitor() as visitor:
        chat = chat_of(visitor)
        start = await _cursor(visitor)
        for text in ("one", "two", "three"):
            await site.outbox.send(chat, Message(text))
        async with _follow(visitor, start) as feed:
            first = await feed.next()
        async with _follow(visitor, start, last=first.id) as feed:
            rest = [(await feed.next()).data["entry"]["text"] for _ in range(2)]
    assert first.data["entry"]["text"] == "one"
    assert rest == ["two", "three"]


@pytest.mark.parametrize("text", ["a\u2028b\u2029c\u0085d", "one\n\ntwo\r\nthree", "data: x\n\nevent: remove"])
async def test_no_text_breaks_a_frame(site: Site, text: str) -> None:
    async with site.visitor() as visitor, _follow(visitor, await _cursor(visitor)) as feed:
        await site.outbox.send(chat_of(visitor), Message(text))
        assert (await feed.next()).data["entry"]["text"] == text


async def test_a_follower_too_far_behind_is_told_to_read_anew(redis: Redis, tmp_path: Path) -> None:
    async with served(redis, tmp_path / "web", most_changes=20) as site, site.visitor() as visitor:
        start = await _cursor(visitor)
        # The stream is trimmed in whole nodes of a hundred entries.
        for number in range(300):
            await site.outbox.send(chat_of(visitor), Message(str(number)))
        async with _follow(visitor, start) as feed:
            told = await feed.next()
            assert told.event == "reload"
            assert await feed.block() is None
        assert told.id == await _cursor(visitor)


async def test_a_chat_that_is_forgotten_is_read_anew_and_is_empty(site: Site) -> None:
    async with site.visitor() as visitor:
        chat = chat_of(visitor)
        await site.outbox.send(chat, Message("soon gone"))
        async with _follow(visitor, await _cursor(visitor)) as feed:
            await site.outbox.forget(chat)
            assert (await feed.next()).event == "reload"
        history = (await visitor.get("/api/history")).json()
        assert history["entries"] == []
        async with _follow(visitor, history["cursor"]) as feed:
            await site.outbox.send(chat, Message("anew"))
            assert (await feed.next()).data["entry"]["text"] == "anew"


async def test_a_silent_stream_is_kept_alive(redis: Redis, tmp_path: Path) -> None:
    async with (
        served(redis, tmp_path / "web", heartbeat=0.05) as site,
        site.visitor() as visitor,
        _follow(visitor, await _cursor(visitor)) as feed,
    ):
        blocks = [await feed.block() for _ in range(3)]
        await site.outbox.send(chat_of(visitor), Message("after the silence"))
        assert (await feed.next()).data["entry"]["text"] == "after the silence"
    assert blocks == [b"retry: 1000", b": still here", b": still here"]


async def test_a_visitor_has_a_bounded_count_of_streams(site: Site) -> None:
    async with site.visitor() as visitor, site.visitor() as other, AsyncExitStack() as tabs:
        start = await _cursor(visitor)
        first = await tabs.enter_async_context(AsyncExitStack())
        feeds = [await first.enter_async_context(_follow(visitor, start))]
        feeds += [await tabs.enter_async_context(_follow(visitor, start)) for _ in range(MOST_STREAMS - 1)]
        refused = await visitor.get("/api/events", params={"after": start})
        assert refused.status_code == 503
        assert int(refused.headers["retry-after"]) > 0
        assert refused.json()["error"].startswith("Too many tabs with this page are open.")
        async with _follow(other, await _cursor(other)) as feed:
            assert await feed.block() == b"retry: 1000"
        await first.aclose()

        async def room() -> bool:
            async with visitor.stream("GET", "/api/events", params={"after": start}) as response:
                return response.status_code == 200

        await wait_until(room, what="a tab that was closed makes room")


async def test_without_redis_a_stream_ends_and_other_requests_say_try_again(
    redis_url: str, redis: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pool = BlockingConnectionPool.from_url(redis_url, decode_responses=True, max_connections=1, timeout=0.1)
    async with Redis.from_pool(pool) as scarce, served(scarce, tmp_path / "web") as site, site.visitor() as visitor:
        start = await _cursor(visitor)
        async with scarce.pubsub() as taken:
            await taken.subscribe("nothing")
            async with _follow(visitor, start) as feed:
                assert await feed.block() == b"retry: 1000"
                assert await feed.block() is None
            history = await visitor.get("/api/history")
        assert history.status_code == 503
        assert list(history.json()) == ["error"]
        assert int(history.headers["retry-after"]) > 0
        async with _follow(visitor, "") as feed:
            assert (await feed.next()).event == "reload"
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_nobody_follows_another_chat(site: Site) -> None:
    async with site.visitor() as one, site.visitor() as other:
        async with _follow(other, await _cursor(other)) as feed:
            await site.outbox.send(chat_of(one), Message("for one"))
            await site.outbox.send(chat_of(other), Message("for the other"))
            assert (await feed.next()).data["entry"]["text"] == "for the other"
        other.cookies.clear()
        assert (await other.get("/api/events")).status_code == 401


async def test_the_server_ends_although_somebody_listens(redis: Redis, tmp_path: Path) -> None:
    async with asyncio.timeout(PATIENCE):
        async with served(redis, tmp_path / "web") as site:
            visitor = site.visitor()
            request = visitor.build_request("GET", "/api/events", params={"after": await _cursor(visitor)})
            response = await visitor.send(request, stream=True)
            feed = Feed(response)
            assert await feed.block() == b"retry: 1000"
        assert await feed.block() is None
        await visitor.aclose()
