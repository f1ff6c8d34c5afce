"""The stage *rendering*: the draft becomes a file at the backend, under an id that is recorded before it is used.

A worker that finds a job here goes on with the recorded id; an id that the backend does not know was never submitted,
and is submitted now. A render that failed is tried once more under a new id.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

import structlog

from core.jobs.job import Stage
from core.jobs.run import Run
from core.nemo import errors
from core.nemo.answers import RenderStage, RenderStatus, Session
from core.texts.problems import Problem
from core.timeline import exportable

RENDER_SHARE = (0.30, 0.95)
TRIES = 2
"""Ids under which one draft is rendered before it has failed for good."""

SUBMISSIONS = 2
"""How often one id is submitted: again only where the backend says that it does not know it."""

log = structlog.get_logger(__name__)


def digest(draft: Mapping[str, Any]) -> str:
    """The same for two drafts that say the same."""
    return hashlib.sha256(json.dumps(draft, sort_keys=True).encode()).hexdigest()


async def rendering(run: Run, session: Session) -> RenderStatus:
    """Render the draft of the session. → the completed render. Raises `RenderFailed` after the second try."""
    arrived: bool | None = None if run.job.render is not None else await _choose(run, session)
    while True:
        try:
            return await _follow(run, session, arrived)
        except errors.RenderFailed:
            if run.job.render_tries >= TRIES:
                raise
            await run.record(render=f"render_{run.desk.make_id()}", render_tries=run.job.render_tries + 1)
            arrived = False


async def _choose(run: Run, session: Session) -> bool:
    """Record the draft and the id to render it under: the last delivery's id where the draft is still the same.

    → whether the backend knows that id already.
    """
    state = await run.desk.nemo.state(session)
    if state.draft is None or not exportable(state.draft):
        raise Problem(run.say("There is nothing on the timeline yet. Say what the video should be like."), again=False)
    last = await run.desk.clips.delivery(run.job.clip)
    again = last is not None and last.draft == digest(state.draft)
    if last is not None and again:
        render, tries = last.render, 0
    else:
        render, tries = f"render_{run.desk.make_id()}", 1
    await run.record(stage=Stage.RENDERING, draft=dict(state.draft), render=render, render_tries=tries)
    return again


async def _follow(run: Run, session: Session, arrived: bool | None) -> RenderStatus:
    """Follow the recorded render to its end, submitting it where the backend does not know it.

    `arrived`: whether it was submitted; None where nobody can tell, then the backend is asked.
    """
    nemo, identity, render, draft = run.desk.nemo, run.identity, run.job.render, run.job.draft
    assert render is not None
    assert draft is not None
    low, _ = RENDER_SHARE
    run.progress.show(run.say("Rendering"), low)
    submissions = 0
    while True:
        if arrived is False:
            submissions += 1
            try:
                await nemo.submit_render(render, session, draft)
            except (errors.Interrupted, errors.ServerFault) as error:
                # It may have arrived all the same: the same id is asked for, and submitted anew where it has not.
                log.warning("submission_uncertain", render=render, reason=str(error))
                if submissions == SUBMISSIONS:
                    raise
        try:
            async with aclosing(nemo.follow_render(render, identity=identity)) as readings:
                async for status in readings:
                    if status.stage is RenderStage.COMPLETED:
                        return status
                    _show(run, status)
        except errors.RenderUnknown:
            if submissions == SUBMISSIONS:
                raise
            arrived = False


def _show(run: Run, status: RenderStatus) -> None:
    low, high = RENDER_SHARE
    text = run.say("Rendering")
    if status.stage is RenderStage.PENDING:
        text = run.say("Waiting for a free renderer")
    elif status.slow:
        text = run.say("Rendering, which takes longer than usual")
    run.progress.show(text, low + (high - low) * (status.progress or 0))
