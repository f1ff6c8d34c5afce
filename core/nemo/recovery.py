"""After a stream that broke: what became of the message is read from the session's state, never asked again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Any

from core.nemo.answers import State
from core.nemo.errors import BadAnswer, Interrupted, NemoError, RateLimited, ServerFault, Unreachable
from core.nemo.options import NemoOptions

READINGS = 5
"""Unchanged readings after which the message counts as lost; and failed ones after which the backend does."""

_MAY_PASS = (Unreachable, Interrupted, ServerFault, BadAnswer, RateLimited)


def fingerprint(state: State) -> str:
    """A hash over the draft, `video_infos` and `generated_media`: the same for the same content, in any process.

    Of addresses only the part before the query counts: what follows may be a signature that is new in each answer.
    """
    content = [state.draft, state.video_infos, state.generated_media]
    text = json.dumps(_without_queries(content), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


async def recover(
    read_state: Callable[[], Awaitable[State]],
    before: str,
    options: NemoOptions,
    sleep: Callable[[float], Awaitable[None]],
) -> State | None:
    """The session's state once it differs from the fingerprint `before`; None after 5 readings that did not.

    A reading that fails in transit is no reading, nor is one that holds nothing where there was something; after 5 of
    them their error is raised, and any other error at once.
    """
    nothing = fingerprint(State())
    unchanged = failed = 0
    wait = options.recovery_first_wait
    while unchanged < READINGS:
        await sleep(wait)
        wait = options.recovery_wait
        try:
            state = await read_state()
            now = fingerprint(state)
            if now == nothing != before:
                raise BadAnswer("state", accepted=None, reason="missing", detail="a state without content")
        except _MAY_PASS as error:
            failed += 1
            if failed == READINGS:
                raise _as_unknown(error) from None
            continue
        if now != before:
            return state
        unchanged += 1
    return None


def _as_unknown(error: NemoError) -> NemoError:
    error.accepted = None
    return error


def _without_queries(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_queries(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_queries(each) for each in value]
    if isinstance(value, str) and value.startswith(("http://", "https://")):
        return value.partition("#")[0].partition("?")[0]
    return value
