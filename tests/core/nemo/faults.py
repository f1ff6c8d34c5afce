"""What each call of the API comes to under each fault: the table that `test_faults` asserts over real sockets.

`FAULTS` names what the service does to every occurrence of a call. `TABLE` has a row for each call and each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.nemo import errors
from core.nemo.errors import Advice, NemoError
from core.nemo.turn import Ended
from tests.counterparts.answers import BAD_GATEWAY, BROKEN_JSON, EMPTY, SERVER_ERROR, TOO_MANY, coded, page
from tests.counterparts.sockets import Altered, Answer, Broken, Dripping, Fault, Reply, reply_json

REFUSED = "connection refused"
REDIRECT = "redirect to another host"

FAULTS: dict[str, Fault | None] = {
    REFUSED: None,
    "reset before the answer": Broken("reset"),
    "reset in the middle": Broken("reset", 0.5),
    "closed before the answer": Broken("close"),
    "half a body": Broken("close", 0.5),
    "stall": Broken("stall"),
    "stall in the middle": Broken("stall", 0.5),
    "a slow body": Dripping(0.05),
    "429": TOO_MANY,
    "429 in 200": coded(429),
    "429, 7 s": Answer(Reply(429, b"", {"Retry-After": "7"})),
    "429, an hour": Answer(Reply(429, b"", {"Retry-After": "3600"})),
    "500": SERVER_ERROR,
    "500 in an envelope": coded(500, 500),
    "500 in 200": coded(500),
    "502 with a page": BAD_GATEWAY,
    "503": Answer(Reply(503, b"")),
    "a page": Answer(page(200)),
    "broken JSON": BROKEN_JSON,
    "JSON that is no object": Answer(reply_json([1, 2])),
    "not UTF-8": Answer(Reply(200, b'{"code": 0, "data": "\xff"}', {"Content-Type": "application/json"})),
    "1001": coded(1001),
    "1001 with 401": coded(1001, 401),
    "401 without a word": Answer(Reply(401, b"")),
    "1002": coded(1002),
    "1002 with 404": coded(1002, 404),
    "2001": coded(2001),
    "2001 with 402": coded(2001, 402),
    "402": Answer(Reply(402, b"")),
    "402 in 200": coded(402),
    "4001": coded(4001),
    "4001 with 415": coded(4001, 415),
    "4002": coded(4002),
    "413 with a page": Answer(page(413)),
    "an unknown code": coded(7777),
    "400": coded(400, 400),
    "403 in plain text": Answer(Reply(403, b"Forbidden", {"Content-Type": "text/plain"})),
    "404": Answer(reply_json({"detail": "Not Found"}, 404)),
    "422": Answer(reply_json({"detail": [{"loc": ["body"], "msg": "Field required"}]}, 422)),
    REDIRECT: None,
    "an empty body": EMPTY,
    "no fields": Answer(reply_json({"code": 0})),
    "unknown fields": Altered(lambda answer: {"trace": {"id": 7}, **answer}),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`error` None: the call succeeds. `sent`: how often it arrived; `waits`: seconds slept between.

    `also`: other calls that arrived. `ended`: how a turn ended that had begun, in the place of an error raised.
    """

    error: type[NemoError] | None = None
    accepted: bool | None = False
    sent: int = 1
    waits: tuple[float, ...] = ()
    advice: Advice | None = None
    also: tuple[tuple[str, int], ...] = ()
    ended: Ended | None = None


RIGHT = Outcome()

_BAD = Outcome(errors.BadAnswer, None, advice=Advice.WAIT)
_REFUSED = Outcome(errors.BadRequest, advice=Advice.SAY_IT_DIFFERENTLY)
_LIMITED = Outcome(errors.RateLimited, sent=2, waits=(30,), advice=Advice.WAIT)
_TOKEN = Outcome(errors.TokenRefused, sent=2, also=(("token", 1),), advice=Advice.TELL_OPERATOR)
_SESSION = Outcome(errors.SessionNotFound, advice=Advice.START_ANEW)
_CREDITS = Outcome(errors.NoCredits, advice=Advice.REGISTER_OR_TOP_UP)
_PLAN = Outcome(errors.PlanRefused, advice=Advice.UPGRADE)
_FORMAT = Outcome(errors.UnsupportedFile, advice=Advice.OTHER_FORMAT)
_SIZE = Outcome(errors.FileTooLarge, advice=Advice.SMALLER_FILE)
_FAULT = Outcome(errors.ServerFault, None, advice=Advice.WAIT)
_BROKEN = Outcome(errors.Interrupted, None, advice=Advice.TRY_AGAIN)
_LATE = Outcome(errors.TimedOut, None, advice=Advice.WAIT)

# A refusal that the backend put into words: the same for every call, and nothing was done.
REFUSALS = {
    "429": _LIMITED,
    "429 in 200": _LIMITED,
    "429, 7 s": replace(_LIMITED, waits=(7,)),
    "429, an hour": replace(_LIMITED, sent=1, waits=()),
    "1001": _TOKEN,
    "1001 with 401": _TOKEN,
    "401 without a word": _TOKEN,
    "1002": _SESSION,
    "1002 with 404": _SESSION,
    "2001": _CREDITS,
    "2001 with 402": _CREDITS,
    "402": _PLAN,
    "402 in 200": _PLAN,
    "4001": _FORMAT,
    "4001 with 415": _FORMAT,
    "4002": _SIZE,
    "413 with a page": _SIZE,
    "an unknown code": _REFUSED,
    "400": _REFUSED,
    "403 in plain text": _REFUSED,
    "404": _REFUSED,
    "422": _REFUSED,
}

# What is no answer of the API's: nothing is known, and nothing is sent again.
NONSENSE = {
    "a page": _BAD,
    "broken JSON": _BAD,
    "JSON that is no object": _BAD,
    "not UTF-8": _BAD,
    REDIRECT: _BAD,
}

# What breaks on the way: a call that changes something is sent once, and nobody can know.
TRANSIT = {
    REFUSED: Outcome(errors.Unreachable, sent=0, advice=Advice.WAIT),
    "reset before the answer": _BROKEN,
    "reset in the middle": _BROKEN,
    "closed before the answer": _BROKEN,
    "half a body": _BROKEN,
    "stall": _LATE,
    "stall in the middle": _LATE,
    "a slow body": _LATE,
    "500": _FAULT,
    "500 in an envelope": _FAULT,
    "500 in 200": _FAULT,
    "502 with a page": _FAULT,
    "503": _FAULT,
}

_NEEDS_FIELDS = {"an empty body": _BAD, "no fields": _BAD, "unknown fields": RIGHT}
_NEEDS_NONE = {"an empty body": RIGHT, "no fields": RIGHT, "unknown fields": RIGHT}


def _thrice(outcome: Outcome) -> Outcome:
    return replace(outcome, sent=3 * outcome.sent, waits=(1, 2))


CHANGE = {**REFUSALS, **NONSENSE, **TRANSIT}
READING = {**CHANGE, **{fault: _thrice(outcome) for fault, outcome in TRANSIT.items()}}

_IN_SESSION = {"404": _SESSION}
_OF_RENDER = {"404": Outcome(errors.RenderUnknown, advice=Advice.TRY_AGAIN)}

_CUT = Outcome(ended=Ended.CUT)
_SILENT = Outcome(errors.StreamSilent, None, advice=Advice.TRY_AGAIN)

# The token is asked for by another call, which then has not gone out: `accepted` is that call's.
_TOKENS = {
    **{fault: replace(outcome, accepted=False) for fault, outcome in {**CHANGE, **_NEEDS_FIELDS}.items()},
    **{fault: replace(_TOKEN, sent=1, also=()) for fault in ("1001", "1001 with 401", "401 without a word")},
}

# The file's own address is tried first, three times where it breaks on the way; then the API's own way is taken.
_SECOND_WAY = Outcome(also=(("download", 1),))
_FILE = {
    **dict.fromkeys({**REFUSALS, **NONSENSE, **_NEEDS_FIELDS}, _SECOND_WAY),
    **{fault: _thrice(replace(_SECOND_WAY, sent=outcome.sent)) for fault, outcome in TRANSIT.items()},
}

_NO_FILE = Outcome(errors.BadAnswer, None, advice=Advice.WAIT)

TABLE: dict[str, dict[str, Outcome]] = {
    "token": _TOKENS,
    "session": {**CHANGE, **_NEEDS_FIELDS},
    "claim": {**CHANGE, **_NEEDS_FIELDS, **_IN_SESSION},
    "upload": {**CHANGE, **_NEEDS_NONE, **_IN_SESSION},
    "upload_url": {**CHANGE, **_NEEDS_NONE, **_IN_SESSION},
    "render": {**CHANGE, **_NEEDS_NONE},
    # The vendor's service does not have this call, and says so.
    "stop_render": {**CHANGE, **_NEEDS_NONE, "unknown fields": _REFUSED},
    "credits": {**READING, **_NEEDS_FIELDS},
    "state": {**READING, **_NEEDS_FIELDS, **_IN_SESSION},
    "render_status": {**READING, **_NEEDS_FIELDS, **_OF_RENDER},
    "prompt": {
        **CHANGE,
        **_IN_SESSION,
        "reset in the middle": _CUT,
        "half a body": _CUT,
        "stall": _SILENT,
        "stall in the middle": Outcome(ended=Ended.STALLED),
        "a slow body": Outcome(ended=Ended.DONE),
        "an empty body": _BAD,
        "no fields": _BAD,
        "unknown fields": Outcome(ended=Ended.DONE),
    },
    "file": {**_FILE, "unknown fields": RIGHT, "a slow body": RIGHT},
    "download": {
        **READING,
        **_OF_RENDER,
        "an empty body": _NO_FILE,
        "no fields": _NO_FILE,
        "unknown fields": RIGHT,
        "a slow body": RIGHT,
    },
}

# A stream and a file have no fields and no length to halve; their faults are the same in kind.
INSTEAD: dict[str, dict[str, Fault | None]] = {
    "prompt": {
        "reset in the middle": Broken("reset", 100),
        "half a body": Broken("close", 100),
        "stall in the middle": Broken("stall", 100),
        "a slow body": Dripping(0.0001),
        "unknown fields": None,
    },
    "file": {"a slow body": Dripping(0.0001), "unknown fields": None},
    "download": {"a slow body": Dripping(0.0001), "unknown fields": None},
}
