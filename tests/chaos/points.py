"""The boundaries: just before and just after each thing that a job does to the outside, in the order of a job.

Those at a platform are made from its `Calls`; without a word on it they are Telegram's.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.chaos.gates import Point, When
from tests.chaos.lines import REDIS

_BEFORE, _AFTER = When.BEFORE, When.AFTER

_SESSION = "/api/tasks/me/with-session/nemo_agent"
_UPLOAD = "/api/upload-video/nemo_agent/me/[^/]+"
_STATE = "/api/state/nemo_agent/me/[^/]+/latest"
_RENDER = "/api/render/proxy/lambda"
_STATUS = _RENDER + "/[^/]+"
_FILE = "/renders/[^/]+/video.mp4"


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a platform, as `Point` has it."""

    path: str
    method: str = "POST"
    kind: str = ""

    def at(self, name: str, when: When, said: bytes = b"", answered: bytes = b"") -> Point:
        return Point(name, self.path, when, self.method, said, answered, self.kind)

    def around(self, name: str, said: bytes = b"") -> tuple[Point, Point]:
        return self.at(f"{name} before", _BEFORE, said), self.at(f"{name} after", _AFTER, said)


@dataclass(frozen=True, slots=True)
class Calls:
    """What a bot asks of a platform."""

    send: Call
    edit: Call
    remove: Call
    video: Call
    file: Call


def _bot(method: str) -> Call:
    return Call(f"/bot[^/]+/{method}")


TELEGRAM = Calls(
    send=_bot("sendMessage"),
    edit=_bot("editMessageText"),
    remove=_bot("deleteMessage"),
    video=_bot("sendVideo"),
    file=Call("/file/bot.*", "GET"),
)
_MESSAGES = r"/api/v10/channels/\d+/messages"
_MESSAGE = _MESSAGES + r"/\d+"
DISCORD = Calls(
    send=Call(_MESSAGES, kind="application/json"),
    edit=Call(_MESSAGE, "PATCH"),
    remove=Call(_MESSAGE, "DELETE"),
    video=Call(_MESSAGES, kind="multipart/form-data"),
    file=Call("/(ephemeral-)?attachments/.*", "GET"),
)

# What a worker does.


def _posting(calls: Calls) -> tuple[Point, ...]:
    return (*calls.video.around("video"), *calls.remove.around("progress message removed"))


STARTING = (
    *TELEGRAM.send.around("progress message", b"Starting"),
    Point("session before", _SESSION, _BEFORE),
    Point("session after", _SESSION, _AFTER),
)
UPLOADING = (
    _bot("getFile").at("photo's address after", _AFTER),
    *TELEGRAM.file.around("photo"),
    Point("upload before", _UPLOAD, _BEFORE),
    Point("upload after", _UPLOAD, _AFTER),
)
PROMPTING = (
    Point("state before the prompt", _STATE, _AFTER, "GET", answered=b'"draft":null'),
    Point("prompt before", "/run_sse", _BEFORE),
    Point("prompt accepted, no event yet", "/run_sse", _AFTER),
    Point("prompt in mid-stream", "/run_sse", When.FIRST),
    Point("prompt after its last event", "/run_sse", When.LAST),
    Point("state after the prompt", _STATE, _AFTER, "GET", answered=b'"draft":{'),
)
RENDERING = (
    Point("render before", _RENDER, _BEFORE),
    Point("render after", _RENDER, _AFTER),
    Point("render under way", _STATUS, _AFTER, "GET", answered=b'"processing"'),
    Point("render done", _STATUS, _AFTER, "GET", answered=b'"completed"'),
)
DELIVERING = (
    Point("download before", _FILE, _BEFORE, "GET"),
    Point("download in the middle", _FILE, When.FIRST, "GET"),
    *_posting(TELEGRAM),
)
PROGRESS = TELEGRAM.edit.around("progress edited")
ROUNDS = ((*STARTING, *UPLOADING), (*PROMPTING, *PROGRESS), (*RENDERING, *DELIVERING))
"""So many at once that nothing is held for as long as a client's patience lasts."""

WORKER = tuple(point for each in ROUNDS for point in each)

STAGES = {
    "uploading": next(point for point in UPLOADING if point.name == "upload before"),
    "prompting": next(point for point in PROMPTING if point.name == "prompt in mid-stream"),
    "rendering": next(point for point in RENDERING if point.name == "render under way"),
    "delivering": next(point for point in DELIVERING if point.name == "video before"),
}

VIDEO_POSTED = next(point for point in DELIVERING if point.name == "video after")

AROUND_REDIS = tuple(
    point
    for point in WORKER
    if point.name
    in {"session after", "upload after", "prompt accepted, no event yet", "render after", "render done", "video after"}
)
"""What a worker wants to write down next."""

ONE_A_STAGE = tuple(
    point
    for point in WORKER
    if point.name in {"upload after", "prompt before", "prompt in mid-stream", "render under way", "video after"}
)

_NOTE = Call(REDIS, "SET")
_INBOX = Call(REDIS, "EVALSHA")
_DONE = b"OK"
_IS_NEW = b":1"
"""Redis' answers to them."""

DELIVERING_TO_DISCORD = (
    *DELIVERING[:2],
    _NOTE.at("post not yet noted as begun", _BEFORE, b"posting:"),
    *_posting(DISCORD),
    _NOTE.at("video posted, not noted", _BEFORE, b"posted:"),
    _NOTE.at("video noted, not recorded", _AFTER, b"posted:", _DONE),
)
AROUND_REDIS_ON_DISCORD = (
    *(point for point in AROUND_REDIS if point.name != "video after"),
    DISCORD.video.around("video")[1],
)
_FOLLOW_UP = r"/api/v10/webhooks/\d+/[^/]+"
THROUGH_A_WEBHOOK = (
    *Call(_FOLLOW_UP, kind="application/json").around("progress message through a webhook", b"Starting"),
    *Call(_FOLLOW_UP, kind="multipart/form-data").around("video through a webhook"),
    _NOTE.at("video posted through a webhook, not noted", _BEFORE, b"posted:"),
)
AT_DISCORD = (
    *DISCORD.send.around("progress message", b"Starting"),
    *DISCORD.edit.around("progress edited"),
    *DISCORD.file.around("photo"),
)

# What a listener does.


def speaking(calls: Calls) -> tuple[Point, ...]:
    return (*calls.send.around("greeting", b"Hello"), *calls.send.around("place in the queue", b"Waiting"))


FETCHED = _bot("getUpdates").at("update fetched, not kept", _AFTER, answered=b'"message"')
KEPT = _bot("getUpdates").at("update kept, not confirmed", _BEFORE, b"offset=")

_ACKNOWLEDGED = Call(r"/api/v10/interactions/\d+/[^/]+/callback")
NOT_ACKNOWLEDGED = _ACKNOWLEDGED.at("interaction kept, not acknowledged", _BEFORE)
ACKNOWLEDGED = _ACKNOWLEDGED.at("interaction acknowledged, which nobody knows", _AFTER)
COMMAND_RECEIVED = _INBOX.at("interaction not kept", _BEFORE, b"Used {")
COMMAND_KEPT = _INBOX.at("interaction kept, which nobody knows", _AFTER, b"Used {", _IS_NEW)
RECEIVED = _INBOX.at("message received over the gateway, not kept", _BEFORE, b"Said {")
RECEIVED_AND_KEPT = _INBOX.at("message kept, which nobody knows", _AFTER, b"Said {", _IS_NEW)
CAUGHT_UP = Call(_MESSAGES, "GET").at("messages caught up, not kept", _AFTER)

# What a platform alone can tell of the whole program in one process.


def seen_by(calls: Calls) -> tuple[Point, ...]:
    return (
        *calls.send.around("progress message", b"Starting"),
        *calls.file.around("photo"),
        calls.edit.at("rendering", _AFTER, b"Rendering"),
        *_posting(calls),
    )


SEEN_BY_TELEGRAM = (*seen_by(TELEGRAM), UPLOADING[0])
SEEN_BY_DISCORD = seen_by(DISCORD)
