"""The Discord counterpart over bare HTTP: what it checks, what it refuses in Discord's form, what it can do wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import httpx
import pytest

from tests.counterparts.discord import Channel, Discord, Guild, Person, published
from tests.counterparts.discord.clients import bare
from tests.counterparts.hearing import FILM, PHOTO
from tests.waiting import wait_until

described = pytest.mark.skipif(published() is None, reason="the published description is not beside the repository")

BUTTON = {"type": 2, "style": 1, "label": "Redo", "custom_id": "redo:7"}


@pytest.fixture
async def served() -> AsyncIterator[Discord]:
    async with Discord() as server:
        yield server


@pytest.fixture
async def forgiving() -> AsyncIterator[Discord]:
    async with Discord(forgiving=True) as server:
        yield server


@pytest.fixture
async def http(served: Discord) -> AsyncIterator[httpx.AsyncClient]:
    async with bare(served) as client:
        yield client


@pytest.fixture
def ann(served: Discord) -> Person:
    return served.user("Ann")


@pytest.fixture
def guild(served: Discord, ann: Person) -> Guild:
    return served.guild("Film club", members=[ann])


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("general")


def place(channel: Channel, message_id: int | None = None) -> str:
    return f"/channels/{channel.id}/messages" + ("" if message_id is None else f"/{message_id}")


def row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(buttons)}


def form(body: dict[str, Any], *files: bytes, name: str = "clip.mp4") -> dict[str, Any]:
    parts: dict[str, Any] = {"payload_json": (None, json.dumps(body), "application/json")}
    return {"files": parts | {f"files[{index}]": (name, content) for index, content in enumerate(files)}}


# What is posted


async def test_a_message_comes_back_as_it_was_posted(http: httpx.AsyncClient, channel: Channel) -> None:
    body = {"content": "done", "components": [row(BUTTON)], "attachments": [{"id": 0, "filename": "my clip.mp4"}]}
    posted = (await http.post(place(channel), **form(body, FILM))).json()
    assert posted["components"] == [{"type": 1, "id": 1, "components": [BUTTON | {"id": 2}]}]
    attachment = posted["attachments"][0]
    assert (attachment["filename"], attachment["size"]) == ("my_clip.mp4", len(FILM))
    assert attachment["content_type"] == "video/mp4"
    (listed,) = (await http.get(place(channel))).json()
    assert (listed["id"], listed["components"]) == (posted["id"], posted["components"])
    assert channel.videos[0].files == [FILM]


async def test_an_edit_keeps_what_it_does_not_name(http: httpx.AsyncClient, channel: Channel) -> None:
    posted = (await http.post(place(channel), **form({"content": "one", "components": [row(BUTTON)]}, FILM))).json()
    url = place(channel, int(posted["id"]))
    edited = (await http.patch(url, json={"content": "two"})).json()
    assert len(edited["attachments"]) == len(edited["components"]) == 1
    assert edited["edited_timestamp"] is not None
    kept = [{"id": edited["attachments"][0]["id"]}, {"id": "0"}]
    added = (await http.patch(url, **form({"attachments": kept}, PHOTO, name="p.jpg"))).json()
    assert [each["filename"] for each in added["attachments"]] == ["clip.mp4", "p.jpg"]
    bare_again = (await http.patch(url, json={"attachments": [], "components": []})).json()
    assert bare_again["attachments"] == bare_again["components"] == []
    assert (await http.delete(url)).status_code == 204
    assert (await http.get(url)).json()["code"] == 10008
    assert [change.kind for change in channel.history] == ["sent", "edited", "edited", "edited", "deleted"]
    assert channel.deleted[0].id == int(posted["id"])


async def test_a_list_of_messages_can_be_walked(http: httpx.AsyncClient, ann: Person, channel: Channel) -> None:
    said = [await ann.says(channel, str(number)) for number in range(7)]

    async def listed(**query: int) -> list[str]:
        return [each["content"] for each in (await http.get(place(channel), params=query)).json()]

    assert await listed() == ["6", "5", "4", "3", "2", "1", "0"]
    assert await listed(limit=2) == ["6", "5"]
    assert await listed(after=said[2].id, limit=2) == ["4", "3"]
    assert await listed(before=said[2].id, limit=1) == ["1"]
    assert await listed(around=said[3].id, limit=3) == ["4", "3", "2"]


async def test_a_reply_to_what_is_gone_fails_unless_it_may(
    http: httpx.AsyncClient, ann: Person, channel: Channel
) -> None:
    said = await ann.says(channel, "zoom")
    reference: dict[str, Any] = {"message_id": str(said.id)}
    reply = (await http.post(place(channel), json={"content": "yes", "message_reference": reference})).json()
    assert (reply["type"], reply["referenced_message"]["content"]) == (19, "zoom")
    assert [each["id"] for each in reply["mentions"]] == [str(ann.id)]
    await ann.deletes(said)
    refused = await http.post(place(channel), json={"content": "yes", "message_reference": reference})
    assert refused.status_code == 400
    assert "message_reference" in refused.json()["errors"]
    lenient = {"content": "yes", "message_reference": reference | {"fail_if_not_exists": False}}
    assert (await http.post(place(channel), json=lenient)).json()["type"] == 0


async def test_mentions_are_as_allowed(http: httpx.AsyncClient, ann: Person, channel: Channel) -> None:
    body = {"content": f"{ann.mention} look"}
    silent = (await http.post(place(channel), json=body | {"allowed_mentions": {"parse": []}})).json()
    loud = (await http.post(place(channel), json=body)).json()
    assert (len(silent["mentions"]), len(loud["mentions"])) == (0, 1)


@pytest.mark.parametrize(
    ("denied", "in_thread", "code"),
    [
        ("SEND_MESSAGES", False, 50013),
        ("SEND_MESSAGES_IN_THREADS", True, 50013),
        ("SEND_MESSAGES", True, 0),
        ("ATTACH_FILES", True, 50013),
        ("VIEW_CHANNEL", True, 50001),
    ],
)
async def test_a_missing_permission_is_named(
    http: httpx.AsyncClient, guild: Guild, denied: str, in_thread: bool, code: int
) -> None:
    parent = guild.channel("quiet", deny=[denied])
    target = parent.thread("plans") if in_thread else parent
    answer = await http.post(place(target), **form({"content": "x"}, FILM))
    assert answer.json().get("code", 0) == code
    assert len(target.messages) == (0 if code else 1)


async def test_a_moderator_may_more_than_a_member(served: Discord, ann: Person, guild: Guild, channel: Channel) -> None:
    bob = served.user("Bob")
    guild.member(bob)
    before = channel.permissions(bob)
    guild.member(bob, allow=["MANAGE_MESSAGES"])
    assert channel.permissions(bob) == before | 1 << 13
    assert channel.permissions(ann) & 1 << 3


# What is refused


@described
@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"content": "x", "text": "y"}, "text: no such field"),
        ({"content": 7}, "content: 7 is no string or null"),
        ({"content": "x", "embeds": [{"title": "t" * 257}]}, "embeds.0.title: 257 characters"),
        ({"content": "x", "components": [row(BUTTON | {"style": 9})]}, "components.0.components.0.style: 9 is none of"),
        ({"content": "x", "components": [row(BUTTON | {"colour": 1})]}, "components.0.components.0.colour: no such"),
        ({"content": "x", "message_reference": {}}, "message_reference.message_id: missing"),
        ({"content": "x", "allowed_mentions": {"parse": ["cats"]}}, 'allowed_mentions.parse.0: "cats" is none of'),
        ({"content": "x", "attachments": [{"filename": "a"}]}, "attachments.0.id: missing"),
    ],
)
async def test_a_body_against_the_description_is_a_violation(
    forgiving: Discord, body: dict[str, Any], wrong: str
) -> None:
    channel = forgiving.guild().channel()
    async with bare(forgiving) as http:
        answer = await http.post(place(channel), json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, 50035)
    assert wrong in "\n".join(forgiving.violations)
    assert not channel.messages


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"content": "x", "nonce": "n" * 26}, "nonce"),
        ({"content": "x", "components": [row(BUTTON | {"label": "l" * 81})]}, "components.0.components.0.label"),
        (
            {"content": "x", "components": [row(BUTTON | {"custom_id": "c" * 101})]},
            "components.0.components.0.custom_id",
        ),
        ({"content": "x", "components": [row(BUTTON, BUTTON)]}, "components.0.components.1.custom_id"),
        ({"content": "x", "components": [row(*[BUTTON | {"custom_id": str(n)} for n in range(6)])]}, "components.0"),
        ({"content": "x", "components": [row(BUTTON | {"custom_id": str(n)}) for n in range(6)]}, "components"),
        ({"content": "x", "components": [BUTTON]}, "components.0.type"),
        ({"content": "x", "components": [row({"type": 2, "style": 1, "custom_id": "a"})]}, "components.0.components.0"),
    ],
)
async def test_a_published_limit_is_a_violation(body: dict[str, Any], field: str) -> None:
    async with Discord(forgiving=True, checked=False) as served, bare(served) as http:
        channel = served.guild().channel()
        answer = (await http.post(place(channel), json=body)).json()
        errors = answer["errors"]
        for name in field.split("."):
            errors = errors[name]
        assert answer["code"] == 50035
        assert served.violations[0].startswith(f"create_message: {field}")
        assert not channel.messages


async def test_violations_fail_the_block() -> None:
    with pytest.raises(AssertionError, match="/no/such: no such route"):
        async with Discord() as served, bare(served) as http:
            assert (await http.get("/no/such")).status_code == 404


async def test_a_stranger_gets_nothing(served: Discord) -> None:
    async with bare(served, token="wrong") as http:
        assert (await http.get("/users/@me")).json() == {"message": "401: Unauthorized", "code": 0}


async def test_nothing_is_no_message(http: httpx.AsyncClient, channel: Channel) -> None:
    assert (await http.post(place(channel), json={"content": ""})).json()["code"] == 50006


async def test_a_whole_request_has_a_limit() -> None:
    async with Discord(request_limit=3000) as served, bare(served) as http:
        channel = served.guild(upload_limit=2000).channel()
        both = form({"content": "x"}, bytes(1900), bytes(1900))
        answer = await http.post(place(channel), **both)
        assert (answer.status_code, answer.json()["code"]) == (413, 40005)
        assert (await http.post(place(channel), **form({"content": "x"}, bytes(1900)))).status_code == 200


@described
async def test_commands_are_kept_with_their_ids(served: Discord, http: httpx.AsyncClient, guild: Guild) -> None:
    url = f"/applications/{served.application_id}/commands"
    first = (await http.put(url, json=[{"name": "animate", "description": "x"}])).json()
    again = (await http.put(url, json=[{"name": "animate", "description": "y"}, {"name": "Redo", "type": 3}])).json()
    assert again[0]["id"] == first[0]["id"]
    assert again[0]["version"] != first[0]["version"]
    assert (await http.get(url)).json() == served.commands == again
    own = f"/applications/{served.application_id}/guilds/{guild.id}/commands"
    assert (await http.put(own, json=[{"name": "local", "description": "x"}])).json()[0]["guild_id"] == str(guild.id)
    assert (await http.post(url, json={"name": "new", "description": "x"})).status_code == 201
    assert (await http.delete(f"{url}/{again[0]['id']}")).status_code == 204
    assert [each["name"] for each in served.commands] == ["Redo", "new"]


OPTION = {"name": "photo", "description": "x", "type": 11}


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ({"name": "Animate", "description": "x"}, "name is invalid: Animate"),
        ({"name": "animate"}, "description: This field is required"),
        ({"name": "animate", "description": "x", "name_localizations": {"de-DE": "zeig"}}, "no locales of Discord"),
        ({"name": "animate", "description": "x", "name_localizations": {"de": "Zeig"}}, "name is invalid: Zeig"),
        (
            {"name": "a", "description": "x", "options": [OPTION, OPTION | {"name": "two", "required": True}]},
            "Required options must be placed before",
        ),
        ({"name": "a", "description": "x", "options": [OPTION, OPTION]}, "not unique"),
        ({"name": "Animate this", "type": 3, "description": "x"}, "a command of a menu has none"),
    ],
)
async def test_a_command_that_discord_would_refuse_is_a_violation(command: dict[str, Any], wrong: str) -> None:
    async with Discord(forgiving=True, checked=False) as served, bare(served) as http:
        answer = await http.put(f"/applications/{served.application_id}/commands", json=[command])
        assert answer.status_code == 400
        assert wrong in served.violations[0]
        assert not served.commands


async def test_people_guilds_and_places_are_told(
    http: httpx.AsyncClient, served: Discord, ann: Person, guild: Guild, channel: Channel
) -> None:
    """Each answer is also held against the description by the counterpart itself."""
    thread = channel.thread("plans")
    for path in (
        "/users/@me",
        "/users/@me/guilds",
        f"/users/{ann.id}",
        "/applications/@me",
        "/oauth2/applications/@me",
        "/gateway",
        f"/channels/{channel.id}",
        f"/channels/{thread.id}",
        f"/channels/{served.dm(ann).id}",
        f"/guilds/{guild.id}",
        f"/guilds/{guild.id}/channels",
        f"/guilds/{guild.id}/roles",
        f"/guilds/{guild.id}/members?limit=10",
        f"/guilds/{guild.id}/members/{ann.id}",
        f"/guilds/{guild.id}/threads/active",
    ):
        assert (await http.get(path)).status_code == 200, path
    made = (await http.post("/users/@me/channels", json={"recipient_id": str(ann.id)})).json()
    assert made["id"] == str(served.dm(ann).id)
    limit = (await http.get("/gateway/bot")).json()["session_start_limit"]
    assert limit["max_concurrency"] == 1
    assert (await http.get("/channels/1")).json()["code"] == 10003
    assert (await http.post(f"/channels/{channel.id}/typing")).status_code == 204
    assert len(channel.typing) == 1


async def test_without_the_intent_a_listed_message_is_empty() -> None:
    async with Discord(privileged=()) as served, bare(served) as http:
        bob = served.user("Bob")
        channel = served.guild(members=[bob]).channel()
        await bob.says(channel, "private words", files=[PHOTO])
        await bob.says(channel, "for the bot", mentions=[served.bot])
        to_bot, other = (await http.get(place(channel))).json()
        assert to_bot["content"].endswith("for the bot")
        assert (other["content"], other["attachments"]) == ("", [])


# What goes wrong


async def test_a_bucket_is_real(served: Discord, http: httpx.AsyncClient, guild: Guild, channel: Channel) -> None:
    served.rate("create_message", limit=2, per=0.3)
    answers = [await http.post(place(channel), json={"content": str(number)}) for number in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    body = answers[2].json()
    assert 0 < body["retry_after"] <= 0.3
    assert body["global"] is False
    other = guild.channel("other")
    assert (await http.post(place(other), json={"content": "x"})).status_code == 200
    await asyncio.sleep(body["retry_after"])
    assert (await http.post(place(channel), json={"content": "x"})).status_code == 200
    assert not served.impatient


async def test_a_flood_has_no_effect_and_haste_is_noted(
    served: Discord, http: httpx.AsyncClient, channel: Channel
) -> None:
    served.flood("*", 5.0, scope="global")
    flooded = await http.post(place(channel), json={"content": "x"})
    assert (flooded.status_code, flooded.json()["global"]) == (429, True)
    assert flooded.headers["Via"]
    assert not channel.messages
    assert (await http.post(place(channel), json={"content": "x"})).status_code == 200
    assert "too early" in served.impatient[0]


@pytest.mark.parametrize("effect", [False, True])
@pytest.mark.parametrize("how", ["close", "reset"])
async def test_an_answer_can_be_lost(
    served: Discord, http: httpx.AsyncClient, channel: Channel, effect: bool, how: str
) -> None:
    served.drop("create_message", effect=effect, how=how)
    with pytest.raises(httpx.TransportError):
        await http.post(place(channel), **form({"content": "x"}, FILM))
    assert len(channel.messages) == effect
    assert not served.of("create_message")[0].was_heard


async def test_a_fault_strikes_its_channel_each_so_manieth_time(
    served: Discord, http: httpx.AsyncClient, guild: Guild, channel: Channel
) -> None:
    served.fail("create_message", 503, message="upstream", body=b"<html>", channel=channel, every=2, times=None)
    other = guild.channel("other")
    statuses = [
        (await http.post(place(each), json={"content": "x"})).status_code
        for each in (channel, other, channel, channel, other, channel)
    ]
    assert statuses == [200, 200, 503, 200, 200, 503]


async def test_a_request_can_be_held(served: Discord, http: httpx.AsyncClient, channel: Channel) -> None:
    held = served.hold("create_message")
    sending = asyncio.create_task(http.post(place(channel), json={"content": "x"}))
    await asyncio.wait_for(held.reached.wait(), 10)
    assert not channel.messages
    held.release()
    assert (await sending).status_code == 200


async def test_a_slow_answer_comes_after_its_effect(served: Discord, http: httpx.AsyncClient, channel: Channel) -> None:
    served.slow("create_message", 60.0)
    with pytest.raises(httpx.ReadTimeout):
        await http.post(place(channel), json={"content": "x"}, timeout=0.2)
    assert len(channel.messages) == 1


async def test_a_download_can_break(served: Discord, http: httpx.AsyncClient, ann: Person, channel: Channel) -> None:
    sent = await ann.says(channel, files=[PHOTO])
    link = served.link(sent.attachments[0])
    served.drop("file", effect=True, after=100)
    with pytest.raises(httpx.TransportError):
        await http.get(link)
    assert (await http.get(link)).content == PHOTO
    assert served.count("file") == 2


async def test_a_closed_gateway_takes_nobody(served: Discord) -> None:
    served.gateway.is_closed = True
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(served.gateway_url)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ({"op": 3, "d": {}}, 4003),
        ({"op": 2, "d": {"token": "wrong", "intents": 0, "properties": {}}}, 4004),
        ({"op": 2, "d": {"token": None, "intents": 0, "properties": {}, "shard": [2, 2]}}, 4010),
        ({"op": 2, "d": {"token": None, "intents": 1 << 40, "properties": {}}}, 4013),
    ],
)
async def test_a_wrong_first_word_closes_the_connection(served: Discord, payload: dict[str, Any], code: int) -> None:
    if payload["d"].get("token", "") is None:
        payload = payload | {"d": payload["d"] | {"token": served.token}}
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"{served.gateway_url}?v=10&encoding=json")
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json(payload)
        assert (await socket.receive()).data == code


async def test_an_unknown_session_is_invalid(served: Discord) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await session.ws_connect(f"{served.gateway_url}?v=10&encoding=json")
        await socket.receive_json()
        await socket.send_json({"op": 6, "d": {"token": served.token, "session_id": "none", "seq": 3}})
        assert await socket.receive_json() == {"op": 9, "d": False}
    await wait_until(lambda: not served.gateway.connections)
    assert served.gateway.resumes[0].accepted is False
