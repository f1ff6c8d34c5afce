"""Tokens, sessions, claim links and credits: who may do what, and the contract's codes for who may not."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from darkroom.accounts import Costs
from darkroom.settings import WrongSetting, load
from tests.darkroom.conftest import OpenDarkroom
from tests.darkroom.visitor import Visitor, frames, photo

WEEK = 7 * 24 * 3600


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


async def test_a_token_comes_with_credits_and_lives_for_seven_days(open_darkroom: OpenDarkroom) -> None:
    clock = Clock()
    async with open_darkroom(clock=clock) as new:
        visitor = new()
        answer = (await visitor.token()).json()
        assert answer["code"] == 0
        assert answer["data"]["token"].startswith("nmv_usr_")
        assert answer["data"]["credits"] == 100
        clock.now += WEEK - 1
        assert (await visitor.open()).status_code == 200
        clock.now += 2
        refused = await visitor.open()
        assert (refused.status_code, refused.json()["code"]) == (401, 1001)


async def test_asking_again_early_is_429_and_after_expiry_the_same_account_returns(open_darkroom: OpenDarkroom) -> None:
    clock = Clock()
    async with open_darkroom(clock=clock) as new:
        visitor = await new().enter()
        early = await visitor.token()
        assert (early.status_code, early.json()["code"]) == (429, 429)
        assert int(early.headers["retry-after"]) == WEEK
        clock.now += WEEK + 1
        assert (await visitor.token()).status_code == 200
        assert (await visitor.state())["draft"] is None


async def test_a_token_without_a_client_id_is_refused_with_400(visitor: Visitor) -> None:
    answer = await visitor.http.post("/api/auth/anonymous-token")
    assert (answer.status_code, answer.json()["code"]) == (400, 400)


async def test_a_token_that_is_no_token_is_1001(visitor: Visitor) -> None:
    good = visitor.headers["Authorization"]
    for header in ("Bearer nmv_usr_wrong", "Bearer", "Basic abc", good.removeprefix("Bearer "), good + "0"):
        visitor.headers["Authorization"] = header
        refused = await visitor.open()
        assert (refused.status_code, refused.json()["code"]) == (401, 1001), header


async def test_every_call_needs_a_token(visitor: Visitor) -> None:
    visitor.headers.pop("Authorization")
    answers = [
        await visitor.open(),
        await visitor.say("hello"),
        await visitor.upload(("a.jpg", b"x")),
        await visitor.export("render_1", {}),
        await visitor.status("render_1"),
        await visitor.stop("render_1"),
        await visitor.http.get("/api/credits/balance/simple", headers=visitor.headers),
        await visitor.http.get(f"/api/state/nemo_agent/me/{visitor.session}/latest", headers=visitor.headers),
        await visitor.http.get("/api/render/proxy/render_1/download", headers=visitor.headers),
        await visitor.http.post("/api/auth/claim-token", json={}, headers=visitor.headers),
    ]
    assert {(each.status_code, each.json()["code"]) for each in answers} == {(401, 1001)}


async def test_a_session_of_another_account_does_not_exist(open_darkroom: OpenDarkroom, tmp_path: Path) -> None:
    async with open_darkroom() as new:
        owner, stranger = await new().enter("one"), await new().enter("two")
        stranger.session, stranger.task = owner.session, owner.task
        claim = {"task_id": owner.task, "session_id": owner.session}
        answers = [
            await stranger.say("hello"),
            await stranger.upload(("a.jpg", photo(tmp_path))),
            await stranger.export("render_1", {}),
            await stranger.http.get(f"/api/state/nemo_agent/me/{owner.session}/latest", headers=stranger.headers),
            await stranger.http.post("/api/auth/claim-token", json=claim, headers=stranger.headers),
        ]
        assert {(each.status_code, each.json()["code"]) for each in answers} == {(404, 1002)}
        assert (await owner.state())["video_infos"] == []


async def test_a_claim_token_is_for_the_session_and_its_own_task(visitor: Visitor) -> None:
    claim = {"task_id": visitor.task, "session_id": visitor.session}
    answer = (await visitor.http.post("/api/auth/claim-token", json=claim, headers=visitor.headers)).json()
    assert answer["data"]["claim_token"].startswith("clm_")
    assert answer["data"]["expires_in"] == 604800
    other = await visitor.http.post(
        "/api/auth/claim-token", json={**claim, "task_id": "another"}, headers=visitor.headers
    )
    assert other.json()["code"] == 1002


async def test_no_token_stands_in_the_records(visitor: Visitor, tmp_path: Path) -> None:
    token = visitor.headers["Authorization"].removeprefix("Bearer ")
    kept = b"".join(path.read_bytes() for path in (tmp_path / "data" / "darkroom").glob("records.sqlite*"))
    assert visitor.session.encode() in kept
    assert token.encode() not in kept


async def test_everything_is_free_by_default_and_says_so(visitor: Visitor, tmp_path: Path) -> None:
    await visitor.clip(tmp_path)
    account = await visitor.credits()
    assert account["costs"] == {"generate": 0, "edit": 0}
    assert (account["available"], account["frozen"], account["total"]) == (100, 0, 100)


async def test_a_turn_is_charged_once_for_what_it_changed_and_not_for_words(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    async with open_darkroom(costs="start=200,generate=100,edit=50") as new:
        visitor = await new().enter()
        assert frames((await visitor.say("hello")).content), "an answer without photos costs nothing"
        assert (await visitor.credits())["available"] == 200
        await visitor.clip(tmp_path)
        assert await visitor.credits() == {
            "available": 100, "frozen": 0, "total": 100, "costs": {"generate": 100, "edit": 50}
        }  # fmt: skip
        await visitor.say("what a lovely day it is")
        assert (await visitor.credits())["available"] == 100
        await visitor.say("make it 3 seconds long")
        assert (await visitor.credits())["available"] == 50


async def test_without_credits_a_message_is_refused_before_the_stream(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    async with open_darkroom(costs="start=120,generate=100,edit=50") as new:
        visitor = await new().enter()
        draft = await visitor.clip(tmp_path)
        refused = await visitor.say("make it 4 seconds long")
        assert refused.headers["content-type"] == "application/json"
        assert refused.json()["code"] == 2001
        assert refused.json()["data"]["bind_id"] == visitor.bind
        assert (await visitor.state())["draft"] == draft
        assert (await visitor.credits())["available"] == 20
        assert (await visitor.export("render_1", draft)).status_code == 200, "exports are free"


async def test_credits_reserved_by_a_process_that_died_are_free_again(
    open_darkroom: OpenDarkroom, tmp_path: Path
) -> None:
    async with open_darkroom(costs="start=100,generate=100") as new:
        kept = (await new().enter()).headers
    with sqlite3.connect(tmp_path / "data" / "darkroom" / "records.sqlite") as records:
        records.execute("UPDATE account SET frozen = 100")
    records.close()
    async with open_darkroom(costs="start=100,generate=100") as new:
        visitor = new()
        visitor.headers = kept
        assert (await visitor.credits())["available"] == 100


@pytest.mark.parametrize("text", ["start=a", "start=-1", "price=3", "start", "start=1=2", "start=1.5"])
def test_costs_that_make_no_sense_are_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_COSTS", text)
    with pytest.raises(WrongSetting, match=r"DARKROOM_COSTS.*start=100,generate=100,edit=50"):
        load()


def test_costs_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_COSTS", "start=7, generate=3")
    assert load().costs == Costs(start=7, generate=3, edit=0)
    monkeypatch.setenv("DARKROOM_COSTS", "")
    assert load().costs == Costs()
