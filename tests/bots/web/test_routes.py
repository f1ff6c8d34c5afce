"""What a visitor says and presses, and what the conversation is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest
from redis.asyncio import Redis

from bots.web.requests import MOST_FILES, MOST_TEXT
from core.chat import Button, Incoming, MediaKind, Message, Video
from core.store.connection import key
from tests.bots.web.scripted import Site, chat_of, hex_id


async def _say(visitor: httpx.AsyncClient, text: str, **more: Any) -> httpx.Response:
    return await visitor.post("/api/messages", json={"id": hex_id(), "text": text, "files": [], **more})


async def _texts(visitor: httpx.AsyncClient, **query: Any) -> list[str]:
    return [entry["text"] for entry in (await visitor.get("/api/history", params=query)).json()["entries"]]


async def test_a_message_is_written_down_and_told(site: Site) -> None:
    async with site.visitor(language="zh-CN,en;q=0.5") as visitor:
        identity = hex_id()
        answer = await visitor.post("/api/messages", json={"id": identity, "text": "  zoom in\nslowly ", "files": []})
        (entry,) = (await visitor.get("/api/history")).json()["entries"]
    heard = site.talk.next_message()
    assert (answer.status_code, answer.json()) == (202, {"id": f"p{identity}"})
    assert (heard.text, heard.command, heard.message) == ("zoom in\nslowly", None, f"p{identity}")
    assert (heard.person.language, heard.person.is_admin, heard.chat) == ("zh-CN", True, chat_of(visitor))
    assert (entry["author"], entry["text"], entry["fraction"]) == ("person", "zoom in\nslowly", None)


async def test_photos_come_in_the_order_in_which_they_were_chosen(site: Site, photo: Path) -> None:
    async with site.visitor() as visitor:
        refs = [
            (await visitor.post(f"/api/files?name={name}", content=photo.read_bytes())).json()["ref"]
            for name in ("b.jpg", "a.jpg")
        ]
        await _say(visitor, "", files=[*refs, refs[0]])
        (entry,) = (await visitor.get("/api/history")).json()["entries"]
    heard = site.talk.next_message()
    assert [media.ref for media in heard.media] == refs
    assert {(media.kind, media.mime) for media in heard.media} == {(MediaKind.PHOTO, "image/jpeg")}
    assert [media["picture"] for media in entry["media"]] == [f"files/{ref}" for ref in refs]


async def test_a_message_that_is_sent_again_is_said_once_and_told_under_the_same_event(site: Site) -> None:
    async with site.visitor() as visitor:
        message = {"id": hex_id(), "text": "make it slower", "files": []}
        for _ in range(2):
            assert (await visitor.post("/api/messages", json=message)).status_code == 202
        assert await _texts(visitor) == ["make it slower"]
    assert site.talk.next_message().event == site.talk.next_message().event


@pytest.mark.parametrize(
    ("text", "command", "arguments"),
    [
        ("/export", "export", ""),
        ("/Language zh", "language", "zh"),
        ("/animate@StillreelBot zoom\nout", "animate", "zoom\nout"),
        ("/ 2", None, "/ 2"),
        ("1/2", None, "1/2"),
    ],
)
async def test_a_command_is_split_off(site: Site, text: str, command: str | None, arguments: str) -> None:
    async with site.visitor() as visitor:
        await _say(visitor, text)
    heard = site.talk.next_message()
    assert (heard.command, heard.text) == (command, arguments)


async def test_a_reply_says_what_it_is_about(site: Site) -> None:
    async with site.visitor() as visitor:
        await _say(visitor, "slower", reply_to="b123")
    assert site.talk.next_message().reply_to == "b123"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"id": "x", "text": "hello"}, 400),
        ({"id": "0" * 32, "text": "   "}, 400),
        ({"id": "0" * 32, "text": 5}, 400),
        ({"id": "0" * 32, "text": "a", "files": [1]}, 400),
        ({"id": "0" * 32, "text": "a" * (MOST_TEXT + 1)}, 413),
        ({"id": "0" * 32, "text": "a" * 70_000}, 413),
        ({"id": "0" * 32, "files": ["x"] * (MOST_FILES + 1)}, 413),
        ({"id": "0" * 32, "files": ["no-such-file"]}, 404),
        ([], 400),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_cannot_be_used_is_refused_with_a_sentence(
    site: Site, body: object, status: int, language: str
) -> None:
    async with site.visitor(language=language) as visitor:
        answer = await visitor.post("/api/messages", json=body)
        assert await _texts(visitor) == []
    assert answer.status_code == status
    assert answer.json()["error"].endswith("。" if language == "zh" else ".")
    assert site.talk.untold == 0


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"id": "' + b"0" * 32 + b'", "text": ' + b"[" * 60_000,
        rb'{"id": "00000000000000000000000000000000", "text": "\ud800"}',
        rb'{"id": "00000000000000000000000000000000", "text": "a", "files": ["\udfff"]}',
        rb'{"id": "00000000000000000000000000000000", "text": "a", "reply_to": "\ud800"}',
        rb'{"id": "\ud800", "text": "a", "message": "b1", "action": "x"}',
        rb'{"id": "00000000000000000000000000000000", "message": "\ud800", "action": "x"}',
        rb'{"id": "00000000000000000000000000000000", "message": "b1", "action": "\ud800"}',
        b'{"id": "' + b"0" * 32 + b'", "text": ' + b"1" * 5000 + b"}",
        b"\xff\xfe{",
    ],
)
@pytest.mark.parametrize("address", ["/api/messages", "/api/presses"])
async def test_json_that_no_page_sends_is_refused_with_a_sentence(site: Site, address: str, body: bytes) -> None:
    async with site.visitor() as visitor:
        answer = await visitor.post(address, content=body, headers={"content-type": "application/json"})
        assert await _texts(visitor) == []
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("The page sent something that could not be understood.")
    assert site.talk.untold == 0


async def test_both_halves_of_a_surrogate_pair_are_a_letter(site: Site) -> None:
    async with site.visitor() as visitor:
        body = rb'{"id": "00000000000000000000000000000000", "text": "\ud83c\udf05"}'
        await visitor.post("/api/messages", content=body, headers={"content-type": "application/json"})
    assert site.talk.next_message().text == "\N{SUNRISE}"


@pytest.mark.parametrize(("limit", "status"), [("9" * 5000, 400), ("9" * 18, 200), ("0", 200), ("\u0663", 200)])
async def test_only_a_number_that_somebody_can_mean_bounds_a_page_of_history(
    site: Site, limit: str, status: int
) -> None:
    async with site.visitor() as visitor:
        await site.outbox.send(chat_of(visitor), Message("one"))
        answer = await visitor.get("/api/history", params={"limit": limit})
    assert answer.status_code == status
    assert len(answer.json().get("entries", [])) == (status == 200)


@pytest.mark.parametrize(
    ("method", "address", "status", "sentence"),
    [
        ("GET", "/api/messages", 405, "This address takes another kind of request. Open the start page instead."),
        ("POST", "/", 405, "This address takes another kind of request. Open the start page instead."),
        ("GET", "/nothing", 404, "There is nothing at this address. Open the start page instead."),
    ],
)
async def test_a_wrong_address_and_a_wrong_method_are_told_apart(
    site: Site, method: str, address: str, status: int, sentence: str
) -> None:
    async with site.visitor() as visitor:
        answer = await visitor.request(method, address)
    assert (answer.status_code, answer.json()) == (status, {"error": sentence})
    assert ("allow" in answer.headers) is (status == 405)


async def test_only_json_is_read(site: Site) -> None:
    async with site.visitor() as visitor:
        form = await visitor.post("/api/messages", data={"id": "0" * 32, "text": "hello"})
        broken = await visitor.post("/api/messages", content=b"{", headers={"content-type": "application/json"})
    assert (form.status_code, broken.status_code) == (415, 400)


async def test_a_button_that_is_there_can_be_pressed_and_no_other(site: Site) -> None:
    async with site.visitor() as visitor, site.visitor() as stranger:
        chat = chat_of(visitor)
        message = await site.outbox.send(chat, Message("Working", (Button("Cancel", "x.job."),), 0.2))
        identity = hex_id()
        pressed = await visitor.post("/api/presses", json={"id": identity, "message": message, "action": "x.job."})
        other = await visitor.post("/api/presses", json={"id": hex_id(), "message": message, "action": "x.other."})
        foreign = await stranger.post("/api/presses", json={"id": hex_id(), "message": message, "action": "x.job."})
        await site.outbox.edit(chat, message, Message("Cancelled"))
        late = await visitor.post("/api/presses", json={"id": hex_id(), "message": message, "action": "x.job."})
        wrong = await visitor.post("/api/presses", json={"id": hex_id(), "message": message})
    assert [answer.status_code for answer in (pressed, other, foreign, late, wrong)] == [202, 409, 409, 409, 400]
    press = site.talk.next_press()
    assert (press.chat, press.message, press.action) == (chat, message, "x.job.")
    assert press.event == f"{chat.chat}.{identity}"


async def test_whoever_may_not_press_a_button_is_told_so_once(site: Site) -> None:
    async with site.visitor() as visitor:
        chat = chat_of(visitor)
        message = await site.outbox.send(chat, Message("Your video", (Button("Slower", "e.clip.slower"),)))
        site.talk.refusal = "That was too long ago. Please send the photo again."
        body = {"id": hex_id(), "message": message, "action": "e.clip.slower"}
        try:
            for _ in range(2):
                assert (await visitor.post("/api/presses", json=body)).status_code == 202
                site.talk.next_press()
        finally:
            site.talk.refusal = None
        assert await _texts(visitor) == ["Your video", "That was too long ago. Please send the photo again."]
    assert site.talk.untold == 0


async def test_history_goes_back_page_by_page(site: Site) -> None:
    async with site.visitor() as visitor:
        for number in range(5):
            await site.outbox.send(chat_of(visitor), Message(str(number)))
        newest = (await visitor.get("/api/history", params={"limit": 2})).json()
        before = newest["entries"][0]["id"]
        older = (await visitor.get("/api/history", params={"limit": 3, "before": before})).json()
        everything = await _texts(visitor, limit="nonsense")
    assert [entry["text"] for entry in newest["entries"]] == ["3", "4"]
    assert [entry["text"] for entry in older["entries"]] == ["0", "1", "2"]
    assert (newest["earlier"], older["earlier"]) == (True, False)
    assert everything == ["0", "1", "2", "3", "4"]


async def test_a_video_is_posted_once_and_can_be_played_in_place(site: Site, video: Video) -> None:
    async with site.visitor() as visitor:
        chat = chat_of(visitor)
        first = await site.outbox.post_video(chat, video, Message("Here it is"), job="one")
        again = await site.outbox.post_video(chat, video, Message("Here it is"), job="one")
        (entry,) = (await visitor.get("/api/history")).json()["entries"]
        played = await visitor.get(f"/{entry['video']['url']}", headers={"range": "bytes=0-"})
        await site.outbox.remove(chat, first)
        gone = await visitor.get(f"/{entry['video']['url']}")
    assert first == again == entry["id"]
    assert (entry["video"]["width"], entry["video"]["height"], entry["video"]["size"]) == (180, 320, video.size)
    assert (played.status_code, played.headers["content-type"]) == (206, "video/mp4")
    assert played.content == video.path.read_bytes()
    assert gone.status_code == 404


async def test_a_fault_of_ours_is_one_sentence_and_the_message_stands(site: Site) -> None:
    async def fail(incoming: Incoming) -> None:
        raise ZeroDivisionError(incoming.text)

    site.talk.answer = fail
    async with site.visitor() as visitor:
        answer = await _say(visitor, "secret words")
        assert await _texts(visitor) == ["secret words"]
    assert answer.status_code == 500
    assert list(answer.json()) == ["error"]
    assert "secret" not in answer.text
    assert "ZeroDivision" not in answer.text


async def test_visitors_do_not_see_each_other(site: Site) -> None:
    async with site.visitor() as one, site.visitor() as other:
        await _say(one, "mine")
        assert await _texts(other) == []
        one.cookies.clear()
        assert (await one.get("/api/history")).status_code == 401


async def test_a_press_that_breaks_is_one_sentence_in_the_visitors_language(site: Site, redis: Redis) -> None:
    async with site.visitor(language="zh-CN") as visitor:
        chat = chat_of(visitor)
        shown = await site.outbox.send(chat, Message("Here it is", (Button("Slower", "e.clip.slower"),)))
        await redis.hset(key("transcript", f"{{{chat.key}}}", "words"), shown, "no JSON")
        press = {"id": hex_id(), "message": shown, "action": "e.clip.slower"}
        answer = await visitor.post("/api/presses", json=press)
    assert (answer.status_code, answer.json()) == (500, {"error": "服务器出了点问题。请稍后再试。"})
