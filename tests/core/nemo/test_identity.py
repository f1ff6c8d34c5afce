"""Whose token a call carries: asked for once, kept, renewed once, the operator's never replaced, and none ever told."""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import PIPE
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from core.nemo.client import NemoClient
from core.nemo.errors import Interrupted, NemoError, RateLimited, ServerFault, TokenRefused
from core.nemo.identity import TOKEN_LIFE, Token
from core.nemo.options import INSTALLATION, NemoOptions
from core.store.connection import StoreFull
from core.store.tokens import RedisTokens
from tests.core.nemo.conftest import OPTIONS, Clock, benched
from tests.counterparts.agents import frame, replay
from tests.counterparts.answers import SERVER_ERROR, TOO_MANY, coded, refusal
from tests.counterparts.nemo import ScriptedNemo
from tests.counterparts.sockets import Answer, Broken, Dripping, Reply
from tests.tokens import MemoryTokens
from tests.waiting import wait_until

OPERATOR = "nmv_operator_5f0c9e7d"
ROOT = Path(__file__).parents[3]


async def test_one_token_for_many_callers_of_two_clients() -> None:
    clock, tokens = Clock(), MemoryTokens()
    async with ScriptedNemo(now=clock.now) as nemo:
        options = replace(OPTIONS, api_url=nemo.url)
        async with (
            NemoClient(options, tokens, sleep=clock.sleep, now=clock.now) as one,
            NemoClient(options, tokens, sleep=clock.sleep, now=clock.now) as other,
        ):
            await asyncio.gather(*(client.credits() for client in (one, other) for _ in range(10)))
            assert nemo.counts == {"token": 1, "credits": 20}
            assert nemo.of("token")[0].headers["x-client-id"] == OPTIONS.client_id
            assert nemo.violations == []

            # Both find it refused at the same moment, and one asks for the next.
            nemo.expire_tokens()
            await asyncio.gather(*(client.credits() for client in (one, other) for _ in range(10)))
            assert nemo.count("token") == 2
            assert {record.headers["x-client-id"] for record in nemo.of("token")} == {OPTIONS.client_id}


async def test_a_week_later_it_is_renewed_without_being_refused_first() -> None:
    async with benched() as bench:
        first = bench.secret
        bench.clock.time += TOKEN_LIFE - 1
        await bench.client.credits()
        assert bench.nemo.count("token") == 0
        bench.clock.time += 1
        await asyncio.gather(*(bench.client.credits() for _ in range(5)))
        assert bench.nemo.counts == {"credits": 6, "token": 1}
        assert bench.secret != first


async def test_a_token_that_the_store_lost_is_kept_again(redis: Redis) -> None:
    """The API gives out no second one for as long as it lives."""
    clock = Clock()
    async with ScriptedNemo(now=clock.now) as nemo:
        options = replace(OPTIONS, api_url=nemo.url)
        async with NemoClient(options, RedisTokens(redis, "nemo"), sleep=clock.sleep, now=clock.now) as client:
            await client.credits()
            await redis.flushdb()
            await client.credits()
        async with NemoClient(options, RedisTokens(redis, "nemo"), sleep=clock.sleep, now=clock.now) as later:
            await later.credits()
        assert nemo.counts == {"token": 1, "credits": 3}


async def test_a_token_that_the_store_had_no_room_for_is_kept_later(redis: Redis) -> None:
    clock = Clock()
    async with ScriptedNemo(now=clock.now) as nemo:
        options = replace(OPTIONS, api_url=nemo.url)
        tokens = RedisTokens(redis, "nemo")
        async with NemoClient(options, tokens, sleep=clock.sleep, now=clock.now) as client:
            nemo.script("token", Dripping(0.005))
            asked = asyncio.create_task(client.credits())
            await wait_until(lambda: nemo.count("token"))
            await redis.config_set("maxmemory", "1mb")
            with pytest.raises(StoreFull):
                await asked
            await redis.config_set("maxmemory", "0")
            await client.credits()
        assert await tokens.token(INSTALLATION) is not None
        assert nemo.counts == {"token": 1, "credits": 1}


@pytest.mark.parametrize("lost", ["by a kill", "on the way"])
async def test_a_token_that_was_given_out_and_never_came_does_not_end_the_service(redis: Redis, lost: str) -> None:
    """Its client id gets no other for a week."""
    clock = Clock()
    async with ScriptedNemo(now=clock.now) as nemo:
        options = replace(OPTIONS, api_url=nemo.url, client_id=None)
        tokens = RedisTokens(redis, "nemo")
        first = await tokens.client_id(INSTALLATION)
        async with NemoClient(options, tokens, sleep=clock.sleep, now=clock.now) as client:
            if lost == "by a kill":
                nemo.script("token", Dripping(0.005))
                asked = asyncio.create_task(client.credits())
                await wait_until(lambda: nemo.tokens)
                asked.cancel()
                await asyncio.wait([asked])
            else:
                nemo.script("token", Broken("reset"))
                await client.credits()
        async with NemoClient(options, RedisTokens(redis, "nemo"), sleep=clock.sleep, now=clock.now) as later:
            await later.credits()
        assert await tokens.client_id(INSTALLATION) != first
        assert await tokens.token(INSTALLATION) is not None
        assert nemo.violations == []


async def test_a_client_id_that_is_refused_for_the_first_time_is_kept(redis: Redis) -> None:
    """The address has used up its allowance: another client id would not help."""
    clock = Clock()
    async with ScriptedNemo(now=clock.now) as nemo:
        options = replace(OPTIONS, api_url=nemo.url, client_id=None)
        tokens = RedisTokens(redis, "nemo")
        first = await tokens.client_id(INSTALLATION)
        nemo.always("token", TOO_MANY)
        async with NemoClient(options, tokens, sleep=clock.sleep, now=clock.now) as client:
            for _ in range(3):
                with pytest.raises(RateLimited):
                    await client.credits()
        assert {record.headers["x-client-id"] for record in nemo.of("token")} == {first}


async def test_a_client_id_of_its_own_for_each_chat() -> None:
    async with benched() as bench:
        await bench.client.credits(identity="telegram:1")
        await bench.client.credits(identity="telegram:2")
        asked = [record.headers["x-client-id"] for record in bench.nemo.of("token")]
        assert asked == ["client-of-telegram:1", "client-of-telegram:2"]
        session = await bench.client.open_session("zh", identity="telegram:1")
        assert (session.identity, session.expires_at) == ("telegram:1", bench.clock.time + TOKEN_LIFE)
        assert bench.nemo.count("token") == 2


async def test_refused_again_after_a_renewal_is_the_end() -> None:
    async with benched() as bench:
        bench.nemo.expire_tokens()
        bench.nemo.always("credits", coded(1001))
        with pytest.raises(TokenRefused) as caught:
            await bench.client.credits()
        assert bench.nemo.counts == {"credits": 2, "token": 1}
        assert caught.value.operator is False


async def test_the_operators_token_is_never_replaced() -> None:
    async with benched(replace(OPTIONS, token=OPERATOR), operator=OPERATOR) as bench:
        await bench.client.credits()
        bench.nemo.revoke_operator()
        with pytest.raises(TokenRefused) as caught:
            await bench.client.credits()
        assert caught.value.operator is True
        assert bench.nemo.counts == {"credits": 2}
        assert bench.tokens.tokens == {}
        session = replace(bench.session, expires_at=None)
        with pytest.raises(TokenRefused):
            async for _ in bench.client.prompt(session, "go"):
                pass
        assert bench.nemo.counts == {"credits": 2, "prompt": 1}


@pytest.mark.parametrize(("fault", "waits"), [(TOO_MANY, [30]), (Answer(Reply(429, b"", {"Retry-After": "5"})), [5])])
async def test_429_for_a_token_is_repeated_once_after_the_wait(fault: Answer, waits: list[float]) -> None:
    async with benched() as bench:
        bench.nemo.expire_tokens()
        bench.nemo.script("token", fault)
        await bench.client.credits()
        assert (bench.nemo.count("token"), bench.clock.waits) == (2, waits)


async def test_who_waited_for_a_token_in_vain_does_not_ask_again() -> None:
    async with benched() as bench:
        bench.nemo.expire_tokens()
        bench.nemo.always("token", TOO_MANY)
        answers = await asyncio.gather(*(bench.client.credits() for _ in range(6)), return_exceptions=True)
        assert all(isinstance(answer, RateLimited) for answer in answers)
        assert (bench.nemo.count("token"), bench.clock.waits) == (2, [30])
        # The next one may ask again: time has passed.
        bench.nemo.always("token", None)
        await bench.client.credits()
        assert bench.nemo.count("token") == 3


@pytest.mark.parametrize("fault", [Broken("reset"), SERVER_ERROR])
async def test_a_prompt_without_a_token_was_not_accepted(fault: Answer | Broken) -> None:
    async with benched() as bench:
        bench.tokens.tokens.clear()
        bench.nemo.expire_tokens()
        bench.nemo.always("token", fault)
        with pytest.raises((Interrupted, ServerFault)) as caught:
            async for _ in bench.client.prompt(bench.session, "go"):
                pass
        assert (caught.value.call, caught.value.accepted) == ("token", False)
        assert bench.nemo.counts == {"token": 1}


async def test_a_cancelled_renewal_lets_the_next_one_ask() -> None:
    async with benched() as bench:
        bench.nemo.expire_tokens()
        bench.nemo.script("token", Broken("stall", effect=False))
        task = asyncio.create_task(bench.client.credits())
        await wait_until(lambda: bench.nemo.count("token") == 1)
        task.cancel()
        await asyncio.wait([task])
        await bench.client.credits()
        assert bench.nemo.count("token") == 2


@pytest.mark.parametrize("wrong", ["", "a token", "a\nb", "tökén"])
def test_a_token_that_no_header_can_carry(wrong: str) -> None:
    for options in (NemoOptions(token=wrong), NemoOptions(client_id=wrong)):
        with pytest.raises(ValueError, match="visible ASCII") as caught:
            NemoClient(options, MemoryTokens())
        assert not wrong or wrong not in str(caught.value)


@pytest.mark.parametrize("answer", [{"token": "bad\r\ntoken"}, {"token": ""}, {"token": 7}, {}, None, []])
async def test_a_token_that_is_none(answer: object) -> None:
    async with benched() as bench:
        bench.nemo.expire_tokens()
        bench.nemo.always("token", Answer(refusal(0, data=answer)))
        with pytest.raises(NemoError) as caught:
            await bench.client.credits()
        assert caught.value.reason == "missing"
        assert "bad" not in repr(caught.value)


async def test_no_token_in_a_log_an_error_or_an_address(caplog: pytest.LogCaptureFixture) -> None:
    """The backend repeats the bearer wherever it can: in its message, its reason, far to the right, in the stream."""
    caplog.set_level(logging.DEBUG)
    async with benched() as bench:
        echoes = [
            Answer(refusal(7777, f"bad header: Bearer {bench.secret}", data={"reason": bench.secret})),
            Answer(refusal(7777, "x" * 280 + bench.secret)),
            Answer(refusal(1002, bench.secret, 404)),
        ]
        told = []
        for echo in echoes:
            bench.nemo.script("credits", echo)
            with pytest.raises(NemoError) as caught:
                await bench.client.credits()
            error = caught.value
            told += [str(error), repr(error), repr(vars(error)), str(error.__cause__)]
        bench.nemo.agent = replay(frame({"errorCode": bench.secret, "errorMessage": f"with {bench.secret}"}))
        async for event in bench.client.prompt(bench.session, "go"):
            told.append(repr(event))
        told += [repr(bench.client.options), repr(Token(bench.secret)), caplog.text]
        told += [record.target for record in bench.nemo.records]
        assert "[hidden]" in "".join(told)
        for text in told:
            assert bench.secret not in text
            assert bench.secret[:20] not in text


async def test_headers_of_every_request() -> None:
    async with benched(replace(OPTIONS, skill_platform="clawhub\nx")) as bench:
        await bench.client.credits()
        headers = bench.nemo.of("credits")[0].headers
        assert headers["authorization"] == f"Bearer {bench.secret}"
        assert headers["x-skill-source"] == "image-to-video-model-ai"
        assert headers["x-skill-version"] == "1.0.0"
        assert headers["x-skill-platform"] == "unknown"
        assert "cookie" not in headers


_CALLER = """
import asyncio, sys
from core.nemo.client import NemoClient
from core.nemo.options import NemoOptions
from core.store.connection import connected
from core.store.connection import StoreFull
from core.store.tokens import RedisTokens

async def main():
    async with connected(sys.argv[1]) as redis:
        async with NemoClient(NemoOptions(api_url=sys.argv[2]), RedisTokens(redis, "nemo")) as client:
            await asyncio.gather(*(client.credits() for _ in range(5)))

asyncio.run(main())
"""


async def test_one_token_over_processes(redis: Redis, redis_url: str) -> None:
    async with ScriptedNemo() as nemo:
        programs = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", _CALLER, redis_url, nemo.url, cwd=ROOT, stderr=PIPE
            )
            for _ in range(2)
        ]
        for program in programs:
            _, problem = await asyncio.wait_for(program.communicate(), 60)
            assert program.returncode == 0, problem.decode()
        assert nemo.counts == {"token": 1, "credits": 10}
        kept = await RedisTokens(redis, "nemo").token(INSTALLATION)
        assert kept is not None
        assert [token for token, _ in nemo.tokens.values()] == [kept.secret]
