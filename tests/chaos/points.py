"""The boundaries: just before and just after each thing that a job does to the outside, in the order of a job."""

from __future__ import annotations

from tests.chaos.gates import Point, When

_BEFORE, _AFTER = When.BEFORE, When.AFTER

_SESSION = "/api/tasks/me/with-session/nemo_agent"
_UPLOAD = "/api/upload-video/nemo_agent/me/[^/]+"
_STATE = "/api/state/nemo_agent/me/[^/]+/latest"
_RENDER = "/api/render/proxy/lambda"
_STATUS = _RENDER + "/[^/]+"
_FILE = "/renders/[^/]+/video.mp4"


def _bot(method: str) -> str:
    return f"/bot[^/]+/{method}"


# What a worker does.

STARTING = (
    Point("progress message before", _bot("sendMessage"), _BEFORE, said=b"Starting"),
    Point("progress message after", _bot("sendMessage"), _AFTER, said=b"Starting"),
    Point("session before", _SESSION, _BEFORE),
    Point("session after", _SESSION, _AFTER),
)
UPLOADING = (
    Point("photo's address after", _bot("getFile"), _AFTER),
    Point("photo before", "/file/bot.*", _BEFORE, "GET"),
    Point("photo after", "/file/bot.*", _AFTER, "GET"),
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
    Point("video before", _bot("sendVideo"), _BEFORE),
    Point("video after", _bot("sendVideo"), _AFTER),
    Point("progress message removed before", _bot("deleteMessage"), _BEFORE),
    Point("progress message removed after", _bot("deleteMessage"), _AFTER),
)
PROGRESS = (
    Point("progress edited before", _bot("editMessageText"), _BEFORE),
    Point("progress edited after", _bot("editMessageText"), _AFTER),
)
ROUNDS = ((*STARTING, *UPLOADING), (*PROMPTING, *PROGRESS), (*RENDERING, *DELIVERING))
"""So many at once that nothing is held for as long as a client's patience lasts."""

WORKER = tuple(point for each in ROUNDS for point in each)

STAGES = {
    "uploading": next(point for point in UPLOADING if point.name == "upload before"),
    "prompting": next(point for point in PROMPTING if point.name == "prompt in mid-stream"),
    "rendering": next(point for point in RENDERING if point.name == "render under way"),
    "delivering": next(point for point in DELIVERING if point.name == "video before"),
}

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

# What a listener does.

SPEAKING = (
    Point("greeting before", _bot("sendMessage"), _BEFORE, said=b"Hello"),
    Point("greeting after", _bot("sendMessage"), _AFTER, said=b"Hello"),
    Point("place in the queue before", _bot("sendMessage"), _BEFORE, said=b"Waiting"),
    Point("place in the queue after", _bot("sendMessage"), _AFTER, said=b"Waiting"),
)
FETCHED = Point("update fetched, not kept", _bot("getUpdates"), _AFTER, answered=b'"message"')
KEPT = Point("update kept, not confirmed", _bot("getUpdates"), _BEFORE, said=b"offset=")

# What Telegram alone can tell of the whole program in one process.

SEEN_BY_TELEGRAM = (
    *STARTING[:2],
    *UPLOADING[:3],
    Point("rendering", _bot("editMessageText"), _AFTER, said=b"Rendering"),
    *DELIVERING[2:],
)
