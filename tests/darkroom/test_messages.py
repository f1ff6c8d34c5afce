"""Messages to the agent: what is refused before the stream, and what becomes of a turn whatever its listener does."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path

from darkroom.agent import Answer, Situation, answer
from darkroom.timeline import from_draft
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.visitor import Visitor, frames, photo, text_of
from tests.waiting import wait_until


async def test_a_prompt_places_the_photos_in_their_order_and_the_state_shows_them(
    visitor: Visitor, tmp_path: Path
) -> None:
    await visitor.upload(("one.jpg", photo(tmp_path)), ("二.jpg", photo(tmp_path)))
    stream = await visitor.say("make a clip of 4 seconds")
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = frames(stream.content)
    assert text_of(events)
    state = await visitor.state()
    timeline = from_draft(state["draft"])
    assert [shot.name for shot in timeline.shots] == ["one.jpg", "二.jpg"]
    assert timeline.duration == 4000
    assert state["canvas_config"] == {"width": timeline.canvas.width, "height": timeline.canvas.height}
    deltas = [each["actions"]["stateDelta"] for each in events if each["actions"]["stateDelta"]]
    assert deltas == [{"draft": state["draft"]}]


async def test_photos_are_placed_once_and_later_ones_join_them(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.clip(tmp_path)
    await visitor.say("make it 3 seconds long")
    assert len(from_draft((await visitor.state())["draft"]).shots) == 1
    await visitor.upload(("later.jpg", photo(tmp_path)))
    await visitor.say("add this")
    assert [shot.name for shot in from_draft((await visitor.state())["draft"]).shots] == ["photo.jpg", "later.jpg"]


async def test_undo_goes_back_over_turns(visitor: Visitor, tmp_path: Path) -> None:
    first = await visitor.clip(tmp_path)
    await visitor.say("make it 3 seconds long")
    assert (await visitor.state())["draft"] != first
    await visitor.say("undo")
    assert (await visitor.state())["draft"] == first


class SlowAgent:
    """The real agent, which does not answer before it may."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.may_answer = threading.Event()

    def __call__(self, prompt: str, situation: Situation) -> Answer:
        self.asked.append(prompt)
        assert self.may_answer.wait(20)
        return answer(prompt, situation)


async def test_a_turn_goes_on_to_its_end_when_its_listener_leaves(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    agent = SlowAgent()
    async with open_darkroom(agent=agent) as new:
        visitor = await new().enter()
        await visitor.upload(("photo.jpg", photo(tmp_path)))
        async with visitor.http.stream(
            "POST", "/run_sse", json=visitor.message("make it 2 seconds long"), headers=visitor.headers
        ) as stream:
            assert stream.status_code == 200
            await wait_until(lambda: agent.asked)
        agent.may_answer.set()

        async def has_clip() -> bool:
            return (await visitor.state())["draft"] is not None

        await wait_until(has_clip)


async def test_credits_are_frozen_while_a_turn_runs(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    agent = SlowAgent()
    async with open_darkroom(agent=agent, costs="start=150,generate=100,edit=50") as new:
        visitor = await new().enter()
        await visitor.upload(("photo.jpg", photo(tmp_path)))
        saying = asyncio.create_task(visitor.say("make it 2 seconds long"))
        await wait_until(lambda: agent.asked)
        account = await visitor.credits()
        assert (account["available"], account["frozen"], account["total"]) == (50, 100, 150)
        agent.may_answer.set()
        await saying
        account = await visitor.credits()
        assert (account["available"], account["frozen"], account["total"]) == (50, 0, 50)


async def test_a_server_that_ends_lets_a_running_turn_end(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    agent = SlowAgent()
    async with open_darkroom(agent=agent) as new:
        visitor = await new().enter()
        await visitor.upload(("photo.jpg", photo(tmp_path)))
        saying = asyncio.create_task(visitor.say("make it 2 seconds long"))
        await wait_until(lambda: agent.asked)
        threading.Timer(0.3, agent.may_answer.set).start()
    await asyncio.gather(saying, return_exceptions=True)
    async with open_darkroom() as new:
        later = new()
        later.headers, later.session = visitor.headers, visitor.session
        assert (await later.state())["draft"] is not None


async def test_messages_of_one_session_take_their_turns(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.clip(tmp_path)
    lengths = range(2, 8)
    await asyncio.gather(*(visitor.say(f"make it {length} seconds long") for length in lengths))
    seen = {from_draft((await visitor.state())["draft"]).duration}
    for _ in lengths:
        await visitor.say("undo")
        seen.add(from_draft((await visitor.state())["draft"]).duration)
    assert seen == {1000, *(length * 1000 for length in lengths)}, "no change was lost"


async def test_a_session_that_is_not_known_is_1002_in_the_envelope(visitor: Visitor) -> None:
    visitor.session = "unknown"
    answer = await visitor.say("hello")
    assert (answer.status_code, answer.json()["code"]) == (404, 1002)


async def test_another_agent_is_404_with_a_detail(visitor: Visitor) -> None:
    answer = await visitor.say("hello", app_name="other_agent")
    assert answer.status_code == 404
    assert list(answer.json()) == ["detail"]


async def test_unknown_fields_and_the_other_spelling_of_names_are_taken(visitor: Visitor) -> None:
    body = {
        "appName": "nemo_agent", "userId": "me", "sessionId": visitor.session, "stateDelta": {"a": 1},
        "newMessage": {"role": "user", "parts": [{"text": "hello", "thought": False}]}, "surprise": [1],
    }  # fmt: skip
    answer = await visitor.http.post("/run_sse", json=body, headers=visitor.headers)
    assert answer.status_code == 200
    assert text_of(frames(answer.content))


MALFORMED = (
    (b"{", ["body"]),
    (b"[]", ["body"]),
    (b'{"app_name": 3}', ["body", "app_name"]),
    (b'{"app_name":"nemo_agent","user_id":"me","session_id":"x","new_message":{"parts":"hi"}}',
     ["body", "new_message", "parts"]),
    (b'{"app_name":"nemo_agent","user_id":"me","session_id":"x"}', ["body", "new_message"]),
    (b'{"app_name":"nemo_agent","user_id":"me","session_id":"x","new_message":{"parts":[]}}',
     ["body", "new_message", "parts"]),
)  # fmt: skip


async def test_a_malformed_message_is_422_with_a_list(visitor: Visitor) -> None:
    for body, where in MALFORMED:
        refused = await visitor.http.post("/run_sse", content=body, headers=visitor.headers)
        assert refused.status_code == 422, body
        assert where in [each["loc"] for each in refused.json()["detail"]], body


async def test_any_words_get_an_answer(visitor: Visitor, tmp_path: Path) -> None:
    content = photo(tmp_path)
    for text in (
        "",
        "   ",
        "🎬" * 500,
        "\ud800 half a pair",
        "'; DROP TABLE session; --",
        "\x00\x1b",
        "title '\ud800'",
    ):
        await visitor.open()
        await visitor.upload(("photo.jpg", content))
        body = json.dumps(visitor.message(text)).encode("ascii")
        events = frames((await visitor.http.post("/run_sse", content=body, headers=visitor.headers)).content)
        assert text_of(events), text
        assert not any("error" in each for each in events), text
        assert (await visitor.state())["draft"] is not None, text


async def test_a_failure_inside_a_turn_is_the_streams_last_frame_and_names_no_cause(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    def broken(_prompt: str, _situation: Situation) -> Answer:
        raise ZeroDivisionError("a secret")

    async with open_darkroom(agent=broken, costs="start=100,generate=100") as new:
        visitor = await new().enter()
        await visitor.upload(("photo.jpg", photo(tmp_path)))
        events = frames((await visitor.say("make it 2 seconds long")).content)
        assert [list(each) for each in events] == [["error", "error_details"]]
        assert "secret" not in json.dumps(events)
        assert "Zero" not in json.dumps(events)
        assert (await visitor.credits())["available"] == 100, "what was reserved is given back"


async def test_a_stream_that_has_nothing_to_say_gives_signs_of_life(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    agent = SlowAgent()
    async with open_darkroom(heartbeat=0.02, agent=agent) as new:
        visitor = await new().enter()
        await visitor.upload(("photo.jpg", photo(tmp_path)))
        heard = b""
        async with visitor.http.stream(
            "POST", "/run_sse", json=visitor.message("make it 2 seconds long"), headers=visitor.headers
        ) as stream:
            async for chunk in stream.aiter_bytes():
                heard += chunk
                if heard.count(b": heartbeat\n\n") >= 3:
                    agent.may_answer.set()
        assert text_of(frames(heard))


async def test_a_body_that_never_ends_is_refused(visitor: Visitor) -> None:
    answer = await visitor.http.post("/run_sse", content=b" " * (1024 * 1024 + 1), headers=visitor.headers)
    assert answer.status_code == 413


async def test_a_route_that_is_not_in_the_contract_is_404_with_a_detail(visitor: Visitor) -> None:
    for missing in (
        await visitor.http.get("/nothing"),
        await visitor.http.get("/api/state/other_agent/me/x/latest", headers=visitor.headers),
        await visitor.http.get("/api/state/nemo_agent/you/x/latest", headers=visitor.headers),
    ):
        assert (missing.status_code, missing.json()) == (404, {"detail": "Not Found"})
    wrong = await visitor.http.get("/run_sse")
    assert (wrong.status_code, wrong.json()) == (405, {"detail": "Method Not Allowed"})
