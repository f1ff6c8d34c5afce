"""The page's server without room for its files: one sentence for visitor and operator, and it goes on when there is."""

from __future__ import annotations

from pathlib import Path

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from tests.bots.web.scripted import served
from tests.disks import fill, small_disk

NO_ROOM = {
    "en": "The server has no space left. Please tell whoever runs it, and try again later.",
    "zh": "服务器空间已满。请告知管理者，稍后再试。",
}


async def test_item_5_an_upload_to_a_full_disk_is_one_sentence(redis: Redis, tmp_path: Path) -> None:
    with small_disk(tmp_path / "web") as folder:
        async with served(redis, folder) as site, site.visitor() as visitor, site.visitor(language="zh") as li:
            filler = fill(folder)
            with capture_logs() as logs:
                for each, language in ((visitor, "en"), (li, "zh")):
                    refused = await each.post("/api/files?name=a.jpg", content=bytes(50_000))
                    assert (refused.status_code, refused.json()["error"]) == (507, NO_ROOM[language])
            assert [entry["event"] for entry in logs] == ["disk_full"] * 2
            assert [path for path in folder.rglob("*") if path.is_file() and path != filler] == []
            filler.unlink()
            assert (await visitor.post("/api/files?name=a.jpg", content=bytes(50_000))).status_code == 201


async def test_item_3_an_upload_to_a_place_that_is_away_is_one_sentence(
    redis: Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder := tmp_path / "web").write_bytes(b"")
    async with served(redis, folder) as site, site.visitor() as visitor:
        with capture_logs() as logs:
            refused = await visitor.post("/api/files?name=a.jpg", content=bytes(5000))
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "10")
        assert refused.json()["error"] == "Something went wrong on the server. Please try again in a moment."
        assert [entry["event"] for entry in logs] == ["files_refused"]
        assert [record for record in caplog.records if record.exc_info] == []
        folder.unlink()
        assert (await visitor.post("/api/files?name=a.jpg", content=bytes(5000))).status_code == 201
