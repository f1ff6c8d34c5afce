"""The page's server on a disk without room: one sentence for the visitor, and it goes on when there is room again."""

from __future__ import annotations

from pathlib import Path

from redis.asyncio import Redis

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
            for each, language in ((visitor, "en"), (li, "zh")):
                refused = await each.post("/api/files?name=a.jpg", content=bytes(50_000))
                assert (refused.status_code, refused.json()["error"]) == (507, NO_ROOM[language])
            assert [path for path in folder.rglob("*") if path.is_file() and path != filler] == []
            filler.unlink()
            assert (await visitor.post("/api/files?name=a.jpg", content=bytes(50_000))).status_code == 201
